"""A day, and the latest sessions."""

from dataclasses import dataclass
from datetime import date, datetime

from fastapi import APIRouter
from sqlalchemy import Connection
from starlette.responses import Response

from app.services import corrections, reading
from app.services.accounts.accounts import User
from app.services.corrections import Deleted
from app.services.reading import RecentSession, Running
from app.tracking import days
from app.tracking.summaries import DaySummary
from app.web.admission import PageRoute
from app.web.dependencies import DateQuery, UserContext
from app.web.routes.pages import charts
from app.web.routes.pages.first_use import FirstUse, first_use
from app.web.templating import render

router = APIRouter(route_class=PageRoute)

RECENT_ON_DAY = 5
RECENT = 50


@dataclass(frozen=True, slots=True)
class DayPage:
    """What `day.html` receives as `page`."""

    summary: DaySummary
    today: date
    previous: date | None
    next: date | None
    running: Running | None
    recent: list[RecentSession]
    first_use: FirstUse | None  # for an account without sessions
    chart: charts.HourChart


@dataclass(frozen=True, slots=True)
class SessionsPage:
    """What `sessions.html` receives as `page`."""

    sessions: list[RecentSession]
    deleted: list[Deleted]  # those that can be restored
    limit: int


@router.get("/dashboard/today")
async def day_page(context: UserContext, date: DateQuery = None) -> Response:
    """One day of the user's time zone; without a date, today."""
    day = reading.day_asked_for(date, context.user, context.now)
    page = await context.read(_page, context.user, day, context.now)
    return render(context.request, "day.html", section="day", page=page)


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


def _page(conn: Connection, user: User, day: date, now: datetime) -> DayPage:
    summary = reading.day_summary(conn, user, day)
    previous, following = days.neighbours(day)
    recent = reading.recent_sessions(conn, user, RECENT_ON_DAY)
    return DayPage(
        summary=summary,
        today=reading.today_of(user, now),
        previous=previous,
        next=following,
        running=reading.running(conn, user, now),
        recent=recent,
        first_use=None if recent else first_use(conn, user),
        chart=charts.hour_chart(summary.hourly_activity),
    )
