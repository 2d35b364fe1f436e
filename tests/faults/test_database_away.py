"""PostgreSQL that cannot be reached, does not answer, or breaks off: every request is answered, nothing is lost."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest
from sqlalchemy import make_url

from app.config import Settings
from app.database import Database, Unavailable, answers
from app.engines.postgresql import TimeoutConnection
from tests.faults.conftest import MakeServer
from tests.faults.load import Load, Reply, assert_nothing_lost
from tests.faults.proxy import Proxy, random_cuts, through, to_postgresql
from tests.raters import Rater
from tests.server import Server

pytestmark = pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)

BOUND_SECONDS = 30  # within which a request is answered, whatever becomes of the database
AT_ONCE = 12  # requests: more than there are threads to wait with
RECOVERY_SECONDS = 60
SENDERS = 4
CUTS = 20

Fault = Callable[[Proxy], None]


def refuse(proxy: Proxy) -> None:
    """The database has stopped: nobody listens."""
    proxy.close()
    proxy.reset()


def freeze(proxy: Proxy) -> None:
    """It is reached and says nothing."""
    proxy.freeze()


def recover(proxy: Proxy) -> None:
    proxy.thaw()
    proxy.open()


@pytest.fixture
def proxy(settings: Settings) -> Iterator[Proxy]:
    """Stands between the server and the database."""
    with Proxy(to_postgresql(make_url(settings.database_url))) as proxy:
        yield proxy


@pytest.fixture
def server(serving: MakeServer, proxy: Proxy, settings: Settings) -> Server:
    return serving(database_url=through(proxy, make_url(settings.database_url)))


def ask(server: Server, rater: Rater, method: str, path: str) -> Reply:
    """One request without an answer from the database, from its sender's side."""
    left = time.monotonic()
    body = {"type": "NEXT"} if method == "POST" else None
    answer = httpx2.request(
        method, server.url + path, json=body, headers=rater.token, timeout=4 * BOUND_SECONDS
    )
    return Reply(left, time.monotonic(), answer.status_code, dict(answer.headers))


def ask_all(server: Server, rater: Rater) -> dict[str, list[Reply]]:
    """Events, readings and both kinds of health at once, more than there are threads."""
    paths = ["/events", "/sessions/recent", "/health", "/health/live"] * AT_ONCE
    with ThreadPoolExecutor(len(paths)) as threads:
        replies = list(
            threads.map(lambda path: ask(server, rater, "POST" if path == "/events" else "GET", path), paths)
        )
    return {
        path: [reply for asked, reply in zip(paths, replies, strict=True) if asked == path] for path in paths
    }


def wait_until_ready(server: Server) -> None:
    """Return once the same process is ready again."""
    deadline = time.monotonic() + RECOVERY_SECONDS
    while httpx2.get(f"{server.url}/health", timeout=2 * BOUND_SECONDS).status_code != 200:
        assert time.monotonic() < deadline, "it does not recover"
        time.sleep(0.1)


@pytest.mark.parametrize("fault", [refuse, freeze])
def test_requests_are_answered_while_the_database_is_away_and_after_it_came_back(
    server: Server, proxy: Proxy, database: Database, loading: Callable[[Server], Load], fault: Fault
) -> None:
    load = loading(server)
    with load.running():
        load.wait_for(20)
        fault(proxy)
        replies = ask_all(server, load.journals[0].rater)
        load.wait_for_status(503, SENDERS)  # they too, who wait for an answer since before it went
        recover(proxy)
        wait_until_ready(server)
        load.wait_for(20)
    live = replies.pop("/health/live")
    assert [reply.status for reply in live] == [200] * AT_ONCE
    for path, others in replies.items():
        assert [(path, reply.status) for reply in others] == [(path, 503)] * AT_ONCE
        assert all(int(reply.headers["retry-after"]) > 0 for reply in others)
        assert [reply.seconds for reply in others if reply.seconds > BOUND_SECONDS] == []
    refused = [reply for reply in load.replies if reply.status != 200]
    assert {(reply.status, reply.headers["retry-after"]) for reply in refused} == {(503, "5")}
    assert [reply.seconds for reply in load.replies if reply.seconds > BOUND_SECONDS] == []
    load.resend()
    assert_nothing_lost(database, [load.journals[1]])


def test_connections_that_break_at_any_byte_lose_nothing(
    serving: MakeServer, settings: Settings, database: Database, loading: Callable[[Server], Load]
) -> None:
    url = make_url(settings.database_url)
    with Proxy(to_postgresql(url), cut_after=random_cuts(21, 2_000, 60_000)) as proxy:
        server = serving(start=False, database_url=through(proxy, url))
        server.start()
        load = loading(server)
        with load.running():
            while proxy.cuts < CUTS:
                load.wait_for(10)
    server.stop()
    assert load.statuses.keys() <= {200, 503}
    assert_nothing_lost(database, load.journals)


def test_thread_that_waits_for_a_silent_database_comes_back(
    proxy: Proxy, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even where the database stays silent for good and nobody resets the connection."""
    monkeypatch.setattr(TimeoutConnection, "timeout_seconds", 0.5)
    opened = Database(through(proxy, make_url(settings.database_url)))
    try:
        assert opened.read_now(answers)
        proxy.freeze()
        with pytest.raises(Unavailable):
            opened.read_now(answers)
        proxy.thaw()
        assert opened.read_now(answers)
    finally:
        opened.close()
