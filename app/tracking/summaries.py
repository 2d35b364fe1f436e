"""Sessions and questions in, the figures of a session or of a local day out.

Sums are made in whole microseconds and turned into seconds at the very end: hours add up to their day, days to the
sessions. The same objects feed the JSON answers and the pages: spans are seconds, instants are aware UTC datetimes,
targets are minutes.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from app.tracking.days import day_bounds, hours_of
from app.tracking.pacing import Pace, mmss, pace_of, seconds
from app.tracking.records import (
    MICROS_PER_HOUR,
    Figures,
    Place,
    QuestionRecord,
    SessionRecord,
    target_us_of,
)
from app.tracking.sums import Sums, counted_in, session_of, started_us_of
from app.tracking.timestamps import moment_of, moment_or_none


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
class SessionTotals:
    """A session and the sums over some of its questions."""

    session_id: str
    started_at: datetime
    ended_at: datetime | None
    is_active: bool
    total_questions: int
    total_active_seconds: float
    avg_active_seconds: float
    avg_active_mmss: str
    pace_label: str
    pace_emoji: str
    score: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionSummary(SessionTotals):
    """A session and all its closed questions."""

    user_external_id: str
    forgotten: bool
    auto_closed: bool
    target_minutes_per_question: float
    total_raw_seconds: float
    pace_ratio: float
    questions: tuple[QuestionSummary, ...]
    discarded: tuple[ClosedQuestion, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HourActivity:
    """The questions that began in one hour of a day."""

    hour: int
    bucket_start: datetime
    total_questions: int
    active_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DaySummary:
    """A local day of one user."""

    date: date
    timezone: str
    user_external_id: str
    total_sessions: int
    total_questions: int
    total_raw_seconds: float
    total_active_seconds: float
    total_active_mmss: str
    avg_active_seconds: float
    avg_active_mmss: str
    daily_pace_label: str
    daily_pace_emoji: str
    daily_pace_ratio: float
    daily_score: int
    target_minutes_per_question: float
    hourly_activity: tuple[HourActivity, ...]
    sessions: tuple[SessionTotals, ...]  # with the questions of this day alone


def summarize_session(
    session: SessionRecord, questions: Sequence[QuestionRecord], *, user_external_id: str, forgotten: bool
) -> SessionSummary:
    """The summary of a session; `questions` are its closed ones in order, discarded ones included."""
    pace = pace_of(session.active_us, session.target_us, session.question_count)
    counted = [question for question in questions if not question.discarded]
    return SessionSummary(
        **_totals(session, session.active_us, session.question_count, pace),
        user_external_id=user_external_id,
        forgotten=forgotten,
        auto_closed=session.auto_closed,
        target_minutes_per_question=session.target_minutes,
        total_raw_seconds=seconds(session.raw_us),
        pace_ratio=pace.ratio,
        questions=tuple(
            QuestionSummary(index=index, **_shown(question, session))
            for index, question in enumerate(counted, start=1)
        ),
        discarded=tuple(
            ClosedQuestion(**_shown(question, session)) for question in questions if question.discarded
        ),
    )


def session_index(beginnings: Sequence[Place], question: Place) -> int:
    """Which session, of those that begin at these places in order, holds the question that begins at a place."""
    index = bisect_right(beginnings, question) - 1
    if index < 0:
        raise LookupError(f"the question opened by event {question.seq} lies before every session")
    return index


def target_minutes_of(question: QuestionRecord, session: SessionRecord) -> float:
    """The question's own target, or else its session's."""
    return session.target_minutes if question.task.target_minutes is None else question.task.target_minutes


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


def summarize_day(
    day: date,
    zone: str,
    sessions: Sequence[SessionRecord],
    questions: Sequence[Figures],
    *,
    user_external_id: str,
    default_target_minutes: float,
) -> DaySummary:
    """The summary of a local day.

    `sessions`, oldest first, are those that began in the day and the last before, which may reach into it; `questions`
    their counted ones, in order. A session without question or beginning in the day does not appear.
    """
    hours = hours_of(day, zone)
    start_us, end_us = day_bounds(day, zone)
    total, of_session, of_hour = Sums(), [Sums() for _ in sessions], [Sums() for _ in hours]
    for question in counted_in(sessions, questions):
        started_us = started_us_of(question)
        if start_us <= started_us < end_us:
            hour = (started_us - start_us) // MICROS_PER_HOUR
            for sums in (total, of_session[session_of(question)], of_hour[hour]):
                sums.add(question)
    pace = total.pace
    shown = tuple(
        SessionTotals(**_totals(session, sums.active_us, sums.count, sums.pace))
        for session, sums in zip(sessions, of_session, strict=True)
        if sums.count or start_us <= session.started_us < end_us
    )
    return DaySummary(
        date=day,
        timezone=zone,
        user_external_id=user_external_id,
        total_sessions=len(shown),
        total_questions=total.count,
        total_raw_seconds=seconds(total.raw_us),
        total_active_seconds=seconds(total.active_us),
        total_active_mmss=mmss(total.active_us),
        avg_active_seconds=seconds(total.active_us, total.count),
        avg_active_mmss=mmss(total.active_us, total.count),
        daily_pace_label=pace.label,
        daily_pace_emoji=pace.emoji,
        daily_pace_ratio=pace.ratio,
        daily_score=pace.score,
        target_minutes_per_question=total.mean_target_minutes(default_target_minutes),
        hourly_activity=tuple(
            HourActivity(
                hour=hour.hour,
                bucket_start=moment_of(hour.start_us),
                total_questions=sums.count,
                active_seconds=seconds(sums.active_us),
            )
            for hour, sums in zip(hours, of_hour, strict=True)
        ),
        sessions=shown,
    )


def _totals(session: SessionRecord, active_us: int, count: int, pace: Pace) -> dict[str, Any]:
    return {
        "session_id": session.uid,
        "started_at": moment_of(session.started_us),
        "ended_at": moment_or_none(session.ended_us),
        "is_active": session.is_active,
        "total_questions": count,
        "total_active_seconds": seconds(active_us),
        "avg_active_seconds": seconds(active_us, count),
        "avg_active_mmss": mmss(active_us, count),
        "pace_label": pace.label,
        "pace_emoji": pace.emoji,
        "score": pace.score,
    }
