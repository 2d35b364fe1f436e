"""The database: an engine, `read(fn)` and `write(fn)`.

`write` is the only place in the application that commits. It is handed a function rather than
holding a transaction open for a request, for two reasons:

- On SQLite, which has one writer at a time in any case, many functions share one commit, so that the price of reaching
  the disk is paid once for all of them.
- PostgreSQL (and its distributed relatives) may refuse a transaction that met another. The function is
  then simply run again.

So a function handed to `write` may run more than once and has no effect besides the database.
"""

import asyncio
from collections.abc import Hashable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

from sqlalchemy import Connection, Engine, make_url, text

from app.engines.jobs import Elsewhere, Figures, Kind, NotQuick, Work
from app.engines.unavailable import Unavailable, unavailable_when_it_fails

__all__ = ["Database", "Figures", "NotQuick", "Unavailable", "answers", "open_engine"]

T = TypeVar("T")

ANSWER_SECONDS = 10  # that a request waits, for its turn as for its answer
THREADS = 8  # readers, and on PostgreSQL writers, at once


class Database:
    """One database, opened for as long as the process lives."""

    def __init__(self, url: str) -> None:
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="database")
        self._kind = _kind_of(url, self._threads)
        self.engine = self._kind.engine
        self._closed = False
        self.is_sqlite = self.engine.dialect.name == "sqlite"

    async def read(self, fn: Work[T], *, inline: bool = False) -> T:
        """What `fn` returns, run over one snapshot of the database. Raises `Unavailable`.

        `inline`: `fn` sends one statement that finds a few rows by their keys, so it may be run in the event loop's
        thread where the database is a file.
        """
        with unavailable_when_it_fails():
            self._check_open()
            if inline:
                with suppress(Elsewhere):
                    return self._kind.read_inline(fn)
            async with asyncio.timeout(ANSWER_SECONDS):
                return await asyncio.get_running_loop().run_in_executor(self._threads, self.read_now, fn)

    async def write(self, fn: Work[T], *, quick: Work[T] | None = None, owner: Hashable = None) -> T:
        """What `fn` returns, after its changes have reached the disk.

        `owner` is whose rows it changes, where they are one user's. `quick` does the same work with few statements
        that wait for nobody, or raises `NotQuick`, and `fn` is run; it may be run in the event loop's thread. Raises
        whatever `fn` or `quick` raises, its changes undone, and `Unavailable` when the database fails.
        """
        with unavailable_when_it_fails():
            self._check_open()
            async with asyncio.timeout(ANSWER_SECONDS):
                return await self._kind.write(fn, quick, owner)

    def read_now(self, fn: Work[T]) -> T:
        """`read` for callers outside an event loop."""
        with unavailable_when_it_fails(), self._kind.reading.connect() as connection, connection.begin():
            return fn(connection)

    def write_now(self, fn: Work[T]) -> T:
        """`write` for callers outside an event loop."""
        return self._kind.write_now(fn)

    def figures(self) -> Figures:
        """How busy the database is."""
        return self._kind.figures()

    def close(self) -> None:
        """Finish what waits, then close every connection."""
        self._closed = True
        self._kind.close()
        self._threads.shutdown(wait=True)
        self.engine.dispose()

    def _check_open(self) -> None:
        if self._closed:
            raise Unavailable("The database is closed.")


def _kind_of(url: str, executor: ThreadPoolExecutor) -> Kind:
    # A driver takes long to load, and only one of the two is needed.
    if make_url(url).get_backend_name() == "sqlite":
        from app.engines.sqlite import SQLite

        return SQLite(url, THREADS)
    from app.engines.postgresql import PostgreSQL

    return PostgreSQL(url, THREADS, executor)


def open_engine(url: str) -> Engine:
    """An engine for `url` with the settings that durability and concurrency need, without the rest."""
    if make_url(url).get_backend_name() == "sqlite":
        from app.engines.sqlite import open_sqlite

        return open_sqlite(url, THREADS)
    from app.engines.postgresql import open_postgresql

    return open_postgresql(url, THREADS)


def answers(connection: Connection) -> bool:
    """Whether the database can be asked anything at all."""
    return connection.execute(text("SELECT 1")).scalar() == 1
