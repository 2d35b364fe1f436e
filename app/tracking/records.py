"""What a NEXT says about its question, and what follows from the log: sessions and questions, as stored and read.

Instants are whole microseconds since the Unix epoch (UTC), spans are whole microseconds, targets are minutes. Sums of
whole numbers do not depend on the order of adding, so a figure kept up to date equals one computed afresh.
"""

from dataclasses import dataclass, fields
from typing import NamedTuple

MICROS_PER_SECOND = 1_000_000
MICROS_PER_MINUTE = 60 * MICROS_PER_SECOND
MICROS_PER_HOUR = 60 * MICROS_PER_MINUTE
LONGEST_TARGET_MINUTES = 600  # for one question


class Place(NamedTuple):
    """Where an event lies in the log: by its time, and by its arrival where times are equal."""

    at_us: int
    seq: int


LOG_BEGIN = Place(0, 0)  # before every event
LOG_END = Place(2**62, 2**62)  # after every event


class Figures(NamedTuple):
    """What a counted question adds to the figures of its session, its day and longer periods."""

    started_us: int  # its place
    opened_by: int
    raw_us: int
    active_us: int
    own_target_us: int | None  # None = the session's
    task_type: str | None
    uid: str


def target_us_of(minutes: float) -> int:
    """A target of `minutes` in microseconds; at least one, because it divides."""
    return max(1, round(minutes * MICROS_PER_MINUTE))


@dataclass(frozen=True, slots=True)
class Task:
    """What a NEXT says about the question that it opens; None = not said.

    The fields bear the names of their columns in `events` and `questions`.
    """

    target_minutes: float | None = None
    task_id: str | None = None
    task_type: str | None = None

    @property
    def target_us(self) -> int | None:
        """The target in microseconds; None = the session's counts."""
        return None if self.target_minutes is None else target_us_of(self.target_minutes)


NO_TASK = Task()
TASK_FIELDS = tuple(field.name for field in fields(Task))


@dataclass(frozen=True, slots=True)
class Question:
    """The open question of a session."""

    opened_by: int  # seq of its NEXT
    started_us: int
    uid: str = ""
    paused_us: int = 0  # finished pauses
    task: Task = NO_TASK


@dataclass(frozen=True, slots=True)
class QuestionRecord:
    """A closed question: from the event that opened it to the one that closed it."""

    uid: str
    opened_by: int  # seq of its NEXT
    closed_by: int  # seq of the event that closed it
    started_us: int
    ended_us: int
    paused_us: int
    task: Task
    discarded: bool
    purged: bool = False  # it was discarded, and its data expired: only its place in the session remains

    @property
    def place(self) -> Place:
        """Where it begins: it belongs to the session, day and hour of this place."""
        return Place(self.started_us, self.opened_by)

    @property
    def raw_us(self) -> int:
        """Microseconds from start to end."""
        return self.ended_us - self.started_us

    @property
    def active_us(self) -> int:
        """Microseconds of `raw_us` that were not paused."""
        return self.raw_us - self.paused_us

    def reopened(self, also_paused_us: int) -> Question:
        """The open question that an UNDO makes of it, with the pauses of the question that disappears."""
        return Question(self.opened_by, self.started_us, self.uid, self.paused_us + also_paused_us, self.task)


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """One session with the sums of its counted questions and, while it is active, its open question."""

    uid: str
    opened_by: int
    started_us: int
    last_us: int  # place and type of its latest event
    last_seq: int
    last_type: str
    ended_us: int | None  # None = active
    auto_closed: bool
    idle_us: int  # the limit in force; 0 = never forgotten
    target_minutes: float  # of questions without a target of their own
    open_question: Question | None = None  # None = ended
    paused_since_us: int | None = None  # None = running, or ended
    question_count: int = 0
    raw_us: int = 0
    active_us: int = 0
    own_target_us: int = 0  # of questions that have a target of their own
    own_target_count: int = 0

    @property
    def place(self) -> Place:
        """Where it begins."""
        return Place(self.started_us, self.opened_by)

    @property
    def last(self) -> Place:
        """Where its latest event lies."""
        return Place(self.last_us, self.last_seq)

    @property
    def is_active(self) -> bool:
        """Whether no event has ended it."""
        return self.ended_us is None

    @property
    def target_us(self) -> int:
        """Microseconds allowed for all counted questions together."""
        return self.own_target_us + (self.question_count - self.own_target_count) * target_us_of(
            self.target_minutes
        )

    def sums_with(self, question: QuestionRecord, sign: int) -> dict[str, int]:
        """The session's sums with the figures of a closed question added (`sign` 1) or taken away (-1), by field."""
        if question.discarded:
            return {}
        own_us = question.task.target_us
        return {
            "question_count": self.question_count + sign,
            "raw_us": self.raw_us + sign * question.raw_us,
            "active_us": self.active_us + sign * question.active_us,
            "own_target_us": self.own_target_us + sign * (own_us or 0),
            "own_target_count": self.own_target_count + sign * (own_us is not None),
        }
