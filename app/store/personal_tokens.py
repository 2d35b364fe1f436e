"""Rows of `personal_tokens`."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, bindparam, delete, func, insert, or_, select, update

from app.db_models import personal_tokens, users
from app.store.statements import Statement
from app.store.users import USER_COLUMNS, User, user_of


@dataclass(frozen=True, slots=True)
class PersonalToken:
    """A personal access token, without its secret."""

    id: str
    name: str
    scope: Literal["track"]
    created_at: datetime
    last_used_at: datetime | None


TOKEN_COLUMNS = [personal_tokens.c[name] for name in PersonalToken.__slots__]


def add(conn: Connection, token: PersonalToken, *, user_id: int, token_hash: str) -> None:
    """Insert a token."""
    values = {name: getattr(token, name) for name in PersonalToken.__slots__}
    conn.execute(insert(personal_tokens).values(**values, user_id=user_id, token_hash=token_hash))


def of_user(conn: Connection, user_id: int) -> list[PersonalToken]:
    """The user's tokens, newest first."""
    query = (
        select(*TOKEN_COLUMNS)
        .where(personal_tokens.c.user_id == user_id)
        .order_by(personal_tokens.c.created_at.desc(), personal_tokens.c.id)
    )
    return [PersonalToken(*row) for row in conn.execute(query)]


def count(conn: Connection, user_id: int) -> int:
    """How many tokens the user has."""
    query = select(func.count()).select_from(personal_tokens).where(personal_tokens.c.user_id == user_id)
    return conn.execute(query).scalar_one()


_OWNER = Statement(
    select(*USER_COLUMNS, *TOKEN_COLUMNS)
    .join(personal_tokens, personal_tokens.c.user_id == users.c.id)
    .where(personal_tokens.c.token_hash == bindparam("token_hash"), users.c.is_active)
)


def owner(conn: Connection, token_hash: str) -> tuple[User, PersonalToken] | None:
    """The active user whose token has this hash, and the token."""
    rows = _OWNER.rows(conn, {"token_hash": token_hash})
    return (user_of(rows[0]), PersonalToken(*rows[0][len(USER_COLUMNS) :])) if rows else None


def remove(conn: Connection, user_id: int, token_id: str) -> bool:
    """Delete one token of the user; false when there is none such."""
    query = delete(personal_tokens).where(
        personal_tokens.c.user_id == user_id, personal_tokens.c.id == token_id
    )
    return conn.execute(query).rowcount == 1


def remove_all(conn: Connection, user_id: int) -> None:
    """Delete every token of the user."""
    conn.execute(delete(personal_tokens).where(personal_tokens.c.user_id == user_id))


_last_used = personal_tokens.c.last_used_at
_USED = Statement(
    update(personal_tokens)
    .where(
        personal_tokens.c.id == bindparam("token_id"),
        or_(_last_used.is_(None), _last_used <= bindparam("since")),
    )
    .values(last_used_at=bindparam("used_at"))
)


def set_last_used(conn: Connection, token_id: str, now: datetime, *, unless_since: datetime) -> None:
    """Note a use, unless one was noted after `unless_since`."""
    _USED.run(conn, {"token_id": token_id, "used_at": now, "since": unless_since})
