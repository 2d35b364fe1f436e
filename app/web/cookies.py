"""The cookies: their names, their flags, and when a browser would not keep them."""

from ipaddress import ip_address

from starlette.requests import Request, cookie_parser
from starlette.responses import Response

from app.config import Settings

LOGIN_COOKIE = "access_token"
CSRF_COOKIE = "csrf_token"
# Browsers take a cookie of this prefix from the host itself alone, over https: no neighbour can set it.
HOST_PREFIX = "__Host-"
MOST_VALUES = 32  # of one name that are looked at: a bound on what a request costs
INSECURE = (
    "Logging in cannot work at this address: the login cookie is marked Secure, and browsers keep such a "
    "cookie only from https:// or from localhost. Open the site with https://, or set "
    "SESSION_COOKIE_SECURE=false where plain http is meant."
)


def csrf_cookie(scheme: str, settings: Settings) -> str:
    """The name of the CSRF cookie where requests come by `scheme`: Chromium takes no prefix from http://localhost."""
    return HOST_PREFIX + CSRF_COOKIE if settings.cookies_secure and scheme == "https" else CSRF_COOKIE


def set_cookie(response: Response, name: str, value: str, seconds: int, settings: Settings) -> None:
    """Keep a value in the browser for so many seconds, out of reach of scripts; 0 removes it."""
    secure = settings.cookies_secure
    response.set_cookie(name, value, max_age=seconds, secure=secure, httponly=True, samesite="lax")


def values_of(request: Request, name: str) -> list[str]:
    """The values that came under a name, in the order sent, without empty ones: the one that is valid counts.

    A browser sends each cookie that fits host and path, and does not say who has set it: an application on a parent
    domain, or on another port, may use the same name.
    """
    pairs = [pair for header in request.headers.getlist("cookie") for pair in header.split(";")]
    values = (cookie_parser(pair).get(name) for pair in pairs)
    return list(dict.fromkeys(value for value in values if value))[:MOST_VALUES]


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
