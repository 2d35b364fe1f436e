"""What a kind of database brings along: one contract, a file for each kind."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from sqlalchemy import Connection, Engine

T = TypeVar("T")
Work = Callable[[Connection], T]
# Called with the owner of rows that have changed; None: the rows may be those of any owner.
Notify = Callable[[Hashable], None]


class NotQuick(Exception):
    """Nothing has changed, and the slower function has to do the work.

    Raised by a `quick` function that cannot do it, and by a backend that would have to wait.
    """


class WouldBlock(NotQuick):
    """Another transaction holds the lock that a `quick` function needs."""


@dataclass(frozen=True, slots=True)
class Figures:
    """How busy a database is; commits and writes since it was opened."""

    waiting_writes: int
    commits: int
    writes: int  # functions that were committed


class Backend(Protocol):
    """A kind of database."""

    engine: Engine
    reading: Engine  # for transactions that see one snapshot

    async def read_inline(self, fn: Work[T]) -> T:
        """What `fn` returns, without a thread of the readers. Raises `NotQuick` where it needs one."""

    async def write(self, fn: Work[T], quick: Work[T] | None, owner: Hashable) -> T:
        """What `quick` returns, or `fn` where there is none or it raises `NotQuick`, once it is on the disk.

        `owner` is the user whose rows are changed, None where it is not one user's: no owner occupies more than one
        thread or connection, and where owners share one they take turns. `quick` raises before it writes; the changes
        of one that breaks this rule are undone, together with those of the functions that would have shared its commit.
        """

    def write_now(self, fn: Work[T], owner: Hashable = None) -> T:
        """What `fn` returns, once it is on the disk; run in the caller's thread."""

    async def watch(self, notify: Notify) -> None:
        """Notify of commits, at least those of other processes, until cancelled.

        `notify` is called in the event loop's thread, soon after the commit. It may be called without a change.
        """

    def figures(self) -> Figures:
        """How busy it is."""

    def close(self) -> None:
        """Finish what is under way, and end the threads."""
