"""What a request is taken for, settled before anything else looks at it."""

from typing import Any

from starlette.types import ASGIApp
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from app.config import Settings


class Arrival(ProxyHeadersMiddleware):
    """Believe what TRUSTED_PROXIES say of the client; take HEAD as GET, and a path with a slash at its end as without.

    What it was stays in the state: `trusted`, whether it came from one of those proxies, and `method`. The server
    leaves out the body of the answer to a HEAD.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        super().__init__(app, trusted_hosts=list(settings.trusted_proxies))  # type: ignore[arg-type]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            client, method, path = scope.get("client"), scope["method"], scope["path"]
            # Before what the proxy says has taken its place.
            trusted = client is not None and client[0] in self.trusted_hosts
            # A copy: the server reads its own scope when the answer leaves.
            scope = {
                **scope,
                "method": "GET" if method == "HEAD" else method,
                "path": path.removesuffix("/") or "/",
                "state": {**scope.get("state", {}), "trusted": trusted, "method": method},
            }
        await super().__call__(scope, receive, send)
