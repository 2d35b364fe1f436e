"""Users for tests, put into the database without a registration and its password hash."""

import secrets
import uuid
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from app.config import Settings
from app.database import Database
from app.db_models import users
from app.services.accounts import accounts, personal_tokens
from app.services.verification import differences
from app.store import users as user_store
from app.store.users import User
from tests.recording import press, record_session

PASSWORD = "Quiet-harbour-84-lanterns"
NEW_PASSWORD = "Seven-pale-moons-over-Riga-3"


def add_user(connection: Connection, *, timezone: str = "UTC", target_minutes: float = 5.5) -> User:
    """A new user."""
    user = User(
        id=secrets.randbits(52),
        external_id=str(uuid.uuid4()),
        email=f"{uuid.uuid4().hex}@example.com",
        first_name=None,
        last_name=None,
        timezone=timezone,
        role="user",
        target_minutes=target_minutes,
        is_active=True,
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
        last_login_at=None,
    )
    connection.execute(users.insert().values(**asdict(user), email_key=user.email, password_hash="-"))
    return user


@dataclass(frozen=True)
class Rater:
    """A user of `database`, with both kinds of credential as headers (empty for a user who has none)."""

    database: Database
    user: User
    login: dict[str, str] = field(default_factory=dict)
    token: dict[str, str] = field(default_factory=dict)

    def press(self, kind: str, at: datetime, **fields: Any) -> None:
        """Record one event."""
        self.database.write_now(lambda conn: press(conn, self._stored(conn), kind, at, **fields))

    def record_session(self, start: datetime, minutes: list[float], *, ended: bool = True) -> str:
        """A session with a question of each length; its id. Not ended, it has one more, open question."""
        return self.database.write_now(
            lambda conn: record_session(conn, self._stored(conn), start, minutes, ended=ended)
        )

    def differences(self) -> list[str]:
        """What of the stored sessions and questions does not follow from the log: nothing."""
        return self.database.read_now(lambda conn: differences(conn, self.user.id))

    def _stored(self, conn: Connection) -> User:
        """The user with the profile of now."""
        account = user_store.find(conn, self.user.id)
        assert account is not None
        return account.user


def new_rater(database: Database, settings: Settings, timezone: str = "UTC") -> Rater:
    """A rater without history."""
    now = datetime.now(UTC)

    def work(connection: Connection) -> Rater:
        user = add_user(connection, timezone=timezone)
        token = personal_tokens.create(connection, user, "widget", now=now).secret
        login = accounts.open_login(connection, user.id, settings=settings, now=now).token
        return Rater(
            database, user, {"authorization": f"Bearer {login}"}, {"authorization": f"Bearer {token}"}
        )

    return database.write_now(work)
