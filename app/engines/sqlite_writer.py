"""Writing to SQLite: functions that waited share a commit, for reaching the disk takes longer than their statements.

Quick functions are run in the event loop's thread. Their few statements take SQLite some microseconds each, all in
memory; run in another thread, each of them gives Python's lock away and has to get it back from the thread that reads
requests. Only the commit, which waits for the disk without that lock, is made in the writer's thread.

The other functions are run in the writer's thread, each in a savepoint. Where functions of both kinds wait, their
batches take turns.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from app.engines.backend import NotQuick, Work
from app.engines.jobs import Job, fail, resolve, succeeded
from app.engines.owners import OwnerLocks
from app.engines.unavailable import CLOSED, Unavailable, is_unavailability, waiting_for

T = TypeVar("T")

BATCH_SECONDS = 0.05  # after which a batch in the writer's thread takes no further function


class InlineConnection:
    """A connection for the thread of the event loop, opened when it is needed; it waits for no lock."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection | None = None

    def get(self) -> Connection:
        """The open connection."""
        if self._connection is None:
            self._connection = self._engine.connect()
            driver: Any = self._connection.connection.driver_connection
            driver.execute("PRAGMA busy_timeout = 0")
        return self._connection

    def close(self) -> None:
        """Undo what is under way. The connection does not go back to the pool: the others there wait for locks."""
        if self._connection is not None:
            self._connection.invalidate()
            self._connection.close()
            self._connection = None


class SQLiteWriter:
    """Runs the functions of one event loop, a batch at a time."""

    def __init__(self, engine: Engine, on_commit: Callable[[], None]) -> None:
        self.engine = engine.execution_options(begin="BEGIN IMMEDIATE")
        self._inline = InlineConnection(self.engine)
        self._on_commit = on_commit
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sqlite-writer")
        self._locks = OwnerLocks()
        self._quick: deque[Job] = deque()
        self._slow: deque[Job] = deque()
        self._batch: list[Job] = []  # the one under way
        self._active = False  # whether a batch is under way, or about to begin
        self._was_quick = False  # what the last batch was
        self._closed = False
        self.commits = self.writes = 0

    @property
    def waiting(self) -> int:
        """How many functions wait, those that are being run included."""
        return len(self._quick) + len(self._slow) + len(self._batch)

    async def write(self, fn: Work[T], quick: Work[T] | None, owner: Hashable) -> T:
        """What `quick` or else `fn` returns, once its commit has reached the disk.

        One function of an owner at a time waits in the queue for the writer's thread: so owners take turns.
        """
        if quick is not None:
            with suppress(NotQuick), waiting_for("a commit"):
                return await self._run(self._quick, quick)
        with waiting_for("the owner's lock"):
            async with self._locks.of(owner):
                with waiting_for("the writer"):
                    return await self._run(self._slow, fn)

    def close(self) -> None:
        """Finish the batch under way, refuse what waits and what comes, and end the thread."""
        self._closed = True
        self._thread.shutdown(wait=True)
        refused = [*self._quick, *self._slow]
        self._quick.clear()
        self._slow.clear()
        fail(refused, Unavailable(CLOSED))
        resolve(refused)
        self._inline.close()

    def _run(self, queue: deque[Job], work: Work[T]) -> "asyncio.Future[T]":
        if self._closed:
            raise Unavailable(CLOSED)
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        queue.append(Job(work, future))
        if not self._active:
            self._active = True
            loop.call_soon(self._next)  # after the other requests that have arrived by now
        return future

    def _next(self) -> None:
        """Begin the next batch; none where nothing waits."""
        self._was_quick = bool(self._quick) and not (self._was_quick and self._slow)
        self._batch = []
        if self._was_quick:
            self._begin_quick()
        elif self._slow:
            self._in_thread(partial(self._run_slow, self._batch))
        else:
            self._active = False

    def _begin_quick(self) -> None:
        self._batch = [job for job in self._quick if not job.future.cancelled()]
        self._quick.clear()
        try:
            connection = self._inline.get()
            transaction = connection.begin()
            for job in self._batch:
                _run_without_savepoint(connection, job)
            if not succeeded(self._batch):  # nothing has changed, and nobody waits for the disk
                transaction.rollback()
        except Exception as error:
            self._finish(NotQuick(error))
            return
        if succeeded(self._batch):
            self._in_thread(transaction.commit)
        else:
            resolve(self._batch)
            self._next()

    def _run_slow(self, batch: list[Job]) -> None:
        """Run and commit what waits; `batch` is filled with what was taken. In the writer's thread."""
        try:
            with self.engine.begin() as connection:
                end = time.monotonic() + BATCH_SECONDS
                while self._slow and (not batch or time.monotonic() < end):
                    job = self._slow.popleft()
                    if not job.future.cancelled():
                        batch.append(job)
                        _run_in_savepoint(connection, job)
        except Exception:
            if not batch:  # not even a transaction begins: nobody who waits gets further
                while self._slow:  # one by one: the event loop adds to the queue meanwhile
                    batch.append(self._slow.popleft())
            raise

    def _in_thread(self, work: Callable[[], None]) -> None:
        """Have `work` done in the writer's thread, and the batch finished with its outcome."""
        loop = asyncio.get_running_loop()

        def done(future: Future[None]) -> None:
            try:
                loop.call_soon_threadsafe(self._finish, future.exception())
            except RuntimeError:  # the loop is closed: nobody waits any more
                self._active = False

        self._thread.submit(work).add_done_callback(done)

    def _finish(self, error: BaseException | None) -> None:
        batch = self._batch
        if error is None:
            self.commits += 1
            self.writes += succeeded(batch)
            self._on_commit()
        else:  # nothing of the batch has happened
            self._inline.close()
            fail(batch, error)
        resolve(batch)
        self._next()


def _run_in_savepoint(connection: Connection, job: Job) -> None:
    """Run a job, whose changes are undone where it raises. Raises what puts the whole transaction in doubt."""
    # Straight to the driver: going through SQLAlchemy, the two would cost more than all that an event writes.
    run: Any = connection.connection.driver_connection.execute  # type: ignore[union-attr]
    run("SAVEPOINT one")
    try:
        job.result = job.work(connection)
    except Exception as failure:
        if isinstance(failure, DBAPIError) and is_unavailability(failure):
            raise  # disk full, lock lost
        job.failure = failure
        run("ROLLBACK TO one")
    run("RELEASE one")


def _run_without_savepoint(connection: Connection, job: Job) -> None:
    """Run a quick job. Raises what it fails with after it has written: all of the batch is undone then.

    A savepoint, as the others have, would cost a sixth of an event.
    """
    driver: Any = connection.connection.driver_connection
    before = driver.total_changes
    try:
        job.result = job.work(connection)
    except Exception as failure:
        if driver.total_changes != before or (isinstance(failure, DBAPIError) and is_unavailability(failure)):
            raise
        job.failure = failure
