"""The API's description: `/openapi.json`, and `/docs` to read and try it.

FastAPI's own page loads Swagger UI from a CDN with an inline script. Here the files come out of the
fastapi-offline package, and a script of our own starts them.
"""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.openapi.utils import get_openapi
from fastapi.routing import iter_route_contexts
from starlette.responses import HTMLResponse, JSONResponse

from app.models import Problem
from app.web import texts
from app.web.admission import Demands, PageRoute
from app.web.cookies import LOGIN_COOKIE
from app.web.csrf import CSRF_HEADER, SAFE_METHODS
from app.web.middleware.headers import content_security_policy
from app.web.templating import environment

router = APIRouter(route_class=PageRoute)

TITLE = "RaterHub Tracker"
API_VERSION = "1.0.0"
SUMMARY = "Session-based productivity tracking."
DESCRIPTION = """
A widget sends `NEXT`, `PAUSE`, `UNDO` and `EXIT`; the tracker makes sessions, questions and days of them.

**Who you are.** Send `Authorization: Bearer <token>`, with an access token from `POST /auth/login` or, for
events and sessions, a personal access token. Browsers may send the cookie `access_token` instead; whatever
changes something then needs a CSRF token from `GET /auth/csrf` in the header `x-csrf-token`. Logging in and
registering always need one.

**Errors** are `{"detail": "<one sentence>"}`; a 422 lists `loc`, `msg` and `type` of each field. Fields that
are not described here are refused.

**Time** leaves as ISO 8601 with an offset. What comes without an offset is UTC.
"""
TAGS = [
    {"name": "accounts", "description": "Registering, logging in and out."},
    {"name": "personal access tokens", "description": "What a widget or a script lives on."},
    {"name": "events", "description": "What the widget sends."},
    {"name": "sessions", "description": "Sittings and their questions."},
    {"name": "days", "description": "A day of the user's time zone."},
    {"name": "export", "description": "What was recorded, to take away."},
    {"name": "health", "description": "Whether the service works."},
]

INVALID_SCHEMA = {
    "title": "Invalid",
    "type": "object",
    "required": ["detail"],
    "properties": {
        "detail": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["loc", "msg", "type"],
                "properties": {
                    "loc": {"type": "array", "items": {"type": ["string", "integer"]}},
                    "msg": {"type": "string"},
                    "type": {"type": "string"},
                },
            },
        }
    },
}
COOKIE = "APIKeyCookie"
COOKIE_SCHEME = {
    "type": "apiKey",
    "in": "cookie",
    "name": LOGIN_COOKIE,
    "description": "Set by the login page. Unsafe requests then need the header `x-csrf-token`.",
}
# Which refusals an operation may answer with, beside those that it names itself.
ALWAYS = {
    "400": "The request cannot be read, or makes no sense now.",
    "503": "The database is away; try again after `Retry-After` seconds.",
}
LOGGED_IN = {
    "401": "Not logged in.",
    "403": "This credential may not do this.",
    "404": "No such thing of yours.",
}
UNSAFE = {"413": "The body is too large."}
JSON_ONLY = {"415": "The body is not application/json."}
LIMITED = {"429": "Too often; try again after `Retry-After` seconds."}


def assets() -> Path:
    """The folder with Swagger UI's script and style."""
    spec = find_spec("fastapi_offline")
    if spec is None or spec.origin is None:
        raise RuntimeError("The package fastapi-offline is not installed.")
    return Path(spec.origin).parent / "static"


@router.get("/docs")
@Demands(public=True)
async def docs(request: Request) -> HTMLResponse:
    """Swagger UI."""
    with texts.speaking(texts.language_of(request)):
        html = environment().get_template("docs.html").render(title=TITLE)
    # Swagger UI's style sheet carries its icons as data: images.
    policy = content_security_policy(img_src="'self' data:")
    return HTMLResponse(html, headers={"Content-Security-Policy": policy})


@router.get("/openapi.json")
@Demands(public=True)
async def openapi(request: Request) -> JSONResponse:
    """The OpenAPI document."""
    app: FastAPI = request.app
    if app.openapi_schema is None:
        app.openapi_schema = document(app)
    return JSONResponse(app.openapi_schema)


def document(app: FastAPI) -> dict[str, Any]:
    """FastAPI's description of the routes, with what each demands."""
    described = get_openapi(
        title=TITLE,
        version=API_VERSION,
        summary=SUMMARY,
        description=DESCRIPTION,
        routes=app.routes,
        tags=TAGS,
        license_info={"name": "MIT", "identifier": "MIT"},
    )
    schemas = described.setdefault("components", {}).setdefault("schemas", {})
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
    schemas |= {"Problem": Problem.model_json_schema(), "Invalid": INVALID_SCHEMA}
    described["components"].setdefault("securitySchemes", {})[COOKIE] = COOKIE_SCHEME
    for route in iter_route_contexts(app.routes):
        for method in route.methods or ():
            operation = described["paths"].get(route.path, {}).get(method.lower())
            if operation is not None:
                _complete(operation, method, route.endpoint.demands)  # type: ignore[union-attr]
    return described


def _complete(operation: dict[str, Any], method: str, demands: Demands) -> None:
    refusals = dict(ALWAYS)
    if "security" in operation:
        refusals |= LOGGED_IN
        operation["security"].append({COOKIE: []})
    if method not in SAFE_METHODS:
        refusals |= UNSAFE
    if demands.json_only:
        refusals |= JSON_ONLY
    if demands.limit is not None:
        refusals |= LIMITED
    responses = operation["responses"]
    for status, text in refusals.items():
        responses.setdefault(status, {"description": text})["content"] = _content("Problem")
    if "422" in responses:
        responses["422"] = {"description": "A field cannot be accepted.", "content": _content("Invalid")}
    if demands.public and method not in SAFE_METHODS:
        operation.setdefault("parameters", []).append(
            {
                "name": CSRF_HEADER,
                "in": "header",
                "required": True,
                "schema": {"type": "string"},
                "description": "A token from `GET /auth/csrf`.",
            }
        )


def _content(schema: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
