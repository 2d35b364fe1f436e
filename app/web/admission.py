"""What a route demands of a request, said beside its handler, and the route class that holds each request to it.

    router = APIRouter(route_class=GuardedRoute)

    @router.post("/auth/login")
    @Demands(public=True, limit="login")
    async def log_in(...)

A route that says nothing demands a login and, where that came by cookie, a CSRF token. Requests are admitted before
their bodies are parsed: a request that is not admitted costs little and changes nothing.
"""

from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, TypeVar

from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from app.services.accounts import personal_tokens
from app.services.accounts.accounts import Identity
from app.services.refusals import NotAuthenticated, Refusal, Throttled, TokenRefused
from app.tracking.machine import Refused
from app.web import csrf, openapi
from app.web.bodies import FORM_LIMITS, field_names
from app.web.credentials import credential_of
from app.web.csrf import CSRF_FIELD, SAFE_METHODS
from app.web.dependencies import current_time, database_of, identity_of
from app.web.limits import LIMITS, LimitName

KIB = 1024
BODY_BYTES = 64 * KIB  # of a request body
JSON_NEEDED = "Send events as application/json."

Handle = Callable[[Request], Coroutine[Any, Any, Response]]
Handler = TypeVar("Handler", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Demands:
    """What a route demands. As a decorator it stands between `@router.…` and the handler."""

    public: bool = False  # open to anyone; an unsafe method then needs a CSRF token as well
    csrf: Literal["token", "form"] = "token"  # "form", before login: the CSRF cookie and the form's field
    limit: LimitName | None = None
    success_counts: bool = True  # against the limit
    json_only: bool = False  # 415 for another content type: a form of another site can send none but its own
    body: int = BODY_BYTES  # the largest body, in bytes
    counts: Literal["login", "registration", "event"] | None = None  # the metric that an answer adds to

    def __call__(self, handler: Handler) -> Handler:
        """Mark the handler. Raises `TypeError` where a route has been made of it already."""
        if hasattr(handler, "demands"):
            raise TypeError(f"{handler.__name__}: @Demands stands below @router, and once")
        handler.demands = self  # type: ignore[attr-defined]
        return handler


class GuardedRoute(APIRoute):
    """A route that admits a request before FastAPI reads it. Errors are answered as JSON."""

    answers_with_page: bool | None = False  # None: as the request's Accept header says

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        if not hasattr(endpoint, "demands"):
            Demands()(endpoint)
        self.demands: Demands = endpoint.demands  # type: ignore[attr-defined]
        public, limit = self.demands.public, self.demands.limit
        unsafe = bool(set(options.get("methods") or ()) - SAFE_METHODS)
        if limit not in (None, *LIMITS):
            raise TypeError(f"{path}: there is no limit of the name {limit}")
        if public and limit is None and unsafe:
            raise TypeError(f"{path} is public and unsafe: it needs a limit")
        options |= {"max_body_size": self.demands.body, "form_limits": FORM_LIMITS}
        if options.get("include_in_schema", True):
            options["responses"] = openapi.refusals(
                public=public, unsafe=unsafe, json_only=self.demands.json_only, limited=limit is not None
            ) | (options.get("responses") or {})
            if not public:
                options["dependencies"] = [*(options.get("dependencies") or ()), *openapi.CREDENTIALS]
            elif unsafe:
                options["openapi_extra"] = {"parameters": [openapi.CSRF_PARAMETER]}
        super().__init__(path, endpoint, **options)

    def get_route_handler(self) -> Handle:
        """What FastAPI calls with each request: admission, then the handler."""
        handle = self.make_handler()
        demands, takes_body, is_page = self.demands, self.body_field is not None, bool(self.answers_with_page)

        async def admit_and_handle(request: Request) -> Response:
            refused = await admit(request, demands, takes_body=takes_body, is_page=is_page)
            if refused is not None:
                return await _form_again(refused, handle, request)
            response = await handle(request)
            if demands.limit and not demands.success_counts and response.status_code < 400:
                await request.app.state.limits.give_back(request, demands.limit)
            return response

        return admit_and_handle

    def make_handler(self) -> Handle:
        """The handler behind admission: FastAPI's own."""
        return super().get_route_handler()


class PageRoute(GuardedRoute):
    """A route of the pages: errors are answered with a page, and the API's description leaves it out."""

    answers_with_page = True

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        super().__init__(path, endpoint, **options | {"include_in_schema": False})


class DownloadRoute(GuardedRoute):
    """A route that forms of pages and scripts both reach: the sender says what it reads."""

    answers_with_page = None


async def admit(
    request: Request, demands: Demands, *, takes_body: bool, is_page: bool
) -> TokenRefused | None:
    """Raise a refusal unless the request meets the demands.

    The limit comes first: refused requests count. Identity comes before CSRF: without a login the answer is 401. That a
    page's form came without a valid token is returned: it may have been open until the token had ended. What was typed
    into it is kept in `request.state.form`, for the page of an error.
    """
    is_form = is_page and request.method not in SAFE_METHODS and csrf.is_from_own_page(request)
    try:
        if demands.limit is not None:
            await request.app.state.limits.count(request, demands.limit)
        identity = None if demands.public else await identity_of(request)
    except (Throttled, NotAuthenticated):
        if is_form:
            request.state.form = await csrf.typed_form(request)
        raise
    if request.method in SAFE_METHODS:
        return None
    await request.body()  # kept by the request; 413 where it is too large, whoever would read it
    if is_form:
        request.state.form = await csrf.typed_form(request)
    refused = None
    try:
        await _check_token(request, demands, identity)
    except TokenRefused:
        if not is_form:
            raise
        refused = TokenRefused(csrf.OPEN_TOO_LONG)
    if identity is not None:
        await _note_token_use(request, identity)
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if demands.json_only and content_type != "application/json":
        raise HTTPException(415, JSON_NEEDED)
    if not takes_body:
        await _check_no_fields(request)
    return refused


async def _form_again(refused: TokenRefused, handle: Handle, request: Request) -> Response:
    """A form without a valid token, as its handler shows what is refused. Raises `refused` where it does not."""
    request.state.token_refused = refused  # with this it can read, and not write (`dependencies.database_of`)
    with suppress(Refusal, Refused, RequestValidationError):  # the token comes first
        response = await handle(request)
        if response.status_code == 400:
            return response
    raise refused


async def _check_token(request: Request, demands: Demands, identity: Identity | None) -> None:
    if identity is None:
        login_id = await _login_of_cookie(request)
        await csrf.check_before_login(request, form=demands.csrf == "form", login_id=login_id)
        return
    credential = credential_of(request)
    if credential is not None and credential.by_cookie:
        await csrf.check_login(request, identity.login_id or "")


async def _login_of_cookie(request: Request) -> str | None:
    """The login whose cookie the browser sent along; "" when it has ended, None without a cookie."""
    credential = credential_of(request)
    if credential is None or not credential.by_cookie:
        return None
    try:
        return (await identity_of(request)).login_id or ""
    except NotAuthenticated:
        return ""


async def _check_no_fields(request: Request) -> None:
    """A body where none is read is ignored, but not if it has fields: whoever sends them expects an effect."""
    for name in await field_names(request):
        if name != CSRF_FIELD:
            error = {
                "type": "extra_forbidden",
                "loc": ("body", name),
                "msg": "Extra inputs are not permitted",
            }
            raise RequestValidationError([error])


async def _note_token_use(request: Request, identity: Identity) -> None:
    # Unsafe requests alone come here: a GET changes no row, so reading with a token leaves no trace.
    token_id, now = identity.token_id, current_time()
    if token_id is not None and personal_tokens.is_use_due(identity.token_last_used_at, now):
        note = partial(personal_tokens.note_use, token_id=token_id, now=now)
        await database_of(request).write(note, quick=note, owner=identity.user.id)
