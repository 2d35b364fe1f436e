"""How things stand for users whose pages are open: one statement for all of them."""

from collections.abc import Collection
from dataclasses import dataclass
from zlib import crc32

from sqlalchemy import Connection, and_, func, select

from app.db_models import personal_tokens, sessions, trackers, users
from app.store.users import User

# Of the account; when somebody last logged in is no figure of any page.
_SHOWN = [users.c[name] for name in User.__slots__ if name not in ("id", "last_login_at")]
_TOKENS = (
    select(func.count()).where(personal_tokens.c.user_id == users.c.id).correlate(users).scalar_subquery()
)
_STANDINGS = (
    select(
        users.c.id,
        trackers.c.last_seq,
        trackers.c.last_correction,
        sessions.c.uid,
        sessions.c.paused_since_us,
        sessions.c.question_count,
        _TOKENS,
        *_SHOWN,
    )
    .outerjoin(trackers, trackers.c.user_id == users.c.id)
    .outerjoin(sessions, and_(sessions.c.user_id == users.c.id, sessions.c.ended_us.is_(None)))
)


@dataclass(frozen=True, slots=True)
class Standing:
    """A user's active session in short, and the version of all that pages show of the user."""

    version: str  # another one after every change; versions have no order
    session_id: str | None
    is_active: bool
    is_paused: bool
    total_questions: int


def standings(conn: Connection, user_ids: Collection[int]) -> dict[int, Standing]:
    """How things stand, by user; without those who do not exist."""
    found = {}
    for row in conn.execute(_STANDINGS.where(users.c.id.in_(user_ids))):
        user_id, seq, correction, uid, paused_since_us, count, *account = row
        version = f"{seq or 0}-{correction or 0}-{crc32(repr(account).encode()):x}"
        found[user_id] = Standing(version, uid, uid is not None, paused_since_us is not None, count or 0)
    return found
