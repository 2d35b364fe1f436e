"""The request as everything further in sees it: client address, method, path."""

from typing import Any

from starlette.types import ASGIApp
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from app.config import Settings
from app.services.addresses import canonical

FORWARDED_PROTO = b"x-forwarded-proto"


class Arrival(ProxyHeadersMiddleware):
    """Take the client's address from TRUSTED_PROXIES, HEAD as GET, and a slash off the end of the path.

    Adds two values to the request's state: `trusted`, whether one of those proxies sent the request, and `method`, as
    it was sent. The server leaves the body out of the answer to a HEAD request.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        super().__init__(app, trusted_hosts=list(settings.trusted_proxies))  # type: ignore[arg-type]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            client, method, path = scope.get("client"), scope["method"], scope["path"]
            # Judged by the peer: what a proxy says replaces the client below.
            peer = client and (canonical(client[0]), client[1])
            trusted = peer is not None and peer[0] in self.trusted_hosts
            # A copy: the server reads the method of its own scope when it sends the answer.
            scope = {
                **scope,
                "client": peer,
                "method": "GET" if method == "HEAD" else method,
                "path": path.removesuffix("/") or "/",
                "headers": _with_first_scheme(scope["headers"]) if trusted else scope["headers"],
                "state": {**scope.get("state", {}), "trusted": trusted, "method": method},
            }
        await super().__call__(scope, receive, send)


def _with_first_scheme(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The headers with X-Forwarded-Proto as uvicorn reads it: one scheme in lower case.

    Several proxies write a list, or a line each. The first value is the scheme between the client and the first proxy.
    """
    schemes = [value for name, value in headers if name == FORWARDED_PROTO]
    if not schemes:
        return headers
    first = schemes[0].partition(b",")[0].strip().lower()
    return [(name, first if name == FORWARDED_PROTO else value) for name, value in headers]
