"""How much a request may carry, what it names, and reading it twice."""

import json
from collections.abc import Iterable
from contextlib import AbstractAsyncContextManager

from starlette.datastructures import FormData, Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

KIBIBYTE = 1024
LARGEST_BODY = 64 * KIBIBYTE
LARGER_BODIES = {"/events/batch": 512 * KIBIBYTE}  # by path

FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")
MOST_FIELDS, MOST_FILES = 200, 4

TOO_LARGE = "The request body is too large."


class BodyLimit:
    """Refuse a body that is larger than its route takes (413), before it is read.

    A body that does not announce its length is counted as it arrives, so memory holds the limit at most.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = LARGER_BODIES.get(scope["path"], LARGEST_BODY)
        announced = Headers(scope=scope).get("content-length", "0")
        # HTTP servers refuse a length that is no number; digits of other scripts are no length either.
        if not (announced.isascii() and announced.isdigit()) or len(announced) > 9 or int(announced) > limit:
            raise HTTPException(413, TOO_LARGE)
        arrived = 0

        async def counted() -> Message:
            nonlocal arrived
            message = await receive()
            if message["type"] == "http.request":
                arrived += len(message.get("body", b""))
                if arrived > limit:
                    raise HTTPException(413, TOO_LARGE)
            return message

        await self.app(scope, counted, send)


def replayed(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives a body which was read before once more, and then what comes after it."""
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


def is_form(request: Request) -> bool:
    """Whether the body is said to be a form's."""
    return request.headers.get("content-type", "").lower().startswith(FORM_TYPES)


def form_of(request: Request) -> AbstractAsyncContextManager[FormData]:
    """`async with`: the form, of a bounded number of fields."""
    return request.form(max_fields=MOST_FIELDS, max_files=MOST_FILES)


async def field_names(request: Request) -> Iterable[str]:
    """Names of the fields that the body holds; none where it is no form and no JSON object."""
    try:
        if is_form(request):
            async with form_of(request) as form:
                return list(form)
        content = json.loads(await request.body())
    except Exception:  # whatever it is, it has no fields
        return []
    return content if isinstance(content, dict) else []
