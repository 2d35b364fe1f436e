"""Sessions and questions in, the figures of a local day out. (Those of a session: see `summaries`.)

Sums are made in whole microseconds and turned into seconds at the very end, so hours add up to their day and
days to the sessions.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from app.tracking.days import Hour, hours_of
from app.tracking.pacing import mmss, pace_of, seconds
from app.tracking.records import MICROS_PER_HOUR, MICROS_PER_MINUTE, Figures, SessionRecord, target_us_of
from app.tracking.summaries import Sums, moment_or_none
from app.tracking.timestamps import moment_of


@dataclass(frozen=True, slots=True, kw_only=True)
class HourActivity:
    """The questions that began in one hour of a day."""

    hour: int
    bucket_start: datetime
    total_questions: int
    active_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DaySession:
    """A session with the questions of one day alone."""

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
    sessions: tuple[DaySession, ...]


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

    `questions` are the counted ones that began in the day, in order; `sessions`, oldest first, those that began in
    it and the last before, which may reach into it. A session without question or beginning in the day does not
    appear.
    """
    hours = hours_of(day, zone)
    of_session, of_hour = _added_up(sessions, hours, questions)
    total = sum(of_session, Sums())
    pace = pace_of(total.active_us, total.target_us, total.count)
    shown = tuple(
        _day_session(session, sums)
        for session, sums in zip(sessions, of_session, strict=True)
        if sums.count or (hours and hours[0].start <= session.started_us < hours[-1].end)
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
        target_minutes_per_question=(
            total.target_us / (total.count * MICROS_PER_MINUTE) if total.count else default_target_minutes
        ),
        hourly_activity=tuple(map(_hour_activity, hours, of_hour)),
        sessions=shown,
    )


def _added_up(
    sessions: Sequence[SessionRecord], hours: Sequence[Hour], questions: Sequence[Figures]
) -> tuple[list[Sums], list[Sums]]:
    """The sums of each session and of each hour."""
    of_session, of_hour = [Sums() for _ in sessions], [Sums() for _ in hours]
    beginnings = [(session.started_us, session.opened_by) for session in sessions]
    # A day has hundreds of questions. Those of one session and hour lie next to each other and are summed first.
    first = 0
    while first < len(questions):
        started_us, opened_by, *_ = questions[first]
        session = bisect_right(beginnings, (started_us, opened_by)) - 1
        if session < 0:
            raise LookupError(f"the question opened by {opened_by} lies before every session")
        hour = (started_us - hours[0].start) // MICROS_PER_HOUR
        end = min([(hours[hour].end, 0), *beginnings[session + 1 : session + 2]])
        last = bisect_left(questions, end, first)
        sums = _sum(questions[first:last], target_us_of(sessions[session].target_minutes))
        of_session[session] += sums
        of_hour[hour] += sums
        first = last
    return of_session, of_hour


def _sum(questions: Sequence[Figures], target_us: int) -> Sums:
    _, _, raws_us, actives_us, targets_us = zip(*questions, strict=True)
    own_us = [each for each in targets_us if each is not None]
    return Sums(
        len(raws_us), sum(raws_us), sum(actives_us), sum(own_us) + (len(targets_us) - len(own_us)) * target_us
    )


def _hour_activity(hour: Hour, sums: Sums) -> HourActivity:
    return HourActivity(
        hour=hour.hour,
        bucket_start=moment_of(hour.start),
        total_questions=sums.count,
        active_seconds=seconds(sums.active_us),
    )


def _day_session(session: SessionRecord, sums: Sums) -> DaySession:
    pace = pace_of(sums.active_us, sums.target_us, sums.count)
    return DaySession(
        session_id=session.uid,
        started_at=moment_of(session.started_us),
        ended_at=moment_or_none(session.ended_us),
        is_active=session.is_active,
        total_questions=sums.count,
        total_active_seconds=seconds(sums.active_us),
        avg_active_seconds=seconds(sums.active_us, sums.count),
        avg_active_mmss=mmss(sums.active_us, sums.count),
        pace_label=pace.label,
        pace_emoji=pace.emoji,
        score=pace.score,
    )
