"""Users for tests, put into the database without the detour over registration (and its password hash)."""

import secrets
import uuid
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection

from app.config import Settings
from app.database import Database
from app.db_models import users
from app.services.accounts import accounts, personal_tokens
from app.store.users import User


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
    """A user with both kinds of credential, as headers."""

    user: User
    login: dict[str, str]
    token: dict[str, str]


def new_rater(database: Database, settings: Settings, timezone: str = "UTC") -> Rater:
    """A rater without history."""
    now = datetime.now(UTC)

    def work(connection: Connection) -> Rater:
        user = add_user(connection, timezone=timezone)
        token = personal_tokens.create(connection, user, "widget", now=now).secret
        login = accounts.open_login(connection, user.id, settings=settings, now=now).token
        return Rater(user, {"authorization": f"Bearer {login}"}, {"authorization": f"Bearer {token}"})

    return database.write_now(work)
