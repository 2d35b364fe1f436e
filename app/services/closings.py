"""The closings of one user's log: what an UNDO makes void, and what becomes of them while events are taken in."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from sqlalchemy import Connection

from app.store import questions
from app.tracking.machine import Closing, closing_of, record_of
from app.tracking.records import QuestionRecord

Difference = tuple[QuestionRecord | None, QuestionRecord | None]  # as stored before, as it is now


class Closings(Mapping[int, Closing]):
    """By the number of the closing event; loaded when they are asked for, stored by `write`."""

    def __init__(self, connection: Connection, user_id: int) -> None:
        self._connection, self._user_id = connection, user_id
        self._stored: dict[int, QuestionRecord | None] = {}
        self._records: dict[int, QuestionRecord | None] = {}

    def load(self, numbers: Iterable[int]) -> None:
        """Look up several at once."""
        missing = [number for number in numbers if number not in self._records]
        if not missing:
            return
        found = questions.closings(self._connection, self._user_id, missing)
        for number in missing:
            self._stored[number] = self._records[number] = found.get(number)

    def record(self, number: int) -> QuestionRecord | None:
        """What is known of the closing by event `number`; None where that event closes nothing."""
        self.load((number,))
        return self._records[number]

    def expect_none(self, number: int) -> None:
        """Event `number` is new: nothing of it can be stored."""
        self._stored[number] = self._records[number] = None

    def close(self, number: int, closing: Closing | None) -> QuestionRecord | None:
        """Event `number` now closes this; who undid what it closed before undoes it still. Returns it as a record."""
        old = self.record(number)
        undone_by = None if old is None else old.undone_by
        record = self._records[number] = None if closing is None else record_of(closing, undone_by)
        return record

    def undo(self, number: int, undoer: int) -> QuestionRecord | None:
        """Note that the closing by event `number` is void. Returns it as it was before."""
        before = self.record(number)
        if before is not None:
            self._records[number] = replace(before, undone_by=undoer)
        return before

    def release(self, number: int, undoer: int) -> None:
        """Event `undoer` undoes the closing by event `number` no more."""
        # Another UNDO, visited before this one, may have taken the closing over: then it stays undone.
        record = self.record(number)
        if record is not None and record.undone_by == undoer:
            self._records[number] = replace(record, undone_by=None)

    def __getitem__(self, number: int) -> Closing:
        record = self.record(number)
        if record is None:
            raise KeyError(number)
        return closing_of(record)

    def __iter__(self) -> Iterator[int]:
        return iter(self._records)

    def __len__(self) -> int:
        return len(self._records)

    def write(self) -> list[Difference]:
        """Store what changed; what that was."""
        differences = list(self._differences())
        connection, user_id = self._connection, self._user_id
        gone = [old.closed_by for old, new in differences if old is not None and new is None]
        questions.delete(connection, user_id, gone)
        questions.change(connection, user_id, [new for old, new in differences if old and new])
        questions.insert(connection, user_id, [new for old, new in differences if new and not old])
        return differences

    def _differences(self) -> Iterator[Difference]:
        for number, record in self._records.items():
            if record != self._stored[number]:
                yield self._stored[number], record
