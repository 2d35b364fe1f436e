"""Functions that share one pipeline: each runs until it needs a result, then the next one runs.

So what all of them ask goes out together and costs one round trip, although each is an ordinary function that executes
and fetches. Each has a greenlet, as SQLAlchemy gives one to synchronous functions that run on an asyncio driver.
"""

from collections.abc import Callable, Iterable
from typing import Any, Self

import psycopg
from greenlet import getcurrent, greenlet  # type: ignore[import-untyped]


def run_interleaved(functions: Iterable[Callable[[], None]]) -> None:
    """Run functions within one pipeline, in turn. Raises what the first to fail raises; the others are abandoned."""
    members = [greenlet(function) for function in functions]
    for member in members:
        member.unanswered = set()
    while members:
        for member in members:
            member.switch()
        members = [member for member in members if not member.dead]


def may_have_written() -> bool:
    """Whether the function that runs has sent a statement that brought it no rows, or whose rows it never asked for."""
    return bool(getcurrent().unanswered)


class GroupCursor(psycopg.Cursor[Any]):
    """Lets the rest of its group run before it waits for its result.

    psycopg has no `description` within a pipeline until rows are fetched, and SQLAlchemy asks for it first: here it is
    waited for, so that any statement of SQLAlchemy's may be run within a pipeline.
    """

    def execute(self, *arguments: Any, **options: Any) -> Self:
        """Send a statement."""
        self._note_statement()
        return super().execute(*arguments, **options)

    def executemany(self, *arguments: Any, **options: Any) -> None:
        """Send a statement for each of several sets of parameters."""
        self._note_statement()
        super().executemany(*arguments, **options)

    @property
    def description(self) -> list[psycopg.Column] | None:
        """The columns of the result, None where there are none."""
        self._wait_for_result()
        return super().description

    def fetchone(self) -> Any:
        """The next row."""
        self._wait_for_result()
        return super().fetchone()

    def fetchmany(self, size: int = 0) -> list[Any]:
        """The next rows."""
        self._wait_for_result()
        return super().fetchmany(size)

    def fetchall(self) -> list[Any]:
        """All rows that are left."""
        self._wait_for_result()
        return super().fetchall()

    def _note_statement(self) -> None:
        if getcurrent().parent is not None:
            getcurrent().unanswered.add(self)

    def _wait_for_result(self) -> None:
        if self._conn._pipeline is None:
            return
        group = getcurrent().parent
        if self.pgresult is None and group is not None:
            group.switch()
        self._fetch_pipeline()
        if group is not None and super().description is not None:
            getcurrent().unanswered.discard(self)
