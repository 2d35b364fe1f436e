"""What every answer carries: the security headers, the CSRF cookie, and who else may read it (CORS)."""

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.config import Settings
from app.web.cookies import csrf_cookie, set_cookie
from app.web.csrf import LIFETIME_SECONDS

SELF = "'self'"
CONTENT_SECURITY_POLICY: dict[str, str] = {
    "default-src": "'none'",
    "script-src": SELF,
    "style-src": SELF,
    "img-src": SELF,
    "connect-src": SELF,
    "font-src": SELF,
    "form-action": SELF,
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
    "manifest-src": SELF,
}
HSTS = "max-age=31536000"


def content_security_policy(**changed: str) -> str:
    """The site's policy. A page that needs more says so: `img_src="'self' data:"`."""
    policy = CONTENT_SECURITY_POLICY | {name.replace("_", "-"): value for name, value in changed.items()}
    return "; ".join(f"{name} {value}" for name, value in policy.items())


class SecurityHeaders:
    """Put the headers on every answer, errors included, and the CSRF cookie where a token was made.

    A route's own value of a header stands.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.settings = settings
        headers = {
            "content-security-policy": content_security_policy(),
            "x-content-type-options": "nosniff",
            "x-frame-options": "DENY",
            "referrer-policy": "same-origin",
            "cross-origin-opener-policy": "same-origin",
            # What is not private (static files) says so itself.
            "cache-control": "no-store",
        }
        if settings.cookies_secure:
            headers["strict-transport-security"] = HSTS
        self.headers = [(name.encode(), value.encode()) for name, value in headers.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = list(message.get("headers", ()))
                names = {name.lower() for name, _ in present}
                missing = [header for header in self.headers if header[0] not in names]
                message = {**message, "headers": present + missing + self._cookie(scope)}
            await send(message)

        await self.app(scope, receive, with_headers)

    def _cookie(self, scope: Scope) -> list[tuple[bytes, bytes]]:
        token = scope["state"].get("csrf_cookie")
        if token is None:
            return []
        response = Response()
        name = csrf_cookie(scope["scheme"], self.settings)
        set_cookie(response, name, token, LIFETIME_SECONDS, self.settings)
        return [(b"set-cookie", response.headers["set-cookie"].encode("latin-1"))]


class ExactOrigins(CORSMiddleware):
    """CORS for the allowed origins alone: any other gets no CORS header at all."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        super().__init__(
            app,
            allow_origins=settings.allowed_origins,
            allow_credentials=True,
            allow_methods=("GET", "POST", "PATCH", "DELETE"),
            allow_headers=("Authorization", "Content-Type", "X-CSRF-Token"),
            expose_headers=("Retry-After",),
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            origin = Headers(scope=scope).get("origin")
            if origin is not None and not self.is_allowed_origin(origin):
                await self.app(scope, receive, send)
                return
        await super().__call__(scope, receive, send)
