"""The database: an engine, `read(fn)` and `write(fn)`.

`write` is the only place in the application that commits. It takes a function rather than
holding a transaction open for a request, for two reasons:

- Many functions can share one commit, so that the price of reaching the disk is paid once for all of them: on SQLite,
  which has one writer at a time in any case, and on PostgreSQL where they are quick.
- PostgreSQL (and its distributed relatives) may refuse a transaction that met another. The function is
  then simply run again.

So a function passed to `write` may run more than once and has no effect outside the database.
"""

import asyncio
from collections.abc import Hashable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import TypeVar

from sqlalchemy import URL, Connection, Engine, make_url, text

from app.engines.backend import Backend, Figures, Notify, NotQuick, Work, WouldBlock
from app.engines.owners import OwnerThreads
from app.engines.unavailable import CLOSED, Unavailable, unavailable_when_it_fails

__all__ = [
    "Database",
    "Figures",
    "NotQuick",
    "Unavailable",
    "WouldBlock",
    "answers",
    "name_of",
    "open_engine",
]

T = TypeVar("T")

ANSWER_SECONDS = 10  # that a request waits, for its turn as for its answer
THREADS = 8  # readers, and on PostgreSQL writers, at once


class Database:
    """One database, opened for as long as the process lives."""

    def __init__(self, url: str) -> None:
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="database")
        self._readers = OwnerThreads(self._threads)
        self._backend = _backend_of(url, self._threads)
        self.engine = self._backend.engine
        self._closed = False
        self._notify: Notify = _no_op
        self.is_sqlite = self.engine.dialect.name == "sqlite"

    async def read(self, fn: Work[T], *, inline: bool = False, owner: Hashable = None) -> T:
        """What `fn` returns, run over one snapshot of the database. Raises `Unavailable`.

        `owner` is the user for whom it reads: one read of an owner at a time. `inline`: `fn` sends one statement that
        finds a few rows by their keys, so it needs no thread: on SQLite it is run in that of the event loop, on
        PostgreSQL together with others.
        """
        with unavailable_when_it_fails():
            self._check_open()
            async with asyncio.timeout(ANSWER_SECONDS):
                if inline:
                    with suppress(NotQuick):
                        return await self._backend.read_inline(fn)
                return await self._readers.run(partial(self.read_now, fn), owner)

    async def write(self, fn: Work[T], *, quick: Work[T] | None = None, owner: Hashable = None) -> T:
        """What `fn` returns, after its changes have reached the disk.

        `owner` is the user whose rows it changes, None where it is not one user's. `quick` does the same work with few
        statements that wait for no lock, or raises `NotQuick`, and `fn` is run. It may be run in the event loop's
        thread, or together with others; where it raises anything it has changed nothing yet. Raises whatever `fn` or
        `quick` raises, the changes undone, and `Unavailable` when the database fails.
        """
        with unavailable_when_it_fails():
            self._check_open()
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    return await self._backend.write(fn, quick, owner)
            finally:
                self._notify(owner)

    def read_now(self, fn: Work[T]) -> T:
        """`read` for callers outside an event loop."""
        with unavailable_when_it_fails(), self._backend.reading.connect() as connection, connection.begin():
            return fn(connection)

    def write_now(self, fn: Work[T], owner: Hashable = None) -> T:
        """`write` for callers outside an event loop."""
        with unavailable_when_it_fails():
            return self._backend.write_now(fn, owner)

    async def watch(self, notify: Notify) -> None:
        """Notify of commits, by this process and by others, until cancelled: `notify` gets the owner of the rows.

        None stands for every owner. `notify` is called in the event loop's thread, sometimes without a change.
        """
        self._notify = notify
        try:
            await self._backend.watch(notify)
        finally:
            if self._notify is notify:  # no later call of `watch` has replaced it
                self._notify = _no_op

    def figures(self) -> Figures:
        """How busy the database is."""
        return self._backend.figures()

    def close(self) -> None:
        """Finish what waits, then close every connection."""
        self._closed = True
        self._backend.close()
        self._threads.shutdown(wait=True)
        self.engine.dispose()

    def _check_open(self) -> None:
        if self._closed:
            raise Unavailable(CLOSED)


def _no_op(_owner: Hashable) -> None:
    """Without a subscriber."""


def _backend_of(url: str, executor: ThreadPoolExecutor) -> Backend:
    # A driver takes long to load, and only one of the two is needed.
    if make_url(url).get_backend_name() == "sqlite":
        from app.engines.sqlite import SQLite

        return SQLite(url, THREADS)
    from app.engines.postgresql import PostgreSQL

    return PostgreSQL(url, THREADS, executor)


def open_engine(url: str) -> Engine:
    """An engine for `url` with the settings that durability and concurrency need; it connects when it is used."""
    if make_url(url).get_backend_name() == "sqlite":
        from app.engines.sqlite import open_sqlite

        return open_sqlite(url, THREADS)
    from app.engines.postgresql import open_postgresql

    return open_postgresql(url, THREADS)


def name_of(url: URL) -> str:
    """`url` for a message: without its password, and without its options, which may hold another secret."""
    return url.set(query={}).render_as_string()


def answers(connection: Connection) -> bool:
    """Whether the database answers a query."""
    return connection.execute(text("SELECT 1")).scalar() == 1
