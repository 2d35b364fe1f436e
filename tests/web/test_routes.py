"""The route table, walked: who is let in where. A new route is met by these tests without being named."""

import pytest
from starlette.testclient import TestClient

from app.web.route_table import PAGES, SAFE_METHODS, Entry, RouteTable
from app.web.security import BEFORE_LOGIN
from tests.web.support import Login, personal_token, registered

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)

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
    ("GET", "/summary/{session_id}"),
}

Call = tuple[str, str]


@pytest.fixture
def table(client: TestClient) -> RouteTable:
    found: RouteTable = client.app.state.route_table  # type: ignore[attr-defined]
    return found


def calls(table: RouteTable) -> dict[Call, Entry]:
    return {(method, entry.path): entry for entry in table.entries for method in entry.methods}


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


def unsafe(table: RouteTable) -> list[Call]:
    return [
        (method, entry.path) for entry in table.entries for method in sorted(entry.methods - SAFE_METHODS)
    ]


def is_alive(client: TestClient, login: Login) -> bool:
    return client.get("/me", headers=login.bearer).status_code == 200


def test_nothing_is_mounted_but_static_files(client: TestClient) -> None:
    others = [route for route in client.app.routes if not hasattr(route, "original_router")]  # type: ignore[attr-defined]
    assert {route.path for route in others} == {"/static", "/widget", "/docs-assets"}
    assert client.post("/static/style.css").status_code == 405
    assert client.get("/widget/hotkeys.js").status_code == 200


def test_anonymous_is_let_in_on_the_public_routes_alone(client: TestClient, table: RouteTable) -> None:
    for call, entry in calls(table).items():
        status = send(client, call, {})
        if call in PUBLIC:
            assert status not in {401, 403}, call
        elif call[0] == "GET" and entry.is_page:
            assert status == 303, call
        else:
            assert status == 401, call


def test_public_routes_exist(table: RouteTable) -> None:
    assert PUBLIC - calls(table).keys() == set()


def test_stale_cookie_is_no_identity(client: TestClient, table: RouteTable) -> None:
    for call in unsafe(table):
        if call not in BEFORE_LOGIN:
            assert send(client, call, {"cookie": "access_token=stale"}) == 401, call


def test_cookie_without_csrf_token_is_refused_everywhere(client: TestClient, table: RouteTable) -> None:
    login = registered(client)
    for call in unsafe(table):
        assert send(client, call, login.cookie) == 400, call
    assert is_alive(client, login)


def test_cookie_with_another_logins_token_is_refused_everywhere(
    client: TestClient, table: RouteTable
) -> None:
    login = registered(client)
    headers = login.cookie | registered(client, "other@example.com").csrf(client)
    for call in unsafe(table):
        if call not in BEFORE_LOGIN:
            assert send(client, call, headers) == 400, call
    assert is_alive(client, login)


def test_cookie_from_another_site_is_refused_everywhere(client: TestClient, table: RouteTable) -> None:
    login = registered(client)
    headers = login.cookie | login.csrf(client) | {"sec-fetch-site": "cross-site"}
    for call in unsafe(table):
        if BEFORE_LOGIN.get(call) is not False:
            assert send(client, call, headers) == 400, call
    assert is_alive(client, login)


def test_personal_token_opens_the_tracking_routes_alone(client: TestClient, table: RouteTable) -> None:
    token = {"authorization": f"Bearer {personal_token(client, registered(client))}"}
    for call, entry in calls(table).items():
        if call in PUBLIC:
            continue
        # Pages have no use for a token; where one could look in, it is refused like everywhere else.
        status = send(client, call, token)
        assert (status == 403) == (call not in TRACKING), (call, status, entry.is_page)


def test_pages_are_tagged_and_kept_out_of_the_description(client: TestClient, table: RouteTable) -> None:
    described = client.get("/openapi.json").json()["paths"]
    pages = {entry.path for entry in table.entries if entry.is_page}
    assert pages & described.keys() == set()
    assert PAGES not in {
        tag
        for operations in described.values()
        for operation in operations.values()
        for tag in operation["tags"]
    }


def test_table_finds_what_the_router_finds(client: TestClient, table: RouteTable) -> None:
    for entry in table.entries:
        for method in entry.methods:
            scope = {"type": "http", "method": method, "path": address(entry.path), "root_path": ""}
            found = table.find(scope)
            assert found is not None
            assert method in found.methods
    assert table.find({"type": "http", "method": "GET", "path": "/nowhere", "root_path": ""}) is None
