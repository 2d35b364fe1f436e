"""Counted questions, added up: the one place for days and longer periods. Spans are whole microseconds."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter

from app.tracking.pacing import Pace, pace_of
from app.tracking.records import LOG_END, MICROS_PER_MINUTE, Figures, SessionRecord, target_us_of

Counted = tuple[int, int, int, int, str | None, str, int, int]
"""A question that counts, in its session: (started_us, raw_us, active_us, target_us, task_type, uid, session, number).

The target is its own, or else its session's; `session` is an index among the sessions that were read, and the number in
the session begins at 1. A plain tuple: named ones make the sums of a year a fifth slower (docs/decisions/reading.md).
"""

started_us_of: Callable[[Counted], int] = itemgetter(0)
active_us_of: Callable[[Counted], int] = itemgetter(2)
task_type_of: Callable[[Counted], str | None] = itemgetter(4)
session_of: Callable[[Counted], int] = itemgetter(6)
number_of: Callable[[Counted], int] = itemgetter(7)


@dataclass(slots=True)
class Sums:
    """Sums over counted questions."""

    count: int = 0
    raw_us: int = 0
    active_us: int = 0
    target_us: int = 0

    def add(self, question: Counted) -> None:
        """Count one question."""
        _, raw_us, active_us, target_us, _, _, _, _ = question
        self.count += 1
        self.raw_us += raw_us
        self.active_us += active_us
        self.target_us += target_us

    def merge(self, other: "Sums") -> None:
        """Count the questions of other sums."""
        self.count += other.count
        self.raw_us += other.raw_us
        self.active_us += other.active_us
        self.target_us += other.target_us

    @property
    def pace(self) -> Pace:
        """The pace of all of them, taken together."""
        return pace_of(self.active_us, self.target_us, self.count)

    def mean_target_minutes(self, default: float) -> float:
        """The target of one question, weighted by questions; `default` without any."""
        return self.target_us / (self.count * MICROS_PER_MINUTE) if self.count else default


def sums_of(questions: Sequence[Counted]) -> Sums:
    """The sums over `questions`."""
    sums = Sums()
    for question in questions:
        sums.add(question)
    return sums


def counted_in(sessions: Sequence[SessionRecord], questions: Sequence[Figures]) -> Iterator[Counted]:
    """The questions with what they have from their sessions; both are in order, and a question's session is there.

    A question that begins at the instant of the first session, but before it, belongs to one that is not there; it is
    left out.
    """
    beginnings = [*(session.place for session in sessions), LOG_END]
    index, number, target_us, following = -1, 0, 0, beginnings[0]
    for started_us, opened_by, raw_us, active_us, own_target_us, task_type, uid in questions:
        while (started_us, opened_by) >= following:
            index, number = index + 1, 0
            target_us, following = target_us_of(sessions[index].target_minutes), beginnings[index + 1]
        if index >= 0:
            number += 1
            own_us = target_us if own_target_us is None else own_target_us
            yield started_us, raw_us, active_us, own_us, task_type, uid, index, number
