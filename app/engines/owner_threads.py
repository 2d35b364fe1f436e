"""Threads for work that waits for the database, of which no owner occupies more than one.

Jobs of one user would meet at that user's lock in the database anyway. But there each would wait with a thread and a
connection in its hands, and a handful of one user's slow requests would leave none for anybody else.
"""

import asyncio
from collections.abc import Callable, Hashable
from concurrent.futures import Executor
from contextlib import suppress
from functools import partial
from typing import TypeVar

from app.engines.keyed_locks import KeyedLocks
from app.engines.unavailable import waiting_for

T = TypeVar("T")


class OwnerThreads:
    """Runs functions in the threads of `executor`, one at a time for each owner; None stands for no owner."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor
        self._locks = KeyedLocks()

    async def run(self, fn: Callable[[], T], owner: Hashable) -> T:
        """What `fn` returns. A caller that gives up frees its owner's lock only when the thread is done."""
        if owner is None:
            return await self._run(fn, lambda: None)
        with waiting_for("the owner's lock"):
            await self._locks.acquire(owner)
        return await self._run(fn, partial(self._locks.release, owner))

    async def _run(self, fn: Callable[[], T], release: Callable[[], None]) -> T:
        loop = asyncio.get_running_loop()

        def done(_future: object) -> None:
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(release)

        try:
            future = self._executor.submit(fn)
        except BaseException:
            release()
            raise
        future.add_done_callback(done)
        try:
            return await asyncio.wrap_future(future)
        except asyncio.CancelledError as cancelled:
            cancelled.add_note("a statement" if future.running() else "a free thread")
            raise
