"""Users for tests, put into the database without the detour over registration (and its password hash)."""

import secrets
import uuid
from dataclasses import asdict
from datetime import UTC, datetime

from sqlalchemy import Connection

from app.db_models import users
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
