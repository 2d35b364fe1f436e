"""User A with one of everything, a stranger B, and the whole content of the database to compare."""

import functools
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from app import auth
from app.config import Settings
from app.database import Database
from app.db_models import metadata
from app.services import corrections, reading
from app.services.accounts import accounts, personal_tokens
from app.store import users
from app.store.users import User
from tests.raters import PASSWORD, add_user
from tests.recording import press, record_session

Dump = dict[str, list[tuple[Any, ...]]]


@dataclass(frozen=True)
class World:
    """What user A has, by the names that the requests use."""

    user: User
    email: str
    login: str  # access token
    other_login: str  # another one of the same user
    personal: str  # personal access token
    token: str  # its id
    ended: str
    question: str
    discarded: str
    deleted: str
    running: str
    event: str  # id of a recorded one
    day: str  # on which all of this was
    soon: str  # a time stamp after all of it
    stranger: str  # access token of user B

    @property
    def fresh_id(self) -> str:
        """An id that nobody has used."""
        return str(uuid.uuid4())

    @property
    def cookie(self) -> dict[str, str]:
        """The login as a browser sends it."""
        return {"cookie": f"access_token={self.login}"}

    @property
    def bearer(self) -> dict[str, str]:
        """The login as a script sends it."""
        return {"authorization": f"Bearer {self.login}"}

    @property
    def personal_bearer(self) -> dict[str, str]:
        """The personal access token, as a widget sends it."""
        return {"authorization": f"Bearer {self.personal}"}


@functools.cache
def password_hash() -> str:
    """The hash of `PASSWORD`, computed once."""
    return auth.hash_password(PASSWORD)


def new_world(database: Database, settings: Settings, now: datetime | None = None) -> World:
    """The users and sessions of a `World`, made in an empty database."""
    return database.write_now(lambda conn: _inhabit(conn, settings, now or datetime.now(UTC)))


def _inhabit(conn: Connection, settings: Settings, now: datetime) -> World:
    user, other = add_user(conn), add_user(conn)
    users.change(conn, user.id, password_hash=password_hash())
    day = (now - timedelta(days=2)).replace(hour=9, minute=0, second=0, microsecond=0)
    event = str(uuid.uuid4())
    ended = record_session(conn, user, day, [3, 4, 5])
    summary = reading.session_summary(conn, user, ended, now)
    # The first question's id is the session's, too.
    _, question, discarded = (question.id for question in summary.questions)
    corrections.mark_question(conn, user, ended, discarded, now, discard=True)
    deleted = record_session(conn, user, day + timedelta(hours=1), [2, 2])
    corrections.delete_session(conn, user, deleted, now)
    started = now - timedelta(minutes=30)
    running = record_session(conn, user, started, [2], ended=False)
    press(conn, user, "PAUSE", started + timedelta(minutes=4), event_id=event)
    token = personal_tokens.create(conn, user, "Firefox", now=now)
    logins = [
        accounts.open_login(conn, who.id, settings=settings, now=now).token for who in (user, user, other)
    ]
    return World(
        user=user,
        email=user.email,
        login=logins[0],
        other_login=logins[1],
        personal=token.secret,
        token=token.token.id,
        ended=ended,
        question=question,
        discarded=discarded,
        deleted=deleted,
        running=running,
        event=event,
        day=day.date().isoformat(),
        soon=now.isoformat(),
        stranger=logins[2],
    )


def dump(database: Database) -> Dump:
    """Every row of every table."""

    def rows(conn: Connection) -> Dump:
        return {
            table.name: sorted((tuple(row) for row in conn.execute(select(table))), key=repr)
            for table in metadata.sorted_tables
        }

    return database.read_now(rows)
