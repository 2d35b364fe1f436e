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


def set_login_cookie(response: Response, token: str, settings: Settings) -> None:
    """Keep an access token in the browser for as long as the token lives."""
    response.set_cookie(
        LOGIN_COOKIE,
        token,
        max_age=settings.access_token_expire_minutes * 60,
        path="/",
        secure=settings.cookies_secure,
        httponly=True,
        samesite="lax",
    )


def clear_login_cookie(response: Response, settings: Settings) -> None:
    """Take the access token out of the browser."""
    response.delete_cookie(
        LOGIN_COOKIE, path="/", secure=settings.cookies_secure, httponly=True, samesite="lax"
    )


def why_login_cannot_work(request: Request, settings: Settings) -> str | None:
    """One sentence for a browser that would drop a `Secure` cookie from this address; else None."""
    kept = request.url.scheme == "https" or is_loopback(request.url.hostname or "")
    if kept or not settings.cookies_secure:
        return None
    return INSECURE


def is_loopback(host: str) -> bool:
    """Whether browsers treat the host as the machine itself."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
