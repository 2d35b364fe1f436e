"""Each request seen from outside: its id, its line in the log where something went wrong, the metrics it adds to."""

import re
import secrets
import time
from typing import Any

import structlog
from fastapi.exceptions import RequestValidationError
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bind_contextvars, reset_contextvars

from app.services.refusals import Busy, InvalidInput, Throttled
from app.tracking.machine import Refused
from app.web.credentials import client_address
from app.web.dependencies import Unavailable
from app.web.metrics import Metrics

log = structlog.get_logger(__name__)

HEADER = b"x-request-id"
SANE_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
LONGEST_PATH = 200  # characters of a path in the log
NO_EVENT = (Refused, InvalidInput, RequestValidationError)


class RequestLog:
    """Give each request an id, bind it to every line that is logged meanwhile, and count the answer.

    The id leaves as `X-Request-ID`. One that a trusted proxy gave is kept, so that its log and ours can be laid side
    by side; anybody else's is not, since it could be made to look like another request's.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = _sent_id(scope) or secrets.token_hex(8)
        header = (HEADER, request_id.encode())
        status, head_seconds, broken = 0, 0.0, None

        async def with_id(message: Message) -> None:
            nonlocal status, head_seconds
            if message["type"] == "http.response.start":
                status, head_seconds = message["status"], time.perf_counter() - started
                message = {**message, "headers": [*message.get("headers", ()), header]}
            await send(message)

        bound = bind_contextvars(request_id=request_id, address=client_address(scope))
        started = time.perf_counter()
        try:
            await self.app(scope, receive, with_id)
        except Exception as error:
            status, broken = 500, error  # whatever was promised before
            raise
        finally:
            if status:  # else the client has gone before there was an answer
                # A stream ends when its page is closed: how long that took says nothing of the server.
                is_stream = getattr(scope.get("route"), "is_sse_stream", False)
                _count(scope, status, head_seconds if is_stream else time.perf_counter() - started)
                _log(scope, status, broken)
            reset_contextvars(**bound)


def _sent_id(scope: Scope) -> str | None:
    """The request's id according to a trusted proxy."""
    if not scope["state"]["trusted"]:
        return None
    sent = [value for name, value in scope["headers"] if name == HEADER]
    return sent[0].decode() if len(sent) == 1 and SANE_ID.fullmatch(sent[0]) else None


def _count(scope: Scope, status: int, seconds: float) -> None:
    metrics: Metrics = scope["app"].state.metrics
    refusal = scope["state"].get("refusal")
    metrics.answered(scope["state"]["method"], route_of(scope), status, seconds)
    if isinstance(refusal, Throttled | Busy):
        metrics.throttled.labels(refusal.limit).inc()
    demands = getattr(scope.get("route"), "demands", None)
    match demands and demands.counts:
        case "event" if isinstance(refusal, NO_EVENT):
            metrics.events.labels("refused").inc()
        case "login" if status < 400 or status == 401:
            metrics.logins.labels("failed" if status == 401 else "succeeded").inc()
        case "registration" if status < 400:
            metrics.registrations.inc()


def _log(scope: Scope, status: int, broken: Exception | None) -> None:
    """One line where it was turned away, or where we failed; `broken` came up in the middle of the answer."""
    state, path = scope["state"], scope["path"][:LONGEST_PATH]
    refusal, identity = state.get("refusal"), state.get("identity")
    about: dict[str, Any] = {"status": status, "method": state["method"], "path": path}
    if identity is not None:
        about["user_id"] = identity.user.id
    if broken is not None:
        log.error("failed in the middle of an answer", **about, exc_info=broken)
    elif isinstance(refusal, Unavailable):
        # A full disk and a lock look alike from outside; the driver's message tells them apart, without parameters.
        cause = refusal.__cause__
        log.warning("unavailable", **about, cause=str(getattr(cause, "orig", cause)))
    elif isinstance(refusal, Throttled | Busy):
        log.warning("refused", **about, limit=refusal.limit, detail=refusal.detail)
    elif status == 403:
        log.warning("refused", **about, detail=str(getattr(refusal, "detail", "")))
    elif status == 500:
        log.error("failed", **about, exc_info=refusal)


def route_of(scope: Scope) -> str:
    """The template of the route that the router found."""
    context = scope.get("fastapi", {}).get("effective_route_context")
    if context is not None:
        return str(context.path)
    if "app_root_path" in scope:  # a mount has moved its own path from the path to the root
        return str(scope["root_path"]).removeprefix(scope["app_root_path"]) + "/…"
    return "unmatched"  # not the path, which the client chooses
