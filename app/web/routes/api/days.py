"""Days, read."""

from fastapi import APIRouter

from app.models import DaySummaryOut
from app.services import reading
from app.web.dependencies import Now, Read, TrackingUser
from app.web.queries import DateQuery

router = APIRouter(tags=["days"])


@router.get("/dashboard/today/json")
@router.get("/sessions/today")
async def day_summary(user: TrackingUser, read: Read, now: Now, day: DateQuery = None) -> DaySummaryOut:
    """A day of the user's, in the profile's time zone: figures, hours and sessions."""
    asked = reading.day_asked_for(day, user, now)
    summary = await read(lambda conn: reading.day_summary(conn, user, asked))
    return DaySummaryOut.model_validate(summary)
