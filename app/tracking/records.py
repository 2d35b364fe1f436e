"""What follows from the log: sessions and questions, as they are stored and read.

Instants and spans are whole microseconds (instants since the Unix epoch, UTC), targets are minutes. Sums of
whole numbers do not depend on the order of adding, so a figure kept up to date and one computed afresh agree.
"""

from dataclasses import dataclass
from typing import NamedTuple

MICROS_PER_SECOND = 1_000_000
MICROS_PER_MINUTE = 60 * MICROS_PER_SECOND
MICROS_PER_HOUR = 60 * MICROS_PER_MINUTE
LONGEST_TARGET = 600  # minutes for one question


class Place(NamedTuple):
    """Where an event lies in the log: by its time, and by its arrival where times are equal."""

    at: int
    seq: int


class Figures(NamedTuple):
    """What a counted question adds to the figures of its session, hour and day; all microseconds."""

    started_at: int  # its place
    opened_by: int
    raw: int
    active: int
    own_target: int | None  # None = the session's


def target_micros(minutes: float) -> int:
    """A target of `minutes` in microseconds; at least one, for it divides."""
    return max(1, round(minutes * MICROS_PER_MINUTE))


@dataclass(frozen=True, slots=True)
class QuestionRecord:
    """A closed question: from the event that opened it to the one that closed it."""

    uid: str
    opened_by: int  # seq of its NEXT
    closed_by: int  # seq of the event that closed it
    started_at: int
    ended_at: int
    paused: int
    target_minutes: float | None  # its own; None = the session's
    task_id: str | None
    task_type: str | None
    discarded: bool
    below: int | None  # closed_by of the question closed before it in the session
    undone_by: int | None = None  # the UNDO that made this closing void
    purged: bool = False  # it was discarded and left for good: only its place in the session remains

    @property
    def place(self) -> Place:
        """Where it begins: it belongs to the session, day and hour of this place."""
        return Place(self.started_at, self.opened_by)

    @property
    def raw(self) -> int:
        """Microseconds from start to end."""
        return self.ended_at - self.started_at

    @property
    def active(self) -> int:
        """Microseconds of `raw` that were not paused."""
        return self.raw - self.paused

    @property
    def own_target(self) -> int | None:
        """Its own target in microseconds; None = the session's."""
        return None if self.target_minutes is None else target_micros(self.target_minutes)

    @property
    def counted(self) -> bool:
        """Whether it appears in any figure."""
        return not self.discarded and self.undone_by is None


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """One sitting with the sums of its counted questions."""

    uid: str
    opened_by: int
    started_at: int
    last_at: int  # place and type of its latest event
    last_seq: int
    last_type: str
    ended_at: int | None  # None = active
    auto_closed: bool
    idle: int  # the limit in force, microseconds; 0 = never forgotten
    target_minutes: float  # of questions without a target of their own
    question_count: int = 0
    raw: int = 0
    active: int = 0
    own_target: int = 0  # microseconds, of questions that have one of their own
    own_target_count: int = 0

    @property
    def place(self) -> Place:
        """Where it begins."""
        return Place(self.started_at, self.opened_by)

    @property
    def last(self) -> Place:
        """Where it ends, or how far it has come."""
        return Place(self.last_at, self.last_seq)

    @property
    def is_active(self) -> bool:
        """Whether no event has ended it."""
        return self.ended_at is None

    @property
    def target(self) -> int:
        """Microseconds allowed for all counted questions together."""
        return self.own_target + (self.question_count - self.own_target_count) * target_micros(
            self.target_minutes
        )
