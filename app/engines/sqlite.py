"""SQLite: one writer at a time, and reading that never waits for it."""

import asyncio
import os
import sqlite3
from collections.abc import Hashable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from app.engines.backend import Figures, Notify, NotQuick, Work
from app.engines.sqlite_checkpoints import PAGES_AT_MOST, Checkpoints
from app.engines.sqlite_writer import InlineConnection, SQLiteWriter

T = TypeVar("T")

WATCH_SECONDS = 1.0
BUSY_SECONDS = 5  # how long a connection waits for another process's lock


class SQLite:
    """A SQLite file, as a `Backend`."""

    def __init__(self, url: str, threads: int) -> None:
        self.engine = self.reading = open_sqlite(url, threads)
        self._checkpoints = Checkpoints(self.engine)
        self._writer = SQLiteWriter(self.engine, self._checkpoints.note_commit)
        self._reader = InlineConnection(self.engine)

    async def read_inline(self, fn: Work[T]) -> T:
        """In the thread of the event loop: the answer is there before another thread is awake."""
        try:
            return fn(self._reader.get())
        except OperationalError as error:
            raise NotQuick from error

    async def write(self, fn: Work[T], quick: Work[T] | None, owner: Hashable) -> T:
        """In the thread of the event loop where it is quick, else in that of the writer; committed with others."""
        return await self._writer.write(fn, quick, owner)

    def write_now(self, fn: Work[T], owner: Hashable = None) -> T:
        """In the caller's thread, which waits for the other writers as for those of another process."""
        with self._writer.engine.begin() as connection:
            result = fn(connection)
        self._writer.commits += 1
        self._writer.writes += 1
        return result

    async def watch(self, notify: Notify) -> None:
        """Poll `PRAGMA data_version`, which changes when any connection commits. It names no owner.

        The numbers of two connections cannot be compared, so that of a new connection counts as a change.
        """
        watching, seen = InlineConnection(self.engine), None
        try:
            while True:
                try:
                    driver: Any = watching.get().connection.driver_connection
                    version = driver.execute("PRAGMA data_version").fetchone()
                except (SQLAlchemyError, sqlite3.Error):  # the file cannot be read: the readers say why
                    watching.close()
                    version = None
                if version != seen:
                    seen = version
                    notify(None)
                await asyncio.sleep(WATCH_SECONDS)
        finally:
            watching.close()

    def figures(self) -> Figures:
        """How busy it is."""
        return Figures(self._writer.waiting, self._writer.commits, self._writer.writes)

    def close(self) -> None:
        """Finish the batch under way, and end the threads."""
        self._reader.close()
        self._writer.close()
        self._checkpoints.close()


def open_sqlite(url: str, threads: int) -> Engine:
    """An engine with the settings that durability and concurrency need."""
    create_private(Path(str(make_url(url).database)))
    engine = create_engine(
        url, pool_size=threads + 2, max_overflow=4, pool_timeout=BUSY_SECONDS, hide_parameters=True
    )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def create_private(path: Path) -> None:
    """Create a file for SQLite that only its owner can read: it holds working days and password hashes.

    SQLite would create it as the umask has it; the files that it puts beside it take over the rights of this one.
    """
    path = path.resolve()  # through a link that leads to no file yet, O_EXCL would create nothing
    # A folder that does not exist, or may not be written to, is for SQLite to complain about.
    with suppress(OSError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def _prepare(driver: Any, _record: Any) -> None:
    # The driver would otherwise begin transactions by itself, deferred ones, which lose to lock errors when
    # they read first and write later; `_begin` begins them instead.
    driver.isolation_level = None
    driver.execute(f"PRAGMA busy_timeout = {int(BUSY_SECONDS * 1000)}")
    driver.execute("PRAGMA journal_mode = WAL")
    driver.execute("PRAGMA synchronous = FULL")  # NORMAL may lose acknowledged commits at a power cut
    driver.execute(f"PRAGMA wal_autocheckpoint = {PAGES_AT_MOST}")
    driver.execute("PRAGMA foreign_keys = ON")
    driver.execute("PRAGMA secure_delete = ON")  # purged data is overwritten in the file too


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))
