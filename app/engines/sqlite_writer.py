"""The thread that writes to SQLite what is not quick: functions that waited share a commit.

SQLite has one writer at a time, and reaching the disk takes far longer than a few statements. So the price of a commit
is paid once for what came in while the last one was under way; but a commit waits for no more than `BATCH_SECONDS` of
other functions, and one more.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from app.engines.backend import Work
from app.engines.jobs import Job, RoundRobinQueue, resolve, succeeded
from app.engines.unavailable import (
    CLOSED,
    Unavailable,
    is_unavailability,
    unavailable_when_it_fails,
    waiting_for,
)
from app.engines.write_lock import WriteLock

T = TypeVar("T")

BATCH_SECONDS = 0.05  # after which a batch takes no further function


class SQLiteWriter:
    """Runs functions one after the other, owners in turn, and commits those of a batch together."""

    def __init__(self, engine: Engine, lock: WriteLock, on_commit: Callable[[], None]) -> None:
        self._engine = engine.execution_options(begin="BEGIN IMMEDIATE")
        self._lock = lock
        self._on_commit = on_commit
        self._queue = RoundRobinQueue()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        self._running = 0  # functions of the batch that is being written
        self.commits = self.written = 0

    @property
    def waiting(self) -> int:
        """How many functions wait, those that are being run included."""
        return len(self._queue) + self._running

    def write_now(self, work: Work[T]) -> T:
        """What `work` returns, once its commit has reached the disk; the caller's thread waits."""
        future: Future[T] = Future()
        self._submit(Job(work, future, None))
        return future.result()

    async def write(self, work: Work[T], owner: Hashable) -> T:
        """What `work` returns, once its commit has reached the disk. Cancelled before it is run, it changes nothing."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._submit(Job(work, future, loop, owner))
        with waiting_for("the writer"):
            return await future

    def stop(self) -> None:
        """Write what waits and end the thread."""
        self._queue.close()
        if self._thread is not None:
            self._thread.join()

    def _submit(self, job: Job) -> None:
        if not self._queue.put(job):
            raise Unavailable(CLOSED)
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="sqlite-writer", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while self._queue.wait():
            granted = threading.Event()
            if not self._lock.acquire(granted.set):
                granted.wait()
            batch: list[Job] = []
            try:
                self._write(batch)
            finally:
                self._running = 0
                self._lock.release()
                resolve(batch)

    def _write(self, batch: list[Job]) -> None:
        """Run and commit what waits; `batch` is filled with what was taken."""
        try:
            with unavailable_when_it_fails(), self._engine.begin() as connection:
                end = time.monotonic() + BATCH_SECONDS
                while (job := self._queue.take()) is not None:
                    if not job.future.cancelled():
                        batch.append(job)
                        self._running = len(batch)
                        run_in_savepoint(connection, job)
                    if time.monotonic() >= end:
                        break
        except BaseException as error:
            # Nothing of the batch has happened. Where not even a transaction begins, nobody who waits gets further.
            if not batch:
                batch.extend(iter(self._queue.take, None))
            for job in batch:
                job.failure = error
            return
        self._on_commit()
        self.commits += 1
        self.written += succeeded(batch)


def run_in_savepoint(connection: Connection, job: Job) -> None:
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
