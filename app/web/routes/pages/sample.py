"""A made-up day of work: for an account without sessions, and for the styleguide."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

from app.tracking.machine import Event, EventType
from app.tracking.projection import LogRow, project
from app.tracking.records import MICROS_PER_MINUTE, Figures, QuestionRecord, SessionRecord
from app.tracking.summaries import DaySummary, HourActivity, SessionSummary, summarize_day, summarize_session
from app.tracking.timestamps import micros_of
from app.web.routes.pages import charts

ZONE = "UTC"
TARGET_MINUTES = 5.0
MORNING = datetime(2026, 3, 2, 9, 4, tzinfo=UTC)
AFTERNOON = datetime(2026, 3, 2, 13, 31, tzinfo=UTC)
# The questions of two sessions: active minutes, and minutes paused in the middle of it.
MORNING_MINUTES = [
    (4.6, 0),
    (5.2, 0),
    (3.1, 0),
    (5.4, 0),
    (4.9, 3),
    (8.2, 0),
    (4.4, 0),
    (5.1, 0),
    (2.7, 0),
] * 2
AFTERNOON_MINUTES = [(5.3, 0), (4.8, 0), (6.4, 0), (5.0, 0), (3.3, 0), (4.7, 0), (5.2, 9), (4.5, 0)] * 2


@dataclass(frozen=True, slots=True)
class Sample:
    """A made-up day with the drawings of a real one."""

    day: DaySummary
    hours: charts.BarChart[HourActivity]
    session: SessionSummary  # the first of the day
    strip: charts.Strip | None
    zone: str


@cache
def sample() -> Sample:
    """A day of two sessions, put together by the core from events."""
    sessions, questions = worked([(MORNING, MORNING_MINUTES), (AFTERNOON, AFTERNOON_MINUTES)])
    figures = [figures_of(each) for each in questions]
    day = summarize_day(
        MORNING.date(), ZONE, sessions, figures, user_external_id="", default_target_minutes=TARGET_MINUTES
    )
    first = [each for each in questions if each.place < sessions[1].place]
    session = summarize_session(sessions[0], first, user_external_id="", forgotten=False)
    return Sample(day, charts.hour_chart(day.hourly_activity), session, charts.strip(session, ZONE), ZONE)


def worked(
    sessions: Iterable[tuple[datetime, Sequence[tuple[float, float]]]],
) -> tuple[list[SessionRecord], list[QuestionRecord]]:
    """The records of sessions, each given by its start and its questions' active and paused minutes."""
    events = [event for start, minutes in sessions for event in _events(start, minutes)]
    projection = project(
        LogRow(Event(kind, at_us, seq), TARGET_MINUTES) for seq, (kind, at_us) in enumerate(events, start=1)
    )
    return list(projection.sessions.values()), list(projection.questions.values())


def figures_of(question: QuestionRecord, task_type: str | None = None) -> Figures:
    """What a question without a target of its own adds to figures."""
    place = question.started_us, question.opened_by
    return Figures(*place, question.raw_us, question.active_us, None, task_type, question.uid)


def _events(start: datetime, minutes: Sequence[tuple[float, float]]) -> Iterator[tuple[EventType, int]]:
    """The presses of a session whose questions have these minutes, active and paused."""
    at_us = micros_of(start)
    for active_minutes, paused_minutes in minutes:
        active_us = round(active_minutes * MICROS_PER_MINUTE)
        paused_us = round(paused_minutes * MICROS_PER_MINUTE)
        yield EventType.NEXT, at_us
        if paused_us:
            yield EventType.PAUSE, at_us + active_us // 2
            yield EventType.PAUSE, at_us + active_us // 2 + paused_us
        at_us += active_us + paused_us
    yield EventType.EXIT, at_us
