"""Admission and middleware: bodies, headers, origins, proxies, the use of personal tokens."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from fastapi import Request
from starlette.testclient import TestClient
from structlog.testing import capture_logs

from app.config import Settings
from app.main import create_app
from app.web.cookies import INSECURE, is_loopback, why_login_cannot_work
from app.web.middleware.headers import content_security_policy
from app.web.static_files import asset
from tests.http.logins import Login, client_of, csrf_of, personal_token, registered

JSON = {"content-type": "application/json"}
KIB = 1024


@pytest.fixture
def database_url(tmp_path: Path, sqlite_template: Path) -> str:
    """One engine is enough here: nothing below depends on it."""
    return f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'app.db')}"


@pytest.fixture
def login(client: TestClient) -> Login:
    return registered(client)


# --- Bodies --------------------------------------------------------------------------------------


def in_chunks(size: int) -> Iterator[bytes]:
    for _ in range(size // KIB):
        yield b" " * KIB


@pytest.mark.parametrize(
    ("path", "limit"), [("/events", 64 * KIB), ("/auth/login", 64 * KIB), ("/events/batch", 1024 * KIB)]
)
def test_body_above_the_limit_is_413(client: TestClient, login: Login, path: str, limit: int) -> None:
    headers = login.bearer | JSON | {"x-csrf-token": csrf_of(client)}
    too_large = {"detail": "The request body is too large."}
    announced = client.post(path, content=b" " * (limit + 1), headers=headers)
    assert (announced.status_code, announced.json()) == (413, too_large)
    chunked = client.post(path, content=in_chunks(limit + KIB), headers=headers)
    assert (chunked.status_code, chunked.json()) == (413, too_large)
    fits = client.post(path, content=b" " * limit, headers=headers)
    assert fits.status_code == 422


def test_form_above_the_limit_is_413(client: TestClient, login: Login) -> None:
    form = {"content-type": "application/x-www-form-urlencoded"}
    answer = client.post("/auth/logout", content=b"a=b&" * 100_000, headers=login.cookie | form)
    assert answer.status_code == 413
    page = client.post("/profile", content=b"a=b&" * 100_000, headers=login.cookie | form)
    assert (page.status_code, page.headers["content-type"]) == (413, "text/html; charset=utf-8")
    assert "The request body is too large." in page.text
    assert page.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("length", ["-1", "1e3", "2", "99999999999999999999", "٣"])
def test_body_is_counted_whatever_it_says_of_its_length(
    client: TestClient, login: Login, length: str
) -> None:
    odd = [(name.encode(), value.encode()) for name, value in (login.bearer | JSON).items()]
    odd.append((b"content-length", length.encode()))
    answer = client.post("/events", content=in_chunks(65 * KIB), headers=odd)
    assert answer.status_code == 413


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", None, "text/json"]
)
@pytest.mark.parametrize("path", ["/events", "/events/batch", "/events/known"])
def test_events_take_json_only(client: TestClient, login: Login, path: str, content_type: str | None) -> None:
    headers = login.bearer | ({} if content_type is None else {"content-type": content_type})
    answer = client.post(path, content=b'{"type": "NEXT"}', headers=headers)
    assert (answer.status_code, answer.json()) == (415, {"detail": "Send events as application/json."})


def test_events_take_json_with_charset(client: TestClient, login: Login) -> None:
    headers = login.bearer | {"content-type": "Application/JSON; charset=utf-8"}
    assert client.post("/events", content=b'{"type": "NEXT"}', headers=headers).status_code == 200


# --- Headers -------------------------------------------------------------------------------------

PATHS = ["/health", "/me", "/nowhere", "/auth/csrf", "/docs", "/static/favicon.svg", "/static/nothing.css"]


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_carries_security_headers(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "same-origin"
    docs = {"img_src": "'self' data:"} if path == "/docs" else {}
    assert headers["content-security-policy"] == content_security_policy(**docs)


def test_policy_allows_nothing_but_self() -> None:
    directives = dict(part.strip().split(" ", 1) for part in content_security_policy().split(";"))
    assert directives.pop("default-src") == "'none'"
    assert {directives.pop("base-uri"), directives.pop("frame-ancestors")} == {"'none'"}
    assert set(directives.values()) == {"'self'"}


@pytest.mark.parametrize("path", ["/health", "/me", "/nowhere", "/auth/csrf", "/docs"])
def test_what_is_private_is_not_stored(client: TestClient, path: str) -> None:
    assert client.get(path).headers["cache-control"] == "no-store"


def test_static_files_are_kept_under_their_version(client: TestClient) -> None:
    plain = client.get("/static/favicon.svg")
    assert plain.headers["cache-control"] == "no-cache"
    known = {"if-none-match": plain.headers["etag"]}
    assert client.get("/static/favicon.svg", headers=known).status_code == 304
    versioned = client.get(asset("favicon.svg")).headers["cache-control"]
    assert versioned == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("query", ["v=1", "v=", "v={own}&x=1", "V={own}"])
def test_static_files_under_another_version_are_asked_for_each_time(client: TestClient, query: str) -> None:
    own = asset("favicon.svg").partition("v=")[2]
    answer = client.get("/static/favicon.svg?" + query.format(own=own))
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-cache")


def test_hsts_follows_secure_cookies(settings: Settings) -> None:
    with client_of(settings, session_cookie_secure=True) as secure:
        assert secure.get("/nowhere").headers["strict-transport-security"] == "max-age=31536000"
        assert "; Secure" in secure.get("/auth/csrf").headers["set-cookie"]
    with client_of(settings, session_cookie_secure=False) as plain:
        assert "strict-transport-security" not in plain.get("/nowhere").headers


# --- Origins -------------------------------------------------------------------------------------

ALLOWED = "https://www.raterhub.com"
CORS = "access-control-"


@pytest.mark.parametrize("path", ["/health", "/me", "/nowhere"])
def test_allowed_origin_may_read_answers_and_refusals(client: TestClient, path: str) -> None:
    headers = client.get(path, headers={"origin": ALLOWED}).headers
    assert headers["access-control-allow-origin"] == ALLOWED
    assert headers["access-control-allow-credentials"] == "true"
    assert headers["access-control-expose-headers"] == "Retry-After"
    assert headers["vary"] == "Origin"


OTHERS = [
    "null",
    "*",
    "http://www.raterhub.com",
    "https://www.raterhub.com.evil.example",
    "https://evil-www.raterhub.com",
    "https://wwwXraterhub.com",
    "https://www.raterhub.com:8443",
    "https://www.raterhub.com/",
    "HTTPS://WWW.RATERHUB.COM",
    "https://raterhub.com@evil.example",
]


@pytest.mark.parametrize("origin", OTHERS)
def test_other_origin_gets_no_cors_header(client: TestClient, origin: str) -> None:
    answer = client.get("/health", headers={"origin": origin})
    assert [name for name in answer.headers if name.startswith(CORS)] == []
    asking = {"origin": origin, "access-control-request-method": "POST"}
    preflight = client.options("/events", headers=asking)
    assert [name for name in preflight.headers if name.startswith(CORS)] == []


def test_preflight_of_allowed_origin(client: TestClient) -> None:
    asking = {
        "origin": ALLOWED,
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,content-type,x-csrf-token",
    }
    answer = client.options("/events", headers=asking)
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == ALLOWED
    assert "access-control-allow-private-network" not in answer.headers


# --- Proxies -------------------------------------------------------------------------------------

FORWARDED = {"x-forwarded-for": "203.0.113.7", "x-forwarded-proto": "https"}


def seen_by(
    settings: Settings,
    peer: str,
    forwarded: Mapping[str, str] | Sequence[tuple[str, str]] = FORWARDED,
    **changed: object,
) -> tuple[str, str]:
    """The client's address and the scheme that a handler sees."""
    app = create_app(settings.model_copy(update=changed))

    @app.get("/seen")
    async def seen(request: Request) -> list[str]:
        assert request.client is not None
        return [request.client.host, request.url.scheme]

    with TestClient(app, client=(peer, 1234)) as client:
        address, scheme = client.get("/seen", headers=forwarded).json()
    return address, scheme


def test_forwarded_headers_are_ignored_by_default(settings: Settings) -> None:
    assert seen_by(settings, "127.0.0.1") == ("127.0.0.1", "http")


def test_forwarded_headers_of_the_trusted_proxy_count(settings: Settings) -> None:
    assert seen_by(settings, "10.0.0.2", trusted_proxies=("10.0.0.0/8",)) == ("203.0.113.7", "https")


@pytest.mark.parametrize(
    ("values", "scheme"),
    [
        (["https"], "https"),
        (["HTTPS"], "https"),
        (["https,http"], "https"),
        (["HTTPS , http"], "https"),
        (["https", "http"], "https"),
        (["http,https"], "http"),
        (["http", "https"], "http"),
        (["Http"], "http"),
        (["ftp"], "http"),
        ([""], "http"),
    ],
)
def test_scheme_is_what_the_first_of_several_proxies_says_whatever_its_case(
    settings: Settings, values: list[str], scheme: str
) -> None:
    sent = [("x-forwarded-proto", value) for value in values]
    assert seen_by(settings, "10.0.0.2", sent, trusted_proxies=("10.0.0.2",)) == ("10.0.0.2", scheme)


def test_forwarded_headers_of_another_peer_are_ignored(settings: Settings) -> None:
    assert seen_by(settings, "192.0.2.9", trusted_proxies=("10.0.0.0/8",)) == ("192.0.2.9", "http")


# --- Cookies and keys ----------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.1.2.3", "[::1]", "tracker.localhost"])
def test_loopback_hosts(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["example.com", "localhost.example.com", "192.168.1.4", ""])
def test_hosts_of_others(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize(
    ("url", "secure", "works"),
    [
        ("http://192.168.1.4:8000/login", True, False),
        ("http://192.168.1.4:8000/login", False, True),
        ("https://tracker.example/login", True, True),
        ("http://localhost:8000/login", True, True),
    ],
)
def test_login_over_plain_http_says_why_it_cannot_work(
    settings: Settings, url: str, secure: bool, works: bool
) -> None:
    scheme, _, rest = url.partition("://")
    host = rest.partition("/")[0].encode()
    scope = {"type": "http", "scheme": scheme, "path": "/login", "headers": [(b"host", host)]}
    changed = settings.model_copy(update={"session_cookie_secure": secure})
    reason = why_login_cannot_work(Request(scope), changed)
    assert (reason is None) == works


def test_login_behind_tls_that_a_proxy_names_is_not_said_to_fail(settings: Settings) -> None:
    app = create_app(settings.model_copy(update={"session_cookie_secure": True}))
    with TestClient(app, headers={"host": "tracker.example"}) as client:
        assert INSECURE in client.get("/login").text
        assert INSECURE not in client.get("/login", headers={"x-forwarded-proto": "https"}).text


@pytest.mark.parametrize(("key", "warnings"), [("short", 1), ("k" * 32, 0)])
def test_short_key_is_warned_of(settings: Settings, key: str, warnings: int) -> None:
    changed = Settings(_env_file=None, secret_key=key, database_url=settings.database_url)
    app = create_app(changed)
    with capture_logs() as lines, TestClient(app):
        pass
    assert len([line for line in lines if "SECRET_KEY" in line["event"]]) == warnings


# --- Personal access tokens ----------------------------------------------------------------------


def last_use(client: TestClient, login: Login) -> str | None:
    value: str | None = client.get("/tokens", headers=login.bearer).json()[0]["last_used_at"]
    return value


def test_unsafe_request_notes_a_tokens_use_once_a_minute(client: TestClient, login: Login) -> None:
    headers = {"authorization": f"Bearer {personal_token(client, login)}"}
    body: dict[str, list[str]] = {"event_ids": []}
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=1), tick=False) as clock:
        client.get("/sessions/current", headers=headers)
        assert last_use(client, login) is None
        client.post("/events/known", json=body, headers=headers)
        first = last_use(client, login)
        assert first is not None
        clock.shift(timedelta(seconds=59))
        client.post("/events/known", json=body, headers=headers)
        assert last_use(client, login) == first
        clock.shift(timedelta(seconds=1))
        client.post("/events/known", json=body, headers=headers)
        assert last_use(client, login) != first
