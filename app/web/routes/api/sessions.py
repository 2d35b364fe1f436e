"""Sessions, read: a summary, and the latest in a line each."""

from typing import Annotated

from fastapi import APIRouter, Query

from app.models import RecentSessionOut, SessionSummaryOut
from app.services import reading
from app.web.dependencies import Now, Read, TrackingUser

router = APIRouter(tags=["sessions"])

LONGEST_LIST = 100


@router.get("/sessions/recent")
async def recent_sessions(
    user: TrackingUser, read: Read, limit: Annotated[int, Query(ge=1, le=LONGEST_LIST)] = 10
) -> list[RecentSessionOut]:
    """The latest sessions, newest first."""
    sessions = await read(lambda conn: reading.recent_sessions(conn, user, limit))
    return [RecentSessionOut.model_validate(session) for session in sessions]


@router.get("/summary/{session_id}")
@router.get("/sessions/{session_id}/summary")
async def session_summary(session_id: str, user: TrackingUser, read: Read, now: Now) -> SessionSummaryOut:
    """A session with every closed question; an id once answered leads to the session that holds its event now."""
    summary = await read(lambda conn: reading.session_summary(conn, user, session_id, now))
    return SessionSummaryOut.model_validate(summary)
