"""Brief work for PostgreSQL, many at a time: one connection, one thread, one commit for all that waits.

A transaction of its own costs an event six round trips, in each of which a thread goes to sleep and has to get Python's
lock back when it wakes up, and the server one flush to its disk. Here the same step of all events that wait goes
out together: what they ask first, what they write, the commit. That is three round trips and one flush for all of them.

Nothing in a group waits for another transaction's lock, for all others would wait with it: who finds a lock held leaves
the group (`Elsewhere`) and is done by itself. Where a statement fails, all of the group are: nothing has happened.
Where the connection breaks during the commit, nobody knows what has, and nobody is done again (`Unavailable`): an event
without an id would count twice.
"""

import asyncio
import threading
from collections.abc import Hashable, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from app.engines.jobs import Brief, Elsewhere, Job, Steps, done, tell
from app.engines.unavailable import Unavailable

T = TypeVar("T")

MOST_TOGETHER = 64
LOCK_PATIENCE = (
    "SET LOCAL lock_timeout = '200ms'"  # what is left to wait for: an account that is being deleted
)


class Group:
    """A thread that takes jobs through their steps together. Looking alone (`writes` false) needs no transaction."""

    def __init__(self, engine: Engine, *, writes: bool) -> None:
        self._engine = engine if writes else engine.execution_options(isolation_level="AUTOCOMMIT")
        self._writes = writes
        self._jobs: list[Job] = []
        self._arrived = threading.Condition()
        self._thread: threading.Thread | None = None
        self._stopped = False
        self.commits = self.written = 0

    @property
    def waiting(self) -> int:
        """How many jobs wait."""
        return len(self._jobs)

    async def run(self, brief: Brief[T], owner: Hashable) -> T:
        """What the steps return, once committed; two of one owner do not go together.

        Raises `Elsewhere` where that cannot be found out here.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        job = Job(brief.steps, future, loop, owner)
        with self._arrived:
            if self._stopped:
                raise Unavailable("The database is closed.")
            if self._thread is None:
                name = "postgresql-writer" if self._writes else "postgresql-looker"
                self._thread = threading.Thread(target=self._work, name=name, daemon=True)
                self._thread.start()
            self._jobs.append(job)
            self._arrived.notify()
        return await future

    def stop(self) -> None:
        """Finish what waits and end the thread."""
        with self._arrived:
            self._stopped = True
            self._arrived.notify()
        if self._thread is not None:
            self._thread.join()

    def _work(self) -> None:
        while batch := self._take():
            try:
                with self._engine.connect() as connection:
                    self._together(connection, batch)
            except Exception as error:
                failure = error if isinstance(error, Unavailable) else Elsewhere(error)
                for job in batch:
                    job.result, job.failure = None, failure
            tell(batch)

    def _take(self) -> list[Job]:
        """Those that wait, one of each key; none at the end."""
        with self._arrived:
            while True:
                self._jobs = [job for job in self._jobs if not job.waiting.cancelled()]
                if self._jobs or self._stopped:
                    break
                self._arrived.wait()
            batch: list[Job] = []
            rest: list[Job] = []
            keys = set()
            for job in self._jobs:
                if len(batch) < MOST_TOGETHER and (job.key is None or job.key not in keys):
                    keys.add(job.key)
                    batch.append(job)
                else:
                    rest.append(job)
            self._jobs = rest
            return batch

    def _together(self, connection: Connection, batch: Sequence[Job]) -> None:
        driver: Any = connection.connection.driver_connection
        under_way: list[tuple[Job, Steps[Any]]] = [(job, job.work(connection)) for job in batch]
        # A statement that fails undoes the whole transaction, whoever sent it: then nobody is told that all is well.
        shared = (DBAPIError, connection.dialect.loaded_dbapi.Error)
        with driver.pipeline():
            if self._writes:
                driver.execute(LOCK_PATIENCE)
            under_way = _step(under_way, shared)
        under_way = _step(under_way, shared)
        if not self._writes:
            assert not under_way, "whoever only looks has nothing left to do"
            return
        if not under_way:
            driver.rollback()  # nothing has changed, and nobody waits for the disk
            return
        try:
            with driver.pipeline():
                # Half of what one of them writes must not go in with the others.
                _step(under_way, (Exception,))
                driver.commit()
        except Exception:
            _make_sure_it_is_undone(driver)
            raise
        self.commits += 1
        self.written += done(batch)


def _make_sure_it_is_undone(driver: Any) -> None:
    """After a failure while writing. Raises `Unavailable` where that cannot be told any more."""
    try:
        driver.rollback()
    except Exception as error:
        raise Unavailable("The connection to the database broke.") from error


def _step(
    under_way: Sequence[tuple[Job, Steps[Any]]], shared: tuple[type[Exception], ...]
) -> list[tuple[Job, Steps[Any]]]:
    """Take each through its next step; those that have more to do. Raises what is of the kinds `shared`."""
    more: list[tuple[Job, Steps[Any]]] = []
    for job, steps in under_way:
        try:
            next(steps)
        except StopIteration as end:
            job.result = end.value
        except shared:
            raise
        except Exception as failure:
            job.failure = failure
        else:
            more.append((job, steps))
    return more
