"""CSRF tokens: signed, dated, bound to the login, and before login to the browser's CSRF cookie.

A token holds a random nonce and the id of the login for which it was made ("" before login). The
CSRF cookie holds a token with the same nonce. A forged request of another site can send neither: it
cannot read the token, and a token of its own carries another nonce and another login.
"""

import secrets
import time
from contextlib import suppress
from functools import lru_cache
from hashlib import sha256
from typing import NamedTuple

from itsdangerous import BadData, URLSafeTimedSerializer
from starlette.requests import Request

from app.config import origin_of
from app.services.refusals import BadRequest, TokenRefused
from app.web.bodies import form_of, is_form
from app.web.cookies import csrf_cookie, values_of
from app.web.dependencies import settings_of

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})  # they change nothing, and need no token
CSRF_HEADER = "x-csrf-token"
CSRF_FIELD = "csrf_token"
LIFETIME_SECONDS = 24 * 3600
NONCE_BYTES = 16

MISSING = "The CSRF token is missing. Reload the page and try again."
INVALID = "The CSRF token is not valid or has expired. Reload the page and try again."
# To a person, at a form that comes again: its page has a fresh token.
OPEN_TOO_LONG = (
    "This form was open for too long, or your browser keeps no cookies. Nothing has changed: send it again."
)
CROSS_SITE = "This request came from another site."
UNREADABLE = "The form could not be read."


class TokenContent(NamedTuple):
    """What a token says once its signature and its date have been checked."""

    nonce: str
    login_id: str  # "" before login


@lru_cache(maxsize=16)
def _signer(secret: str) -> URLSafeTimedSerializer:
    # The salt goes into the derivation of the key: an access token never passes for a CSRF token.
    options = {"key_derivation": "hmac", "digest_method": sha256}
    return URLSafeTimedSerializer(secret, salt="raterhub-tracker.csrf", signer_kwargs=options)


def csrf_token(request: Request) -> str:
    """A token for forms and scripts of whoever sent the request; the answer will carry the CSRF cookie."""
    secret = settings_of(request).secret
    # One nonce for all of a browser's tabs: opening a second form does not spoil the first.
    nonce = next(iter(_nonces_in_browser(request)), None) or secrets.token_urlsafe(NONCE_BYTES)
    identity = getattr(request.state, "identity", None)
    login_id = (identity.login_id if identity else None) or ""
    request.state.csrf_cookie = _signer(secret).dumps([nonce, ""])
    return str(_signer(secret).dumps([nonce, login_id]))


def read_token(token: str | None, secret: str) -> TokenContent | None:
    """What the token says; None when it is missing, tampered with, expired or no token at all."""
    if not token or not token.isascii():
        return None
    try:
        content, made_at = _signer(secret).loads(token, return_timestamp=True)
    except BadData:
        return None
    # The library itself refuses each token of a clock that is ahead: another process's, or this one's until set back.
    is_current = abs(time.time() - made_at.timestamp()) <= LIFETIME_SECONDS
    return TokenContent(*content) if is_current else None


async def check_login(request: Request, login_id: str) -> None:
    """Raise `BadRequest` unless the request comes from our site, `TokenRefused` unless its token fits this login.

    The token stands in the header or in the form.
    """
    _check_site(request)
    if (await _sent_token(request)).login_id != login_id:
        raise TokenRefused(INVALID)


async def check_before_login(request: Request, *, form: bool, login_id: str | None) -> None:
    """Raise `TokenRefused` unless the token is ours and belongs to the cookies that the browser sent, if it did.

    These are the CSRF cookie and the cookie of a login, whose id is `login_id` (None without one). A userscript runs
    cross-site, where browsers drop cookies: a signed token is then enough, as the answer sets no cookie. A `form`
    sets the login cookie: it demands a page of ours as its sender (else `BadRequest`), the CSRF cookie, and the token
    in its field.
    """
    if form and not is_from_own_page(request):
        raise BadRequest(CROSS_SITE)
    # A script on another site brings no cookie; what does bring one may be forged.
    if login_id is not None:
        _check_site(request)
    content = await _sent_token(request, field_only=form)
    if login_id is not None and content.login_id not in ("", login_id):
        raise TokenRefused(INVALID)
    if _cookie_of(request) not in request.cookies and not form:
        return
    if content.nonce not in _nonces_in_browser(request):
        raise TokenRefused(INVALID)


def _nonces_in_browser(request: Request) -> list[str]:
    """The nonces of the CSRF cookies that are valid."""
    secret = settings_of(request).secret
    found = [read_token(value, secret) for value in values_of(request, _cookie_of(request))]
    return [content.nonce for content in found if content]


def _cookie_of(request: Request) -> str:
    return csrf_cookie(request.url.scheme, settings_of(request))


def is_from_own_page(request: Request) -> bool:
    """Whether a page of this very origin sent the request, or the user did, as far as the browser says.

    A neighbour (another subdomain, another port) can set a CSRF cookie for us and send the token that goes with it:
    the cookie alone does not tell its form from ours.
    """
    # "none": no page did, as where a form that was sent before is sent again.
    if request.headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
        return False
    origin = request.headers.get("origin")
    if origin is None:
        # Browsers since 2020 send it with every form. Without it comes a program, which no page can make do this, or
        # an older browser: there the CSRF cookie stands alone, which over https nobody else can set.
        return True
    settings, scheme, host = settings_of(request), request.url.scheme, request.headers.get("host")
    # https as well: where TLS ends at a proxy that is not trusted, we see http.
    return origin in (_origin(scheme, host), _origin("https", host), settings.public_url)


def _origin(scheme: str, host: str | None) -> str | None:
    """The origin of an address as browsers write it: some proxies name the default port in Host."""
    with suppress(ValueError):
        return origin_of(f"{scheme}://{host}")
    return None


def _check_site(request: Request) -> None:
    if request.headers.get("sec-fetch-site") == "cross-site":
        raise BadRequest(CROSS_SITE)


async def _sent_token(request: Request, *, field_only: bool = False) -> TokenContent:
    """What the token says that came in the header or in the form. Raises `TokenRefused`, and `BadRequest`."""
    token = None if field_only else request.headers.get(CSRF_HEADER)
    if token is None and is_form(request):
        try:
            value = (await form_of(request)).get(CSRF_FIELD)
        except Exception as error:
            raise BadRequest(UNREADABLE) from error
        token = value if isinstance(value, str) else None
    if not token:
        raise TokenRefused(MISSING)
    content = read_token(token, settings_of(request).secret)
    if content is None:
        raise TokenRefused(INVALID)
    return content


async def typed_form(request: Request) -> dict[str, str]:
    """The texts of a form, to be sent again: without its token, and without passwords, which are typed anew."""
    try:
        await request.body()
        form = await form_of(request)
    except Exception:  # too large, or unreadable: there is nothing to keep
        return {}
    texts = {name: value for name, value in form.items() if isinstance(value, str)}
    return {name: value for name, value in texts.items() if name != CSRF_FIELD and "password" not in name}
