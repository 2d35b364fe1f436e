"""Checkpoints of SQLite's write-ahead log, in a thread of their own.

By itself SQLite copies the log into the file within whichever commit makes it longer than 1,000 pages, about every
200 events, and the caller of that commit waits for tens of milliseconds. Here this is done beside the commits, and
seldom. It may leave the log's last pages uncopied while others write, and only a log that is copied entirely is begun
anew: so a commit that finds it longer than `PAGES_AT_MOST` still copies the little that is left.
"""

from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

COMMITS_BETWEEN = 1_000  # of an event each: about 5,000 pages
PAGES_AT_MOST = 20_000  # 80 MB


class Checkpoints:
    """Copies the write-ahead log into the file after every so many commits, one checkpoint at a time."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sqlite-checkpoint")
        self._running: Future[None] | None = None
        self._commits = 0  # since the last checkpoint began
        self.done = 0  # since the database was opened

    def note_commit(self) -> None:
        """Count a commit; begin a checkpoint where one is due. Called by one thread at a time."""
        self._commits += 1
        if self._commits >= COMMITS_BETWEEN and (self._running is None or self._running.done()):
            self._commits = 0
            with suppress(RuntimeError):  # closed meanwhile: that makes a checkpoint as well
                self._running = self._thread.submit(self._run)

    def close(self) -> None:
        """End the thread. SQLite makes the last checkpoint when the last connection closes."""
        self._thread.shutdown(wait=True)

    def _run(self) -> None:
        # What fails here is done by the next checkpoint; a full disk is for the writers to report.
        with suppress(SQLAlchemyError), self._engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            driver.execute("PRAGMA wal_checkpoint(PASSIVE)")
        self.done += 1
