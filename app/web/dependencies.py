"""What a handler may ask for, as annotated names: who sends the request, when, and the database.

    async def recent(user: TrackingUser, read: Read) -> ...

Whether a route is open to anyone is said beside it (see `admission`), not here.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Depends, Query, Security
from fastapi.openapi.models import HTTPBearer as HTTPBearerModel
from fastapi.security.base import SecurityBase
from pydantic import WithJsonSchema
from sqlalchemy import Connection
from starlette.requests import Request

from app.config import Settings
from app.database import Database, Unavailable, answers
from app.services import Transact
from app.services.accounts import accounts, personal_tokens
from app.services.refusals import NOT_LOGGED_IN, Forbidden, NotAuthenticated
from app.web.credentials import client_address, credential_of
from app.web.metrics import DatabaseFigures, Metrics

__all__ = ["Unavailable"]  # for errors.py: nothing else of the web knows the database

T = TypeVar("T")

BEARER = "HTTPBearer"  # the scheme's name in the API's description
HEALTH_SECONDS = 5.0  # for the database to answer

TRACKING_ONLY = "A personal access token can send events and read sessions, nothing else."


def current_time() -> datetime:
    """The server's clock, aware, UTC: the one place in which the web reads it."""
    return datetime.now(UTC)


# --- Who -----------------------------------------------------------------------------------------


async def identity_of(request: Request) -> accounts.Identity:
    """Whoever sends the request, looked up once per request. Raises `NotAuthenticated`."""
    known: accounts.Identity | None = getattr(request.state, "identity", None)
    if known is not None:
        return known
    refusal: NotAuthenticated | None = getattr(request.state, "not_authenticated", None)
    if refusal is not None:
        raise refusal
    credential = credential_of(request)
    if credential is None or not credential.value:
        raise NotAuthenticated(NOT_LOGGED_IN)
    # The cookie is for logins: a personal token in it would be a login that CSRF tokens cannot be bound to.
    if credential.by_cookie and personal_tokens.is_one(credential.value):
        raise NotAuthenticated(NOT_LOGGED_IN)
    settings, now = settings_of(request), current_time()
    look_up = partial(accounts.identify, credential=credential.value, settings=settings, now=now)
    try:
        found = await database_of(request).read(look_up, inline=True)
    except NotAuthenticated as refusal:
        request.state.not_authenticated = refusal
        raise
    request.state.identity = found
    return found


async def _full_identity(request: Request) -> accounts.Identity:
    identity = await identity_of(request)
    if identity.scope != "full":
        raise Forbidden(TRACKING_ONLY)
    return identity


async def _current_user(request: Request) -> accounts.User:
    return (await _full_identity(request)).user


async def _tracking_user(request: Request) -> accounts.User:
    return (await identity_of(request)).user


class Authenticated(SecurityBase, Generic[T]):
    """What a handler learns of whoever asks; in the API's description, that a credential is needed.

    One step, since every step of a dependency costs an event time: `identity_of` decides which of the two credentials
    counts, and `docs` describes the second.
    """

    def __init__(self, find: Callable[[Request], Awaitable[T]]) -> None:
        self.model = HTTPBearerModel(description="An access token, or a personal access token.")
        self.scheme_name = BEARER
        self._find = find

    async def __call__(self, request: Request) -> T:
        return await self._find(request)


async def _identity_if_any(request: Request) -> accounts.Identity | None:
    try:
        identity = await identity_of(request)
    except NotAuthenticated:
        return None
    return identity if identity.scope == "full" else None


Identity = Annotated[accounts.Identity, Security(Authenticated(_full_identity))]
"""A login and its user. Personal access tokens are refused (403)."""

MaybeIdentity = Annotated[accounts.Identity | None, Depends(_identity_if_any)]
"""The same, or None: for routes that are open to anyone."""

CurrentUser = Annotated[accounts.User, Security(Authenticated(_current_user))]
"""The user with full rights. Personal access tokens are refused (403)."""

TrackingUser = Annotated[accounts.User, Security(Authenticated(_tracking_user))]
"""The user, for what a personal access token may do as well."""


async def _client_address(request: Request) -> str:
    return client_address(request)


ClientAddress = Annotated[str, Depends(_client_address)]
"""The client's address: its peer's, or the one that a trusted proxy names."""


# --- When, and with what -------------------------------------------------------------------------


async def _now() -> datetime:
    return current_time()


Now = Annotated[datetime, Depends(_now)]
"""The moment of the request: aware, UTC."""


def settings_of(request: Request) -> Settings:
    """The settings of the application that answers."""
    settings: Settings = request.app.state.settings
    return settings


def database_of(request: Request) -> Database:
    """The database of the application that answers."""
    database: Database = request.app.state.database
    return database


def metrics_of(request: Request) -> Metrics:
    """The counts of the application that answers."""
    metrics: Metrics = request.app.state.metrics
    return metrics


def figures_of(database: Database) -> DatabaseFigures:
    """How the database stands, for the metrics."""
    pool: Any = database.engine.pool
    busy = database.figures()
    return DatabaseFigures(
        connections_in_use=pool.checkedout(),
        connections_most=pool.size(),
        waiting_writes=busy.waiting_writes,
        commits=busy.commits,
        writes=busy.writes,
    )


async def _settings(request: Request) -> Settings:
    return settings_of(request)


async def _reader(request: Request) -> Transact:
    return lambda fn: database_of(request).read(fn, owner=_owner_of(request))


async def _writer(request: Request) -> Transact:
    return lambda fn: database_of(request).write(fn, owner=_owner_of(request))


def _owner_of(request: Request) -> int | None:
    """The user by whom the database is occupied, where the request was found to be one's."""
    identity: accounts.Identity | None = getattr(request.state, "identity", None)
    return None if identity is None else identity.user.id


AppSettings = Annotated[Settings, Depends(_settings)]
Read = Annotated[Transact, Depends(_reader)]
"""`await read(fn)`: what `fn(conn)` returns, over one snapshot."""
Write = Annotated[Transact, Depends(_writer)]
"""`await write(fn)`: what `fn(conn)` returns, once its changes have reached the disk."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """Events that arrive: whose, when, and what is needed to record them."""

    user: accounts.User
    now: datetime
    settings: Settings
    database: Database
    metrics: Metrics

    async def record(self, newest: Callable[[Connection], T], any_other: Callable[[Connection], T]) -> T:
        """What `newest` returns, once on the disk; where that raises `NotQuick`, what `any_other` returns."""
        return await self.database.write(any_other, quick=newest, owner=self.user.id)


async def _delivery(request: Request) -> Delivery:
    state = request.app.state
    user = await _tracking_user(request)
    return Delivery(user, current_time(), state.settings, state.database, state.metrics)


Arriving = Annotated[Delivery, Security(Authenticated(_delivery))]
"""The same in one, for events: the routes that are asked a hundred times as often as all others together."""


async def _require_database(read: Read) -> None:
    try:
        await asyncio.wait_for(read(answers), HEALTH_SECONDS)
    except TimeoutError as error:
        raise Unavailable("The database does not answer at the moment.") from error


DatabaseAnswers = Depends(_require_database)
"""For a route's `dependencies`: 503 when the database does not answer in time."""


# --- Parameters of addresses that several routes take --------------------------------------------

# A day is read by `tracking.days` alone, which refuses what is no day in words of its own; this says to a
# client which days those are.
DAY_SCHEMA = {
    "type": "string",
    "format": "date",
    "pattern": "^(19[7-9][0-9]|[2-8][0-9]{3}|9[0-8][0-9]{2}|99[0-8][0-9]|999[0-8])-[0-9]{2}-[0-9]{2}$",
    "examples": ["2026-11-21"],
}

OptionalDay = Annotated[str | None, WithJsonSchema(DAY_SCHEMA)]

DateQuery = Annotated[
    OptionalDay, Query(alias="date", description="YYYY-MM-DD; the user's today if missing.")
]
"""`?date=`, as text or None."""
