"""Every rate limit, proved with real requests."""

import secrets
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from redis import Redis
from starlette.testclient import TestClient

from app.config import Settings
from app.main import create_app
from app.web import limits
from app.web.limits import LIMITS
from tests.attack.requests import REQUESTS
from tests.http.logins import client_of, csrf_of, logged_in, personal_token, registered
from tests.raters import PASSWORD
from tests.recording import counted_statements
from tests.redis_server import RedisServer
from tests.routes import Call, calls_with_limit
from tests.waiting import wait_until

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)

LIMIT = "3/minute"
TIMES = 3


@pytest.fixture
def limited(settings: Settings) -> Settings:
    """Limits of three a minute."""
    return settings.model_copy(
        update={"rate_limit_enabled": True} | {f"rate_limit_{name}": LIMIT for name in LIMITS}
    )


def statuses(client: TestClient, paths: list[str], headers: dict[str, str] | None = None) -> list[int]:
    return [client.post(path, json={}, headers=headers).status_code for path in paths]


@pytest.mark.parametrize(
    "path",
    ["/auth/login", "/auth/register", "/login", "/register", "/events", "/events/batch", "/events/known"],
)
def test_limit_answers_429_at_the_next_request(limited: Settings, path: str) -> None:
    with client_of(limited) as client:
        before = statuses(client, [path] * TIMES)
        answer = client.post(path, json={})
    assert 429 not in before
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["retry-after"]) <= 60


def test_429_is_one_sentence(limited: Settings) -> None:
    with client_of(limited) as client:
        statuses(client, ["/auth/login"] * TIMES)
        answer = client.post("/auth/login", json={})
    seconds = answer.headers["retry-after"]
    assert answer.json() == {"detail": f"Too many requests. Try again in {seconds} s."}


@pytest.mark.parametrize("path", ["/login", "/register"])
def test_page_of_a_limit_leads_back_to_the_form(limited: Settings, path: str) -> None:
    with client_of(limited) as client:
        statuses(client, [path] * TIMES)
        page = client.post(path, data={})
    assert (page.status_code, f'href="{path}">Try again' in page.text) == (429, True)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("/auth/login", "/login"),
        ("/auth/register", "/register"),
        ("/events", "/events/batch"),
        ("/events", "/events/known"),
    ],
)
def test_routes_of_one_limit_share_its_count(limited: Settings, one: str, other: str) -> None:
    with client_of(limited) as client:
        assert statuses(client, [one, other, one, other])[-1] == 429


def test_limit_ends_with_its_minute_also_when_the_clock_is_set_back(limited: Settings) -> None:
    with time_machine.travel("2026-11-21T09:00:00Z", tick=False) as clock, client_of(limited) as client:
        assert statuses(client, ["/auth/login"] * (TIMES + 1))[-1] == 429
        clock.shift(-timedelta(hours=1))
        assert statuses(client, ["/auth/login"])[-1] != 429


def test_limits_count_apart(limited: Settings) -> None:
    with client_of(limited) as client:
        statuses(client, ["/auth/login"] * (TIMES + 1))
        assert 429 not in statuses(client, ["/auth/register", "/events"])


CORRECTIONS = [
    (method, path)
    for method, path in REQUESTS
    if method != "GET" and path.startswith(("/sessions/{session_id}", "/dashboard/sessions/{session_id}"))
]
EXPORTS = [("GET", path) for _, path in REQUESTS if path.startswith("/export/")]


PASSWORDS = [("POST", "/profile/password")]


def test_corrections_and_exports_are_limited(limited: Settings) -> None:
    found = calls_with_limit(create_app(limited))
    assert {call for call, limit in found.items() if limit == "corrections"} == set(CORRECTIONS)
    assert {call for call, limit in found.items() if limit == "exports"} == set(EXPORTS)
    assert {call for call, limit in found.items() if limit == "passwords"} == set(PASSWORDS)


@pytest.mark.parametrize(
    "calls", [CORRECTIONS, EXPORTS, PASSWORDS], ids=["corrections", "exports", "password changes"]
)
def test_corrections_exports_and_password_changes_are_counted_by_user(
    limited: Settings, calls: list[Call]
) -> None:
    with client_of(limited) as client:
        first, second = registered(client, "one@example.com"), registered(client, "two@example.com")
        for login in (first, second):
            for number in range(TIMES):
                method, path = calls[number % len(calls)]
                assert client.request(method, path, headers=login.bearer).status_code != 429
            for method, path in calls:
                answer = client.request(method, path, headers=login.bearer)
                assert (answer.status_code, 1 <= int(answer.headers["retry-after"]) <= 60) == (429, True)
            assert statuses(client, ["/events"], login.bearer) == [422]


def test_events_are_counted_by_user(limited: Settings) -> None:
    with client_of(limited) as client:
        first, second = registered(client, "one@example.com"), registered(client, "two@example.com")
        assert statuses(client, ["/events"] * 4, first.bearer) == [422, 422, 422, 429]
        assert statuses(client, ["/events"] * 4, second.bearer) == [422, 422, 422, 429]
        # The same user by cookie is the same user.
        assert statuses(client, ["/events"], first.cookie) == [429]


def test_events_of_a_users_personal_tokens_share_the_users_count(limited: Settings) -> None:
    with client_of(limited) as client:
        login = registered(client)
        one, other = ({"authorization": f"Bearer {personal_token(client, login)}"} for _ in ("one", "other"))
        assert [statuses(client, ["/events"], who) for who in (one, other, login.bearer, one)] == [
            [422],
            [422],
            [422],
            [429],
        ]


def test_invented_personal_tokens_share_the_count_of_their_address(limited: Settings) -> None:
    with client_of(limited) as client:
        login = registered(client)
        invented = [{"authorization": f"Bearer rht_{secrets.token_urlsafe(32)}"} for _ in range(4)]
        assert [statuses(client, ["/events"], headers)[0] for headers in invented] == [401, 401, 401, 429]
        assert statuses(client, ["/events"], login.bearer) == [422]


def test_token_that_was_ended_uses_up_nothing_of_its_owners_count(limited: Settings) -> None:
    with client_of(limited) as client:
        ended = registered(client)
        assert client.post("/auth/logout", headers=ended.bearer).status_code == 200
        login = logged_in(client)
        assert statuses(client, ["/events"] * 4, ended.bearer) == [401, 401, 401, 429]
        assert statuses(client, ["/events"] * 4, login.bearer) == [422, 422, 422, 429]


def test_token_is_looked_up_once_whether_it_is_good_or_ended(limited: Settings) -> None:
    with client_of(limited) as client:
        ended = registered(client)
        assert client.post("/auth/logout", headers=ended.bearer).status_code == 200
        looked_up = []
        for who, status in [(logged_in(client), 422), (ended, 401)]:
            with counted_statements(client.app.state.database) as sent:  # type: ignore[attr-defined]
                assert statuses(client, ["/events"], who.bearer) == [status]
            looked_up.append(len(sent))
        assert looked_up == [1, 1]


def test_events_of_nobody_are_counted_by_address(limited: Settings) -> None:
    with client_of(limited) as client:
        forged = [{"authorization": f"Bearer forged{number}"} for number in range(4)]
        assert [statuses(client, ["/events"], headers)[0] for headers in forged] == [401, 401, 401, 429]


def test_batch_costs_one_hit(limited: Settings) -> None:
    with client_of(limited) as client:
        login = registered(client)
        batch = {"events": [{"type": "PAUSE"}] * 100}
        answers = [client.post("/events/batch", json=batch, headers=login.bearer) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]


def test_refused_requests_count(limited: Settings) -> None:
    with client_of(limited) as client:
        body = {"email": "nobody@example.com", "password": "Wrong-password-123"}
        headers = {"x-csrf-token": csrf_of(client)}
        sent = [client.post("/auth/login", json=body, headers=headers).status_code for _ in range(2)]
        sent += [client.post("/auth/login", json=body).status_code for _ in range(2)]
    assert sent == [401, 401, 400, 429]


def test_forwarded_address_of_a_stranger_changes_nothing(limited: Settings) -> None:
    with client_of(limited) as client:
        forwarded = [{"x-forwarded-for": f"203.0.113.{number}"} for number in range(4)]
        assert [statuses(client, ["/auth/login"], headers)[0] for headers in forwarded][-1] == 429


def test_forwarded_address_of_the_trusted_proxy_is_counted(limited: Settings) -> None:
    with TestClient(
        create_app(limited.model_copy(update={"trusted_proxies": ("10.0.0.2",)})), client=("10.0.0.2", 1)
    ) as client:
        forwarded = [{"x-forwarded-for": f"203.0.113.{number}"} for number in range(4)]
        assert 429 not in [statuses(client, ["/auth/login"], headers)[0] for headers in forwarded]


PROXY = "10.0.0.2"
ONE_ADDRESS = [
    "2001:db8:1:2::7",
    "2001:DB8:1:2::7",
    "2001:0db8:0001:0002:0000:0000:0000:0007",
    "2001:db8:1:2:0:0:0:7",
    "2001:db8:1:2::0.0.0.7",
    "2001:db8:1:2::7%eth0",
    "[2001:db8:1:2::7]",
    "[2001:DB8:1:2::7]:4711",
]
ANOTHER_ADDRESS = [
    "203.0.113.7",
    "203.0.113.7:4711",
    "::ffff:203.0.113.7",
    "::FFFF:203.0.113.7",
    "0:0:0:0:0:ffff:203.0.113.7",
    "::ffff:cb00:7107",
    "[::ffff:cb00:7107]:4711",
]


def statuses_of(limited: Settings, path: str, addresses: list[str], peer: str = PROXY) -> list[int]:
    """Of one request for each address, as a trusted proxy names it."""
    settings = limited.model_copy(update={"trusted_proxies": (PROXY,)})
    with TestClient(create_app(settings), client=(peer, 1)) as client:
        return [
            client.post(path, json={}, headers={"x-forwarded-for": address}).status_code
            for address in addresses
        ]


@pytest.mark.parametrize("path", ["/auth/login", "/auth/register", "/events"])
@pytest.mark.parametrize("spellings", [ONE_ADDRESS, ANOTHER_ADDRESS], ids=["IPv6", "IPv4"])
def test_limits_count_one_address_however_it_is_written(
    limited: Settings, path: str, spellings: list[str]
) -> None:
    answers = statuses_of(limited, path, spellings)
    assert [status == 429 for status in answers] == [False] * TIMES + [True] * (len(spellings) - TIMES)


@pytest.mark.parametrize("path", ["/auth/login", "/auth/register", "/events"])
def test_limits_count_an_ipv6_network_of_64_bits(limited: Settings, path: str) -> None:
    one_network = [f"2001:db8:1:2:{number:x}::1" for number in range(TIMES + 1)]
    assert [status == 429 for status in statuses_of(limited, path, one_network)] == [False] * TIMES + [True]
    networks = [f"2001:db8:1:{number:x}::1" for number in range(TIMES + 1)]
    assert 429 not in statuses_of(limited, path, networks)


def test_trusted_proxy_is_known_by_its_mapped_address(limited: Settings) -> None:
    clients = [f"203.0.113.{number}" for number in range(TIMES + 1)]
    assert 429 not in statuses_of(limited, "/auth/login", clients, peer=f"::ffff:{PROXY}")


def test_limits_switched_off(limited: Settings) -> None:
    with client_of(limited, rate_limit_enabled=False) as client:
        assert 429 not in statuses(client, ["/auth/login"] * 10)


def test_apps_in_one_process_count_apart(limited: Settings) -> None:
    with client_of(limited) as first, client_of(limited) as second:
        assert statuses(first, ["/auth/login"] * 4)[-1] == 429
        assert 429 not in statuses(second, ["/auth/login"] * 3)


def test_limit_that_cannot_be_read_is_refused_at_start(limited: Settings) -> None:
    with pytest.raises(ValueError, match="often"):
        create_app(limited.model_copy(update={"rate_limit_login": "often"}))


# --- Logins that succeed -------------------------------------------------------------------------

WRONG = "Wrong-password-123"


def log_in_by_script(client: TestClient, password: str) -> int:
    form = {"email": "rater@example.com", "password": password}
    return client.post("/auth/login", json=form, headers={"x-csrf-token": csrf_of(client)}).status_code


def log_in_by_form(client: TestClient, password: str) -> int:
    """From a browser that was never here before."""
    token = csrf_of(client)
    form = {"email": "rater@example.com", "password": password, "csrf_token": token}
    answer = client.post(
        "/login", data=form, headers={"cookie": f"csrf_token={token}"}, follow_redirects=False
    )
    client.cookies.clear()
    return answer.status_code


LogIn = Callable[[TestClient, str], int]


@pytest.mark.parametrize(
    "storage",
    ["memory", pytest.param("redis", marks=pytest.mark.redis)],
)
@pytest.mark.parametrize(("log_in", "success"), [(log_in_by_script, 200), (log_in_by_form, 303)])
@pytest.mark.parametrize("limit", ["2/minute", "2/minute;2/hour", "2/hour;100/day"])
def test_login_with_the_right_password_gives_its_hit_back(
    limited: Settings, request: pytest.FixtureRequest, storage: str, log_in: LogIn, success: int, limit: str
) -> None:
    uri = "memory://" if storage == "memory" else request.getfixturevalue("redis").url
    changed = {"rate_limit_login": limit, "rate_limit_storage_uri": uri}
    with client_of(limited, **changed) as client:
        registered(client)
        assert [log_in(client, PASSWORD) for _ in range(5)] == [success] * 5
        assert log_in(client, WRONG) == 401
        assert [log_in(client, PASSWORD) for _ in range(5)] == [success] * 5
        assert [log_in(client, WRONG), log_in(client, PASSWORD)] == [401, 429]


def test_registration_gives_nothing_back(limited: Settings) -> None:
    with client_of(limited) as client:
        for number in range(TIMES):
            registered(client, f"rater{number}@example.com")
        assert statuses(client, ["/auth/register"]) == [429]


def test_logins_without_limits_give_nothing_back(limited: Settings) -> None:
    with client_of(limited, rate_limit_enabled=False) as client:
        registered(client)
        assert log_in_by_script(client, PASSWORD) == 200


# --- A shared count ------------------------------------------------------------------------------


@pytest.mark.redis
def test_processes_share_a_count_in_redis(limited: Settings, redis: RedisServer) -> None:
    shared = limited.model_copy(update={"rate_limit_storage_uri": redis.url})
    with client_of(shared) as first, client_of(shared) as second:
        assert 429 not in statuses(first, ["/auth/login"] * 2) + statuses(second, ["/auth/login"])
        answer = second.post("/auth/login", json={})
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["retry-after"]) <= 60


def test_storage_away_lets_each_process_count_for_itself(limited: Settings) -> None:
    nowhere = {"rate_limit_storage_uri": "redis://127.0.0.1:1/0"}
    with client_of(limited, **nowhere) as client:
        assert [status == 429 for status in statuses(client, ["/auth/login"] * 4)] == [False] * 3 + [True]


# --- A shared count that fails with requests in flight ---------------------------------------------

AT_ONCE = 24  # more than one of them finds out that Redis is away


def stopped(redis: RedisServer) -> None:
    """It takes connections, and never answers."""
    redis.process.send_signal(signal.SIGSTOP)


def killed(redis: RedisServer) -> None:
    redis.process.kill()
    redis.process.wait()


def out_of_memory(redis: RedisServer) -> None:
    """It answers, and refuses to count."""
    redis.configure("maxmemory", "1")


def to_another_password(redis: RedisServer) -> None:
    """It answers nothing but that nobody is logged in, over new connections and old ones."""
    redis.configure("requirepass", "another")
    with Redis(port=redis.port, password="another") as client:
        client.client_kill_filter(_type="normal", skipme=True)


Fault = Callable[[RedisServer], None]


@pytest.mark.redis
@pytest.mark.parametrize("fault", [stopped, killed, out_of_memory, to_another_password])
@pytest.mark.parametrize("counted_before", [False, True], ids=["new", "connected"])
def test_any_fault_of_redis_lets_the_process_count_for_itself(
    limited: Settings, redis: RedisServer, fault: Fault, counted_before: bool
) -> None:
    shared = {"rate_limit_storage_uri": redis.url, "rate_limit_events": f"{AT_ONCE + 1}/hour"}
    with client_of(limited, **shared) as client, ThreadPoolExecutor(AT_ONCE) as threads:
        login = registered(client)
        if counted_before:
            assert statuses(client, ["/events"] * 2, login.bearer) == [422] * 2

        def send(_: int) -> tuple[int, float]:
            started = time.monotonic()
            (status,) = statuses(client, ["/events"], login.bearer)
            return status, time.monotonic() - started

        fault(redis)
        answers = list(threads.map(send, range(AT_ONCE)))
        assert [status for status, _ in answers] == [422] * AT_ONCE
        assert max(seconds for _, seconds in answers) < 10  # a second for Redis, the rest for a busy machine
        assert statuses(client, ["/events"] * 2, login.bearer) == [422, 429]


@pytest.mark.redis
def test_counting_is_shared_again_when_redis_is_back(
    limited: Settings, redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "AWAY_SECONDS", 0.1)
    shared = {"rate_limit_storage_uri": redis.url, "rate_limit_login": "1/hour"}
    with client_of(limited, **shared) as client, client_of(limited, **shared) as other:
        stopped(redis)
        assert statuses(client, ["/auth/login"] * 2) == [400, 429]
        redis.process.send_signal(signal.SIGCONT)
        wait_until(redis.answers)
        # Counted by nobody yet: what one process counted for itself is forgotten.
        wait_until(lambda: statuses(client, ["/auth/login"]) == [400])
        wait_until(lambda: statuses(other, ["/auth/login"]) == [429])
