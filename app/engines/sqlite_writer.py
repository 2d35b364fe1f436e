"""The one thread that writes to SQLite: all that waits goes into one commit.

SQLite has one writer at a time, and reaching the disk takes far longer than an event's statements. So the price
of a commit is paid once for everything that came in while the last one was under way.
"""

import asyncio
import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from app.engines.jobs import Job, Work, done, tell
from app.engines.unavailable import Unavailable, is_unavailability, unavailable_when_it_fails

T = TypeVar("T")

MOST_IN_ONE_COMMIT = 256


class SQLiteWriter:
    """Runs functions one after the other and commits all that waited together."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine.execution_options(begin="BEGIN IMMEDIATE")
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        self._stopped = False
        self._afterwards: list[tuple[asyncio.AbstractEventLoop, Callable[[], None]]] = []
        self.waiting = 0  # jobs, those that are being done included
        self.slow = 0  # of these, those that may take longer than a moment
        self.commits = self.written = 0

    def write_now(self, work: Work[T]) -> T:
        """What `work` returns, once its commit has reached the disk; the caller's thread waits."""
        future: Future[T] = Future()
        self._submit(Job(work, future, None))
        return future.result()

    async def write(self, work: Work[T], *, slow: bool = True) -> T:
        """The same; the caller's task waits. One that is cancelled before its turn has changed nothing."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._submit(Job(work, future, loop, slow=slow))
        return await future

    def afterwards(self, loop: asyncio.AbstractEventLoop, call: Callable[[], None]) -> bool:
        """Have `call` called in `loop` when what is being written now is written; false where nothing is."""
        with self._starting:
            if not self.waiting:
                return False
            self._afterwards.append((loop, call))
            return True

    def stop(self) -> None:
        """Write what waits and end the thread."""
        with self._starting:
            self._stopped = True
            self._jobs.put(None)
        if self._thread is not None:
            self._thread.join()

    def _submit(self, job: Job) -> None:
        with self._starting:
            if self._stopped:
                raise Unavailable("The database is closed.")
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="sqlite-writer", daemon=True)
                self._thread.start()
            self.waiting += 1
            self.slow += job.slow
            self._jobs.put(job)

    def _run(self) -> None:
        ending = False
        while not ending:
            taken, ending = self._take()
            batch = [job for job in taken if not job.waiting.cancelled()]
            if batch:
                self._write(batch)
            # First, so that whoever is told finds the writer as it is.
            with self._starting:
                self.waiting -= len(taken)
                self.slow -= sum(job.slow for job in taken)
                afterwards, self._afterwards = self._afterwards, []
            tell(batch)
            for loop, call in afterwards:
                with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                    loop.call_soon_threadsafe(call)

    def _take(self) -> tuple[list[Job], bool]:
        """Everything that waits, and whether the thread shall end after it."""
        taken: list[Job] = []
        job = self._jobs.get()
        while job is not None:
            taken.append(job)
            if len(taken) >= MOST_IN_ONE_COMMIT:
                return taken, False
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                return taken, False
        return taken, True

    def _write(self, batch: Sequence[Job]) -> None:
        try:
            with unavailable_when_it_fails(), self._engine.begin() as connection:
                for job in batch:
                    _attempt(connection, job)
        except BaseException as error:
            # The commit (or the connection) failed: nothing of the batch has happened.
            for job in batch:
                job.failure = error
            return
        self.commits += 1
        self.written += done(batch)


def _attempt(connection: Connection, job: Job) -> None:
    """Run a job in a savepoint of its own. Raises what puts the whole transaction in doubt."""
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
