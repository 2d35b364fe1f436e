"""The latest sessions."""

from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter
from sqlalchemy import Connection
from starlette.responses import Response

from app.services import corrections, reading
from app.services.accounts.accounts import User
from app.services.corrections import Deleted
from app.services.reading import RecentSession
from app.web.admission import PageRoute
from app.web.dependencies import UserContext
from app.web.templating import render

router = APIRouter(route_class=PageRoute)

RECENT = 50


@dataclass(frozen=True, slots=True)
class SessionsPage:
    """What `sessions.html` receives as `page`."""

    sessions: list[RecentSession]
    deleted: list[Deleted]  # those that can be restored
    limit: int


@router.get("/dashboard/sessions")
async def sessions_page(context: UserContext) -> Response:
    """The latest sessions, and the deleted ones that can be restored."""
    page = await context.read(_sessions, context.user, context.now)
    return render(context.request, "sessions.html", section="sessions", page=page)


def _sessions(conn: Connection, user: User, now: datetime) -> SessionsPage:
    return SessionsPage(
        sessions=reading.recent_sessions(conn, user, RECENT),
        deleted=corrections.deleted(conn, user, now),
        limit=RECENT,
    )
