"""What a kind of database brings along, and the jobs that wait for one."""

import asyncio
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, Engine

T = TypeVar("T")
Work = Callable[[Connection], T]


class Elsewhere(Exception):
    """This cannot be done here and now without waiting for others."""


class NotQuick(Exception):
    """Raised by a function handed to `write` as `quick` where it cannot do the work; its changes are undone."""


@dataclass(frozen=True, slots=True)
class Figures:
    """How busy a database is; commits and writes since it was opened."""

    waiting_writes: int
    commits: int
    writes: int  # functions that were committed


class Kind(Protocol):
    """What a kind of database brings along."""

    engine: Engine
    reading: Engine  # for transactions that see one snapshot

    def read_inline(self, work: Work[T]) -> T:
        """What `work` returns, run in the thread of the event loop. Raises `Elsewhere` where it cannot be."""

    async def write(self, work: Work[T], quick: Work[T] | None, owner: Hashable) -> T:
        """What `quick` returns, or `work` where that raises `NotQuick`, once it is on the disk.

        `owner` is whose rows are changed, where they are one user's: no owner keeps more than one thread busy.
        """

    def write_now(self, work: Work[T]) -> T:
        """What `work` returns, once it is on the disk; the caller's thread waits."""

    def figures(self) -> Figures:
        """How busy it is."""

    def close(self) -> None:
        """Finish what waits, and end the threads."""


@dataclass(slots=True, eq=False)
class Job:
    """Work that waits for its turn, and whoever waits for it: a thread, or a task of an event loop."""

    work: Work[Any]
    waiting: Future[Any] | asyncio.Future[Any]
    loop: asyncio.AbstractEventLoop | None
    key: Hashable = None  # whose rows it changes
    slow: bool = True  # whether it may take longer than a moment
    result: Any = None
    failure: BaseException | None = None

    def tell(self) -> None:
        """Hand over the outcome: in the thread of the loop, where there is one."""
        if self.waiting.done():  # given up meanwhile
            return
        if self.failure is None:
            self.waiting.set_result(self.result)
        else:
            self.waiting.set_exception(self.failure)


def done(jobs: Sequence[Job]) -> int:
    """How many have succeeded."""
    return sum(job.failure is None for job in jobs)


def tell(jobs: Sequence[Job]) -> None:
    """Wake up those who wait, from any thread; each loop once."""
    by_loop: dict[asyncio.AbstractEventLoop | None, list[Job]] = {}
    for job in jobs:
        by_loop.setdefault(job.loop, []).append(job)
    for loop, theirs in by_loop.items():
        if loop is None:
            tell_here(theirs)
        else:
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(tell_here, theirs)


def tell_here(jobs: Sequence[Job]) -> None:
    """Hand over outcomes, in the thread of those who wait for them."""
    for job in jobs:
        job.tell()
