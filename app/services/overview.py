"""What the pages show besides the summaries: the session that is open now."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from app.store import sessions
from app.store.users import User
from app.tracking.projection import state_of
from app.tracking.records import MICROS_PER_HOUR
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


def running(conn: Connection, user: User, now: datetime) -> Running | None:
    """The user's active session."""
    session = sessions.active_session(conn, user.id)
    state = state_of(session)
    if session is None or state is None:
        return None
    return Running(
        session_id=session.uid,
        started_at=moment_of(session.started_us),
        last_event_at=moment_of(session.last_us),
        number=session.question_count + 1,
        question_started_at=moment_of(state.question.started_us),
        is_paused=state.paused_since_us is not None,
        forgotten=state.forgotten_at(micros_of(now)),
        idle_hours=state.idle_us / MICROS_PER_HOUR,
    )
