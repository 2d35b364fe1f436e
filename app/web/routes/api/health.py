"""Whether the service works."""

from typing import Literal

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel

from app.web.admission import Demands, GuardedRoute
from app.web.dependencies import DatabaseAnswers, Now

router = APIRouter(tags=["health"], route_class=GuardedRoute)


class Health(BaseModel):
    """The service works."""

    status: Literal["ok"] = "ok"
    timestamp: AwareDatetime


class Live(BaseModel):
    """The process runs."""

    status: Literal["ok"] = "ok"


@router.get("/health", summary="Ready to answer", dependencies=[DatabaseAnswers])
@Demands(public=True)
async def health(now: Now) -> Health:
    """Whether requests can be answered: 503 when the database does not answer."""
    return Health(timestamp=now)


@router.get("/health/live", summary="Alive")
@Demands(public=True)
async def live() -> Live:
    """Whether the process runs, whatever the database does."""
    return Live()
