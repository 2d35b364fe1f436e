"""Whether the service works."""

from fastapi import APIRouter, Request
from pydantic import AwareDatetime

from app.models import Ok
from app.web.admission import Demands, GuardedRoute
from app.web.dependencies import answers, current_time, database_of

router = APIRouter(tags=["health"], route_class=GuardedRoute)


class Health(Ok):
    """The service works."""

    timestamp: AwareDatetime


@router.get("/health", summary="Ready to answer")
@Demands(public=True)
async def health(request: Request) -> Health:
    """Whether requests can be answered: 503 when the database does not answer."""
    await database_of(request).read(answers)
    return Health(timestamp=current_time())


@router.get("/health/live", summary="The process runs")
@Demands(public=True)
async def live() -> Ok:
    """Whether the process runs, whatever the database does."""
    return Ok()
