"""Quick work for PostgreSQL, many functions at a time: one connection, one thread, one commit for all that waits.

A transaction of its own costs an event four round trips, in each of which a thread goes to sleep and has to get
Python's lock back when it wakes up, and the server one flush to its disk. Here the functions that wait share a
transaction and a pipeline (`postgresql_pipeline`): they are run in turns, each until it needs rows, so that what all of
them read takes one round trip, and what all of them write another.

Functions of a group read and write with `store.statements`: SQLAlchemy's `execute` raises `InterfaceError` there, and
the group's functions are run by themselves.

Nothing in a group waits for another transaction's lock, for all others would wait with it: a function that finds a lock
held raises `WouldBlock`. Where a statement fails, nothing of the group has happened, and each is run by itself
(`NotQuick`). Where the connection breaks during the commit, nobody knows what has happened, and nothing is run again
(`Unavailable`): an event without an id would count twice.
"""

import asyncio
from collections import deque
from collections.abc import Hashable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

from greenlet import getcurrent, greenlet
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DBAPIError

from app.engines.backend import NotQuick, Work, WouldBlock
from app.engines.jobs import Job, fail, resolve, succeeded
from app.engines.owners import OwnerLocks
from app.engines.postgresql_changes import NOTIFY, payload_of
from app.engines.unavailable import CLOSED, Unavailable, submit, waiting_for

T = TypeVar("T")

LOCK_ATTEMPTS = 4  # of a function that finds a lock held: another process's group is mostly done by the next
GROUP_SIZE = 64  # functions that share a commit at most
LOCK_TIMEOUT = "SET LOCAL lock_timeout = '200ms'"  # for an account that is being deleted


class Group:
    """Runs functions together in its thread. Reading alone (`writing` false) needs no transaction."""

    def __init__(self, engine: Engine, *, writing: bool) -> None:
        self._engine = engine.execution_options(**({} if writing else {"isolation_level": "AUTOCOMMIT"}))
        event.listen(self._engine, "before_cursor_execute", _note_change)
        self._writing = writing
        self._thread = ThreadPoolExecutor(1, f"postgresql-{'writer' if writing else 'reader'}")
        self._locks = OwnerLocks()
        self.jobs: deque[Job] = deque()  # that wait
        self._closed = False
        self._scheduled = False  # whether the thread is going to look at the jobs
        self.commits = self.writes = 0

    async def run(self, work: Work[T], owner: Hashable) -> T:
        """What `work` returns, once committed; one at a time of each owner.

        Raises `NotQuick` where it has to be run by itself, also where a lock stays held for several groups.
        """
        with waiting_for("the group of quick writes" if self._writing else "the group of inline reads"):
            async with self._locks.of(owner):
                for _ in range(LOCK_ATTEMPTS):
                    with suppress(WouldBlock):
                        return await self._run_with_others(work, owner)
                raise NotQuick

    async def _run_with_others(self, work: Work[T], owner: Hashable) -> T:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        if self._closed:
            raise Unavailable(CLOSED)
        self.jobs.append(Job(work, future, owner))
        if not self._scheduled:
            self._scheduled = True
            submit(self._thread, self._run_batches, loop)
        return await future

    def close(self) -> None:
        """Finish what waits, refuse what comes, and end the thread."""
        self._closed = True
        self._thread.shutdown(wait=True)

    def _run_batches(self, loop: asyncio.AbstractEventLoop) -> None:
        self._scheduled = False  # before the jobs are looked at: one that comes later is not left alone
        while self.jobs:
            taken = [self.jobs.popleft() for _ in range(min(len(self.jobs), GROUP_SIZE))]
            batch = [job for job in taken if not job.future.cancelled()]
            try:
                self._run_together(batch)
            except Exception as error:
                fail(batch, error if isinstance(error, Unavailable) else NotQuick(error))
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(resolve, batch)

    def _run_together(self, batch: list[Job]) -> None:
        with self._engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            try:
                with driver.together():
                    if self._writing:
                        driver.execute("BEGIN")
                        driver.execute(LOCK_TIMEOUT)
                    _run_in_turns(connection, batch)
                    if self._writing and succeeded(batch):
                        owners = [job.owner for job in batch if job.failure is None]
                        driver.execute(NOTIFY, {"owners": payload_of(owners)})
                        driver.execute("COMMIT")
                    elif self._writing:  # nothing has changed, and nobody waits for the disk
                        driver.execute("ROLLBACK")
            except Exception:
                if self._writing:
                    _make_sure_it_is_undone(driver)
                raise
            if self._writing and succeeded(batch):
                self.commits += 1
                self.writes += succeeded(batch)


class Running(greenlet):
    """A function of a group; where it waits for rows it lets the others run."""

    def __init__(self, connection: Connection, job: Job) -> None:
        super().__init__()
        self._connection = connection
        self._job = job
        self.changed = False  # whether it has sent what changes rows

    def run(self) -> None:
        """Raises what fails the whole transaction: half of what a function writes must not go in with the others."""
        try:
            self._job.result = self._job.work(self._connection)
        except Exception as failure:
            if isinstance(failure, DBAPIError) or self.changed:
                raise
            self._job.failure = failure


def _run_in_turns(connection: Connection, batch: list[Job]) -> None:
    running = [Running(connection, job) for job in batch]
    while running:
        for each in running:
            each.switch()
        running = [each for each in running if not each.dead]


def _note_change(_connection: Connection, _cursor: Any, sql: str, *_others: Any) -> None:
    current = getcurrent()
    if isinstance(current, Running) and not sql.startswith("SELECT"):
        current.changed = True


def _make_sure_it_is_undone(driver: Any) -> None:
    """After a failure. Raises `Unavailable` where that cannot be told any more."""
    try:
        driver.rollback()
    except Exception as error:
        raise Unavailable("The connection to the database broke.") from error
