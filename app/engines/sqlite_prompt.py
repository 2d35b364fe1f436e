"""Brief writes to SQLite, run where they are asked for: in the thread of the event loop. Only the commit leaves it.

An event's few statements take SQLite some microseconds each, all in memory. Run in another thread, each of them gives
Python's lock away and has to get it back from the thread that reads requests: the two hinder each
other more than either works. What does take long is the commit, which waits for the disk without that lock; it has a
thread of its own, and what comes in meanwhile goes into the next one together.

Nothing here ever waits for a lock. Whatever finds one held, or turns out to be no brief matter, goes to `SQLiteWriter`.
"""

import asyncio
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, RootTransaction
from sqlalchemy.exc import DBAPIError

from app.engines.jobs import Elsewhere, Job, NotQuick, Work, done, tell_here
from app.engines.sqlite_writer import SQLiteWriter
from app.engines.unavailable import is_unavailability, unavailable_when_it_fails

T = TypeVar("T")


class PromptWriter:
    """Runs brief functions of one event loop and commits all that came in together. `writer` does the rest."""

    def __init__(self, engine: Engine, writer: SQLiteWriter) -> None:
        self._engine = engine.execution_options(begin="BEGIN IMMEDIATE")
        self._writer = writer
        self._connection: Connection | None = None
        self._committer = ThreadPoolExecutor(1, thread_name_prefix="sqlite-commit")
        self._pending: list[Job] = []
        self._at_work = False
        self.commits = self.written = 0

    @property
    def waiting(self) -> int:
        """How many functions wait."""
        return len(self._pending)

    async def write(self, quick: Work[T], work: Work[T]) -> T:
        """What `quick` returns, once its commit has reached the disk, or what `work` returns after `NotQuick`."""
        # Nobody overtakes slow work that waits for the writer: it could wait for ever.
        if self._writer.slow:
            return await self._writer.write(work, slow=False)
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._pending.append(Job(quick, future, loop))
        if not self._at_work:
            self._at_work = True
            loop.call_soon(self._run)  # after the other requests that have arrived by now
        try:
            return await future
        except Elsewhere:
            return await self._writer.write(work, slow=False)
        except NotQuick:
            return await self._writer.write(work)

    def close(self) -> None:
        """Close the connection; nobody writes any more."""
        self._committer.shutdown(wait=True)
        if self._connection is not None:
            self._connection.invalidate()  # it is not like the others: it does not wait for locks
            self._connection.close()
            self._connection = None

    def _run(self) -> None:
        batch = [job for job in self._pending if not job.waiting.cancelled()]
        self._pending = []
        if not batch:
            self._at_work = False
            return
        loop = batch[0].loop
        assert loop is not None, "only tasks write here"
        if not self._writer.slow and self._writer.afterwards(loop, self._run):
            self._pending = batch  # the lock is held for a moment only
            return
        try:
            transaction = self._execute(batch)
            if not done(batch):
                transaction.rollback()  # nothing has changed, and nobody waits for the disk
        except BaseException as error:
            self._finish(batch, error)
            return
        if not done(batch):
            tell_here(batch)
            self._run()
            return
        committing = self._committer.submit(transaction.commit)
        committing.add_done_callback(lambda done: self._committed(batch, done))

    def _execute(self, batch: Sequence[Job]) -> RootTransaction:
        """Run the jobs; the transaction is left open. Raises `Elsewhere` where that cannot be done at once."""
        if self._connection is None:
            self._connection = self._engine.connect()
            driver: Any = self._connection.connection.driver_connection
            driver.execute("PRAGMA busy_timeout = 0")
        connection = self._connection
        try:
            transaction = connection.begin()
        except DBAPIError as error:
            if is_unavailability(error):
                self._give_up()
                raise Elsewhere from error
            raise
        try:
            for job in batch:
                _do(connection, job)
        except BaseException:
            self._give_up()
            raise
        return transaction

    def _give_up(self) -> None:
        """Leave the connection: whatever it held is undone, and the next batch gets another."""
        if self._connection is not None:
            self._connection.invalidate()
            self._connection.close()
            self._connection = None

    def _committed(self, batch: Sequence[Job], done: Future[None]) -> None:
        """In the thread of the commit: call the loop."""
        loop = batch[0].loop
        assert loop is not None, "only tasks write here"
        try:
            loop.call_soon_threadsafe(self._finish, batch, done.exception())
        except RuntimeError:  # the loop is closed: nobody waits any more
            self._at_work = False

    def _finish(self, batch: Sequence[Job], error: BaseException | None) -> None:
        if error is None:
            self.commits += 1
            self.written += done(batch)
        else:
            self._fail(batch, error)
        tell_here(batch)
        self._run()

    def _fail(self, batch: Sequence[Job], error: BaseException) -> None:
        """Nothing of the batch has happened."""
        if not isinstance(error, Elsewhere):
            self._give_up()
        try:
            with unavailable_when_it_fails():
                raise error
        except BaseException as named:
            for job in batch:
                job.failure = named


def _do(connection: Connection, job: Job) -> None:
    """Run a job in a savepoint of its own. Raises `Elsewhere` where the database could not do its work."""
    run: Any = connection.connection.driver_connection.execute  # type: ignore[union-attr]
    run("SAVEPOINT one")
    try:
        job.result = job.work(connection)
    except Exception as failure:
        if isinstance(failure, DBAPIError) and is_unavailability(failure):
            raise Elsewhere from failure
        job.failure = failure
        run("ROLLBACK TO one")
    run("RELEASE one")
