"""How often: limits and throttling, attacked from several sides at once and through several processes."""

import re
import threading
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import Connection, func, select
from starlette.testclient import TestClient

from app.config import Settings
from app.database import Database
from app.db_models import throttles, users
from app.main import create_app
from app.services.accounts import throttling
from app.services.refusals import Throttled
from tests.attack.sending import Attacker
from tests.attack.world import World, new_world
from tests.raters import PASSWORD
from tests.redis_server import RedisServer
from tests.routes import Call, calls_with_limit
from tests.server import Server

AT_ONCE = 20
LIMIT = 5
NAMES = ("LOGIN", "REGISTER", "PASSWORDS", "EVENTS", "CORRECTIONS", "EXPORTS")
sqlite = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)


def post(server: Server, path: str, body: object, **headers: str) -> httpx2.Response:
    """Over a connection of its own, so that any process may take it."""
    return httpx2.post(server.url + path, json=body, headers=headers, timeout=60)


def csrf(server: Server) -> str:
    token: str = httpx2.get(f"{server.url}/auth/csrf").json()["csrf_token"]
    return token


# --- Several processes ---------------------------------------------------------------------------------


@pytest.fixture
def server(tmp_path: Path, settings: Settings) -> Iterator[Server]:
    """Four processes without limits."""
    running = Server(tmp_path, settings.database_url, workers=4, secret_key=settings.secret)
    running.start()
    yield running
    running.stop()


def test_parallel_registrations_and_guesses_through_four_processes(
    server: Server, settings: Settings, database: Database
) -> None:
    token = csrf(server)
    body = {"email": "mara@example.com", "password": PASSWORD}
    with ThreadPoolExecutor(AT_ONCE) as threads:
        send = partial(post, server, "/auth/register", **{"x-csrf-token": token})
        bodies = [body | {"email": email} for email in ("mara@example.com", "MARA@Example.com") * 10]
        answers = list(threads.map(send, bodies))
        assert Counter(answer.status_code for answer in answers) == {201: 1, 409: AT_ONCE - 1}
        sentences = {answer.json()["detail"] for answer in answers if answer.status_code == 409}
        assert sentences == {"This e-mail address cannot be registered."}
        assert database.read_now(lambda c: c.execute(select(func.count()).select_from(users)).scalar()) == 1
        # As many guesses as the account allows before the first wait are tried, and no more.
        send = partial(post, server, "/auth/login", **{"x-csrf-token": token})
        answers = list(threads.map(send, [body | {"password": f"Guess-{n}-guess"} for n in range(AT_ONCE)]))
    counter = throttling.account_counter("mara@example.com", settings.secret)
    statuses = Counter(answer.status_code for answer in answers)
    assert set(statuses) == {401, 429}
    # A slow machine may let the first waits pass meanwhile; the lock ends it in any case.
    assert counter.delayed_from <= statuses[401] <= counter.locked_from
    waits = [int(answer.headers["retry-after"]) for answer in answers if answer.status_code == 429]
    assert min(waits) >= 1


# --- The queue of hashes -------------------------------------------------------------------------------

CROWD = 45  # more than the queue has places


@dataclass
class Proxy:
    """Passes requests of many clients on, over as many connections as it needs."""

    server: Server
    world: World

    def __post_init__(self) -> None:
        many = httpx2.Limits(max_connections=None)
        self.client = httpx2.Client(base_url=self.server.url, limits=many, timeout=60)
        self.client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.csrf = {"x-csrf-token": csrf(self.server)}

    def log_in(self, address: str, email: str) -> int:
        body = {"email": email, "password": PASSWORD}
        headers = self.csrf | {"x-forwarded-for": address}
        return self.client.post("/auth/login", json=body, headers=headers).status_code

    def change_password(self, address: str) -> int:
        # As long to measure as a password can be; refused by the wrong one in the end.
        form = {"current_password": "wrong", "new_password": "Aq7!" + "vqzjxkwbpmtd" * 5}
        headers = self.world.bearer | {"x-forwarded-for": address}
        return self.client.post("/profile/password", data=form, headers=headers).status_code


@sqlite
@pytest.mark.parametrize("crowd", ["one network", "one account"])
def test_others_log_in_while_45_connections_of_one_keep_hashing(
    tmp_path: Path, settings: Settings, database: Database, crowd: str
) -> None:
    trusting = {"TRUSTED_PROXIES": "127.0.0.1,::1"}
    server = Server(tmp_path, settings.database_url, secret_key=settings.secret, environment=trusting)
    server.start()
    proxy, over = Proxy(server, new_world(database, settings)), threading.Event()
    emails = {f"198.51.100.{number}": f"user{number}@example.com" for number in range(6)}
    for email in emails.values():
        answer = post(server, "/auth/register", {"email": email, "password": PASSWORD}, **proxy.csrf)
        assert answer.status_code == 201

    def keep_on(number: int) -> None:
        for turn in range(200):
            if over.is_set():
                return
            if crowd == "one account":
                proxy.change_password(f"203.0.{number}.1")
            else:
                proxy.log_in(f"2001:db8:1:2::{number:x}", f"nobody{number}-{turn}@example.com")

    try:
        with ThreadPoolExecutor(CROWD + 6) as threads:
            busy = [threads.submit(keep_on, number) for number in range(CROWD)]
            try:
                for _ in range(3):
                    assert list(threads.map(proxy.log_in, emails, emails.values())) == [200] * 6
            finally:
                over.set()
        assert [each.exception() for each in busy] == [None] * CROWD
    finally:
        proxy.client.close()
        server.stop()


@pytest.mark.redis
@sqlite
def test_limits_are_one_for_four_processes(
    tmp_path: Path, settings: Settings, database: Database, redis: RedisServer
) -> None:
    limits = {f"RATE_LIMIT_{name}": f"{LIMIT}/hour" for name in NAMES}
    environment = {"RATE_LIMIT_ENABLED": "true", "RATE_LIMIT_STORAGE_URI": redis.url, **limits}
    server = Server(tmp_path, settings.database_url, 4, settings.secret, environment=environment)
    server.start()
    try:
        world = new_world(database, settings)
        limited = calls_with_limit(create_app(settings))
        for name in sorted(set(limited.values())):
            calls = [call for call, limit in limited.items() if limit == name]
            # Refused ones count: without a CSRF token, without a body that makes sense; whatever they claim.
            send = partial(claim, server, world)
            with ThreadPoolExecutor(AT_ONCE) as threads:
                answers = list(threads.map(send, (calls * AT_ONCE)[:AT_ONCE], range(AT_ONCE)))
            assert (name, sum(answer.status_code != 429 for answer in answers)) == (name, LIMIT)
            refused = [answer for answer in answers if answer.status_code == 429]
            assert all(1 <= int(answer.headers["retry-after"]) <= 3600 for answer in refused)
    finally:
        server.stop()


def claim(server: Server, world: World, call: Call, number: int) -> httpx2.Response:
    """A request that is refused, said to be forwarded for somebody else each time."""
    claims = {"x-forwarded-for": f"203.0.113.{number}", "forwarded": f"for=203.0.113.{number}"}
    claims |= {"x-real-ip": f"203.0.113.{number}"}
    method, path = call
    url = server.url + re.sub(r"\{\w+\}", world.ended, path)
    body: dict[str, Any] = {} if method == "GET" else {"json": {"type": "NONSENSE"}}
    if path == "/profile/password":
        body = {
            "data": {"type": "NONSENSE"}
        }  # as JSON it would be an empty form, which takes a place in the queue
    return httpx2.request(method, url, headers=claims | world.bearer, timeout=60, **body)


# --- Throttling ----------------------------------------------------------------------------------------


def test_fifty_failures_do_not_lock_out_a_browser_that_was_there_before(
    attacker: Attacker, settings: Settings
) -> None:
    first = attacker.as_owner(("POST", "/login"))
    known = first.cookies["known_browser"]
    with TestClient(create_app(settings), client=("203.0.113.9", 1)) as elsewhere:
        token = elsewhere.get("/auth/csrf").json()["csrf_token"]
        wrong = {"email": attacker.world.email, "password": "Wrong-password-123"}
        tried = [
            elsewhere.post("/auth/login", json=wrong, headers={"x-csrf-token": token}).status_code
            for _ in range(50)
        ]
    assert Counter(tried)[401] <= 5
    request, token = attacker.request(("POST", "/login")), attacker.csrf({})
    stranger = attacker.send("POST", request, {"cookie": f"csrf_token={token}"}, csrf=token)
    assert stranger.status_code == 429
    # A neighbour on the same domain may have set a cookie of this name, too.
    for browsers in ((known, "another-application"), ("another-application", known)):
        sent = "; ".join(f"known_browser={browser}" for browser in browsers)
        cookies = {"cookie": f"csrf_token={token}; {sent}"}
        assert attacker.send("POST", request, cookies, csrf=token).status_code == 303


@sqlite
@pytest.mark.parametrize(
    "cookie", ["", "nonsense", "....", "e30.e30", "W10.abc", "bnVsbA.x", "é", '"', "a" * 8000]
)
def test_forged_known_browser_earns_nothing(attacker: Attacker, cookie: str) -> None:
    request, token = attacker.request(("POST", "/login")), attacker.csrf({})
    form = {**(request.form or {}), "password": "wrong", "csrf_token": token}
    header = f"csrf_token={token}; known_browser={cookie}".encode()
    statuses = []
    for _ in range(4):
        attacker.client.cookies.clear()
        answer = attacker.client.post("/login", data=form, headers=[(b"cookie", header)])
        statuses.append(answer.status_code)
    assert statuses == [401, 401, 401, 429]


@sqlite
def test_invented_names_fill_as_many_rows_as_there_are_keys(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttling, "KEY_BITS", 6)
    now = datetime.now(UTC)
    counters = [throttling.account_counter(f"{uuid.uuid4()}@example.com", "a secret") for _ in range(2000)]

    def work(conn: Connection) -> None:
        for counter in counters:
            with suppress(Throttled):
                throttling.reserve(conn, [counter], now=now)

    database.write_now(work)
    assert len({counter.key for counter in counters}) == 2**6
    assert (
        database.read_now(lambda c: c.execute(select(func.count()).select_from(throttles)).scalar()) == 2**6
    )
