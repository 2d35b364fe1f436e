"""What the pages show besides the summaries: the session that is open now, and the latest ones in a line each."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from app.store import sessions
from app.store.users import User
from app.tracking import pacing
from app.tracking.encoding import load_state
from app.tracking.timestamps import micros_of, moment_of


@dataclass(frozen=True, slots=True)
class Running:
    """An active session and its open question."""

    session_id: str
    started_at: datetime
    last_event_at: datetime
    number: int  # of the open question
    question_started_at: datetime
    is_paused: bool
    forgotten: bool
    idle_hours: float  # after how many it counts as forgotten; 0 = never


@dataclass(frozen=True, slots=True)
class RecentSession:
    """One line of a list."""

    session_id: str
    started_at: datetime
    ended_at: datetime | None
    is_active: bool
    total_questions: int
    active_mmss: str
    pace_label: str
    pace_emoji: str


def running(conn: Connection, user: User, now: datetime) -> Running | None:
    """The user's active session, in two statements."""
    session = sessions.active_session(conn, user.id)
    if session is None:
        return None
    state = load_state(sessions.state_after(conn, user.id, session.last_seq))
    if state is None:
        return None
    return Running(
        session_id=session.uid,
        started_at=moment_of(session.started_at),
        last_event_at=moment_of(session.last_at),
        number=session.question_count + 1,
        question_started_at=moment_of(state.question.started_at),
        is_paused=state.paused_since is not None,
        forgotten=state.forgotten_at(micros_of(now)),
        idle_hours=state.idle / 3_600_000_000,
    )


def recent(conn: Connection, user: User, limit: int) -> list[RecentSession]:
    """The user's latest sessions, newest first, in one statement."""
    lines = []
    for session in sessions.recent_sessions(conn, user.id, limit):
        pace = pacing.pace_of(session.active, session.target, session.question_count)
        lines.append(
            RecentSession(
                session_id=session.uid,
                started_at=moment_of(session.started_at),
                ended_at=None if session.ended_at is None else moment_of(session.ended_at),
                is_active=session.is_active,
                total_questions=session.question_count,
                active_mmss=pacing.mmss(session.active),
                pace_label=pace.label,
                pace_emoji=pace.emoji,
            )
        )
    return lines
