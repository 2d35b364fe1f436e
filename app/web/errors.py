"""The one place where a refusal gets its status and becomes an answer: JSON, or a page for people."""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from starlette._utils import get_route_path  # the router's own: both must see the same path
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.services import refusals
from app.tracking.machine import Refused, Sentence
from app.web.csrf import SAFE_METHODS
from app.web.dependencies import Unavailable, identity_of
from app.web.templating import render

STATUS_OF: dict[type[Exception], int] = {
    refusals.BadRequest: 400,
    refusals.TokenRefused: 400,
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
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")  # the Unicode category Cc
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
TOO_LARGE = "The request body is too large."
UNREADABLE = "The request body cannot be read."
# Too deep, not UTF-8, numbers of thousands of digits; forms of thousands of fields.
UNREADABLE_TO_THE_FRAMEWORK = ("There was an error parsing the body", "Too many fields", "Too many files")
MOST_NAMED = 50  # fields in a 422: the answer must not become a multiple of what was sent
LONGEST_NAME = 100  # characters of a field's name in a 422
NO_OBJECT = "Input should be a JSON object"
OBJECT_TYPES = {"model_type", "model_attributes_type", "dataclass_type", "dict_type"}  # to pydantic


@dataclass(frozen=True, slots=True)
class Reply:
    """A refusal as it leaves: one sentence, or the list `fields` of a 422."""

    status: int
    said: Sentence
    headers: dict[str, str] = field(default_factory=dict)
    fields: list[dict[str, Any]] | None = None


def reply_to(error: Exception, request: Request) -> Reply:
    """What an exception means to whoever sent the request."""
    request.state.refusal = error  # for the request log and the metrics
    status = STATUS_OF.get(type(error), 500)
    match error:
        case RequestValidationError():
            return _invalid(error)
        case refusals.InvalidInput(field=name, detail=detail, kind=kind):
            place = "query" if request.method in SAFE_METHODS else "body"
            return Reply(status, error, fields=[{"loc": [place, name], "msg": detail, "type": kind}])
        case refusals.Throttled(retry_after=seconds) | refusals.Busy(retry_after=seconds):
            return Reply(status, error, {"Retry-After": str(seconds)})
        case refusals.NotAuthenticated():
            return Reply(status, error, {"WWW-Authenticate": "Bearer"})
        case refusals.Refusal() | Refused():
            return Reply(status, error)
        case Unavailable():
            return Reply(status, refusals.Refusal(DATABASE_AWAY), {"Retry-After": str(RETRY_SECONDS)})
        case HTTPException():
            return _of_the_framework(error, request)
    return Reply(status, refusals.Refusal(UNEXPECTED))


def _of_the_framework(error: HTTPException, request: Request) -> Reply:
    if error.status_code == 405 and CONTROL.search(request.scope["path"]):
        error = HTTPException(404)  # only an id can have held the character, and no id does
    headers = dict(error.headers or {})
    match error.status_code, error.detail:
        case 404, _:
            said = refusals.Refusal(NO_SUCH_ADDRESS)
        case 405, _:
            said = refusals.Refusal("This address does not take {method} requests.", method=request.method)
            # The framework names the methods of the first route at this path alone.
            path, routes = get_route_path(request.scope), iter_route_contexts(request.app.routes)
            methods = {
                name for route in routes for name in route.methods or () if route.path_regex.match(path)
            }
            if methods:
                headers["Allow"] = ", ".join(sorted(methods))
        case 413, _:
            said = refusals.Refusal(TOO_LARGE)
        case 400, str(detail) if detail.startswith(UNREADABLE_TO_THE_FRAMEWORK):
            # To a widget a 400 means "not now"; what cannot be read will not be better the next time.
            fields = [{"loc": ["body"], "msg": UNREADABLE, "type": "unreadable"}]
            return Reply(422, refusals.Refusal(UNREADABLE), headers, fields)
        case _:
            said = refusals.Refusal(str(error.detail))
    return Reply(error.status_code, said, headers)


def _invalid(error: RequestValidationError) -> Reply:
    items = error.errors()
    if any(item["loc"] and item["loc"][0] == "path" for item in items):
        # An id that cannot be one is like one that does not exist.
        return Reply(404, refusals.Refusal(NO_SUCH_ADDRESS))
    # The input stays out: it may be a password, and a NaN or a lone surrogate in it could not be sent.
    fields = []
    for item in items[:MOST_NAMED]:
        place = [part if isinstance(part, int) else _sendable(part[:LONGEST_NAME]) for part in item["loc"]]
        fields.append({"loc": place, "msg": _sendable(sentence_of(item)), "type": item["type"]})
    said = refusals.Refusal("; ".join(f"{item['loc'][-1]}: {item['msg']}" for item in fields))
    return Reply(422, said, fields=fields)


def sentence_of(problem: Mapping[str, Any]) -> str:
    """What pydantic says of a field, one item of `ValidationError.errors()`, in words that name no internal."""
    message = str(problem["msg"])
    if problem["type"] in OBJECT_TYPES:
        return NO_OBJECT
    if problem["type"] == "too_long" and problem.get("ctx", {}).get("field_type") == "Value":
        # pydantic does not count a secret as text: its message is about items.
        return f"String should have at most {problem['ctx']['max_length']} characters"
    return message.removeprefix("Value error, ")


def _sendable(text: str) -> str:
    # Names of fields are the sender's: they may hold characters that UTF-8 cannot encode.
    return text.encode("utf-8", "replace").decode()


async def respond(request: Request, error: Exception) -> Response:
    """The answer to a request that failed with this exception."""
    reply = reply_to(error, request)
    route = request.scope.get("route")  # None where the router found none
    # As the route says (`app.web.admission`); where it does not, as the sender says.
    as_page: bool | None = getattr(route, "answers_with_page", None)
    if as_page is None:
        as_page = "text/html" in request.headers.get("accept", "")
    if not as_page:
        detail = reply.said.detail if reply.fields is None else reply.fields
        return JSONResponse({"detail": detail}, reply.status, reply.headers)
    if reply.status == 401 and request.method in SAFE_METHODS:
        address = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"/login?next={quote(address, safe='/')}", 303)
    # Not identified yet, and the links and the language of the page depend on the sender.
    if route is None or reply.status == 405:
        with suppress(refusals.NotAuthenticated, Unavailable):
            await identity_of(request)
    return render(
        request,
        "error.html",
        again=_form_to_send_again(request, error),
        status=reply.status,
        headers=reply.headers,
        title=TITLES.get(reply.status, TITLES[400]),
        refusal=reply.said,
    )


def _form_to_send_again(request: Request, error: Exception) -> dict[str, str] | None:
    """What was typed into the form, where that may be sent again as it is."""
    form: dict[str, str] | None = getattr(request.state, "form", None)
    demands = getattr(request.scope.get("route"), "demands", None)
    # Without its password a login would be an attempt that failed.
    later = isinstance(error, refusals.Throttled | Unavailable) and not (demands and demands.public)
    return form if later or isinstance(error, refusals.NotAuthenticated | refusals.TokenRefused) else None


class ErrorResponses:
    """Answer whatever is raised further in, so that a 500 too passes the middleware outside of this.

    A path that ends with a line break is answered like an unknown one: the router's patterns end with `$`, which
    matches before it as well.

    A body that is too large is refused by the framework in plain text (`RequestBodyLimitMiddleware`): its answer is
    replaced by one of ours.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = too_large = False

        async def send_unless_too_large(message: Message) -> None:
            nonlocal started, too_large
            too_large = too_large or message.get("status") == 413
            if not too_large:
                started = True
                await send(message)

        error: Exception = HTTPException(413)
        try:
            if scope["path"].endswith("\n"):
                raise HTTPException(404)
            await self.app(scope, receive, send_unless_too_large)
            if not too_large:
                return
        except ClientDisconnect:
            return  # in the middle of its request: nothing has failed here, and no client waits for an answer
        except Exception as raised:
            if started:
                raise  # half an answer is out: the server closes the connection, so no client takes it for complete
            error = raised
        response = await respond(Request(scope, receive), error)
        await response(scope, receive, send)


# Of the framework's own errors; it would answer in its own words. All others come to `ErrorResponses`.
HANDLERS: dict[int | type[Exception], Any] = {RequestValidationError: respond, HTTPException: respond}
