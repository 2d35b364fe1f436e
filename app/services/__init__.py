"""Use cases. Each is a function of a connection, called within a transaction that it does not commit.

What has to wait between two transactions takes the database's `write` as a parameter instead, a `Transact`.
"""

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from sqlalchemy import Connection

T = TypeVar("T")


class Transact(Protocol):
    """The database's `read` or `write`: runs a function in a transaction of its own."""

    def __call__(self, fn: Callable[[Connection], T], /) -> Awaitable[T]: ...
