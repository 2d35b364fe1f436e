"""When the database does not answer: told apart from being asked for something wrong."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from typing import Any, TypeVar

from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

T = TypeVar("T")

CLOSED = "The database is closed."
SERIALIZATION_FAILURE, DEADLOCK = "40001", "40P01"

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


class Unavailable(Exception):
    """The database does not answer, or did not in time; worth another try.

    Nearly always nothing was changed. Only where a connection broke during the commit, or the answer took too long, is
    it uncertain: an event's `event_id` makes sending it again safe in either case.
    """


def submit(executor: Executor, fn: Callable[..., T], *arguments: Any) -> Future[T]:
    """Have `fn` run in a thread of `executor`. Raises `Unavailable` where that is shut down."""
    try:
        return executor.submit(fn, *arguments)
    except RuntimeError as error:
        raise Unavailable(CLOSED) from error


@contextmanager
def waiting_for(what: str) -> Iterator[None]:
    """Say what a task waits for: the time-out that ends the waiting names it in the log."""
    try:
        yield
    except asyncio.CancelledError as cancelled:
        cancelled.add_note(what)
        raise


@contextmanager
def unavailable_when_it_fails() -> Iterator[None]:
    """Turn the driver's ways of not answering into `Unavailable`; a broken statement stays what it is.

    Its cause says what did not come in time, for the log.
    """
    try:
        yield
    except (DBAPIError, PoolTimeout, TimeoutError) as error:
        if waits := getattr(error.__cause__, "__notes__", None):
            error = TimeoutError(f"waited too long for {waits[0]}")
        if not isinstance(error, DBAPIError) or is_unavailability(error) or is_worth_retrying(error):
            raise Unavailable("The database does not answer at the moment.") from error
        raise


def is_unavailability(error: DBAPIError) -> bool:
    """Whether the database could not do its work, rather than that it was asked for something wrong."""
    if isinstance(error.orig, sqlite3.Error):
        # The low byte is the primary code; the driver's own complaints have no code.
        return getattr(error.orig, "sqlite_errorcode", -1) & 0xFF in SQLITE_FAILURES
    return isinstance(error, OperationalError) or error.connection_invalidated


def is_worth_retrying(error: DBAPIError) -> bool:
    """Whether PostgreSQL undid the transaction only because it met another."""
    return getattr(error.orig, "sqlstate", None) in (SERIALIZATION_FAILURE, DEADLOCK)
