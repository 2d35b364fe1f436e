"""The cookies: their names, their flags, and when a browser would not keep them."""

from ipaddress import ip_address

from starlette.requests import Request
from starlette.responses import Response

from app.config import Settings

LOGIN_COOKIE = "access_token"
CSRF_COOKIE = "csrf_token"
INSECURE = (
    "Logging in cannot work at this address: the login cookie is marked Secure, and browsers keep such a "
    "cookie only from https:// or from localhost. Open the site with https://, or set "
    "SESSION_COOKIE_SECURE=false where plain http is meant."
)


def set_cookie(response: Response, name: str, value: str, seconds: int, settings: Settings) -> None:
    """Keep a value in the browser for so many seconds, out of reach of scripts; 0 removes it."""
    secure = settings.cookies_secure
    response.set_cookie(name, value, max_age=seconds, secure=secure, httponly=True, samesite="lax")


def why_login_cannot_work(request: Request, settings: Settings) -> str | None:
    """One sentence for a browser that would drop a `Secure` cookie from this address; else None."""
    kept = request.url.scheme == "https" or says_https(request) or is_loopback(request.url.hostname or "")
    if kept or not settings.cookies_secure:
        return None
    return INSECURE


def says_https(request: Request) -> bool:
    """Whether a proxy says that the client came by https. An untrusted one may: this is for hints to the client."""
    return request.headers.get("x-forwarded-proto", "").lower().startswith("https")


def is_loopback(host: str) -> bool:
    """Whether browsers treat the host as the machine itself."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
