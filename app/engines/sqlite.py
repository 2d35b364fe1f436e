"""SQLite: one writer at a time, and reading that never waits for it."""

import os
from collections.abc import Hashable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import OperationalError

from app.engines.jobs import Elsewhere, Figures, Work
from app.engines.sqlite_prompt import PromptWriter
from app.engines.sqlite_writer import SQLiteWriter

T = TypeVar("T")

BUSY_SECONDS = 5  # how long a connection waits for another process's lock


class SQLite:
    """A SQLite file; see `engines.jobs.Kind`."""

    def __init__(self, url: str, threads: int) -> None:
        self.engine = self.reading = open_sqlite(url, threads)
        self._writer = SQLiteWriter(self.engine)
        self._prompt = PromptWriter(self.engine, self._writer)
        self._glances = Glances(self.engine)

    def read_inline(self, work: Work[T]) -> T:
        """Asked at once, in the thread of the event loop: the answer is there before another thread is awake."""
        try:
            return self._glances.look(work)
        except OperationalError as error:
            raise Elsewhere from error

    async def write(self, work: Work[T], quick: Work[T] | None, _owner: Hashable) -> T:
        """In the thread of the event loop where it is quick, else in that of the writer; committed with others."""
        return await (self._writer.write(work) if quick is None else self._prompt.write(quick, work))

    def write_now(self, work: Work[T]) -> T:
        """By the writer; the caller's thread waits."""
        return self._writer.write_now(work)

    def figures(self) -> Figures:
        """See `Kind`."""
        commits = self._writer.commits + self._prompt.commits
        writes = self._writer.written + self._prompt.written
        return Figures(self._writer.waiting + self._prompt.waiting, commits, writes)

    def close(self) -> None:
        """See `Kind`."""
        self._glances.close()
        self._prompt.close()
        self._writer.stop()


class Glances:
    """A connection for the thread of the event loop; it never waits for a lock and begins no transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection | None = None

    def look(self, work: Work[T]) -> T:
        """What `work` returns. Raises `OperationalError` where somebody holds a lock."""
        if self._connection is None:
            self._connection = self._engine.connect()
            driver: Any = self._connection.connection.driver_connection
            driver.execute("PRAGMA busy_timeout = 0")
        return work(self._connection)

    def close(self) -> None:
        """Close the connection; it does not go back to the others, which do wait."""
        if self._connection is not None:
            self._connection.invalidate()
            self._connection.close()
            self._connection = None


def open_sqlite(url: str, threads: int) -> Engine:
    """An engine with the settings that durability and concurrency need."""
    _close_to_others(Path(str(make_url(url).database)))
    engine = create_engine(
        url, pool_size=threads + 2, max_overflow=4, pool_timeout=BUSY_SECONDS, hide_parameters=True
    )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _close_to_others(path: Path) -> None:
    """Create the file with its owner's rights alone: it holds working days and password hashes.

    SQLite would create it as the umask has it; the files that it puts beside it take over the rights of this one.
    """
    # A folder that does not exist, or may not be written to, is for SQLite to complain about.
    with suppress(OSError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def _prepare(dbapi_connection: Any, _record: Any) -> None:
    # The driver would otherwise begin transactions by itself, deferred ones, which lose to lock errors when
    # they read first and write later; `_begin` begins them instead.
    dbapi_connection.isolation_level = None
    cursor = dbapi_connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {int(BUSY_SECONDS * 1000)}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")  # NORMAL may lose acknowledged commits at a power cut
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA secure_delete = ON")  # what has left for good is no longer in the file either
    cursor.close()


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))
