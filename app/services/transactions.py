"""How a service that has to wait between two transactions is handed the database."""

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from sqlalchemy import Connection

T = TypeVar("T")


class Transact(Protocol):
    """The database's `read` or `write`: runs a function in a transaction of its own."""

    def __call__(self, fn: Callable[[Connection], T], /) -> Awaitable[T]: ...
