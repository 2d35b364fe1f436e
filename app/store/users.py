"""Rows of `users` and `password_history`."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from app.db_models import password_history, users
from app.tracking.days import known_zone


@dataclass(frozen=True, slots=True)
class User:
    """An account, without its secrets."""

    id: int
    external_id: str
    email: str
    first_name: str | None
    last_name: str | None
    timezone: str  # IANA name, as it was chosen
    role: str  # "user" or "admin"
    target_minutes: float  # per question
    is_active: bool
    created_at: datetime
    last_login_at: datetime | None
    week_starts_on: int = 1  # 1 Monday … 7 Sunday
    language: str | None = None  # of the pages; None: the browser says

    @property
    def zone(self) -> str:
        """The time zone that counts: UTC where the chosen one does not exist any more."""
        return known_zone(self.timezone)


@dataclass(frozen=True, slots=True)
class Account:
    """A user together with the hash of the password."""

    user: User
    password_hash: str = field(repr=False)


USER_COLUMNS = [users.c[name] for name in User.__slots__]


def user_of(row: Sequence[Any]) -> User:
    """The user in a row that begins with `USER_COLUMNS`."""
    return User(*row[: len(USER_COLUMNS)])


def find(conn: Connection, user_id: int, *, lock: bool = False) -> Account | None:
    """The account with this id; with `lock`, nobody else changes it before this transaction ends."""
    return _one(conn, users.c.id == user_id, lock=lock)


def find_by_email(conn: Connection, email_key: str) -> Account | None:
    """The account with this address (its key, made by `services.validation.email_key`)."""
    return _one(conn, users.c.email_key == email_key, lock=False)


def _one(conn: Connection, condition: ColumnElement[bool], *, lock: bool) -> Account | None:
    query = select(*USER_COLUMNS, users.c.password_hash).where(condition)
    if lock:
        # The weaker kind, so that rows which refer to the user can still be inserted meanwhile.
        query = query.with_for_update(key_share=True)
    row = conn.execute(query).one_or_none()
    return None if row is None else Account(user_of(row), row.password_hash)


def add(conn: Connection, account: Account, *, email_key: str) -> bool:
    """Insert the account; false, and nothing changed, when the address has an account already."""
    values = {name: getattr(account.user, name) for name in User.__slots__}
    values |= {"email_key": email_key, "password_hash": account.password_hash}
    # Two registrations at once: the unique index decides, not a look beforehand.
    dialect = postgresql if conn.dialect.name == "postgresql" else sqlite
    query = dialect.insert(users).values(values).on_conflict_do_nothing(index_elements=["email_key"])
    return conn.execute(query.returning(users.c.id)).first() is not None


def change(conn: Connection, user_id: int, **values: Any) -> None:
    """Set columns of one user."""
    conn.execute(update(users).where(users.c.id == user_id).values(**values))


def remove(conn: Connection, user_id: int) -> None:
    """Delete the user and, by cascade, all data of the user."""
    conn.execute(delete(users).where(users.c.id == user_id))


def lock_active_admins(conn: Connection) -> list[int]:
    """Ids of the admins who can log in; that set does not change before this transaction ends."""
    query = select(users.c.id).where(users.c.role == "admin", users.c.is_active).order_by(users.c.id)
    # The weaker kind, as for one account: events of an admin refer to the row meanwhile.
    return list(conn.execute(query.with_for_update(key_share=True)).scalars())


def former_hashes(conn: Connection, user_id: int, limit: int) -> list[str]:
    """Hashes of the passwords before the current one, newest first."""
    query = (
        select(password_history.c.password_hash)
        .where(password_history.c.user_id == user_id)
        .order_by(password_history.c.created_at.desc())
        .limit(limit)
    )
    return list(conn.execute(query).scalars())


def add_former_hash(conn: Connection, user_id: int, password_hash: str, *, now: datetime, keep: int) -> None:
    """Remember a password that was replaced; only the newest `keep` stay."""
    mine = password_history.c.user_id == user_id
    newest = conn.execute(select(func.max(password_history.c.created_at)).where(mine)).scalar()
    # Two changes in one microsecond, or a clock set back: the order must still be that of the changes.
    at = now if newest is None else max(now, newest + timedelta(microseconds=1))
    conn.execute(insert(password_history).values(user_id=user_id, created_at=at, password_hash=password_hash))
    kept = (
        select(password_history.c.created_at)
        .where(mine)
        .order_by(password_history.c.created_at.desc())
        .limit(keep)
    )
    conn.execute(delete(password_history).where(mine, password_history.c.created_at.not_in(kept)))
