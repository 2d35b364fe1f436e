"""Locks by key: one at a time of those with the same key goes on."""

import asyncio
from collections.abc import Hashable
from dataclasses import dataclass, field


@dataclass(slots=True)
class _Entry:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    users: int = 0  # that hold it or wait for it


class KeyedLocks:
    """An asyncio lock for each key in use; only for the thread of the event loop."""

    def __init__(self) -> None:
        self._entries: dict[Hashable, _Entry] = {}

    async def acquire(self, key: Hashable) -> None:
        """Wait until nobody else holds `key`."""
        entry = self._entries.setdefault(key, _Entry())
        entry.users += 1
        try:
            await entry.lock.acquire()
        except BaseException:
            self._leave(key, entry)
            raise

    def release(self, key: Hashable) -> None:
        """Let the next one go on."""
        entry = self._entries[key]
        entry.lock.release()
        self._leave(key, entry)

    def _leave(self, key: Hashable, entry: _Entry) -> None:
        entry.users -= 1
        if not entry.users:
            del self._entries[key]
