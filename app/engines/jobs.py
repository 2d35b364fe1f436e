"""Functions that wait to be run, and whoever waits for them."""

import asyncio
import threading
from collections import OrderedDict, deque
from collections.abc import Hashable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from app.engines.backend import Work


@dataclass(slots=True, eq=False)
class Job:
    """A function that waits to be run, and the future of its caller: a thread's, or that of a task of `loop`."""

    work: Work[Any]
    future: Future[Any] | asyncio.Future[Any]
    loop: asyncio.AbstractEventLoop | None
    owner: Hashable = None
    result: Any = None
    failure: BaseException | None = None

    def resolve(self) -> None:
        """Hand the outcome to the caller; in the thread of the loop, where there is one."""
        if self.future.done():  # the caller has given up
            return
        if self.failure is None:
            self.future.set_result(self.result)
        else:
            self.future.set_exception(self.failure)


def succeeded(jobs: Sequence[Job]) -> int:
    """How many have succeeded."""
    return sum(job.failure is None for job in jobs)


def resolve_here(jobs: Sequence[Job]) -> None:
    """Hand over outcomes, in the thread of those who wait for them."""
    for job in jobs:
        job.resolve()


def resolve(jobs: Sequence[Job]) -> None:
    """Hand over outcomes, from any thread; each loop is woken once."""
    by_loop: dict[asyncio.AbstractEventLoop | None, list[Job]] = {}
    for job in jobs:
        by_loop.setdefault(job.loop, []).append(job)
    for loop, theirs in by_loop.items():
        if loop is None:
            resolve_here(theirs)
        else:
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(resolve_here, theirs)


class RoundRobinQueue:
    """Jobs in the order of their arrival for each owner, and owners in turn, however many jobs one of them has."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._by_owner: OrderedDict[Hashable, deque[Job]] = OrderedDict()
        self._count = 0
        self._closed = False

    def __len__(self) -> int:
        return self._count

    def put(self, job: Job) -> bool:
        """Add a job; false where the queue is closed."""
        with self._changed:
            if self._closed:
                return False
            self._by_owner.setdefault(job.owner, deque()).append(job)
            self._count += 1
            self._changed.notify()
            return True

    def take(self) -> Job | None:
        """The first job of the owner whose turn it is; None where there is none."""
        with self._changed:
            if not self._by_owner:
                return None
            owner, jobs = next(iter(self._by_owner.items()))
            job = jobs.popleft()
            self._count -= 1
            if jobs:
                self._by_owner.move_to_end(owner)
            else:
                del self._by_owner[owner]
            return job

    def wait(self) -> bool:
        """Wait until there is a job; false once the queue is closed and empty."""
        with self._changed:
            self._changed.wait_for(lambda: self._count or self._closed)
            return self._count > 0

    def close(self) -> None:
        """Take no more jobs."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
