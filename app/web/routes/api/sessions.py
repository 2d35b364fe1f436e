"""Sessions and days, read: a summary of one, and the latest sessions in a line each."""

from typing import Annotated

from fastapi import APIRouter, Query

from app.models import DaySummaryOut, RecentSessionOut, SessionSummaryOut
from app.services import reading
from app.web.admission import GuardedRoute
from app.web.dependencies import DateQuery, Now, Read, TrackingUser

router = APIRouter(route_class=GuardedRoute)

LONGEST_LIST = 100


@router.get("/sessions/recent", tags=["sessions"])
async def recent_sessions(
    user: TrackingUser, read: Read, limit: Annotated[int, Query(ge=1, le=LONGEST_LIST)] = 10
) -> list[RecentSessionOut]:
    """The latest sessions, newest first."""
    sessions = await read(lambda conn: reading.recent_sessions(conn, user, limit))
    return [RecentSessionOut.model_validate(session) for session in sessions]


@router.get("/summary/{session_id}", tags=["sessions"])
@router.get("/sessions/{session_id}/summary", tags=["sessions"])
async def session_summary(session_id: str, user: TrackingUser, read: Read, now: Now) -> SessionSummaryOut:
    """A session with every closed question; an id once answered leads to the session that holds its event now."""
    summary = await read(lambda conn: reading.session_summary(conn, user, session_id, now))
    return SessionSummaryOut.model_validate(summary)


@router.get("/dashboard/today/json", tags=["days"])
@router.get("/sessions/today", tags=["days"])
async def day_summary(user: TrackingUser, read: Read, now: Now, day: DateQuery = None) -> DaySummaryOut:
    """A day of the user's, in the profile's time zone: figures, hours and sessions."""
    asked = reading.day_asked_for(day, user, now)
    summary = await read(lambda conn: reading.day_summary(conn, user, asked))
    return DaySummaryOut.model_validate(summary)
