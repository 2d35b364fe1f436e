"""Notifications of changes for open pages: server-sent events."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent

from app.models import Problem
from app.web.admission import GuardedRoute
from app.web.dependencies import UserContext
from app.web.live import Stream, live_of

router = APIRouter(route_class=GuardedRoute)

Version = Annotated[
    str | None,
    Query(
        max_length=64,
        description="The version that a page shows; if it is outdated, an event is sent at once.",
    ),
]


TOO_MANY: dict[int | str, Any] = {
    429: {
        "model": Problem,
        "description": "Too many streams of this user; try again after `Retry-After` seconds.",
    }
}
STATE_FIELDS = ("session_id", "is_active", "is_paused", "total_questions")  # as in `GET /sessions/current`


async def opened_stream(
    context: UserContext, response: Response, version: Version = None
) -> AsyncIterator[Stream]:
    """A stream for the user who is logged in, for as long as the response lasts."""
    response.headers["Cache-Control"] = "no-store"
    async with live_of(context.request).stream(
        context.user.id, context.identity.login_id or "", version or None
    ) as stream:
        yield stream


@router.get("/live", tags=["sessions"], response_class=EventSourceResponse, responses=TOO_MANY)
async def live(
    context: UserContext, stream: Annotated[Stream, Depends(opened_stream)]
) -> AsyncIterator[ServerSentEvent]:
    """An event `changed` after each change of the user's data, with the state of the active session."""
    if context.request.state.method == "HEAD":
        return
    async for state in stream.changes():
        data = {name: getattr(state, name) for name in STATE_FIELDS}
        yield ServerSentEvent(event="changed", data=data)
