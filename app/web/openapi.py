"""What the API's description says: the words of the document, and what each route adds to it by its demands."""

from typing import Any

from fastapi import Security
from fastapi.security import APIKeyCookie, HTTPBearer

from app.models import Invalid, Problem
from app.web.cookies import LOGIN_COOKIE
from app.web.csrf import CSRF_HEADER

DESCRIPTION = """
A widget sends `NEXT`, `PAUSE`, `UNDO` and `EXIT`; the tracker makes sessions, questions and days of them.

**Who you are.** Send `Authorization: Bearer <token>`, with an access token from `POST /auth/login` or, for
events and sessions, a personal access token. Browsers may send the cookie `access_token` instead; whatever
changes something then needs a CSRF token from `GET /auth/csrf` in the header `x-csrf-token`. Logging in and
registering always need one.

**Errors** are `{"detail": "<one sentence>"}`; a 422 lists `loc`, `msg` and `type` of each field. Fields that
are not described here are refused.

**Time** is sent as ISO 8601 with an offset. A time stamp without an offset is UTC.
"""
TAGS = [
    {"name": "accounts", "description": "Registering, logging in and out."},
    {"name": "personal access tokens", "description": "What a widget or a script uses instead of a login."},
    {"name": "events", "description": "What the widget sends."},
    {"name": "sessions", "description": "Sessions and their questions."},
    {"name": "days", "description": "A day of the user's time zone."},
    {"name": "periods", "description": "Days, weeks, months, years and ranges of the user's time zone."},
    {"name": "export", "description": "What was recorded, to take away."},
    {"name": "health", "description": "Whether the service works."},
]
DOCUMENT: dict[str, Any] = {  # what FastAPI takes
    "title": "RaterHub Tracker",
    "version": "1.0.0",
    "summary": "Session-based productivity tracking.",
    "description": DESCRIPTION,
    "openapi_tags": TAGS,
    "license_info": {"name": "MIT", "identifier": "MIT"},
}

# For a route's `dependencies`: the credentials are described by these, and checked by admission.
CREDENTIALS = [
    Security(HTTPBearer(description="An access token, or a personal access token.", auto_error=False)),
    Security(
        APIKeyCookie(
            name=LOGIN_COOKIE,
            description="Set by the login page. Unsafe requests then need the header `x-csrf-token`.",
            auto_error=False,
        )
    ),
]
CSRF_PARAMETER = {
    "name": CSRF_HEADER,
    "in": "header",
    "required": True,
    "schema": {"type": "string"},
    "description": "A token from `GET /auth/csrf`.",
}


def refusals(
    *, public: bool, unsafe: bool, json_only: bool, limited: bool
) -> dict[int | str, dict[str, Any]]:
    """The answers by which a route that demands this may refuse a request, as FastAPI's `responses`."""
    found: dict[int | str, str] = {
        400: "The request cannot be read, or makes no sense now.",
        503: "The database is away; try again after `Retry-After` seconds.",
    }
    if not public:
        found[401] = "Not logged in."
        found[403] = "This credential may not do this."
        found[404] = "No such thing of yours."
    if unsafe:
        found[413] = "The body is too large."
    if json_only:
        found[415] = "The body is not application/json."
    if limited:
        found[429] = "Too often; try again after `Retry-After` seconds."
    answers = {status: {"model": Problem, "description": text} for status, text in found.items()}
    return answers | {422: {"model": Invalid, "description": "A field cannot be accepted."}}
