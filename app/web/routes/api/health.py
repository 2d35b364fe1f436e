"""Whether the service works."""

from typing import Literal

from fastapi import APIRouter, Request
from pydantic import AwareDatetime, BaseModel

from app.web.admission import Demands, GuardedRoute
from app.web.dependencies import current_time, require_database

router = APIRouter(tags=["health"], route_class=GuardedRoute)


class Health(BaseModel):
    """The service works."""

    status: Literal["ok"] = "ok"
    timestamp: AwareDatetime


class Live(BaseModel):
    """The process runs."""

    status: Literal["ok"] = "ok"


@router.get("/health", summary="Ready to answer")
@Demands(public=True)
async def health(request: Request) -> Health:
    """Whether requests can be answered: 503 when the database does not answer."""
    await require_database(request)
    return Health(timestamp=current_time())


@router.get("/health/live", summary="Alive")
@Demands(public=True)
async def live() -> Live:
    """Whether the process runs, whatever the database does."""
    return Live()
