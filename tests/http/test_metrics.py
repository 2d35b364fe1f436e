"""What Prometheus is told, and who may ask."""

import json
import os
import resource
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr, ValidationError
from starlette.testclient import TestClient

from app.config import Settings
from app.database import Database
from app.main import create_app
from tests.http.logins import client_of, csrf_of, registered
from tests.raters import PASSWORD, new_rater
from tests.server import Server
from tests.streams import opened, served
from tests.waiting import wait_until

sqlite_alone = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)

TOKEN = "a-token-for-prometheus-in-tests"
BEARER = {"authorization": f"Bearer {TOKEN}"}

Figures = dict[str, float]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Settings that open /metrics to the token."""
    return settings.model_copy(update={"metrics_token": SecretStr(TOKEN)})


def parsed(text: str) -> Figures:
    """Each value by its name as it stands in the text, `name{label="value"}`, labels in alphabetical order."""
    return {
        sample.name
        + ("{" + ",".join(f'{name}="{value}"' for name, value in sorted(sample.labels.items())) + "}")
        * bool(sample.labels): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def scraped(client: TestClient) -> Figures:
    client.cookies.clear()
    answer = client.get("/metrics", headers=BEARER)
    assert answer.status_code == 200, answer.text
    return parsed(answer.text)


def answers(figures: Figures) -> Figures:
    """The counts of answers by method, route and status, without those of /metrics itself."""
    prefix = "raterhub_requests_total{method="
    return {
        name.removeprefix(prefix).removesuffix("}"): value
        for name, value in figures.items()
        if name.startswith(prefix) and "/metrics" not in name
    }


# --- Who may ask ---------------------------------------------------------------------------------


@sqlite_alone
def test_without_a_setting_there_is_no_such_page(settings: Settings) -> None:
    with client_of(settings, metrics_token=None) as client:
        for method in ("GET", "POST"):
            here = client.request(method, "/metrics", headers=BEARER)
            elsewhere = client.request(method, "/nowhere", headers=BEARER)
            assert (here.status_code, here.text) == (404, elsewhere.text)


@sqlite_alone
def test_token_opens_it_and_nothing_else_does(client: TestClient) -> None:
    answer = client.get("/metrics", headers=BEARER)
    assert (answer.status_code, answer.headers["content-type"]) == (
        200,
        "text/plain; version=0.0.4; charset=utf-8",
    )
    login = registered(client)
    refused = [
        {},
        {"authorization": f"Bearer {TOKEN}x"},
        {"authorization": f"Bearer {TOKEN[:-1]}"},
        {"authorization": "Bearer \u00fc"},
        {"authorization": f"Basic {TOKEN}"},
        {"cookie": f"access_token={TOKEN}"},
        login.bearer,
        login.cookie,
    ]
    for headers in refused:
        client.cookies.clear()
        sent = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
        answer = client.get("/metrics", headers=sent)
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer"), headers
    assert client.get(f"/metrics?token={TOKEN}").status_code == 401


LOCAL = {"client": ("127.0.0.1", 40000), "base_url": "http://localhost:8000"}


@sqlite_alone
@pytest.mark.parametrize(
    ("where", "headers", "status"),
    [
        (LOCAL, {}, 200),
        (LOCAL | {"client": ("::1", 40000)}, {}, 200),
        (LOCAL | {"client": ("::ffff:127.0.0.1", 40000)}, {}, 200),
        (LOCAL | {"client": ("198.51.100.7", 40000)}, {}, 404),
        (LOCAL | {"client": None}, {}, 404),
        (LOCAL, {"x-forwarded-for": "127.0.0.1"}, 404),
        (LOCAL, {"x-forwarded-proto": "http"}, 404),
        (LOCAL, {"forwarded": "for=127.0.0.1"}, 404),
        (LOCAL, {"via": "1.1 proxy"}, 404),
        (LOCAL, {"x-real-ip": "127.0.0.1"}, 404),
        (LOCAL, {"host": "tracker.example.org"}, 404),
    ],
)
@pytest.mark.parametrize("proxies", [(), ("127.0.0.1", "198.51.100.7")])
def test_loopback_means_a_program_on_this_machine(
    settings: Settings,
    proxies: tuple[str, ...],
    where: dict[str, object],
    headers: dict[str, str],
    status: int,
) -> None:
    changed = {"metrics_token": None, "metrics_loopback": True, "trusted_proxies": proxies}
    app = create_app(settings.model_copy(update=changed))
    with TestClient(app, **where) as client:  # type: ignore[arg-type]
        assert client.get("/metrics", headers=headers).status_code == status
        # A trusted proxy that says its client is on this machine is a proxy all the same.
        claimed = client.get("/metrics", headers=headers | {"x-forwarded-for": "127.0.0.1"})
        assert claimed.status_code == 404


@pytest.mark.parametrize(
    "token", ["short", "fifteen-letters", "with spaces in it", "mit-\u00dcmlauten-0123456789"]
)
def test_token_that_can_be_guessed_or_not_be_sent_is_refused(token: str) -> None:
    with pytest.raises(ValidationError, match="16 or more characters"):
        Settings(_env_file=None, secret_key="k" * 32, metrics_token=token)


# --- What is counted -----------------------------------------------------------------------------


@sqlite_alone
def test_answers_are_counted_by_template_and_never_by_path(client: TestClient) -> None:
    for path in ("/health/live", "/health/live", "/wp-admin", "/static/style.css", "/static/nothing.css"):
        client.get(path)
    client.get(f"/sessions/{uuid4()}/summary")
    client.get("/sessions/today")
    client.head("/health/live")
    client.post("/health/live")
    client.post("/events", json={})
    client.request("BREW", "/health/live")
    client.request("BREW", "/coffee")
    assert answers(scraped(client)) == {
        '"GET",route="/health/live",status="200"': 2,
        '"GET",route="unmatched",status="404"': 1,
        '"GET",route="/static/…",status="200"': 1,
        '"GET",route="/static/…",status="404"': 1,
        '"GET",route="/sessions/{session_id}/summary",status="401"': 1,
        '"GET",route="/sessions/today",status="401"': 1,
        '"HEAD",route="/health/live",status="200"': 1,
        '"POST",route="/health/live",status="405"': 1,
        '"POST",route="/events",status="401"': 1,
        '"other",route="/health/live",status="405"': 1,
        '"other",route="unmatched",status="404"': 1,
    }


@sqlite_alone
def test_time_of_answers_is_a_histogram(client: TestClient) -> None:
    for _ in range(3):
        client.get("/health/live")
    figures = scraped(client)
    where = 'method="GET",route="/health/live"'
    assert figures[f"raterhub_request_seconds_count{{{where}}}"] == 3
    assert figures[f'raterhub_request_seconds_bucket{{le="+Inf",{where}}}'] == 3
    assert 0 < figures[f"raterhub_request_seconds_sum{{{where}}}"] < 180
    assert not [name for name in figures if "_created" in name]


def outcomes(figures: Figures, name: str) -> dict[str, float]:
    """The values of a metric by its one label."""
    return {
        key.split('"')[1]: value
        for key, value in figures.items()
        if key.startswith(f"raterhub_{name}_total{{")
    }


def test_events_are_counted_one_by_one_whichever_way_they_came(client: TestClient) -> None:
    assert outcomes(scraped(client), "events") == {"recorded": 0, "repeated": 0, "refused": 0}
    rater = new_rater(client.app.state.database, client.app.state.settings)  # type: ignore[attr-defined]
    event = {"type": "NEXT", "event_id": str(uuid4()), "timestamp": "2026-11-20T09:00:00Z"}
    statuses = [
        client.post("/events", json=body, headers=rater.token).status_code
        for body in (event, event, {"type": "UNDO"}, {"type": "SLEEP"}, event | {"type": "EXIT"})
    ]
    assert statuses == [200, 200, 400, 422, 422]
    assert outcomes(scraped(client), "events") == {"recorded": 1, "repeated": 1, "refused": 3}
    batch = [event, {"type": "PAUSE", "event_id": str(uuid4()), "timestamp": "2026-11-20T09:01:00Z"}, {}]
    answer = client.post("/events/batch", json={"events": batch}, headers=rater.token)
    assert [result["status"] for result in answer.json()["results"]] == ["duplicate", "recorded", "refused"]
    assert outcomes(scraped(client), "events") == {"recorded": 2, "repeated": 2, "refused": 4}
    client.post("/events", json=event)  # from nobody: no event
    assert outcomes(scraped(client), "events") == {"recorded": 2, "repeated": 2, "refused": 4}


def page_csrf(client: TestClient) -> str:
    """The CSRF token of the login form, whose cookie the client keeps."""
    client.cookies.clear()
    token: str = client.get("/auth/csrf").json()["csrf_token"]
    return token


@sqlite_alone
def test_logins_and_registrations_are_counted_from_api_and_pages(client: TestClient) -> None:
    registered(client)
    for email, password in (("rater@example.com", PASSWORD), ("rater@example.com", "No-such-1234")):
        body = {"email": email, "password": password}
        client.post("/auth/login", json=body, headers={"x-csrf-token": csrf_of(client)})
        client.post("/login", data=body | {"csrf_token": page_csrf(client)}, follow_redirects=False)
    client.post("/auth/login", json={}, headers={"x-csrf-token": csrf_of(client)})  # nothing was tried
    client.post("/login", data={"csrf_token": "none"})
    form = {"email": "other@example.com", "password": PASSWORD, "csrf_token": page_csrf(client)}
    assert client.post("/register", data=form, follow_redirects=False).status_code == 303
    again = form | {"csrf_token": page_csrf(client)}
    assert client.post("/register", data=again, follow_redirects=False).status_code == 409
    figures = scraped(client)
    assert outcomes(figures, "logins") == {"succeeded": 2, "failed": 2}
    assert figures["raterhub_registrations_total"] == 2


@sqlite_alone
def test_what_came_too_often_is_counted_by_its_limit(settings: Settings) -> None:
    limits = {"rate_limit_login": "5/hour", "rate_limit_register": "1/hour", "rate_limit_events": "2/hour"}
    with client_of(settings, rate_limit_enabled=True, **limits) as client:
        wrong = {"email": "rater@example.com", "password": "No-such-1234"}
        for path, times in (("/auth/login", 7), ("/auth/register", 3), ("/events", 5)):
            for _ in range(times):
                client.post(path, json=wrong, headers={"x-csrf-token": csrf_of(client)})
        # The fourth and fifth guess in a row come before their wait is over.
        assert outcomes(scraped(client), "throttled") == {
            "failures": 2,
            "login": 2,
            "register": 2,
            "events": 3,
        }
        client.post("/login", data=wrong)
        assert outcomes(scraped(client), "throttled")["login"] == 3


def test_database_and_process_are_seen(client: TestClient) -> None:
    figures = scraped(client)
    assert figures["raterhub_database_connections_most"] == client.app.state.database.engine.pool.size()  # type: ignore[attr-defined]
    with client.app.state.database.engine.connect(), client.app.state.database.engine.connect():  # type: ignore[attr-defined]
        more = scraped(client)["raterhub_database_connections_in_use"]
        assert more == figures["raterhub_database_connections_in_use"] + 2
    assert figures["raterhub_processes"] == 1
    assert figures["process_resident_memory_bytes"] > 1_000_000


@sqlite_alone
def test_applications_share_no_count(settings: Settings) -> None:
    with client_of(settings) as first, client_of(settings) as second:
        first.get("/health/live")
        assert list(answers(scraped(first))) == ['"GET",route="/health/live",status="200"']
        assert answers(scraped(second)) == {}


# --- Several processes ---------------------------------------------------------------------------


@pytest.fixture
def server(tmp_path: Path, database_url: str) -> Iterator[Server]:
    """A server of two processes."""
    running = Server(tmp_path, database_url, workers=2, environment={"METRICS_TOKEN": TOKEN})
    running.start()
    yield running
    running.stop()


def folder_of(pid: int) -> Path:
    """Where a process keeps its counts."""
    variables = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    [found] = [each for each in variables if each.startswith(b"PROMETHEUS_MULTIPROC_DIR=")]
    return Path(os.fsdecode(found.partition(b"=")[2]))


def live(server: Server) -> float:
    """How often /health/live was answered, according to whichever process is asked."""
    figures = parsed(httpx2.get(f"{server.url}/metrics", headers=BEARER).text)
    return figures.get('raterhub_requests_total{method="GET",route="/health/live",status="200"}', 0)


def ask_until_each_has_answered(server: Server, folder: Path) -> int:
    """How many requests it took: connections of their own, so that any process may take each."""
    sent, deadline = 0, time.monotonic() + 60
    while time.monotonic() < deadline:
        with ThreadPoolExecutor(8) as threads:
            answers = threads.map(lambda _: httpx2.get(f"{server.url}/health/live").status_code, range(16))
            assert list(answers) == [200] * 16
        sent += 16
        files = [folder / f"counter_{pid}.db" for pid in server.worker_ids()]
        if len(files) == 2 and all(file.exists() and b"/health/live" in file.read_bytes() for file in files):
            return sent
    raise AssertionError("one process answers everything")


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
def test_scrape_shows_the_sum_over_all_processes(server: Server) -> None:
    first, second = server.worker_ids()
    folder = folder_of(first)
    assert folder_of(second) == folder
    sent = ask_until_each_has_answered(server, folder)
    assert [live(server) for _ in range(6)] == [sent] * 6
    figures = parsed(httpx2.get(f"{server.url}/metrics", headers=BEARER).text)
    assert figures["raterhub_processes"] == 2
    assert figures["raterhub_database_connections_most"] == 20
    limit, _ = resource.prlimit(first, resource.RLIMIT_NOFILE)
    assert figures["process_max_fds"] == limit
    assert figures["process_resident_memory_bytes"] > 40_000_000

    os.kill(first, signal.SIGKILL)
    deadline = time.monotonic() + 60
    while (first in server.worker_ids() or len(server.worker_ids()) < 2) and time.monotonic() < deadline:
        time.sleep(0.05)
    server.wait_until_it_answers()
    sent += ask_until_each_has_answered(server, folder)
    assert live(server) == sent
    figures = parsed(httpx2.get(f"{server.url}/metrics", headers=BEARER).text)
    assert figures["raterhub_processes"] == 2
    assert figures["raterhub_database_connections_most"] == 20

    assert server.terminate() == 0
    assert not folder.exists()
    lines = [json.loads(line) for line in server.log.splitlines()]
    assert [line for line in lines if not line.keys() >= {"timestamp", "level", "event"}] == []
    assert [line["event"] for line in lines].count("Application startup complete.") == 3


@sqlite_alone
def test_time_of_a_stream_is_that_to_its_head(settings: Settings, database: Database) -> None:
    """How long a page stays open says nothing of the server."""
    app = create_app(settings)
    with served(app) as url:
        began = time.perf_counter()
        with opened(url, new_rater(database, settings).login):
            head_seconds = time.perf_counter() - began
            time.sleep(head_seconds + 0.2)
        wait_until(lambda: app.state.live.count == 0)
        labels = '{method="GET",route="/live"}'
        wait_until(lambda: f"raterhub_request_seconds_sum{labels}" in figures_at(url))
        assert figures_at(url)[f"raterhub_request_seconds_sum{labels}"] <= head_seconds


def figures_at(url: str) -> Figures:
    return parsed(httpx2.get(f"{url}/metrics", headers=BEARER).text)
