"""`kill -9` under load: whatever was acknowledged is there afterwards, once, and everything follows from the log."""

import os
import random
import signal
import time
from collections.abc import Callable

import pytest
from sqlalchemy import text

from app.database import Database
from tests.faults.conftest import MakeServer
from tests.faults.load import Load, assert_nothing_lost
from tests.server import Server

ROUNDS, MANY_ROUNDS = 3, 50
LATEST_SECONDS = 0.6  # after the first answers of a round at which the end may come
POSTGRESQL = pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
WORKER_SECONDS = 60  # for a worker to be replaced

CUT = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


@pytest.fixture
def database_url(own_database_url: str) -> str:
    """A database of the test's own: other tests' connections to a shared one would be cut as well."""
    return own_database_url


def work_until_killed(server: Server, load: Load, chance: random.Random) -> None:
    """Load a running server and kill it, workers and all, at some moment."""
    with load.running():
        load.wait_for(20)
        time.sleep(chance.uniform(0, LATEST_SECONDS))
        server.stop()


def assert_kills_lose_nothing(
    server: Server, load: Load, database: Database, *, rounds: int, chance: random.Random
) -> None:
    for _ in range(rounds):
        work_until_killed(server, load, chance)
        assert_nothing_lost(database, load.journals)
        server.start()
        load.resend()
        assert_nothing_lost(database, load.journals)
    assert load.statuses.keys() == {0, 200}


def test_killed_server_has_kept_what_it_acknowledged(
    serving: MakeServer, loading: Callable[[Server], Load], database: Database
) -> None:
    server = serving()
    assert_kills_lose_nothing(server, loading(server), database, rounds=ROUNDS, chance=random.Random(19))


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_fifty_kills_lose_nothing(
    serving: MakeServer, loading: Callable[[Server], Load], database: Database
) -> None:
    server = serving()
    assert_kills_lose_nothing(server, loading(server), database, rounds=MANY_ROUNDS, chance=random.Random(50))


@POSTGRESQL
def test_four_workers_killed_at_once_have_kept_what_they_acknowledged(
    serving: MakeServer, loading: Callable[[Server], Load], database: Database
) -> None:
    server = serving(workers=4)
    assert_kills_lose_nothing(server, loading(server), database, rounds=1, chance=random.Random(4))


@POSTGRESQL
def test_killed_worker_is_replaced_while_the_others_go_on(
    serving: MakeServer, loading: Callable[[Server], Load], database: Database
) -> None:
    server = serving(workers=4)
    load = loading(server)
    with load.running():
        load.wait_for(40)
        before = server.worker_ids()
        os.kill(before[0], signal.SIGKILL)
        load.wait_for(200)
        deadline = time.monotonic() + WORKER_SECONDS
        while len(server.worker_ids()) < 4 or before[0] in server.worker_ids():
            assert time.monotonic() < deadline, server.worker_ids()
            time.sleep(0.05)
        load.wait_for(40)
    load.resend()
    assert_nothing_lost(database, load.journals)
    assert load.statuses.keys() <= {0, 200}
    # Only the senders that were connected to it lost their connection; the rest never noticed.
    assert load.statuses[0] <= 4


@POSTGRESQL
def test_cut_database_connections_lose_nothing_that_was_acknowledged(
    serving: MakeServer, loading: Callable[[Server], Load], database: Database
) -> None:
    server = serving()
    load, chance = loading(server), random.Random(21)
    with load.running():
        for _ in range(ROUNDS):
            load.wait_for(20)
            time.sleep(chance.uniform(0, 0.3))
            with database.engine.begin() as connection:
                connection.execute(CUT)
            load.wait_for(20)
    load.resend()
    assert_nothing_lost(database, load.journals)
    assert load.statuses.keys() <= {200, 503}
