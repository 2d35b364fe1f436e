"""PostgreSQL: many writers, each in a transaction of its own, or, where they are quick, together."""

import random
import time
from collections.abc import Hashable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any, TypeVar

import psycopg
from psycopg import errors
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import DBAPIError

from app.engines.backend import Figures, Notify, NotQuick, Work
from app.engines.owners import OwnerThreads
from app.engines.postgresql_changes import NOTIFY, listen, payload_of
from app.engines.postgresql_group import Group
from app.engines.postgresql_pipeline import Pipeline, Prepared
from app.engines.unavailable import is_worth_retrying

T = TypeVar("T")

CONNECT_SECONDS = 5
# For one statement. A living server has given up before: its `statement_timeout` is shorter.
STATEMENT_SECONDS = 20.0
ATTEMPTS = 8  # of a transaction that PostgreSQL asks to run again


class PostgreSQL:
    """A PostgreSQL database, as a `Backend`."""

    def __init__(self, url: str, threads: int, executor: Executor) -> None:
        self.engine = open_postgresql(url, threads)
        self.reading: Engine = self.engine.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )
        self._threads = OwnerThreads(executor)
        self._writers = Group(self.engine, writing=True)
        self._readers = Group(self.engine, writing=False)
        self._alone = 0  # commits outside the group; counted by threads that may lose one now and then

    async def read_inline(self, fn: Work[T]) -> T:
        """Together with all that ask meanwhile."""
        return await self._readers.run(fn, None)

    async def write(self, fn: Work[T], quick: Work[T] | None, owner: Hashable) -> T:
        """Together with others where it is quick, else in a thread, one at a time for each owner."""
        if quick is not None:
            with suppress(NotQuick):
                return await self._writers.run(quick, owner)
        return await self._threads.run(partial(self.write_now, fn, owner), owner)

    def write_now(self, fn: Work[T], owner: Hashable = None) -> T:
        """In the caller's thread, and again where PostgreSQL asks for it."""
        for attempt in range(ATTEMPTS):
            try:
                with self.engine.begin() as connection:
                    result = fn(connection)
                    connection.exec_driver_sql(NOTIFY, {"owners": payload_of([owner])})
            except DBAPIError as error:
                if not is_worth_retrying(error) or attempt == ATTEMPTS - 1:
                    raise
                # Two transactions that met would meet again if both came back at once.
                time.sleep(random.uniform(0, 0.01 * 2**attempt))  # noqa: S311  # no secret
            else:
                self._alone += 1
                return result
        raise AssertionError("unreachable: the last attempt returns or raises")

    async def watch(self, notify: Notify) -> None:
        """LISTEN for the notifications of all processes, this one included."""
        _, parameters = self.engine.dialect.create_connect_args(self.engine.url)
        await listen(parameters, CONNECT_SECONDS, notify)

    def figures(self) -> Figures:
        """How busy it is."""
        group = self._writers
        return Figures(len(group.jobs), group.commits + self._alone, group.writes + self._alone)

    def close(self) -> None:
        """Finish what waits in the groups; the executor is its owner's."""
        self._writers.close()
        self._readers.close()


class TimeoutConnection(psycopg.Connection[Any]):
    """A connection that is closed when a statement stays without an answer for `timeout_seconds`; None: never.

    A server that is overloaded, stopped by its machine, or cut off by a network that drops packets says nothing at all.
    Its own limits (`statement_timeout`) are of no use then, and TCP finds out after hours, or never where somebody in
    between still acknowledges. A thread that waits for such an answer would be lost to everybody else.
    """

    timeout_seconds: float | None = STATEMENT_SECONDS

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._prepared_together: Prepared = {}
        self._together: Pipeline | None = None

    @contextmanager
    def together(self) -> Iterator[None]:
        """Send what is executed within without waiting for it. No transaction is begun. Raises psycopg's errors."""
        self._together = Pipeline(self, self._prepared_together, self.timeout_seconds)
        try:
            with self._together.open():
                yield
        finally:
            self._together = None

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        """Execute a statement; within `together` its rows are fetched later."""
        if self._together is None:
            return super().execute(query, params, **options)
        return self._together.execute(query, params)

    def cursor(self, *arguments: Any, **options: Any) -> Any:
        """A cursor. Raises `InterfaceError` within `together`: it would wait for an answer that is not its own."""
        if self._together is not None:
            raise psycopg.InterfaceError("Functions of a group execute statements with store.statements.")
        return super().cursor(*arguments, **options)

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """What psycopg waits with. Raises `OperationalError` when it took too long."""
        try:
            return super().wait(gen, interval, timeout if timeout is not None else self.timeout_seconds)
        except errors._WaitTimeout:
            self.pgconn.finish()  # a late answer would be taken for that of the next statement
            raise


def open_postgresql(url: str, threads: int) -> Engine:
    """An engine whose connections do not wait for ever."""
    # The session's time zone plays no part: instants are integers.
    engine = create_engine(
        url,
        pool_size=threads + 2,  # the two groups have a connection each
        max_overflow=2,
        pool_timeout=CONNECT_SECONDS,
        pool_pre_ping=True,  # a restart of the server cuts those in the pool
        hide_parameters=True,  # they would stand in tracebacks, and so in logs: addresses, hashes
        connect_args={
            "connect_timeout": CONNECT_SECONDS,
            "options": "-c statement_timeout=15000 -c lock_timeout=8000",
        },
    )
    event.listen(engine, "do_connect", _connect)
    return engine


def _connect(_dialect: Any, _record: Any, arguments: Any, settings: Any) -> Any:
    made = TimeoutConnection.connect(*arguments, **settings)
    # A pooler may deliver other clients' notifications here. Without a handler psycopg would collect them without end.
    made.add_notify_handler(lambda _notification: None)
    return made
