"""Fairness among users: no owner occupies more than one thread or connection with work that waits.

Jobs of one user would meet at that user's lock in the database anyway. But there each would wait with a thread and a
connection, and a few slow requests of one user would leave none for the others.
"""

import asyncio
from collections.abc import Callable, Hashable
from concurrent.futures import Executor
from contextlib import suppress
from typing import TypeVar
from weakref import WeakValueDictionary

from app.engines.unavailable import Unavailable, submit, waiting_for

T = TypeVar("T")


class OwnerLocks:
    """A lock for each owner, for as long as anybody refers to it; None stands for no owner."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[Hashable, asyncio.Lock] = WeakValueDictionary()

    def of(self, owner: Hashable) -> asyncio.Lock:
        """The owner's lock; a new one where there is no owner."""
        return asyncio.Lock() if owner is None else self._locks.setdefault(owner, asyncio.Lock())


class OwnerThreads:
    """Runs functions in the threads of `executor`, one at a time for each owner."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor
        self._locks = OwnerLocks()

    async def run(self, fn: Callable[[], T], owner: Hashable) -> T:
        """What `fn` returns. A caller that gives up frees its owner's lock only when the thread is done."""
        loop, lock = asyncio.get_running_loop(), self._locks.of(owner)
        with waiting_for("the owner's lock"):
            await lock.acquire()

        def done(_future: object) -> None:
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(lock.release)

        try:
            future = submit(self._executor, fn)
        except Unavailable:
            lock.release()
            raise
        future.add_done_callback(done)
        try:
            return await asyncio.wrap_future(future)
        except asyncio.CancelledError as cancelled:
            cancelled.add_note("a statement" if future.running() else "a free thread")
            raise
