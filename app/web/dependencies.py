"""What a handler may take as annotated parameters: who sends the request, when, and that user's database.

    async def recent(context: TrackingContext) -> ...:
        sessions = await context.read(reading.recent_sessions, context.user, 10)

Whether a route is open to anyone stands on the route (`app.web.admission`).
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any, Concatenate, ParamSpec, TypeVar

from fastapi import Depends, FastAPI, Query
from pydantic import WithJsonSchema
from sqlalchemy import Connection
from starlette.requests import Request

from app.config import Settings
from app.database import Database as Database  # for live.py
from app.database import Unavailable as Unavailable  # for errors.py and the request log
from app.database import answers as answers  # for GET /health
from app.services.accounts import accounts, personal_tokens
from app.services.refusals import NOT_LOGGED_IN, Forbidden, NotAuthenticated, TokenRefused
from app.web.credentials import credential_of

T = TypeVar("T")
P = ParamSpec("P")

TRACKING_ONLY = "A personal access token can send events and read sessions, nothing else."


def current_time() -> datetime:
    """The server's clock, aware, UTC: the one place in which the web reads it."""
    return datetime.now(UTC)


def settings_of(request: Request) -> Settings:
    """The settings of the application that answers."""
    settings: Settings = request.app.state.settings
    return settings


def database_of(request: Request, *, reading: bool = False) -> Database:
    """The database of the application that answers.

    For a form whose CSRF token was refused it is there for `reading` alone: else the refusal is raised, and the
    handler shows it like any other, at the form, with what was typed (`app.web.admission`).
    """
    refusal: TokenRefused | None = getattr(request.state, "token_refused", None)
    if refusal is not None and not reading:
        raise refusal
    database: Database = request.app.state.database
    return database


def figures_of(app: FastAPI) -> dict[str, int]:
    """The load of the database and the number of open streams, by the names of `app.web.metrics`."""
    database: Database = app.state.database
    pool: Any = database.engine.pool
    busy = database.figures()
    return {
        "raterhub_live_streams": app.state.live.count,
        "raterhub_database_connections_in_use": pool.checkedout(),
        "raterhub_database_connections_most": pool.size(),
        "raterhub_database_waiting_writes": busy.waiting_writes,
        "raterhub_database_commits": busy.commits,
        "raterhub_database_writes": busy.writes,
    }


async def identity_of(request: Request) -> accounts.Identity:
    """Whoever sends the request, looked up once per request. Raises `NotAuthenticated`."""
    if not hasattr(request.state, "identity"):
        request.state.identity = await _look_up(request)
    identity: accounts.Identity | None = request.state.identity
    if identity is None:
        raise NotAuthenticated(NOT_LOGGED_IN)
    return identity


async def _look_up(request: Request) -> accounts.Identity | None:
    credential = credential_of(request)
    if credential is None:
        return None
    settings, now = settings_of(request), current_time()
    for value in credential.values:
        # The cookie is for logins: a personal token in it would be a login that CSRF tokens cannot be bound to.
        if credential.by_cookie and personal_tokens.is_one(value):
            continue
        identify = partial(accounts.identify, credential=value, settings=settings, now=now)
        with suppress(NotAuthenticated):
            return await database_of(request, reading=True).read(identify, inline=True)
    return None


@dataclass(frozen=True, slots=True)
class Context:
    """A request of somebody who is logged in: who sends it, when, and the database on that user's behalf."""

    request: Request
    identity: accounts.Identity
    now: datetime  # aware, UTC

    @property
    def user(self) -> accounts.User:
        """Whoever sends the request."""
        return self.identity.user

    @property
    def settings(self) -> Settings:
        """The settings of the application that answers."""
        return settings_of(self.request)

    async def read(self, fn: Callable[Concatenate[Connection, P], T], *args: P.args, **named: P.kwargs) -> T:
        """What `fn(connection, …)` returns, over one snapshot."""
        database = database_of(self.request, reading=True)
        return await database.read(lambda conn: fn(conn, *args, **named), owner=self.user.id)

    async def write(self, fn: Callable[Concatenate[Connection, P], T], *args: P.args, **named: P.kwargs) -> T:
        """What `fn(connection, …)` returns, once its changes have reached the disk."""
        database = database_of(self.request)
        return await database.write(lambda conn: fn(conn, *args, **named), owner=self.user.id)


async def tracking_context(request: Request) -> Context:
    """The context of a login or of a personal access token."""
    return Context(request, await identity_of(request), current_time())


async def user_context(request: Request) -> Context:
    """The context of a login."""
    context = await tracking_context(request)
    if context.identity.scope != "full":
        raise Forbidden(TRACKING_ONLY)
    return context


async def _identity_if_any(request: Request) -> accounts.Identity | None:
    with suppress(NotAuthenticated):
        identity = await identity_of(request)
        return identity if identity.scope == "full" else None
    return None


UserContext = Annotated[Context, Depends(user_context)]
"""For a user with full rights. Personal access tokens are refused (403)."""

TrackingContext = Annotated[Context, Depends(tracking_context)]
"""For what a personal access token may do as well."""

MaybeIdentity = Annotated[accounts.Identity | None, Depends(_identity_if_any)]
"""A login and its user, or None: for routes that are open to anyone."""

# A day is parsed by `tracking.days` alone, with error messages of its own; this describes the valid days to clients.
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

FirstQuery = Annotated[OptionalDay, Query(alias="from", description="First day, YYYY-MM-DD.")]
LastQuery = Annotated[OptionalDay, Query(alias="to", description="Last day, YYYY-MM-DD.")]
