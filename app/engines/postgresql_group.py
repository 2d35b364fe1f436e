"""Quick work for PostgreSQL, many functions at a time: one connection, one thread, one commit for all that waits.

A transaction of its own costs an event four round trips, in each of which a thread goes to sleep and has to get
Python's lock back when it wakes up, and the server one flush to its disk. Here the functions that wait are interleaved
within one pipeline (see `group_cursor`): three round trips and one flush for all of them.

Nothing in a group waits for another transaction's lock, for all others would wait with it: who finds a lock held raises
`NotQuick`. Where a statement fails, nothing of the group has happened, and each is run by itself (`WouldBlock`). Where
the connection breaks during the commit, nobody knows what has happened, and nothing is run again (`Unavailable`): an
event without an id would count twice.
"""

import asyncio
import threading
from collections.abc import Hashable, Sequence
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from app.engines.backend import Work, WouldBlock
from app.engines.group_cursor import may_have_written, run_interleaved
from app.engines.jobs import Job, resolve, succeeded
from app.engines.unavailable import CLOSED, Unavailable, waiting_for

T = TypeVar("T")

MOST_TOGETHER = 64
LOCK_TIMEOUT = (
    "SET LOCAL lock_timeout = '200ms'"  # what is left to wait for: an account that is being deleted
)


class Group:
    """A thread that runs functions together. Reading alone (`writes` false) needs no transaction."""

    def __init__(self, engine: Engine, *, writes: bool) -> None:
        self._engine = engine if writes else engine.execution_options(isolation_level="AUTOCOMMIT")
        self._writes = writes
        self._jobs: list[Job] = []
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._stopped = False
        self.commits = self.written = 0

    @property
    def waiting(self) -> int:
        """How many functions wait."""
        return len(self._jobs)

    async def run(self, work: Work[T], owner: Hashable) -> T:
        """What `work` returns, once committed; two of one owner are not run together.

        Raises `WouldBlock` where it has to be run by itself.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        with self._changed:
            if self._stopped:
                raise Unavailable(CLOSED)
            if self._thread is None:
                name = "postgresql-writer" if self._writes else "postgresql-reader"
                self._thread = threading.Thread(target=self._run, name=name, daemon=True)
                self._thread.start()
            self._jobs.append(Job(work, future, loop, owner))
            self._changed.notify()
        with waiting_for("the group of quick writes" if self._writes else "the group of inline reads"):
            return await future

    def stop(self) -> None:
        """Finish what waits and end the thread."""
        with self._changed:
            self._stopped = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while batch := self._take():
            try:
                with self._engine.connect() as connection:
                    self._run_together(connection, batch)
            except Exception as error:
                failure = error if isinstance(error, Unavailable) else WouldBlock(error)
                for job in batch:
                    job.result, job.failure = None, failure
            resolve(batch)

    def _take(self) -> list[Job]:
        """Those that wait, one of each owner; none at the end."""
        with self._changed:
            while True:
                self._jobs = [job for job in self._jobs if not job.future.cancelled()]
                if self._jobs or self._stopped:
                    break
                self._changed.wait()
            batch: list[Job] = []
            rest: list[Job] = []
            owners = set()
            for job in self._jobs:
                if len(batch) < MOST_TOGETHER and (job.owner is None or job.owner not in owners):
                    owners.add(job.owner)
                    batch.append(job)
                else:
                    rest.append(job)
            self._jobs = rest
            return batch

    def _run_together(self, connection: Connection, batch: Sequence[Job]) -> None:
        driver: Any = connection.connection.driver_connection
        try:
            with driver.pipeline():
                if self._writes:
                    driver.execute(LOCK_TIMEOUT)
                run_interleaved(partial(_run, job, connection) for job in batch)
                if self._writes and succeeded(batch):
                    driver.commit()
        except Exception:
            _make_sure_it_is_undone(driver)
            raise
        if not self._writes:
            return
        if not succeeded(batch):
            driver.rollback()  # nothing has changed, and nobody waits for the disk
            return
        self.commits += 1
        self.written += succeeded(batch)


def _run(job: Job, connection: Connection) -> None:
    """Run a job. Raises what fails the whole transaction: half of what one writes must not go in with the others."""
    try:
        job.result = job.work(connection)
    except Exception as failure:
        if isinstance(failure, DBAPIError | connection.dialect.loaded_dbapi.Error) or may_have_written():
            raise
        job.failure = failure


def _make_sure_it_is_undone(driver: Any) -> None:
    """After a failure. Raises `Unavailable` where that cannot be told any more."""
    try:
        driver.rollback()
    except Exception as error:
        raise Unavailable("The connection to the database broke.") from error
