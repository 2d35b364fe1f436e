"""The perimeter: what stands between the network and the routes, protected by default.

Every unsafe route needs a login, and where that came by cookie a CSRF token as well; it need not say so.
The routes that are open before login are listed in `BEFORE_LOGIN`, and nothing else opts out.
"""

from functools import partial

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.config import Settings
from app.services import personal_tokens
from app.services.accounts import Identity
from app.services.refusals import BadRequest, NotAuthenticated
from app.web.bodies import BodyLimit, field_names, form_of, is_form, replayed
from app.web.credentials import credential_of
from app.web.csrf import (
    CSRF_FIELD,
    CSRF_HEADER,
    check_before_login,
    check_logged_in,
    csrf_cookie_header,
)
from app.web.dependencies import current_time, database_of, identity_of
from app.web.errors import ErrorAnswers
from app.web.head import HeadAsGet
from app.web.headers import ExactOrigins, SecurityHeaders
from app.web.limits import Limits
from app.web.observing import Observed, Peer
from app.web.route_table import SAFE_METHODS, Entry, RouteTable

# True: an HTML form, which sets the login cookie and so demands the CSRF cookie and the form field.
# False: JSON for scripts that run on other sites; it sets no cookie, and a signed token is enough.
BEFORE_LOGIN: dict[tuple[str, str], bool] = {
    ("POST", "/auth/login"): False,
    ("POST", "/auth/register"): False,
    ("POST", "/login"): True,
    ("POST", "/register"): True,
}
JSON_ONLY = "/events"  # and below: a form of another site can send neither this type nor a header

JSON_NEEDED = "Send events as application/json."
CROSS_SITE = "This request came from another site."
UNREADABLE = "The form could not be read."


def perimeter(settings: Settings) -> list[Middleware]:
    """The middleware, from the outside in."""
    return [
        Middleware(Peer, settings=settings),
        Middleware(Observed),
        Middleware(SecurityHeaders, settings=settings),
        Middleware(ExactOrigins, settings=settings),
        Middleware(CsrfCookie, settings=settings),
        Middleware(HeadAsGet),
        Middleware(ErrorAnswers),
        Middleware(BodyLimit),
        Middleware(Guard, limits=Limits(settings)),
    ]


class CsrfCookie:
    """Send the CSRF cookie with every answer for which a token was made."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        state = scope.setdefault("state", {})

        async def with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start" and "csrf_cookie" in state:
                cookie = csrf_cookie_header(state["csrf_cookie"], self.settings)
                message = {**message, "headers": [*message.get("headers", []), (b"set-cookie", cookie)]}
            await send(message)

        await self.app(scope, receive, with_cookie)


class Guard:
    """Admit an unsafe request only within its limit, from somebody logged in, and not forged: in this order.

    It decides before the body is parsed: what is not admitted costs little and learns nothing.
    """

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        self.app = app
        self.limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] not in SAFE_METHODS:
            table: RouteTable = scope["app"].state.route_table
            entry = table.find(scope)
            # Without a route of this method nothing can happen: the router answers 404 or 405.
            if entry is not None and scope["method"] in entry.methods:
                receive = await self._admit(entry, scope, receive)
        await self.app(scope, receive, send)

    async def _admit(self, entry: Entry, scope: Scope, receive: Receive) -> Receive:
        """Where the handler reads the body from. Raises a refusal."""
        request = Request(scope, receive)
        await self.limits.count(request, entry.path)
        sets_cookie = BEFORE_LOGIN.get((request.method, entry.path))
        if sets_cookie is None:
            identity = await identity_of(request)
            receive = await _check_login(request, receive, identity)
        else:
            receive = await _check_before_login(request, receive, sets_cookie=sets_cookie)
        _check_type(request, entry)
        return receive if entry.takes_body else await _check_no_fields(request, receive)


async def _check_login(request: Request, receive: Receive, identity: Identity) -> Receive:
    credential = credential_of(request)
    if credential is not None and credential.by_cookie:
        _check_site(request)
        token, receive = await _sent_token(request, receive)
        check_logged_in(request, token, identity.login_id or "")
    await _note_token_use(request, identity)
    return receive


async def _check_before_login(request: Request, receive: Receive, *, sets_cookie: bool) -> Receive:
    login_id = await _login_of_cookie(request)
    # A script that runs on another site brings no cookie. What does bring one may be forged.
    if sets_cookie or login_id is not None:
        _check_site(request)
    token, receive = await (_form_token if sets_cookie else _sent_token)(request, receive)
    check_before_login(request, token, cookie_required=sets_cookie, login_id=login_id)
    return receive


async def _login_of_cookie(request: Request) -> str | None:
    """The login whose cookie the browser sent along; "" when it has ended, None without a cookie."""
    credential = credential_of(request)
    if credential is None or not credential.by_cookie:
        return None
    try:
        return (await identity_of(request)).login_id or ""
    except NotAuthenticated:
        return ""


def _check_site(request: Request) -> None:
    if request.headers.get("sec-fetch-site") == "cross-site":
        raise BadRequest(CROSS_SITE)


async def _sent_token(request: Request, receive: Receive) -> tuple[str | None, Receive]:
    header = request.headers.get(CSRF_HEADER)
    return (header, receive) if header is not None else await _form_token(request, receive)


async def _form_token(request: Request, receive: Receive) -> tuple[str | None, Receive]:
    """The form's CSRF field, and the body once more for the handler."""
    if not is_form(request):
        return None, receive
    body = await request.body()
    try:
        async with form_of(Request(request.scope, replayed(body, receive))) as form:
            value = form.get(CSRF_FIELD)
    except Exception as error:
        raise BadRequest(UNREADABLE) from error
    return (value if isinstance(value, str) else None), replayed(body, receive)


def _check_type(request: Request, entry: Entry) -> None:
    if entry.path == JSON_ONLY or entry.path.startswith(JSON_ONLY + "/"):
        content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if content_type != "application/json":
            raise HTTPException(415, JSON_NEEDED)


async def _check_no_fields(request: Request, receive: Receive) -> Receive:
    """A body where none is read is ignored, but not if it has fields: whoever sends them expects an effect."""
    body = await request.body()
    for name in await field_names(Request(request.scope, replayed(body, receive))):
        if name != CSRF_FIELD:
            problem = {
                "type": "extra_forbidden",
                "loc": ("body", name),
                "msg": "Extra inputs are not permitted",
            }
            raise RequestValidationError([problem])
    return replayed(body, receive)


async def _note_token_use(request: Request, identity: Identity) -> None:
    # Unsafe requests alone come here: a GET changes no row, so reading with a token leaves no trace.
    token_id, now = identity.token_id, current_time()
    if token_id is not None and personal_tokens.is_use_due(identity.token_last_used_at, now):
        noting = partial(personal_tokens.note_use, token_id=token_id, now=now)
        await database_of(request).write(noting, quick=noting, owner=identity.user.id)
