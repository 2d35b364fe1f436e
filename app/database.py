"""The database: an engine, `read(fn)` and `write(fn)`.

`write` is the only place in the application that commits. It is handed a function rather than
holding a transaction open for a request, for two reasons:

- SQLite has one writer at a time. One thread takes every function that waits, runs each in a
  savepoint and commits them together, so the price of reaching the disk is paid once for all of them.
- PostgreSQL (and its distributed relatives) may refuse a transaction that met another. The function is
  then simply run again.

So a function handed to `write` may run more than once and has no effect besides the database.
"""

import asyncio
import os
import queue
import random
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.postgresql import be_patient

T = TypeVar("T")
Work = Callable[[Connection], T]

ANSWER_SECONDS = 10  # that a request waits, for its turn as for its answer
BUSY_SECONDS = 5  # how long a SQLite connection waits for another process's lock
THREADS = 8  # readers, and on PostgreSQL writers, at once
MOST_IN_ONE_COMMIT = 256
ATTEMPTS = 8  # of a transaction that PostgreSQL asks to run again
SERIALIZATION_FAILURE, DEADLOCK = "40001", "40P01"


class Unavailable(Exception):
    """The database does not answer, or did not in time; worth another try.

    Nearly always nothing was changed. Only where a connection broke during the commit, or the answer took too long, is
    it uncertain: an event's `event_id` makes sending it again safe in either case.
    """


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

    async def read(self, fn: Work[T]) -> T:
        """What `fn` returns, run over one snapshot of the database. Raises `Unavailable`."""
        with unavailable_when_it_fails():
            async with asyncio.timeout(ANSWER_SECONDS):
                return await asyncio.get_running_loop().run_in_executor(self._threads, self.read_now, fn)

    async def write(self, fn: Work[T]) -> T:
        """What `fn` returns, after its changes have reached the disk.

        Raises whatever `fn` raises, its changes undone, and `Unavailable` when the database fails.
        """
        if self._writer is not None:
            return await asyncio.wrap_future(self._writer.submit(fn))
        with unavailable_when_it_fails():
            async with asyncio.timeout(ANSWER_SECONDS):
                return await asyncio.get_running_loop().run_in_executor(self._threads, self.write_now, fn)

    def read_now(self, fn: Work[T]) -> T:
        """`read` for callers outside an event loop."""
        with unavailable_when_it_fails(), self._reading.connect() as connection, connection.begin():
            return fn(connection)

    def write_now(self, fn: Work[T]) -> T:
        """`write` for callers outside an event loop."""
        if self._writer is not None:
            return self._writer.submit(fn).result()
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
        if self._writer is not None:
            self._writer.stop()
        self._threads.shutdown(wait=True)
        self.engine.dispose()


class SQLiteWriter:
    """The one thread that writes to SQLite: all that waits goes into one commit."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine.execution_options(begin="BEGIN IMMEDIATE")
        self._waiting: queue.SimpleQueue[tuple[Work[Any], Future[Any]] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        self._stopped = False

    def submit(self, fn: Work[T]) -> "Future[T]":
        """A future of what `fn` returns; done only once its commit has reached the disk."""
        future: Future[T] = Future()
        with self._starting:
            if self._stopped:
                raise Unavailable("The database is closed.")
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="sqlite-writer", daemon=True)
                self._thread.start()
            self._waiting.put((fn, future))
        return future

    def stop(self) -> None:
        """Write what waits and end the thread."""
        with self._starting:
            self._stopped = True
            self._waiting.put(None)
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        ending = False
        while not ending:
            batch, ending = self._take()
            if batch:
                self._write(batch)

    def _take(self) -> tuple[list[tuple[Work[Any], Future[Any]]], bool]:
        """Everything that waits (at least one thing), and whether the thread shall end after it."""
        batch: list[tuple[Work[Any], Future[Any]]] = []
        item = self._waiting.get()
        while item is not None:
            # From here on a cancelled caller no longer stops the work: it may be half done.
            if item[1].set_running_or_notify_cancel():
                batch.append(item)
            if len(batch) >= MOST_IN_ONE_COMMIT:
                return batch, False
            try:
                item = self._waiting.get_nowait()
            except queue.Empty:
                return batch, False
        return batch, True

    def _write(self, batch: list[tuple[Work[Any], Future[Any]]]) -> None:
        outcomes: list[tuple[Future[Any], Any, BaseException | None]] = []
        try:
            with unavailable_when_it_fails(), self._engine.begin() as connection:
                for fn, future in batch:
                    outcomes.append((future, *self._attempt(connection, fn)))
        except BaseException as error:
            # The commit (or the connection) failed: nothing of the batch has happened.
            for _, future in batch:
                future.set_exception(error)
            return
        for future, result, failure in outcomes:
            if failure is None:
                future.set_result(result)
            else:
                future.set_exception(failure)

    @staticmethod
    def _attempt(connection: Connection, fn: Work[Any]) -> tuple[Any, BaseException | None]:
        try:
            with connection.begin_nested():
                return fn(connection), None
        except Exception as failure:
            if isinstance(failure, DBAPIError) and is_unavailability(failure):
                raise  # disk full, lock lost: the whole transaction is in doubt, not this function alone
            return None, failure


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
    # The session's time zone plays no part: instants are integers. pre_ping finds connections that a restart cut.
    engine = create_engine(
        url,
        pool_size=THREADS,
        max_overflow=4,
        pool_timeout=BUSY_SECONDS,
        pool_pre_ping=True,
        hide_parameters=True,  # they would stand in tracebacks, and so in logs: addresses, hashes
        connect_args={
            "connect_timeout": BUSY_SECONDS,
            "options": "-c statement_timeout=15000 -c lock_timeout=8000",
        },
    )
    be_patient(engine)
    return engine


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


@contextmanager
def unavailable_when_it_fails() -> Iterator[None]:
    """Turn the driver's ways of not answering into `Unavailable`; a broken statement stays what it is."""
    try:
        yield
    except (DBAPIError, PoolTimeout, TimeoutError) as error:
        if not isinstance(error, DBAPIError) or is_unavailability(error) or is_worth_retrying(error):
            raise Unavailable("The database does not answer at the moment.") from error
        raise


# https://sqlite.org/rescode.html; a misspelt column is an OperationalError too, but none of these.
SQLITE_FAILURES = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_NOTADB,
}


def is_unavailability(error: DBAPIError) -> bool:
    """Whether the database could not do its work, rather than that it was asked for something wrong."""
    if isinstance(error.orig, sqlite3.Error):
        # The low byte is the primary code; the driver's own complaints have no code.
        return getattr(error.orig, "sqlite_errorcode", -1) & 0xFF in SQLITE_FAILURES
    return isinstance(error, OperationalError) or error.connection_invalidated


def is_worth_retrying(error: DBAPIError) -> bool:
    """Whether PostgreSQL undid the transaction only because it met another."""
    return getattr(error.orig, "sqlstate", None) in (SERIALIZATION_FAILURE, DEADLOCK)


def answers(connection: Connection) -> bool:
    """Whether the database can be asked anything at all."""
    return connection.execute(text("SELECT 1")).scalar() == 1
