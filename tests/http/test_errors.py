"""Refusals as they leave: the right status, one sentence, nothing internal, as JSON or as a page."""

import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.responses import StreamingResponse
from starlette.testclient import TestClient

from app.config import Settings
from app.database import Unavailable
from app.main import create_app
from app.services import refusals
from app.tracking.machine import Refused
from app.web.admission import Demands, GuardedRoute, PageRoute
from app.web.errors import STATUS_OF, TITLES, UNEXPECTED
from tests.http.logins import csrf_of, registered

JSON = {"content-type": "application/json"}
HTML = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}

CASES: dict[str, tuple[Exception, int, dict[str, str]]] = {
    "bad request": (refusals.BadRequest("No."), 400, {}),
    "not authenticated": (refusals.NotAuthenticated("No."), 401, {"www-authenticate": "Bearer"}),
    "forbidden": (refusals.Forbidden("No."), 403, {}),
    "not found": (refusals.NotFound("No."), 404, {}),
    "conflict": (refusals.Conflict("No."), 409, {}),
    "throttled": (refusals.Throttled("No.", 7, "login"), 429, {"retry-after": "7"}),
    "busy": (refusals.Busy("No.", 2, "password_queue"), 503, {"retry-after": "2"}),
    "refused by the machine": (Refused("No."), 400, {}),
}


@pytest.fixture
def database_url(tmp_path: Path, sqlite_template: Path) -> str:
    """One engine is enough here: nothing below depends on it."""
    return f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'app.db')}"


def app_raising(settings: Settings, error: Exception) -> FastAPI:
    """The application with a route at /raise and a page at /raise-page that fail."""
    app = create_app(settings)

    @Demands(public=True)
    async def fail() -> None:
        raise error

    for path, route in (("/raise", GuardedRoute), ("/raise-page", PageRoute)):
        router = APIRouter(route_class=route)
        router.get(path)(fail)
        app.include_router(router)
    return app


@pytest.mark.parametrize("name", CASES)
def test_refusal_as_json(settings: Settings, name: str) -> None:
    error, status, headers = CASES[name]
    with TestClient(app_raising(settings, error)) as client:
        answer = client.get("/raise")
    assert (answer.status_code, answer.json()) == (status, {"detail": "No."})
    assert {key: answer.headers[key] for key in headers} == headers


@pytest.mark.parametrize("name", sorted(CASES.keys() - {"not authenticated"}))
def test_refusal_as_page(settings: Settings, name: str) -> None:
    error, status, _ = CASES[name]
    with TestClient(app_raising(settings, error)) as client:
        answer = client.get("/raise-page")
    assert answer.status_code == status
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert f"<h1>{TITLES[status]}</h1>" in answer.text
    assert "<p>No.</p>" in answer.text


def test_every_refusal_has_a_status() -> None:
    named = {
        kind
        for kind in vars(refusals).values()
        if isinstance(kind, type) and issubclass(kind, refusals.Refusal) and kind is not refusals.Refusal
    }
    assert set(STATUS_OF) == named | {Refused, RequestValidationError, Unavailable}


def test_invalid_input_lists_the_field(settings: Settings) -> None:
    error = refusals.InvalidInput("date", "No such day.")
    with TestClient(app_raising(settings, error)) as client:
        answer = client.get("/raise")
        page = client.get("/raise-page")
    field = {"loc": ["query", "date"], "msg": "No such day.", "type": "value_error"}
    assert (answer.status_code, answer.json()) == (422, {"detail": [field]})
    assert page.status_code == 422
    assert "<p>No such day.</p>" in page.text


def test_page_without_login_leads_to_login_and_back(settings: Settings) -> None:
    with TestClient(app_raising(settings, refusals.NotAuthenticated("No."))) as client:
        answer = client.get("/raise-page?date=2026-11-21&x=%2F%2Fevil", follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/login?next=/raise-page%3Fdate%3D2026-11-21%26x%3D%252F%252Fevil"


def test_database_away_is_503_with_retry_after(settings: Settings) -> None:
    with TestClient(app_raising(settings, Unavailable("postgres at 10.0.0.3 is gone"))) as client:
        answer = client.get("/raise")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    assert "10.0.0.3" not in answer.text


def test_unexpected_error_is_500_without_internals(settings: Settings) -> None:
    with TestClient(app_raising(settings, RuntimeError("secret in /srv/app.py"))) as client:
        answer = client.get("/raise", headers={"origin": "https://raterhub.com"})
        page = client.get("/raise-page")
    assert (answer.status_code, answer.json()) == (500, {"detail": UNEXPECTED})
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["access-control-allow-origin"] == "https://raterhub.com"
    assert page.status_code == 500
    assert UNEXPECTED in page.text
    assert "secret" not in page.text


def test_error_amid_an_answer_cuts_it_off(settings: Settings) -> None:
    app = create_app(settings)

    @app.get("/half")
    async def half() -> StreamingResponse:
        async def rows() -> AsyncIterator[bytes]:
            yield b"first row"
            raise RuntimeError("no more")

        return StreamingResponse(rows())

    with TestClient(app) as client, pytest.raises(RuntimeError, match="no more"):
        client.get("/half")


@pytest.mark.parametrize("path", ["/nowhere", "/nowhere/%00", "/nowhere/", "/me//"])
def test_unknown_path_is_404(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.json()) == (404, {"detail": "There is nothing at this address."})
    page = client.get(path, headers=HTML)
    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")


def test_unknown_path_shows_people_their_navigation(client: TestClient) -> None:
    login = registered(client)
    assert "Log out" not in client.get("/nowhere", headers=HTML).text
    assert "Log out" in client.get("/nowhere", headers=HTML | login.cookie).text


def test_unknown_path_is_404_for_unsafe_requests_too(client: TestClient) -> None:
    assert client.post("/nowhere").status_code == 404


def test_wrong_method_is_405(client: TestClient) -> None:
    answer = client.post("/health")
    assert answer.status_code == 405
    assert answer.json() == {"detail": "This address does not take POST requests."}
    assert answer.headers["allow"] == "GET"


def test_wrong_method_is_told_those_of_every_route_at_the_path(client: TestClient) -> None:
    answer = client.put("/tokens")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


HOSTILE: dict[str, Callable[[], bytes]] = {
    "nested": lambda: nested(10_000),
    "nested in a field": lambda: b'{"email":' + nested(10_000) + b"}",
    "NaN": lambda: b'{"email": NaN, "password": Infinity}',
    "lone surrogate": lambda: b'{"email": "\\ud800", "password": "\\udfff"}',
    "lone surrogate as a name": lambda: b'{"\\ud800": 1}',
    "invalid UTF-8": lambda: b'{"email": "\xff\xfe"}',
    "a number of 5,000 digits": lambda: b'{"email": ' + b"9" * 5_000 + b"}",
    "NUL": lambda: b'{"email": "a\\u0000@example.com", "password": "\\u0000"}',
    "not JSON": lambda: b"email=a",
    "empty": lambda: b"",
    "a long name": lambda: b'{"' + b"a" * 60_000 + b'": 1}',
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("path", ["/auth/login", "/auth/register", "/events", "/events/batch", "/tokens"])
def test_hostile_body_is_refused(client: TestClient, path: str, name: str) -> None:
    login = registered(client)
    headers = JSON | login.bearer | {"x-csrf-token": csrf_of(client)}
    answer = client.post(path, content=HOSTILE[name](), headers=headers)
    assert answer.status_code in {400, 401, 422}
    assert set(answer.json()) == {"detail"}
    assert len(answer.text) < 2_000


def test_422_never_repeats_the_input(client: TestClient) -> None:
    secret = "Hunter2-is-my-password"
    body = {"email": 5, "password": secret, "role": secret}
    answer = client.post("/auth/register", json=body, headers={"x-csrf-token": csrf_of(client)})
    assert answer.status_code == 422
    assert {frozenset(item) for item in answer.json()["detail"]} == {frozenset({"loc", "msg", "type"})}
    assert secret not in answer.text
