"""Questions in, the figures of their session out. (Those of a day: see `day_summaries`.)

Sums are made in whole microseconds and turned into seconds at the very end, so that they add up. The same objects
feed the JSON answers and the pages: spans are seconds, instants are aware UTC datetimes, targets are minutes.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.tracking.pacing import mmss, pace_of, seconds
from app.tracking.records import QuestionRecord, SessionRecord, target_us_of
from app.tracking.timestamps import moment_of


@dataclass(frozen=True, slots=True)
class Sums:
    """Sums over counted questions, in microseconds."""

    count: int = 0
    raw_us: int = 0
    active_us: int = 0
    target_us: int = 0

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(
            self.count + other.count,
            self.raw_us + other.raw_us,
            self.active_us + other.active_us,
            self.target_us + other.target_us,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedQuestion:
    """One closed question."""

    id: str
    started_at: datetime
    ended_at: datetime
    raw_seconds: float
    active_seconds: float
    active_mmss: str
    target_minutes: float
    over_under_target_seconds: float  # active minus target
    over_under_target_mmss: str
    task_id: str | None
    task_type: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionSummary(ClosedQuestion):
    """One that counts, with its number in the session."""

    index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionSummary:
    """A sitting and all its closed questions."""

    session_id: str
    user_external_id: str
    started_at: datetime
    ended_at: datetime | None
    is_active: bool
    forgotten: bool
    auto_closed: bool
    target_minutes_per_question: float
    total_questions: int
    total_raw_seconds: float
    total_active_seconds: float
    avg_active_seconds: float
    avg_active_mmss: str
    pace_label: str
    pace_emoji: str
    pace_ratio: float
    score: int
    questions: tuple[QuestionSummary, ...]
    discarded: tuple[ClosedQuestion, ...]


def summarize_session(
    session: SessionRecord,
    questions: Iterable[QuestionRecord],
    *,
    user_external_id: str,
    forgotten: bool,
) -> SessionSummary:
    """The summary of a session from its questions in order, discarded ones included."""
    counted: list[QuestionSummary] = []
    discarded: list[ClosedQuestion] = []
    sums = Sums()
    for question in questions:
        if question.discarded:
            discarded.append(ClosedQuestion(**_shown(question, session)))
            continue
        sums += sums_of(question, session)
        counted.append(QuestionSummary(index=len(counted) + 1, **_shown(question, session)))
    pace = pace_of(sums.active_us, sums.target_us, sums.count)
    return SessionSummary(
        session_id=session.uid,
        user_external_id=user_external_id,
        started_at=moment_of(session.started_us),
        ended_at=moment_or_none(session.ended_us),
        is_active=session.is_active,
        forgotten=forgotten,
        auto_closed=session.auto_closed,
        target_minutes_per_question=session.target_minutes,
        total_questions=sums.count,
        total_raw_seconds=seconds(sums.raw_us),
        total_active_seconds=seconds(sums.active_us),
        avg_active_seconds=seconds(sums.active_us, sums.count),
        avg_active_mmss=mmss(sums.active_us, sums.count),
        pace_label=pace.label,
        pace_emoji=pace.emoji,
        pace_ratio=pace.ratio,
        score=pace.score,
        questions=tuple(counted),
        discarded=tuple(discarded),
    )


def session_index(sessions: Sequence[SessionRecord], question: QuestionRecord) -> int:
    """Which of the sessions, oldest first, holds the question: the last that began at its place or before."""
    index = bisect_right(sessions, question.place, key=lambda session: session.place) - 1
    if index < 0:
        raise LookupError(f"question {question.uid} lies before every session")
    return index


def target_minutes_of(question: QuestionRecord, session: SessionRecord) -> float:
    """The question's own target, or else its session's."""
    return session.target_minutes if question.task.target_minutes is None else question.task.target_minutes


def sums_of(question: QuestionRecord, session: SessionRecord) -> Sums:
    """What one counted question adds to any figure."""
    return Sums(1, question.raw_us, question.active_us, target_us_of(target_minutes_of(question, session)))


def _shown(question: QuestionRecord, session: SessionRecord) -> dict[str, Any]:
    minutes = target_minutes_of(question, session)
    over_us = question.active_us - target_us_of(minutes)
    return {
        "id": question.uid,
        "started_at": moment_of(question.started_us),
        "ended_at": moment_of(question.ended_us),
        "raw_seconds": seconds(question.raw_us),
        "active_seconds": seconds(question.active_us),
        "active_mmss": mmss(question.active_us),
        "target_minutes": minutes,
        "over_under_target_seconds": seconds(over_us),
        "over_under_target_mmss": mmss(over_us),
        "task_id": question.task.task_id,
        "task_type": question.task.task_type,
    }


def moment_or_none(micros: int | None) -> datetime | None:
    """The instant as JSON shows it, where there is one."""
    return None if micros is None else moment_of(micros)
