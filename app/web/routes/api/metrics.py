"""`GET /metrics`, where the settings allow it."""

import hmac

from fastapi import APIRouter, Request
from fastapi.responses import Response
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4
from pydantic import SecretStr
from starlette.exceptions import HTTPException

from app.services.refusals import NotAuthenticated
from app.web.admission import Demands, GuardedRoute
from app.web.cookies import is_loopback
from app.web.credentials import client_address, credential_of
from app.web.dependencies import settings_of
from app.web.metrics import metrics_of

router = APIRouter(tags=["health"], route_class=GuardedRoute)

# A proxy on this machine connects from the loopback address, whoever is behind it.
OF_PROXIES = ("forwarded", "via", "x-real-ip", "x-forwarded-")  # how the names of their headers begin


@router.get(
    "/metrics",
    summary="Counts for Prometheus",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
@Demands(public=True)  # it demands a token of its own
async def metrics(request: Request) -> Response:
    """Requests, events, logins, the database and the processes, in Prometheus's text format."""
    # In the loop's own thread, as all counting is: two threads would both add what came since the last time.
    settings = settings_of(request)
    if not _has_token(request, settings.metrics_token) and not (
        settings.metrics_loopback and _is_from_this_machine(request)
    ):
        if settings.metrics_token is None:
            raise HTTPException(404)
        raise NotAuthenticated("Send METRICS_TOKEN in the header Authorization, after the word Bearer.")
    return Response(metrics_of(request).exposition(), media_type=CONTENT_TYPE_PLAIN_0_0_4)


def _has_token(request: Request, expected: SecretStr | None) -> bool:
    credential = credential_of(request)
    if expected is None or credential is None or credential.by_cookie:
        return False
    sent = "".join(credential.values)
    return hmac.compare_digest(sent.encode(), expected.get_secret_value().encode())


def _is_from_this_machine(request: Request) -> bool:
    """Whether nobody but a program on this machine can have sent it."""
    proxied = any(name.startswith(OF_PROXIES) for name in request.headers)
    # Another site's page can point its own host name to this machine (DNS rebinding), but then that name is the host.
    return (
        is_loopback(client_address(request.scope)) and not proxied and is_loopback(request.url.hostname or "")
    )
