"""The state of users that open pages follow: the active session and a version, one statement for all users."""

from collections.abc import Collection
from dataclasses import dataclass
from zlib import crc32

from sqlalchemy import Connection, and_, func, select

from app.db_models import personal_tokens, sessions, trackers, users
from app.store.users import User

# Columns of the account that the version depends on. `last_login_at` is on no page.
_ACCOUNT = [users.c[name] for name in User.__slots__ if name not in ("id", "last_login_at")]
_TOKEN_COUNT = (
    select(func.count()).where(personal_tokens.c.user_id == users.c.id).correlate(users).scalar_subquery()
)
_STATES = (
    select(
        users.c.id,
        trackers.c.last_seq,
        trackers.c.last_correction,
        sessions.c.uid,
        sessions.c.paused_since_us,
        sessions.c.question_count,
        _TOKEN_COUNT,
        *_ACCOUNT,
    )
    .outerjoin(trackers, trackers.c.user_id == users.c.id)
    .outerjoin(sessions, and_(sessions.c.user_id == users.c.id, sessions.c.ended_us.is_(None)))
)


@dataclass(frozen=True, slots=True)
class UserState:
    """The state of a user's active session, and the version of everything that pages show of the user."""

    version: str  # differs after every change; versions have no order
    session_id: str | None
    is_active: bool
    is_paused: bool
    total_questions: int


def user_states(conn: Connection, user_ids: Collection[int]) -> dict[int, UserState]:
    """The states by user; users that do not exist are left out."""
    states = {}
    for row in conn.execute(_STATES.where(users.c.id.in_(user_ids))):
        user_id, seq, correction, uid, paused_since_us, count, *account = row
        version = f"{seq or 0}-{correction or 0}-{crc32(repr(account).encode()):x}"
        states[user_id] = UserState(version, uid, uid is not None, paused_since_us is not None, count or 0)
    return states
