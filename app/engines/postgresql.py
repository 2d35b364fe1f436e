"""PostgreSQL: many writers, each in a transaction and a thread of its own."""

import asyncio
import random
import time
from collections.abc import Hashable
from concurrent.futures import Executor
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import Dialect, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, DisconnectionError

from app.engines.jobs import Elsewhere, Figures, NotQuick, Work
from app.engines.patience import be_patient
from app.engines.turns import Turns
from app.engines.unavailable import is_worth_retrying, unavailable_when_it_fails

T = TypeVar("T")

CONNECT_SECONDS = 5
ATTEMPTS = 8  # of a transaction that PostgreSQL asks to run again
STILL_THERE_SECONDS = 5  # a connection used more recently than that is believed to be alive


class PostgreSQL:
    """A PostgreSQL database; see `engines.jobs.Kind`."""

    def __init__(self, url: str, threads: int, executor: Executor) -> None:
        self.engine = open_postgresql(url, threads)
        self.reading: Engine = self.engine.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )
        self._executor = executor
        self._turns = Turns()
        self._waiting = 0  # writes, those that are being done included
        self._commits = 0  # counted by threads that may lose one now and then

    def read_inline(self, work: Work[T]) -> T:
        """Raises `Elsewhere`: an answer over the network is waited for in a thread."""
        raise Elsewhere

    async def write(self, work: Work[T], quick: Work[T] | None, owner: Hashable) -> T:
        """In a transaction and a thread of its own, one at a time for each owner."""
        run = (
            partial(self._write_quickly, quick, work) if quick is not None else partial(self.write_now, work)
        )
        self._waiting += 1
        try:
            async with self._turns.of(owner):
                return await asyncio.get_running_loop().run_in_executor(self._executor, run)
        finally:
            self._waiting -= 1

    def _write_quickly(self, quick: Work[T], work: Work[T]) -> T:
        with suppress(NotQuick):
            return self.write_now(quick)
        return self.write_now(work)

    def write_now(self, work: Work[T]) -> T:
        """In the caller's thread, and again where PostgreSQL asks for it."""
        with unavailable_when_it_fails():
            return self._write_with_retries(work)

    def _write_with_retries(self, work: Work[T]) -> T:
        for attempt in range(ATTEMPTS):
            try:
                with self.engine.begin() as connection:
                    result = work(connection)
            except DBAPIError as error:
                if not is_worth_retrying(error) or attempt == ATTEMPTS - 1:
                    raise
                # Two transactions that met would meet again if both came back at once.
                time.sleep(random.uniform(0, 0.01 * 2**attempt))  # noqa: S311  # no secret
            else:
                self._commits += 1
                return result
        raise AssertionError("unreachable: the last attempt returns or raises")

    def figures(self) -> Figures:
        """See `Kind`."""
        return Figures(self._waiting, self._commits, self._commits)

    def close(self) -> None:
        """Nothing runs but what the executor's owner waits for."""


def open_postgresql(url: str, threads: int) -> Engine:
    """An engine whose connections do not wait for ever."""
    # The session's time zone plays no part: instants are integers.
    engine = create_engine(
        url,
        pool_size=threads + 2,
        max_overflow=2,
        pool_timeout=CONNECT_SECONDS,
        hide_parameters=True,  # they would stand in tracebacks, and so in logs: addresses, hashes
        connect_args={
            "connect_timeout": CONNECT_SECONDS,
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
