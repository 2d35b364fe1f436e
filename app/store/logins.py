"""Rows of `logins`: one for each valid access token."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, select

from app.db_models import logins, users
from app.store.statements import Statement
from app.store.users import USER_COLUMNS, User, user_of


def add(conn: Connection, login_id: str, user_id: int, *, created_at: datetime, expires_at: datetime) -> None:
    """Make a login known; the user's expired ones leave."""
    conn.execute(delete(logins).where(logins.c.user_id == user_id, logins.c.expires_at <= created_at))
    row = {"id": login_id, "user_id": user_id, "created_at": created_at, "expires_at": expires_at}
    conn.execute(insert(logins).values(row))


_LOGGED_IN = Statement(
    select(*USER_COLUMNS)
    .join(logins, logins.c.user_id == users.c.id)
    .where(
        logins.c.id == bindparam("login_id"),
        logins.c.expires_at > bindparam("now"),
        users.c.id == bindparam("of_user"),
        users.c.is_active,
    )
)


def user_logged_in(conn: Connection, login_id: str, user_id: int, now: datetime) -> User | None:
    """The active user of a login that has not ended."""
    rows = _LOGGED_IN.rows(conn, {"login_id": login_id, "of_user": user_id, "now": now})
    return user_of(rows[0]) if rows else None


def valid_logins(conn: Connection, login_ids: Collection[str], now: datetime) -> set[str]:
    """Those of the logins that have neither expired nor been ended, of active users."""
    query = (
        select(logins.c.id)
        .join(users, users.c.id == logins.c.user_id)
        .where(logins.c.id.in_(login_ids), logins.c.expires_at > now, users.c.is_active)
    )
    return set(conn.execute(query).scalars())


def end(conn: Connection, login_id: str) -> None:
    """End one login."""
    conn.execute(delete(logins).where(logins.c.id == login_id))


def end_all(conn: Connection, user_id: int, *, but: str | None = None) -> None:
    """End every login of the user, except the one named."""
    query = delete(logins).where(logins.c.user_id == user_id)
    conn.execute(query if but is None else query.where(logins.c.id != but))


def sweep(conn: Connection, now: datetime, limit: int) -> int:
    """Delete at most `limit` expired logins of all users; how many."""
    expired = select(logins.c.id).where(logins.c.expires_at <= now).limit(limit)
    return conn.execute(delete(logins).where(logins.c.id.in_(expired))).rowcount
