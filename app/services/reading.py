"""What is read: sessions and days. A fixed number of statements each, however much there is to read."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from app.services.refusals import InvalidInput, NotFound
from app.store import sessions
from app.store.questions import record_of_row
from app.store.users import User
from app.tracking import pacing
from app.tracking.day_summaries import DaySummary, summarize_day
from app.tracking.days import NoSuchDay, date_of, day_bounds, parse_day
from app.tracking.encoding import load_state
from app.tracking.records import SessionRecord
from app.tracking.summaries import SessionSummary, summarize_session
from app.tracking.timestamps import micros_of, moment_of

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
class StoredSession:
    """All of a session that a summary is made of: two that are equal have equal summaries."""

    session: SessionRecord
    questions: sessions.QuestionRows
    user_external_id: str
    forgotten: bool


def stored_session(conn: Connection, user: User, uid: str, now: datetime) -> StoredSession:
    """The session that an id once answered leads to. Raises `NotFound`."""
    session = sessions.find_session(conn, user.id, uid)
    if session is None:
        raise NotFound(NO_SESSION)
    return StoredSession(
        session,
        sessions.questions_of_session(conn, user.id, session),
        user.external_id,
        is_forgotten(conn, user, session, now),
    )


def summary_of(stored: StoredSession) -> SessionSummary:
    """What it comes to."""
    return summarize_session(
        stored.session,
        [record_of_row(row) for row in stored.questions],
        user_external_id=stored.user_external_id,
        forgotten=stored.forgotten,
    )


def session_summary(conn: Connection, user: User, uid: str, now: datetime) -> SessionSummary:
    """The summary of the session that an id once answered leads to. Raises `NotFound`."""
    return summary_of(stored_session(conn, user, uid, now))


def is_forgotten(conn: Connection, user: User, session: SessionRecord, now: datetime) -> bool:
    """Whether the session was left running, not paused, for longer than its limit."""
    if not session.is_active:
        return False
    state = load_state(sessions.state_after(conn, user.id, session.last_seq))
    return state is not None and state.forgotten_at(micros_of(now))


def day_summary(conn: Connection, user: User, day: date) -> DaySummary:
    """A day of the user's, from local midnight to local midnight."""
    reaching, figures = sessions.day(conn, user.id, *day_bounds(day, user.timezone))
    return summarize_day(
        day,
        user.timezone,
        reaching,
        figures,
        user_external_id=user.external_id,
        default_target_minutes=user.target_minutes,
    )


def recent_sessions(conn: Connection, user: User, limit: int) -> list[RecentSession]:
    """The latest sessions, newest first."""
    return [_line(session) for session in sessions.recent_sessions(conn, user.id, limit)]


def _line(session: SessionRecord) -> RecentSession:
    pace = pacing.pace_of(session.active, session.target, session.question_count)
    return RecentSession(
        session_id=session.uid,
        started_at=moment_of(session.started_at),
        ended_at=None if session.ended_at is None else moment_of(session.ended_at),
        is_active=session.is_active,
        current_question_index=session.question_count + 1 if session.is_active else None,
        total_questions=session.question_count,
        active_mmss=pacing.mmss(session.active),
        pace_label=pace.label,
        pace_emoji=pace.emoji,
    )


def day_asked_for(text: str | None, user: User, now: datetime) -> date:
    """The day written as YYYY-MM-DD; without one, the user's today. Raises `InvalidInput`."""
    return today_of(user, now) if text is None else day_of("date", text)


def today_of(user: User, now: datetime) -> date:
    """The day that it is for the user."""
    return date_of(micros_of(now), user.timezone)


def day_of(field: str, text: str) -> date:
    """The day written as YYYY-MM-DD in a field. Raises `InvalidInput`."""
    try:
        return parse_day(text)
    except NoSuchDay as problem:
        raise InvalidInput(field, str(problem), "date") from problem
