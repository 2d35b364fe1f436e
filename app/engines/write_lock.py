"""A first-in, first-out lock whose waiters are callbacks.

SQLite's own lock serves whoever asks at the right moment: a thread that commits and begins again at once would keep
the event loop out. Here they alternate. A callback also lets the event loop wait without a thread.
"""

import threading
from collections import deque
from collections.abc import Callable


class WriteLock:
    """Shuts out the other writers of this process."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._held = False
        self._waiting: deque[Callable[[], None]] = deque()

    def acquire(self, granted: Callable[[], None]) -> bool:
        """Whether the lock is held at once; otherwise `granted` is called when it is, in the releasing thread."""
        with self._mutex:
            if self._held:
                self._waiting.append(granted)
                return False
            self._held = True
            return True

    def release(self) -> None:
        """Hand the lock to whoever has waited longest."""
        with self._mutex:
            granted = self._waiting.popleft() if self._waiting else None
            self._held = granted is not None
        if granted is not None:
            granted()
