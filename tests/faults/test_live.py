"""Streams of several processes: each sends what the others record; no open stream delays a restart or shutdown."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import make_url

from app.config import Settings
from app.database import Database
from tests.faults.conftest import MakeServer
from tests.faults.proxy import Proxy, through, to_postgresql
from tests.faults.test_database_away import Fault, freeze, recover, refuse
from tests.raters import Rater, new_rater
from tests.server import END_SECONDS, ROOT, START_SECONDS, Server
from tests.streams import Stream, opened
from tests.waiting import wait_until

PAGES_EACH = 5
USERS = 10


@pytest.fixture
def people(database: Database, settings: Settings) -> list[Rater]:
    """As many users as fifty open pages need."""
    return [new_rater(database, settings) for _ in range(USERS)]


def press(server: Server, rater: Rater, kind: str = "NEXT") -> None:
    answer = httpx2.post(f"{server.url}/events", json={"type": kind}, headers=rater.token, timeout=60)
    assert answer.status_code == 200, answer.text


def fifty(stack: ExitStack, server: Server, people: list[Rater], version: str = "") -> list[Stream]:
    """Fifty open pages, in the order of their users."""
    path = f"/live?version={version}" if version else "/live"
    made = [
        stack.enter_context(opened(server.url, rater.login, path))
        for rater in people
        for _ in range(PAGES_EACH)
    ]
    assert [stream.status for stream in made] == [200] * len(made)
    return made


def test_each_of_two_processes_sends_the_events_of_the_other(
    serving: MakeServer, raters: list[Rater]
) -> None:
    servers = [serving(), serving()]
    with opened(servers[0].url, raters[0].login) as first, opened(servers[1].url, raters[1].login) as second:
        for number, kind in enumerate(("NEXT", "PAUSE", "EXIT")):
            press(servers[1], raters[0], kind)
            press(servers[0], raters[1], kind)
            for stream in (first, second):
                assert stream.event()["is_paused"] == (kind == "PAUSE"), number


def test_each_of_fifty_open_pages_gets_the_event_from_any_worker(
    serving: MakeServer, people: list[Rater], engine_name: str
) -> None:
    server = serving(workers=4 if engine_name == "postgresql" else 1)
    with ExitStack() as stack:
        pages = fifty(stack, server, people)
        for rater in people:
            press(server, rater)
        assert [page.event()["is_active"] for page in pages] == [True] * len(pages)


def test_pages_of_a_server_that_crashed_get_the_missed_change_when_they_reconnect(
    serving: MakeServer, people: list[Rater]
) -> None:
    server = serving()
    with ExitStack() as stack:
        pages = fifty(stack, server, people)
        server.stop()
        assert all(page.ends() for page in pages)
    for rater in people:
        rater.press("NEXT", datetime.now(UTC))
    server.start()
    with ExitStack() as stack:
        pages = fifty(stack, server, people, version="shown-before")
        assert [page.event()["is_active"] for page in pages] == [True] * len(pages)


@pytest.mark.parametrize("workers", [1, 2])
def test_open_streams_do_not_delay_sigterm(serving: MakeServer, people: list[Rater], workers: int) -> None:
    server = serving(workers=workers)
    with ExitStack() as stack:
        pages = fifty(stack, server, people)
        assert server.terminate() == 0
        assert all(page.ends() for page in pages)
    assert "timeout graceful shutdown exceeded" not in server.log
    assert '"level": "error"' not in server.log


class PlainServer(Server):
    """The application as the quickstart starts it: uvicorn alone, which waits for open connections without end."""

    @property
    def command(self) -> list[str]:
        return [
            sys.executable,
            "-m",
            "uvicorn",
            "--app-dir",
            str(ROOT / "app"),
            "main:app",
            "--port",
            str(self.port),
        ]


@pytest.fixture
def plain(tmp_path: Path, settings: Settings) -> Iterator[Server]:
    """`uvicorn main:app`."""
    server = PlainServer(tmp_path, settings.database_url, secret_key=settings.secret)
    server.start()
    yield server
    server.stop()


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_open_streams_do_not_delay_the_shutdown_of_plain_uvicorn(
    plain: Server, people: list[Rater], sent: signal.Signals
) -> None:
    with ExitStack() as stack:
        pages = fifty(stack, plain, people)
        plain.running.send_signal(sent)
        plain.running.wait(timeout=END_SECONDS)
        assert all(page.ends() for page in pages)
    assert "Application shutdown complete" in plain.log
    assert "Exception in ASGI application" not in plain.log


def test_command_in_another_process_sends_an_event(
    serving: MakeServer, raters: list[Rater], settings: Settings
) -> None:
    server = serving()
    with opened(server.url, raters[0].login) as page:
        command = [sys.executable, "-m", "app", "set-role", raters[0].user.email, "admin"]
        environment = {**os.environ, "DATABASE_URL": settings.database_url, "SECRET_KEY": settings.secret}
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, timeout=START_SECONDS)
        assert done.returncode == 0, done.stderr
        assert page.event()["is_active"] is False


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
@pytest.mark.parametrize("fault", [refuse, freeze])
def test_stream_outlives_an_unavailable_database_and_sends_the_missed_change(
    serving: MakeServer, raters: list[Rater], settings: Settings, fault: Fault
) -> None:
    url = make_url(settings.database_url)
    with Proxy(to_postgresql(url)) as proxy:
        server = serving(database_url=through(proxy, url))
        with opened(server.url, raters[0].login) as page:
            press(server, raters[0])
            assert page.event()["total_questions"] == 0
            fault(proxy)
            raters[0].press("NEXT", datetime.now(UTC))
            assert httpx2.get(f"{server.url}/health", timeout=60).status_code == 503
            recover(proxy)
            assert page.event(60)["total_questions"] == 1
            wait_until(lambda: httpx2.get(f"{server.url}/health", timeout=60).status_code == 200)
            press(server, raters[0], "EXIT")
            assert page.event(60)["is_active"] is False
        assert "failed in the middle" not in server.log
