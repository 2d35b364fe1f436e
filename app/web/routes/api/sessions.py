"""Sessions and days, read: a summary of one, and the latest sessions in a line each."""

from typing import Annotated

from fastapi import APIRouter, Query

from app.models import DaySummaryOut, RecentSessionOut, SessionSummaryOut
from app.services import reading
from app.web.admission import GuardedRoute
from app.web.dependencies import DateQuery, TrackingContext

router = APIRouter(route_class=GuardedRoute)

LONGEST_LIST = 100
Limit = Annotated[
    int, Query(description=f"1 to {LONGEST_LIST}; a number beyond counts as the nearest of these.")
]


@router.get("/sessions/recent", tags=["sessions"])
async def recent_sessions(context: TrackingContext, limit: Limit = 10) -> list[RecentSessionOut]:
    """The latest sessions, newest first."""
    most = min(max(limit, 1), LONGEST_LIST)
    sessions = await context.read(reading.recent_sessions, context.user, most)
    return [RecentSessionOut.model_validate(session) for session in sessions]


@router.get("/summary/{session_id}", tags=["sessions"])
@router.get("/sessions/{session_id}/summary", tags=["sessions"])
async def session_summary(context: TrackingContext, session_id: str) -> SessionSummaryOut:
    """A session with every closed question; an id once answered leads to the session that holds its event now."""
    summary = await context.read(reading.session_summary, context.user, session_id, context.now)
    return SessionSummaryOut.model_validate(summary)


@router.get("/dashboard/today/json", tags=["days"])
@router.get("/sessions/today", tags=["days"])
async def day_summary(context: TrackingContext, date: DateQuery = None) -> DaySummaryOut:
    """A day of the user's, in the profile's time zone: figures, hours and sessions."""
    day = reading.day_asked_for(date, context.user, context.now)
    summary = await context.read(reading.day_summary, context.user, day)
    return DaySummaryOut.model_validate(summary)
