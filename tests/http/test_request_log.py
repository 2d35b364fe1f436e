"""Ids of requests, and what the log says of them."""

import asyncio
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from starlette.concurrency import run_in_threadpool
from starlette.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send
from structlog.contextvars import bound_contextvars, get_contextvars

from app import logs
from app.config import Settings
from app.db_models import users
from app.main import create_app
from app.services.accounts import passwords
from app.web.dependencies import Unavailable
from app.web.metrics import Metrics
from app.web.middleware.request_log import RequestLog
from tests.http.browser import EMAIL, Browser
from tests.http.logins import Login, client_of, csrf_of, personal_token, registered
from tests.raters import NEW_PASSWORD, PASSWORD

PROXY, STRANGER = "10.0.0.9", "198.51.100.7"
OWN = re.compile(r"[0-9a-f]{16}")
Line = dict[str, Any]
Read = Callable[[], list[Line]]


@pytest.fixture
def engine_name() -> str:
    """One engine is enough here: nothing below depends on it."""
    return "sqlite"


@pytest.fixture
def lines(capfd: pytest.CaptureFixture[str]) -> Read:
    """What was logged since the last call."""

    def read() -> list[Line]:
        out, err = capfd.readouterr()
        assert out == ""
        return [json.loads(line) for line in err.splitlines()]

    return read


def said(lines: list[Line], *fields: str) -> list[tuple[Any, ...]]:
    """These fields of each line."""
    return [tuple(line.get(field) for field in fields) for line in lines]


# --- The id of a request -------------------------------------------------------------------------


def test_every_answer_has_an_id_of_its_own(client: TestClient) -> None:
    ids = [
        client.request(method, path, content=content).headers["x-request-id"]
        for method, path, content in (
            ("GET", "/health", b""),
            ("HEAD", "/health", b""),
            ("GET", "/health", b""),
            ("GET", "/nowhere", b""),
            ("POST", "/health", b""),
            ("POST", "/events", b"x" * 70_000),
            ("GET", "/static/style.css", b""),
            ("GET", "/login", b""),
        )
    ]
    assert [OWN.fullmatch(each) is not None for each in ids] == [True] * 8
    assert len(set(ids)) == 8


def id_after(settings: Settings, peer: str, headers: list[tuple[str, str]]) -> str:
    app = create_app(settings.model_copy(update={"trusted_proxies": ("10.0.0.0/24",)}))
    with TestClient(app, client=(peer, 40000)) as client:
        sent = [(name.encode(), value.encode("latin-1")) for name, value in headers]
        answer: str = client.get("/health/live", headers=sent).headers["x-request-id"]
        return answer


@pytest.mark.parametrize("sent", ["a", "f00-BA.r_9", "x" * 64])
def test_id_of_a_trusted_proxy_is_kept(settings: Settings, sent: str) -> None:
    assert id_after(settings, PROXY, [("x-request-id", sent)]) == sent


@pytest.mark.parametrize("headers", [[], [("x-forwarded-for", PROXY)], [("x-forwarded-for", "127.0.0.1")]])
def test_id_of_a_stranger_is_not(settings: Settings, headers: list[tuple[str, str]]) -> None:
    assert OWN.fullmatch(id_after(settings, STRANGER, [("x-request-id", "mine"), *headers]))


@pytest.mark.parametrize("sent", ["", "x" * 65, "a b", "a\tb", "a,b", 'a"', "<b>", "\u00fc"])
def test_id_that_is_none_is_not_kept(settings: Settings, sent: str) -> None:
    assert OWN.fullmatch(id_after(settings, PROXY, [("x-request-id", sent)]))


def test_of_two_ids_none_is_kept(settings: Settings) -> None:
    assert OWN.fullmatch(id_after(settings, PROXY, [("x-request-id", "a"), ("x-request-id", "b")]))


def test_lines_of_a_request_carry_its_id_and_the_clients_address(settings: Settings, lines: Read) -> None:
    app = create_app(settings.model_copy(update={"trusted_proxies": (PROXY,)}))
    with TestClient(app, client=(PROXY, 40000)) as client:
        csrf = csrf_of(client)
        lines()
        headers = {"x-csrf-token": csrf, "x-request-id": "from-the-proxy", "x-forwarded-for": STRANGER}
        client.post("/auth/login", json={"email": EMAIL, "password": PASSWORD}, headers=headers)
    [line] = lines()
    assert (line["event"], line["request_id"], line["address"]) == (
        "login failed",
        "from-the-proxy",
        STRANGER,
    )


# --- The middleware alone ------------------------------------------------------------------------


def observe(inner: Any) -> list[Message]:
    """Drive `inner` through the middleware within one task; what was sent."""
    app = FastAPI()
    app.state.metrics = Metrics()
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    scope: Scope = {
        "type": "http",
        "app": app,
        "method": "GET",
        "path": "/half",
        "headers": [],
        "client": (STRANGER, 1),
        "state": {"trusted": False, "method": "GET"},
    }

    async def drive() -> None:
        try:
            await RequestLog(inner)(scope, receive, send)
        finally:
            assert get_contextvars() == {}

    asyncio.run(drive())
    return sent


def test_context_is_cleared_after_the_request() -> None:
    seen: list[dict[str, Any]] = []

    async def inner(_scope: Scope, _receive: Receive, send: Send) -> None:
        seen.append(dict(get_contextvars()))
        await send({"type": "http.response.start", "status": 200, "headers": []})

    [start] = observe(inner)
    assert seen == [{"request_id": dict(start["headers"])[b"x-request-id"].decode(), "address": STRANGER}]


def test_answer_that_breaks_off_is_logged_with_its_id(lines: Read) -> None:
    logs.configure()

    async def inner(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise RuntimeError("the cable")

    with pytest.raises(RuntimeError, match="the cable"):
        observe(inner)
    [line] = lines()
    assert (line["event"], line["path"], line["status"]) == (
        "failed in the middle of an answer",
        "/half",
        500,
    )
    assert line["request_id"] != ""
    assert line["exception"].endswith("RuntimeError: the cable")


def test_context_travels_into_threads() -> None:
    async def seen() -> list[dict[str, Any]]:
        with bound_contextvars(request_id="seven"):
            return [await passwords.in_hash_pool(get_contextvars), await run_in_threadpool(get_contextvars)]

    assert asyncio.run(seen()) == [{"request_id": "seven"}] * 2


# --- What is logged ------------------------------------------------------------------------------


@pytest.fixture
def login(client: TestClient, lines: Read) -> Login:
    """Somebody who is logged in, and a log that begins after that."""
    login = registered(client)
    lines()
    return login


def user_id(client: TestClient) -> int:
    """The id of the only account."""
    database = client.app.state.database  # type: ignore[attr-defined]
    with database.engine.connect() as connection:
        return int(connection.execute(users.select()).one().id)


def test_nothing_is_logged_of_ordinary_requests(client: TestClient, login: Login, lines: Read) -> None:
    client.post("/events", json={"type": "NEXT"}, headers=login.bearer)
    client.get("/me", headers=login.bearer)
    client.get("/nowhere")
    client.get("/login")
    assert lines() == []


def test_registration_is_logged(client: TestClient, lines: Read) -> None:
    registered(client)
    assert said(lines(), "event", "user_id", "address") == [("registered", user_id(client), "testclient")]


def test_logins_are_logged_with_the_reason_of_a_failure(
    client: TestClient, login: Login, lines: Read
) -> None:
    def attempt(email: str, password: str) -> None:
        body = {"email": email, "password": password}
        client.post("/auth/login", json=body, headers={"x-csrf-token": csrf_of(client)})

    attempt("rater@example.com", PASSWORD)
    attempt("rater@example.com", "No-such-1234")
    attempt("nobody@example.com", PASSWORD)
    user = user_id(client)
    with client.app.state.database.engine.begin() as connection:  # type: ignore[attr-defined]
        connection.exec_driver_sql("UPDATE users SET is_active = 0")
    attempt("rater@example.com", PASSWORD)
    assert said(lines(), "event", "level", "user_id", "reason", "address") == [
        ("login succeeded", "info", user, None, "testclient"),
        ("login failed", "warning", user, "wrong password", "testclient"),
        ("login failed", "warning", None, "unknown address", "testclient"),
        ("login failed", "warning", user, "deactivated", "testclient"),
    ]


def test_tokens_and_logouts_over_the_api_are_logged(client: TestClient, login: Login, lines: Read) -> None:
    personal_token(client, login)
    token = client.get("/tokens", headers=login.bearer).json()[0]["id"]
    client.delete(f"/tokens/{token}", headers=login.bearer)
    client.delete(f"/tokens/{token}", headers=login.bearer)  # gone already
    client.post("/auth/logout", headers=login.bearer)
    user = user_id(client)
    assert said(lines(), "event", "user_id", "token_id") == [
        ("token created", user, token),
        ("token revoked", user, token),
        ("logged out", user, None),
    ]


def test_actions_on_pages_are_logged(client: TestClient, lines: Read) -> None:
    browser = Browser(client)
    browser.register()
    browser.post("/profile/tokens", "/profile", {"name": "line\none"})
    browser.post("/profile/tokens", "/profile", {"name": "home"})
    [token] = set(re.findall(r"/profile/tokens/([^/]+)/revoke", browser.get("/profile").text))
    browser.post(f"/profile/tokens/{token}/revoke", "/profile")
    new = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    browser.post("/profile/password", "/profile", new)
    browser.post("/logout", "/profile")
    browser.log_in(NEW_PASSWORD)
    browser.post("/profile/logout-everywhere", "/profile")
    user = user_id(client)
    assert said(lines(), "event", "user_id", "token_id") == [
        ("registered", user, None),
        ("token created", user, token),
        ("token revoked", user, token),
        ("password changed", user, None),
        ("logged out", user, None),
        ("login succeeded", user, None),
        ("logged out everywhere", user, None),
    ]


def test_403_is_logged_for_scripts_and_for_pages(settings: Settings, lines: Read) -> None:
    with client_of(settings) as client:
        login = registered(client)
        token = personal_token(client, login)
        user = user_id(client)
        lines()
        answer = client.get("/me", headers={"authorization": f"Bearer {token}"})
    with client_of(settings, registration_open=False) as client:
        form = {"email": EMAIL, "password": PASSWORD, "timezone": "UTC"}
        assert Browser(client).post("/register", "/login", form).status_code == 403
    assert said(lines(), "event", "status", "method", "path", "user_id", "detail") == [
        ("refused", 403, "GET", "/me", user, answer.json()["detail"]),
        (
            "refused",
            403,
            "POST",
            "/register",
            None,
            "Registration is closed. Ask the person who runs this server for an account.",
        ),
    ]


def test_429_of_limits_and_of_throttling_is_logged_for_scripts_and_for_pages(
    settings: Settings, lines: Read
) -> None:
    with client_of(settings, rate_limit_enabled=True, rate_limit_login="1/hour") as client:
        client.post("/auth/login")
        client.post("/auth/login")
        Browser(client).log_in()
    assert said(lines(), "event", "path", "limit", "status") == [
        ("refused", "/auth/login", "login", 429),
        ("refused", "/login", "login", 429),
    ]
    with client_of(settings) as client:
        for _ in range(4):
            body = {"email": EMAIL, "password": PASSWORD}
            client.post("/auth/login", json=body, headers={"x-csrf-token": csrf_of(client)})
        Browser(client).log_in()
    assert said(lines(), "event", "path", "limit", "status") == [
        ("login failed", None, None, None),
        ("login failed", None, None, None),
        ("login failed", None, None, None),
        ("refused", "/auth/login", "failures", 429),
        ("refused", "/login", "failures", 429),
    ]


def test_full_password_queue_is_logged_for_scripts_and_for_pages(
    client: TestClient, lines: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    csrf, browser = csrf_of(client), Browser(client)
    monkeypatch.setattr(passwords, "_taken", [("203.0.113.1", None)] * passwords.PLACES)
    answer = client.post(
        "/auth/login", json={"email": EMAIL, "password": PASSWORD}, headers={"x-csrf-token": csrf}
    )
    assert (answer.status_code, browser.log_in().status_code) == (503, 503)
    assert said(lines(), "event", "path", "limit", "status") == [
        ("refused", "/auth/login", "password_queue", 503),
        ("refused", "/login", "password_queue", 503),
    ]


def test_errors_are_logged_with_their_id_and_without_values(
    settings: Settings, lines: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = create_app(settings)

    @app.get("/breaks")
    async def breaks(password: str) -> None:
        raise LookupError("nothing here")

    with TestClient(app) as client:
        lines()
        answer = client.get(f"/breaks?password={PASSWORD}")
    assert answer.status_code == 500
    [line] = lines()
    assert said([line], "event", "level", "status", "path", "request_id") == [
        ("failed", "error", 500, "/breaks", answer.headers["x-request-id"])
    ]
    assert line["exception"].endswith("LookupError: nothing here")
    assert PASSWORD not in json.dumps(line)


def test_database_that_is_away_is_logged_with_its_cause(settings: Settings, lines: Read) -> None:
    app = create_app(settings)

    @app.get("/away")
    async def away() -> None:
        raise Unavailable from OSError("disk is full")

    with TestClient(app) as client:
        lines()
        assert client.get("/away").status_code == 503
    assert said(lines(), "event", "level", "status", "path", "cause") == [
        ("unavailable", "warning", 503, "/away", "disk is full")
    ]


def test_long_and_odd_paths_stay_on_one_short_line(settings: Settings, lines: Read) -> None:
    with client_of(settings, metrics_token=SecretStr("a-token-of-some-length")) as client:
        token = {"authorization": f"Bearer {personal_token(client, registered(client))}"}
        lines()
        client.get("/dashboard/sessions/%0A%1B[31m{}" + "x" * 5000, headers=token)
    [line] = lines()
    assert (line["event"], line["path"]) == ("refused", "/dashboard/sessions/\n\x1b[31m{}" + "x" * 172)
