"""The database: an engine, `read(fn)` and `write(fn)`.

`write` is the only place in the application that commits. It is handed a function rather than
holding a transaction open for a request, for two reasons:

- SQLite has one writer at a time. One thread takes every function that waits, runs each in a
  savepoint and commits them together (`engines/sqlite_writer`).
- PostgreSQL (and its distributed relatives) may refuse a transaction that met another. The function is
  then simply run again.

So a function handed to `write` may run more than once and has no effect besides the database.
"""

import asyncio
import os
import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Dialect, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import DBAPIError, DisconnectionError, OperationalError

from app.engines.jobs import Brief, Elsewhere, Steps, Work, drive
from app.engines.patience import be_patient
from app.engines.postgresql_group import Group
from app.engines.sqlite_prompt import PromptWriter
from app.engines.sqlite_writer import SQLiteWriter
from app.engines.unavailable import Unavailable, is_worth_retrying, unavailable_when_it_fails

__all__ = ["Brief", "Database", "Steps", "Unavailable", "answers", "drive", "open_engine"]

T = TypeVar("T")

ANSWER_SECONDS = 10  # that a request waits, for its turn as for its answer
BUSY_SECONDS = 5  # how long a SQLite connection waits for another process's lock
THREADS = 8  # readers, and on PostgreSQL writers, at once
ATTEMPTS = 8  # of a transaction that PostgreSQL asks to run again
STILL_THERE_SECONDS = 5  # a connection used more recently than that is believed to be alive


class Database:
    """One database, opened for as long as the process lives."""

    def __init__(self, url: str) -> None:
        self.engine = open_engine(url)
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="database")
        self._reading = (
            self.engine
            if self.is_sqlite
            else self.engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        )
        self._writer = SQLiteWriter(self.engine) if self.is_sqlite else None
        self._prompt = PromptWriter(self.engine, self._writer) if self._writer is not None else None
        self._glances = Glances(self.engine) if self.is_sqlite else None
        self._group = None if self.is_sqlite else Group(self.engine, writes=True)
        self._looks = None if self.is_sqlite else Group(self.engine, writes=False)

    async def read(self, fn: Work[T]) -> T:
        """What `fn` returns, run over one snapshot of the database. Raises `Unavailable`."""
        with unavailable_when_it_fails():
            async with asyncio.timeout(ANSWER_SECONDS):
                return await asyncio.get_running_loop().run_in_executor(self._threads, self.read_now, fn)

    async def glance(self, steps: Callable[[Connection], Steps[T]]) -> T:
        """`read` for one look at a few rows by their keys, in two steps (see `Brief`): of a moment at most.

        SQLite answers such a thing from memory in less time than another thread takes to wake up, so it is asked at
        once, here, in the thread of the event loop. PostgreSQL is asked together with all who ask meanwhile.
        """
        with unavailable_when_it_fails():
            try:
                if self._glances is not None:
                    return self._glances.look(lambda connection: drive(steps(connection)))
                if self._looks is not None:
                    async with asyncio.timeout(ANSWER_SECONDS):
                        return await self._looks.run(Brief(steps))
            except (OperationalError, Elsewhere):
                pass  # not at once, then
        return await self.read(lambda connection: drive(steps(connection)))

    async def write(self, fn: Work[T], *, brief: Brief[T] | None = None) -> T:
        """What `fn` returns, after its changes have reached the disk.

        `brief` does the same where that takes a moment only: on SQLite in the thread of the event loop, on PostgreSQL
        together with others. Raises whatever `fn` raises, its changes undone, and `Unavailable` when the
        database fails.
        """
        if self._prompt is not None and brief is not None:
            return await self._prompt.write(brief, fn)
        if self._writer is not None:
            return await self._writer.write(fn)
        with unavailable_when_it_fails():
            async with asyncio.timeout(ANSWER_SECONDS):
                if self._group is not None and brief is not None:
                    try:
                        return await self._group.run(brief)
                    except (brief.unless, Elsewhere):
                        pass  # by itself, then
                return await asyncio.get_running_loop().run_in_executor(self._threads, self.write_now, fn)

    def read_now(self, fn: Work[T]) -> T:
        """`read` for callers outside an event loop."""
        with unavailable_when_it_fails(), self._reading.connect() as connection, connection.begin():
            return fn(connection)

    def write_now(self, fn: Work[T]) -> T:
        """`write` for callers outside an event loop."""
        if self._writer is not None:
            return self._writer.write_now(fn)
        with unavailable_when_it_fails():
            return self._write_with_retries(fn)

    def _write_with_retries(self, fn: Work[T]) -> T:
        for attempt in range(ATTEMPTS):
            try:
                with self.engine.begin() as connection:
                    return fn(connection)
            except DBAPIError as error:
                if not is_worth_retrying(error) or attempt == ATTEMPTS - 1:
                    raise
                # Two transactions that met would meet again if both came back at once.
                time.sleep(random.uniform(0, 0.01 * 2**attempt))  # noqa: S311  # no secret
        raise AssertionError("unreachable: the last attempt returns or raises")

    def close(self) -> None:
        """Finish what waits, then close every connection."""
        if self._glances is not None:
            self._glances.close()
        if self._prompt is not None:
            self._prompt.close()
        for thread in (self._writer, self._group, self._looks):
            if thread is not None:
                thread.stop()
        self._threads.shutdown(wait=True)
        self.engine.dispose()


class Glances:
    """A SQLite connection for the thread of the event loop; it never waits for a lock and begins no transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection | None = None

    def look(self, fn: Work[T]) -> T:
        """What `fn` returns. Raises `OperationalError` where somebody holds a lock."""
        if self._connection is None:
            self._connection = self._engine.connect()
            _driver_of(self._connection).execute("PRAGMA busy_timeout = 0")
        return fn(self._connection)

    def close(self) -> None:
        """Close the connection; it does not go back to the others, which do wait."""
        if self._connection is not None:
            self._connection.invalidate()
            self._connection.close()


def _driver_of(connection: Connection) -> Any:
    return connection.connection.driver_connection


def open_engine(url: str) -> Engine:
    """An engine for `url` with the settings that durability and concurrency need."""
    if url.startswith("sqlite"):
        _close_to_others(Path(str(make_url(url).database)))
        engine = create_engine(
            url, pool_size=THREADS + 2, max_overflow=4, pool_timeout=BUSY_SECONDS, hide_parameters=True
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    # The session's time zone plays no part: instants are integers.
    engine = create_engine(
        url,
        pool_size=THREADS,
        max_overflow=4,
        pool_timeout=BUSY_SECONDS,
        hide_parameters=True,  # they would stand in tracebacks, and so in logs: addresses, hashes
        connect_args={
            "connect_timeout": BUSY_SECONDS,
            "options": "-c statement_timeout=15000 -c lock_timeout=8000",
        },
    )
    be_patient(engine)
    event.listen(engine, "checkin", _note_use)
    event.listen(engine, "checkout", partial(_find_dead, engine.dialect))
    return engine


def _note_use(_dbapi_connection: Any, record: Any) -> None:
    record.info["used"] = time.monotonic()


def _find_dead(dialect: Dialect, dbapi_connection: Any, record: Any, _proxy: Any) -> None:
    """Find connections that a restart of the server has cut, but do not pay a round trip for it with each use."""
    if time.monotonic() - record.info.get("used", 0.0) > STILL_THERE_SECONDS:
        try:
            dialect.do_ping(dbapi_connection)
        except dialect.loaded_dbapi.Error as error:
            raise DisconnectionError from error  # the pool opens another one


def _close_to_others(path: Path) -> None:
    """Create the file with its owner's rights alone: it holds working days and password hashes.

    SQLite would create it as the umask has it; the files that it puts beside it take over the rights of this one.
    """
    # A folder that does not exist, or may not be written to, is for SQLite to complain about.
    with suppress(OSError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def _prepare_sqlite(dbapi_connection: Any, _record: Any) -> None:
    # The driver would otherwise begin transactions by itself, deferred ones, which lose to lock errors when
    # they read first and write later; `_begin_sqlite` begins them instead.
    dbapi_connection.isolation_level = None
    cursor = dbapi_connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")  # NORMAL may lose acknowledged commits at a power cut
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))


def answers(connection: Connection) -> bool:
    """Whether the database can be asked anything at all."""
    return connection.execute(text("SELECT 1")).scalar() == 1
