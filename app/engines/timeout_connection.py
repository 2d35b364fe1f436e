"""A PostgreSQL connection that does not wait for ever.

A server that is overloaded, stopped by its machine, or cut off by a network that drops packets says nothing at all. Its
own limits (`statement_timeout`) are of no use then, and TCP finds out after hours, or never where somebody in between
still acknowledges. A thread that waits for such an answer would be lost to everybody else.
"""

from typing import Any

import psycopg
from psycopg import errors

from app.engines.group_cursor import GroupCursor

ANSWER_SECONDS = (
    20.0  # for one statement; a living server has given up before: its statement_timeout is shorter
)


class TimeoutConnection(psycopg.Connection[Any]):
    """A connection that is closed when a statement stays without an answer for `timeout_seconds`; None: never."""

    timeout_seconds: float | None = ANSWER_SECONDS

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.cursor_factory = GroupCursor

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """What psycopg waits with. Raises `OperationalError` when it took too long."""
        try:
            return super().wait(gen, interval, timeout if timeout is not None else self.timeout_seconds)
        except errors._WaitTimeout:
            self.pgconn.finish()  # whatever comes later belongs to a question that nobody asks any more
            raise
