"""What is read: sessions and days. A fixed number of statements each, however much there is to read."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from app.services.refusals import InvalidInput, NotFound
from app.store import sessions
from app.store.users import User
from app.tracking import pacing
from app.tracking.days import NoSuchDay, date_of, day_bounds, parse_day
from app.tracking.projection import state_of
from app.tracking.records import MICROS_PER_HOUR, SessionRecord
from app.tracking.summaries import DaySummary, SessionSummary, summarize_day, summarize_session
from app.tracking.timestamps import micros_of, moment_of, moment_or_none

NO_SESSION = "There is no such session."


@dataclass(frozen=True, slots=True)
class RecentSession:
    """One line of a list of sessions."""

    session_id: str
    started_at: datetime
    ended_at: datetime | None
    is_active: bool
    current_question_index: int | None  # of the open question; None when the session has ended
    total_questions: int
    active_mmss: str
    pace_label: str
    pace_emoji: str


@dataclass(frozen=True, slots=True)
class Running:
    """An active session and its open question."""

    session_id: str
    started_at: datetime
    last_event_at: datetime
    number: int  # of the open question
    question_started_at: datetime
    active_seconds: float  # of the open question until now, or until it was paused
    paused_seconds: float  # of it, without a pause that goes on
    paused_since: datetime | None
    is_paused: bool
    forgotten: bool
    idle_hours: float  # after how many it counts as forgotten; 0 = never


def session_of(conn: Connection, user: User, uid: str) -> SessionRecord:
    """The user's session that an id once answered leads to. Raises `NotFound`."""
    session = sessions.find_session(conn, user.id, uid)
    if session is None:
        raise NotFound(NO_SESSION)
    return session


def session_summary(conn: Connection, user: User, uid: str, now: datetime) -> SessionSummary:
    """The summary of a session and its closed questions. Raises `NotFound`."""
    session = session_of(conn, user, uid)
    questions = sessions.questions_of_session(conn, user.id, session)
    state = state_of(session)
    forgotten = state is not None and state.forgotten_at(micros_of(now))
    return summarize_session(session, questions, user_external_id=user.external_id, forgotten=forgotten)


def day_summary(conn: Connection, user: User, day: date) -> DaySummary:
    """A day of the user's, from local midnight to local midnight."""
    span_us = day_bounds(day, user.zone)
    return summarize_day(
        day,
        user.zone,
        sessions.sessions_reaching(conn, user.id, *span_us),
        sessions.counted(conn, user.id, *span_us),
        user_external_id=user.external_id,
        default_target_minutes=user.target_minutes,
    )


def recent_sessions(conn: Connection, user: User, limit: int) -> list[RecentSession]:
    """The latest sessions, newest first."""
    return [_line(session) for session in sessions.recent_sessions(conn, user.id, limit)]


def _line(session: SessionRecord) -> RecentSession:
    pace = pacing.pace_of(session.active_us, session.target_us, session.question_count)
    return RecentSession(
        session_id=session.uid,
        started_at=moment_of(session.started_us),
        ended_at=moment_or_none(session.ended_us),
        is_active=session.is_active,
        current_question_index=session.question_count + 1 if session.is_active else None,
        total_questions=session.question_count,
        active_mmss=pacing.mmss(session.active_us),
        pace_label=pace.label,
        pace_emoji=pace.emoji,
    )


def running(conn: Connection, user: User, now: datetime) -> Running | None:
    """The user's active session."""
    session = sessions.active_session(conn, user.id)
    state = state_of(session)
    if session is None or state is None:
        return None
    until_us = micros_of(now) if state.paused_since_us is None else state.paused_since_us
    return Running(
        session_id=session.uid,
        started_at=moment_of(session.started_us),
        last_event_at=moment_of(session.last_us),
        number=session.question_count + 1,
        question_started_at=moment_of(state.question.started_us),
        active_seconds=pacing.seconds(
            max(0, until_us - state.question.started_us - state.question.paused_us)
        ),
        paused_seconds=pacing.seconds(state.question.paused_us),
        paused_since=moment_or_none(state.paused_since_us),
        is_paused=state.paused_since_us is not None,
        forgotten=state.forgotten_at(micros_of(now)),
        idle_hours=state.idle_us / MICROS_PER_HOUR,
    )


def day_asked_for(text: str | None, user: User, now: datetime) -> date:
    """The day written as YYYY-MM-DD; without one, the user's today. Raises `InvalidInput`."""
    return today_of(user, now) if text is None else day_of("date", text)


def today_of(user: User, now: datetime) -> date:
    """The day that it is for the user."""
    return date_of(micros_of(now), user.zone)


def day_of(field: str, text: str) -> date:
    """The day written as YYYY-MM-DD in a field. Raises `InvalidInput`."""
    try:
        return parse_day(text)
    except NoSuchDay as problem:
        raise InvalidInput(field, str(problem), "date") from problem
