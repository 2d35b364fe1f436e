"""An independent, naive model of tracking: everything is computed afresh from a list of rows, each time.

It shares no code with the application, and no idea of how to be fast. Times and spans are plain numbers of the
test's choosing (microseconds for the application).
"""

from dataclasses import dataclass, field
from typing import Any

PAUSE_OR_UNDO = ("PAUSE", "UNDO")


@dataclass
class Row:
    """A recorded event, with the corrections made to it."""

    number: int
    kind: str
    at: int
    discard: bool = False
    target: float | None = None  # minutes, of the question it opens
    default: float = 5.5
    idle: int = 0
    mark: bool | None = None
    session_target: tuple[int, float] | None = None  # (which correction, minutes)
    deleted: bool = False
    purged: int | None = None  # the opening row of the purged question, where this row closes it discarded


@dataclass
class Ask:
    """A question while rows go by: its opening row, its pauses, and where and by which row it was closed."""

    opening: Row
    pauses: list[tuple[int, int]] = field(default_factory=list)
    end: int | None = None
    closer: Row | None = None
    discarded: bool = False

    @property
    def purged(self) -> bool:
        assert self.closer is not None
        return self.discarded and self.closer.purged == self.opening.number

    @property
    def paused(self) -> int:
        return sum(end - start for start, end in self.pauses)


@dataclass
class Sitting:
    """A session while rows go by."""

    rows: list[Row]
    open: Ask | None
    closed: list[Ask] = field(default_factory=list)
    pause: int | None = None
    end: int | None = None
    auto_closed: bool = False

    def close(self, at: int, closer: Row, *, discarded: bool) -> None:
        assert self.open is not None
        if self.pause is not None:
            self.open.pauses.append((self.pause, at))
            self.pause = None
        self.open.end, self.open.closer, self.open.discarded = at, closer, discarded
        self.closed.append(self.open)
        self.open = None

    @property
    def target(self) -> float:
        marks = [row.session_target for row in self.rows if row.session_target is not None]
        return max(marks)[1] if marks else self.rows[0].default

    @property
    def counted(self) -> list[Ask]:
        return [ask for ask in self.closed if not ask.discarded]


def walk(rows: list[Row]) -> tuple[list[Sitting], set[int]]:
    """The sessions that `rows` make, in order, and the numbers of the rows that had an effect."""
    sittings: list[Sitting] = []
    effective: set[int] = set()
    for row in sorted(rows, key=lambda row: (row.at, row.number)):
        if row.deleted:
            continue
        now = sittings[-1] if sittings and sittings[-1].end is None else None
        if step(sittings, now, row):
            effective.add(row.number)
    return sittings, effective


def step(sittings: list[Sitting], now: Sitting | None, row: Row) -> bool:
    """Let one row act; whether it had an effect."""
    if now is not None and forgotten(now, row.at):
        if row.kind in PAUSE_OR_UNDO:
            return False
        last = now.rows[-1].at
        now.close(last, row, discarded=row.mark is not False)
        now.end, now.auto_closed = last, True
        if row.kind == "EXIT":
            now.rows.append(row)
            return True
        now = None
    if now is None:
        if row.kind != "NEXT":
            return False
        sittings.append(Sitting([row], Ask(row)))
        return True
    return act(now, row)


def forgotten(sitting: Sitting, at: int) -> bool:
    limit = sitting.rows[0].idle
    return limit > 0 and sitting.pause is None and at - sitting.rows[-1].at > limit


def act(now: Sitting, row: Row) -> bool:
    assert now.open is not None
    discarded = row.mark if row.mark is not None else row.discard
    if row.kind == "NEXT":
        now.close(row.at, row, discarded=discarded)
        now.open = Ask(row)
    elif row.kind == "EXIT":
        now.close(row.at, row, discarded=discarded)
        now.end = row.at
    elif row.kind == "PAUSE" and now.pause is None:
        now.pause = row.at
    elif row.kind == "PAUSE":
        assert now.pause is not None
        now.open.pauses.append((now.pause, row.at))
        now.pause = None
    elif now.closed:
        gone, back = now.open, now.closed.pop()
        back.pauses = back.pauses + gone.pauses
        back.end = back.closer = None
        now.open = back
    else:
        return False
    now.rows.append(row)
    return True


class Naive:
    """One user's tracking, by the book."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.last = 0  # the number of the latest row, also when it is gone
        self.corrections = 0
        self.deletions: dict[int, list[Row]] = {}

    def record(self, **fields: Any) -> bool:
        """Record an event if it has an effect at its place; whether it had."""
        row = Row(number=self.last + 1, **fields)
        _, effective = walk([*self.rows, row])
        if row.number not in effective:
            return False
        self._add(row)
        return True

    def _add(self, row: Row) -> None:
        self.rows.append(row)
        self.last = row.number

    @property
    def sittings(self) -> list[Sitting]:
        return walk(self.rows)[0]

    def set_target(self, sitting: Sitting, minutes: float) -> None:
        self.corrections += 1
        for row in sitting.rows:
            if row.kind == "NEXT":
                row.session_target = (self.corrections, minutes)

    def delete(self, sitting: Sitting) -> int:
        """Take out all that lies between the session's first and last row; returns a name for the deletion."""
        self.corrections += 1
        first, last = sitting.rows[0], sitting.rows[-1]
        within = [
            row
            for row in self.rows
            if not row.deleted and (first.at, first.number) <= (row.at, row.number) <= (last.at, last.number)
        ]
        for row in within:
            row.deleted = True
        self.deletions[self.corrections] = within
        return self.corrections

    def restore(self, name: int) -> None:
        """Bring a deletion's rows back; where their session then goes on, it is ended at the last of them."""
        within = self.deletions.pop(name)
        for row in within:
            row.deleted = False
        last = max(within, key=lambda row: (row.at, row.number))
        until = [row for row in self.rows if (row.at, row.number) <= (last.at, last.number)]
        before = walk(until)[0]
        if before and before[-1].end is None:
            everything = walk(self.rows)[0]
            same = next(s for s in everything if s.rows[0] is before[-1].rows[0])
            if same.end is None or same.rows[-1] is not last:
                self._add(Row(self.last + 1, "EXIT", last.at, discard=True))

    def purge(self, gone: set[int]) -> None:
        """Purge everything deleted and discarded, with the rows numbered `gone`.

        All rows of deletions must be among those, and apart from them only pauses of discarded questions, without
        which everything else stays as it is.
        """
        before = self.figures_that_count()
        deleted = {row.number for within in self.deletions.values() for row in within}
        self.deletions.clear()
        pauses: set[int] = set()
        for ask in (ask for sitting in self.sittings for ask in sitting.closed if ask.discarded):
            assert ask.closer is not None
            start, end = (ask.opening.at, ask.opening.number), (ask.closer.at, ask.closer.number)
            within = [r for r in self.rows if not r.deleted and start <= (r.at, r.number) < end]
            ask.closer.purged = ask.opening.number
            for row in within:
                row.target = None
            pauses |= {row.number for row in within if row.kind == "PAUSE"}
        assert deleted <= gone <= deleted | pauses
        self.rows = [row for row in self.rows if row.number not in gone]
        assert self.figures_that_count() == before

    def figures_that_count(self) -> list[dict[str, Any]]:
        """The figures without what only discarded questions have: target, paused time."""
        return [
            {
                **sitting,
                "questions": [(q["start"], q["end"]) if q["discarded"] else q for q in sitting["questions"]],
            }
            for sitting in self.figures()
        ]

    def figures(self) -> list[dict[str, Any]]:
        """Each session with its questions, as plain values."""
        return [
            {
                "start": s.rows[0].at,
                "end": s.end,
                "auto_closed": s.auto_closed,
                "target": s.target,
                "last": (s.rows[-1].at, s.rows[-1].kind),
                "count": len(s.counted),
                "questions": [
                    {
                        "start": ask.opening.at,
                        "end": ask.end,
                        "paused": ask.paused,
                        "target": ask.opening.target,
                        "discarded": ask.discarded,
                        "purged": ask.purged,
                    }
                    for ask in s.closed
                ],
            }
            for s in self.sittings
        ]
