"""Personal access tokens: what the widget uses instead of a password. Shown once, stored hashed."""

import hashlib
import re
import secrets
import uuid
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import Connection

from app.services.refusals import NOT_LOGGED_IN, Conflict, InvalidInput, NotAuthenticated, NotFound
from app.services.validation import name_of
from app.store import personal_tokens, users
from app.store.personal_tokens import PersonalToken as PersonalToken
from app.store.personal_tokens import of_user as of_user
from app.store.users import User

PREFIX = "rht_"
SHAPE = re.compile(r"rht_[A-Za-z0-9_-]{43}", re.ASCII)
SCOPE: Literal["track"] = "track"
MOST = 50  # tokens of one user
NOTED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token at the only moment at which its secret is known."""

    token: PersonalToken
    secret: str = field(repr=False)


def is_one(credential: str) -> bool:
    """Whether a credential is meant to be a personal access token, rather than a JWT."""
    return credential.startswith(PREFIX)


def owner(conn: Connection, credential: str) -> tuple[User, PersonalToken] | None:
    """The active user whose token this is, and the token."""
    if not SHAPE.fullmatch(credential):
        return None
    return personal_tokens.owner(conn, _hash(credential))


def create(conn: Connection, user: User, name: str, *, now: datetime) -> NewToken:
    """A new token of the user. Raises `InvalidInput`, `Conflict` and `NotAuthenticated`."""
    clean = name_of("name", name)
    if clean is None:
        raise InvalidInput("name", "A token needs a name.")
    # Locked: two at once must not both be the last one allowed.
    if users.find(conn, user.id, lock=True) is None:
        raise NotAuthenticated(NOT_LOGGED_IN)  # deleted since the request was identified
    if personal_tokens.count(conn, user.id) >= MOST:
        raise Conflict(f"You have {MOST} tokens already. Revoke one that is not used any more.")
    secret = PREFIX + secrets.token_urlsafe(32)
    token = PersonalToken(str(uuid.uuid4()), clean, SCOPE, created_at=now, last_used_at=None)
    personal_tokens.add(conn, token, user_id=user.id, token_hash=_hash(secret))
    return NewToken(token, secret)


def revoke(conn: Connection, user: User, token_id: str) -> None:
    """End one token. Raises `NotFound`."""
    with suppress(ValueError):  # where it is no UUID
        if personal_tokens.remove(conn, user.id, str(uuid.UUID(token_id))):
            return
    raise NotFound("There is no such token.")


def is_use_due(last_used_at: datetime | None, now: datetime) -> bool:
    """Whether a use now is worth a write: one a minute is."""
    return last_used_at is None or now - last_used_at >= NOTED_EVERY


def note_use(conn: Connection, token_id: str, *, now: datetime) -> None:
    """Set the token's last use, at most once a minute."""
    personal_tokens.set_last_used(conn, token_id, now, unless_since=now - NOTED_EVERY)


def _hash(secret: str) -> str:
    # The secret has 256 random bits: nothing slower than one SHA-256 is needed.
    return hashlib.sha256(secret.encode()).hexdigest()
