"""The route table, walked: who is let in where. A new route is met by these tests without being named."""

from typing import Any

import pytest
from fastapi import APIRouter, FastAPI
from starlette.testclient import TestClient

from app.config import Settings
from app.main import create_app
from app.web.admission import Demands, GuardedRoute, PageRoute
from app.web.csrf import SAFE_METHODS
from app.web.static_files import SHEET, asset
from tests.http.logins import Login, personal_token, registered
from tests.routes import BEFORE_LOGIN, Call, Entry, calls_of, entries_of


@pytest.fixture
def engine_name() -> str:
    """One engine is enough here: nothing below depends on it."""
    return "sqlite"


# Open to anyone, login or not.
PUBLIC = {
    ("GET", path)
    for path in (
        "/",
        "/auth/csrf",
        "/docs",
        "/health",
        "/health/live",
        "/login",
        "/openapi.json",
        "/raterhub-tracker.user.js",
        "/register",
        "/widget",
    )
} | set(BEFORE_LOGIN)

# What a personal access token may do: send events, and read sessions and summaries, a day's too.
TRACKING = {
    ("POST", "/events"),
    ("POST", "/events/batch"),
    ("POST", "/events/known"),
    ("GET", "/sessions/current"),
    ("GET", "/sessions/recent"),
    ("GET", "/sessions/{session_id}/summary"),
    ("GET", "/sessions/today"),
    ("GET", "/dashboard/today/json"),
    ("GET", "/dashboard/day/json"),
    ("GET", "/dashboard/week/json"),
    ("GET", "/dashboard/month/json"),
    ("GET", "/dashboard/year/json"),
    ("GET", "/dashboard/range/json"),
    ("GET", "/summary/{session_id}"),
}


@pytest.fixture
def table(app: FastAPI) -> dict[Call, Entry]:
    return calls_of(app)


def address(path: str) -> str:
    """A path with something in the place of each parameter."""
    return "/".join(
        "00000000-0000-4000-8000-000000000000" if part.startswith("{") else part for part in path.split("/")
    )


def send(client: TestClient, call: Call, headers: dict[str, str]) -> int:
    client.cookies.clear()
    method, path = call
    json = headers | {"content-type": "application/json"}
    content = b"" if method == "GET" else b"{}"
    return client.request(
        method, address(path), content=content, headers=json, follow_redirects=False
    ).status_code


def unsafe(table: dict[Call, Entry]) -> list[Call]:
    return [call for call in table if call[0] not in SAFE_METHODS]


def is_alive(client: TestClient, login: Login) -> bool:
    return client.get("/me", headers=login.bearer).status_code == 200


def test_nothing_is_mounted_but_static_files(client: TestClient) -> None:
    others = [route for route in client.app.routes if not hasattr(route, "original_router")]  # type: ignore[attr-defined]
    assert {route.path for route in others} == {"/static", "/widget", "/docs-assets"}
    for path in ("/static/style.css", asset(SHEET)):
        for method in ("POST", "PUT", "DELETE", "OPTIONS", "TRACE"):
            assert (path, method, client.request(method, path).status_code) == (path, method, 405)
        assert (client.get(path).status_code, client.head(path).text) == (200, "")
    assert client.get("/widget/hotkeys.js").status_code == 200


def test_anonymous_is_let_in_on_the_public_routes_alone(client: TestClient, table: dict[Call, Entry]) -> None:
    for call, entry in table.items():
        status = send(client, call, {})
        if call in PUBLIC:
            assert status not in {401, 403}, call
        elif call[0] == "GET" and entry.is_page:
            assert status == 303, call
        else:
            assert status == 401, call


def test_public_routes_exist(table: dict[Call, Entry]) -> None:
    assert PUBLIC - table.keys() == set()


def test_stale_cookie_is_no_identity(client: TestClient, table: dict[Call, Entry]) -> None:
    for call in unsafe(table):
        if call not in BEFORE_LOGIN:
            assert send(client, call, {"cookie": "access_token=stale"}) == 401, call


def test_cookie_without_csrf_token_is_refused_everywhere(
    client: TestClient, table: dict[Call, Entry]
) -> None:
    login = registered(client)
    for call in unsafe(table):
        assert send(client, call, login.cookie) == 400, call
    assert is_alive(client, login)


def test_cookie_with_another_logins_token_is_refused_everywhere(
    client: TestClient, table: dict[Call, Entry]
) -> None:
    login = registered(client)
    headers = login.cookie | registered(client, "other@example.com").csrf(client)
    for call in unsafe(table):
        if call not in BEFORE_LOGIN:
            assert send(client, call, headers) == 400, call
    assert is_alive(client, login)


def test_cookie_from_another_site_is_refused_everywhere(client: TestClient, table: dict[Call, Entry]) -> None:
    login = registered(client)
    headers = login.cookie | login.csrf(client) | {"sec-fetch-site": "cross-site"}
    for call in unsafe(table):
        if BEFORE_LOGIN.get(call) is not False:
            assert send(client, call, headers) == 400, call
    assert is_alive(client, login)


def test_personal_token_opens_the_tracking_routes_alone(client: TestClient, table: dict[Call, Entry]) -> None:
    token = {"authorization": f"Bearer {personal_token(client, registered(client))}"}
    for call, entry in table.items():
        if call in PUBLIC:
            continue
        # Pages have no use for a token; where one could look in, it is refused like everywhere else.
        status = send(client, call, token)
        assert (status == 403) == (call not in TRACKING), (call, status, entry.is_page)


def test_pages_are_kept_out_of_the_description(client: TestClient, table: dict[Call, Entry]) -> None:
    described = client.get("/openapi.json").json()["paths"]
    pages = {entry.path for entry in table.values() if entry.is_page}
    assert pages != set()
    assert pages & described.keys() == set()


# --- The route class -----------------------------------------------------------------------------


def unguarded(app: FastAPI) -> list[str]:
    """Paths of routes that admit a request without looking at it, or whose demands came too late to count."""
    return [
        entry.path
        for entry in entries_of(app)
        if not isinstance(entry.route, GuardedRoute)
        or entry.demands is not entry.route.endpoint.demands  # type: ignore[attr-defined]
        or not admits_first(entry.route)
    ]


def admits_first(route: GuardedRoute) -> bool:
    """Whether the route's handler is the one that admits; a subclass could have replaced it."""
    return route.get_route_handler().__qualname__.startswith("GuardedRoute.")


def test_every_route_admits_its_requests(settings: Settings) -> None:
    metrics = {"metrics_loopback": True}
    assert unguarded(create_app(settings.model_copy(update=metrics))) == []


def test_route_that_does_not_admit_is_found(app: FastAPI) -> None:
    app.get("/plain")(nothing())

    class Careless(GuardedRoute):
        def get_route_handler(self) -> Any:
            return super(GuardedRoute, self).get_route_handler()

    router = APIRouter(route_class=Careless)
    router.get("/careless")(nothing())
    app.include_router(router)
    assert unguarded(app) == ["/plain", "/careless"]


def nothing() -> Any:
    async def handler() -> None:
        return None

    return handler


@pytest.mark.parametrize("route_class", [GuardedRoute, PageRoute])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_public_unsafe_route_without_a_limit_does_not_start(
    route_class: type[GuardedRoute], method: str
) -> None:
    with pytest.raises(TypeError, match="/open is public and unsafe: it needs a limit"):
        route_class("/open", Demands(public=True)(nothing()), methods=["GET", method])


def test_unknown_limit_does_not_start() -> None:
    with pytest.raises(TypeError, match="no limit of the name often"):
        GuardedRoute("/open", Demands(limit="often")(nothing()), methods=["GET"])  # type: ignore[arg-type]


def test_demands_that_come_too_late_do_not_start() -> None:
    handler = nothing()
    GuardedRoute("/open", handler, methods=["GET"])
    with pytest.raises(TypeError, match="stands below @router"):
        Demands(public=True)(handler)


def test_route_that_says_nothing_demands_a_login_and_a_csrf_token(settings: Settings) -> None:
    app = create_app(settings)
    router = APIRouter(route_class=GuardedRoute)
    router.post("/anything")(nothing())
    app.include_router(router)
    with TestClient(app) as client:
        login = registered(client)
        anonymous = client.post("/anything").status_code
        cookie = client.post("/anything", headers=login.cookie).status_code
        both = client.post("/anything", headers=login.cookie | login.csrf(client)).status_code
        bearer = client.post("/anything", headers=login.bearer).status_code
    assert (anonymous, cookie, both, bearer) == (401, 400, 200, 200)


@pytest.mark.parametrize(
    "path", ["/events", "/sessions/recent?limit=500", "/me", "/login", "/docs", "/widget"]
)
def test_slash_at_the_end_needs_no_redirect(client: TestClient, path: str) -> None:
    login, (address, _, query) = registered(client), path.partition("?")
    answers = [
        client.get(f"{address}{slash}?{query}", headers=login.bearer, follow_redirects=False).status_code
        for slash in ("", "/")
    ]
    assert answers[0] == answers[1]


def test_slash_at_the_end_is_the_same_route(client: TestClient) -> None:
    login = registered(client)
    assert client.get("/me/", headers=login.bearer).json() == client.get("/me", headers=login.bearer).json()
    event = {"type": "NEXT"}
    assert client.post("/events/", json=event, headers=login.bearer).status_code == 200
    assert client.post("/events/", json=event).status_code == 401
    assert client.post("/auth/logout/", headers=login.cookie).status_code == 400
    assert client.get("/me//", headers=login.bearer).status_code == 404
