"""Quick work on SQLite, run where it is asked for: in the thread of the event loop. Only the commit leaves it.

An event's few statements take SQLite some microseconds each, all in memory. Run in another thread, each of them gives
Python's lock away and has to get it back from the thread that reads requests: the two hinder each other more than
either works. What does take long is the commit, which waits for the disk without that lock; it has a thread of its
own, and what comes in meanwhile shares the next one.

Nothing here ever waits for another process's lock. Where one is held, the writer's thread does the work.
"""

import asyncio
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, RootTransaction
from sqlalchemy.exc import DBAPIError

from app.engines.backend import NotQuick, Work, WouldBlock
from app.engines.jobs import Job, resolve_here, succeeded
from app.engines.sqlite_writer import SQLiteWriter
from app.engines.unavailable import is_unavailability, unavailable_when_it_fails, waiting_for
from app.engines.write_lock import WriteLock

T = TypeVar("T")


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


class InlineWriter:
    """Runs quick functions of one event loop and commits those that came in together; `writer` does the rest."""

    def __init__(
        self, engine: Engine, lock: WriteLock, writer: SQLiteWriter, on_commit: Callable[[], None]
    ) -> None:
        self._connection = InlineConnection(engine.execution_options(begin="BEGIN IMMEDIATE"))
        self._lock = lock
        self._writer = writer
        self._on_commit = on_commit  # called in the thread of the commit
        self._committer = ThreadPoolExecutor(1, thread_name_prefix="sqlite-commit")
        self._pending: list[Job] = []
        self._active = False  # whether a batch is under way or waits for the lock
        self.commits = self.written = 0

    @property
    def waiting(self) -> int:
        """How many functions wait."""
        return len(self._pending)

    async def write(self, quick: Work[T], work: Work[T], owner: Hashable) -> T:
        """What `quick` returns, once its commit has reached the disk, or what `work` returns after `NotQuick`."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._pending.append(Job(quick, future, loop, owner))
        if not self._active:
            self._begin(loop)
        with suppress(NotQuick, WouldBlock), waiting_for("the write lock or a commit"):
            return await future
        return await self._writer.write(work, owner)

    def close(self) -> None:
        """Close the connection; nobody writes any more."""
        self._committer.shutdown(wait=True)
        self._connection.close()

    def _begin(self, loop: asyncio.AbstractEventLoop) -> None:
        """Have `_run` called with the lock held, after the other requests that have arrived by now."""
        self._active = True

        def granted() -> None:
            try:
                loop.call_soon_threadsafe(self._run)
            except RuntimeError:  # the loop is closed: nobody waits any more
                self._active = False
                self._lock.release()

        if self._lock.acquire(granted):
            loop.call_soon(self._run)

    def _run(self) -> None:
        batch = [job for job in self._pending if not job.future.cancelled()]
        self._pending = []
        try:
            transaction = self._execute(batch) if batch else None
        except BaseException as error:
            self._lock.release()
            self._finish(batch, error)
            return
        if transaction is None:  # nothing has changed, and nobody waits for the disk
            self._lock.release()
            self._resolve(batch)
            return
        committing = self._committer.submit(self._commit, transaction)
        committing.add_done_callback(lambda done: self._committed(batch, done))

    def _execute(self, batch: Sequence[Job]) -> RootTransaction | None:
        """Run the jobs; their transaction is left open, None where none succeeded.

        Raises `WouldBlock` where the database cannot do that at once.
        """
        try:
            connection = self._connection.get()
            transaction = connection.begin()
            for job in batch:
                _run(connection, job)
            if succeeded(batch):
                return transaction
            transaction.rollback()
        except BaseException as error:
            self._connection.close()
            if isinstance(error, DBAPIError) and is_unavailability(error):
                raise WouldBlock from error
            raise
        return None

    def _commit(self, transaction: RootTransaction) -> None:
        try:
            transaction.commit()
        finally:
            self._lock.release()

    def _committed(self, batch: Sequence[Job], done: Future[None]) -> None:
        """In the thread of the commit: hand over to the loop."""
        loop = batch[0].loop
        assert loop is not None, "only tasks write here"
        try:
            loop.call_soon_threadsafe(self._finish, batch, done.exception())
        except RuntimeError:  # the loop is closed: nobody waits any more
            self._active = False
        self._on_commit()

    def _finish(self, batch: Sequence[Job], error: BaseException | None) -> None:
        if error is None:
            self.commits += 1
            self.written += succeeded(batch)
        else:
            self._fail(batch, error)
        self._resolve(batch)

    def _resolve(self, batch: Sequence[Job]) -> None:
        resolve_here(batch)
        loop = next((job.loop for job in self._pending), None)
        if loop is None:
            self._active = False
        else:
            self._begin(loop)

    def _fail(self, batch: Sequence[Job], error: BaseException) -> None:
        """Nothing of the batch has happened."""
        self._connection.close()
        try:
            with unavailable_when_it_fails():
                raise error
        except BaseException as named:
            for job in batch:
                job.result, job.failure = None, named


def _run(connection: Connection, job: Job) -> None:
    """Run a job. Raises `WouldBlock` where it fails after it has written: the others are not to be mixed up with it.

    A savepoint, as the writer gives to each, would cost a sixth of an event.
    """
    driver: Any = connection.connection.driver_connection
    before = driver.total_changes
    try:
        job.result = job.work(connection)
    except Exception as failure:
        if driver.total_changes != before:
            raise WouldBlock from failure
        if isinstance(failure, DBAPIError) and is_unavailability(failure):
            raise
        job.failure = failure
