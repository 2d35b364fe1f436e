"""The one place where a refusal gets its status and becomes an answer: JSON, or a page for people."""

from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.services import refusals
from app.tracking.machine import Refused
from app.web.dependencies import Unavailable, identity_of
from app.web.route_table import SAFE_METHODS, Entry, RouteTable
from app.web.sentences import sentence_of
from app.web.templating import render
from app.web.texts import Said

STATUS_OF: dict[type[Exception], int] = {
    refusals.BadRequest: 400,
    refusals.NotAuthenticated: 401,
    refusals.Forbidden: 403,
    refusals.NotFound: 404,
    refusals.Conflict: 409,
    refusals.InvalidInput: 422,
    refusals.Throttled: 429,
    refusals.Busy: 503,
    Refused: 400,
    RequestValidationError: 422,
    Unavailable: 503,
}
UNEXPECTED_STATUS = 500
DOWNLOADS = "/export/"  # reached by forms of pages and by scripts: the sender says what it reads
RETRY_SECONDS = 5  # when the database is away

TITLES = {
    400: "That did not work",
    401: "Please log in",
    403: "You may not do this",
    404: "Nothing here",
    405: "That does not work here",
    409: "That did not work",
    413: "Too large",
    422: "Something is not right yet",
    429: "Too often",
    500: "Our mistake",
    503: "Back in a moment",
}
DATABASE_AWAY = (
    "The database does not answer at the moment. Please try again: what is sent twice counts once."
)
UNEXPECTED = "Something went wrong on our side. It has been noted; please try again."
NO_SUCH_ADDRESS = "There is nothing at this address."
UNREADABLE = "The request body cannot be read."
# Too deep, not UTF-8, numbers of thousands of digits; forms of thousands of fields.
UNREADABLE_TO_THE_FRAMEWORK = ("There was an error parsing the body", "Too many fields", "Too many files")
MOST_NAMED = 50  # fields in a 422: the answer must not become a multiple of what was sent
LONGEST_NAME = 100  # characters of a field's name in a 422


@dataclass(frozen=True, slots=True)
class Reply:
    """A refusal as it leaves: `detail` is a sentence, `fields` the list of a 422.

    `said` is the sentence for translation, where it has values and the error itself does not hold it.
    """

    status: int
    detail: str
    headers: dict[str, str] = field(default_factory=dict)
    fields: list[dict[str, Any]] | None = None
    said: Said | None = None


def reply_to(error: Exception, request: Request) -> Reply:
    """What an exception means to whoever sent the request."""
    request.state.refusal = error  # for the log and the counts, see `observing`
    status = STATUS_OF.get(type(error), UNEXPECTED_STATUS)
    match error:
        case RequestValidationError():
            return _invalid(error)
        case refusals.InvalidInput(field=name, detail=detail, kind=kind):
            place = "query" if request.method in SAFE_METHODS else "body"
            return Reply(status, detail, fields=[{"loc": [place, name], "msg": detail, "type": kind}])
        case (
            refusals.Throttled(detail=detail, retry_after=seconds)
            | refusals.Busy(detail=detail, retry_after=seconds)
        ):
            return Reply(status, detail, {"Retry-After": str(seconds)})
        case refusals.NotAuthenticated(detail=detail):
            return Reply(status, detail, {"WWW-Authenticate": "Bearer"})
        case refusals.Refusal(detail=detail) | Refused(detail=detail):
            return Reply(status, detail)
        case Unavailable():
            return Reply(status, DATABASE_AWAY, {"Retry-After": str(RETRY_SECONDS)})
        case HTTPException():
            return _of_the_framework(error, request)
    return Reply(status, UNEXPECTED)


def _of_the_framework(error: HTTPException, request: Request) -> Reply:
    headers = dict(error.headers or {})
    match error.status_code, error.detail:
        case 404, _:
            detail = NO_SUCH_ADDRESS
        case 405, _:
            refusal = refusals.Refusal("This address does not take {method} requests.", method=request.method)
            # The framework names the methods of the first route at this path alone.
            methods = _route_table(request).methods(request.scope)
            if methods:
                headers["Allow"] = ", ".join(sorted(methods))
            return Reply(405, refusal.detail, headers, said=refusal)
        case 400, str(said) if said.startswith(UNREADABLE_TO_THE_FRAMEWORK):
            # To a widget a 400 means "not now"; what cannot be read will not be better the next time.
            fields = [{"loc": ["body"], "msg": UNREADABLE, "type": "unreadable"}]
            return Reply(STATUS_OF[RequestValidationError], UNREADABLE, headers, fields)
        case _:
            detail = str(error.detail)
    return Reply(error.status_code, detail, headers)


def _invalid(error: RequestValidationError) -> Reply:
    items = error.errors()
    if any(item["loc"] and item["loc"][0] == "path" for item in items):
        # An id that cannot be one is like one that does not exist.
        return Reply(STATUS_OF[refusals.NotFound], NO_SUCH_ADDRESS)
    # The input stays out: it may be a password, and a NaN or a lone surrogate in it could not be sent.
    fields = [
        {"loc": [_short(part) for part in item["loc"]], "msg": sentence_of(item), "type": item["type"]}
        for item in items[:MOST_NAMED]
    ]
    sentence = "; ".join(f"{item['loc'][-1]}: {item['msg']}" for item in fields)
    return Reply(STATUS_OF[RequestValidationError], sentence, fields=fields)


def _short(part: Any) -> Any:
    return part[:LONGEST_NAME] if isinstance(part, str) else part


async def respond(request: Request, error: Exception) -> Response:
    """The answer to a request that failed with this exception."""
    reply = reply_to(error, request)
    entry = _route_table(request).find(request.scope)
    if not _wants_page(request, entry):
        detail: Any = reply.detail if reply.fields is None else reply.fields
        return JSONResponse(_sendable({"detail": detail}), reply.status, reply.headers)
    if reply.status == 401 and request.method in SAFE_METHODS:
        return RedirectResponse(f"/login?next={quote(_address(request), safe='/')}", 303)
    if entry is None:
        await _recognise(request)
    return render(
        request,
        "error.html",
        status=reply.status,
        headers=reply.headers,
        title=TITLES.get(reply.status, TITLES[400]),
        refusal=_said(error, reply),
    )


def _said(error: Exception, reply: Reply) -> Said:
    if isinstance(error, refusals.Refusal | Refused):
        return error
    return reply.said or refusals.Refusal(_sendable(reply.detail))


async def _recognise(request: Request) -> None:
    """No route has asked who it is: the page shows people the way back to what is theirs all the same."""
    with suppress(refusals.NotAuthenticated, Unavailable):
        await identity_of(request)


def _wants_page(request: Request, entry: Entry | None) -> bool:
    if entry is not None and not entry.path.startswith(DOWNLOADS):
        return entry.is_page
    return "text/html" in request.headers.get("accept", "")


def _route_table(request: Request) -> RouteTable:
    table: RouteTable = request.app.state.route_table
    return table


def _address(request: Request) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def _sendable(value: Any) -> Any:
    """The same with every character that UTF-8 cannot carry replaced: names of fields are the sender's."""
    match value:
        case str():
            return value.encode("utf-8", "replace").decode()
        case list():
            return [_sendable(item) for item in value]
        case dict():
            return {name: _sendable(item) for name, item in value.items()}
    return value


class ErrorAnswers:
    """Answer whatever is raised further in, so that a 500 too passes the middleware outside of this."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def noting_start(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, receive, noting_start)
        except ClientDisconnect:
            return  # in the middle of its request: nothing has failed here, and nobody hears an answer
        except Exception as error:
            if started:
                raise  # half an answer is out: the server cuts the connection, and nobody takes it for whole
            response = await respond(Request(scope, receive), error)
            await response(scope, receive, send)


def add_error_handlers(app: FastAPI) -> None:
    """Answer our refusals where FastAPI would answer in its own words."""

    async def handle(request: Request, error: Exception) -> Response:
        return await respond(request, error)

    for kind in (refusals.Refusal, Refused, Unavailable, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, handle)
