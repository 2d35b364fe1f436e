"""SQLite that cannot be written to: reading goes on, writing is answered with 503, and afterwards all is as before."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import httpx2
import pytest

from app.database import Database
from tests.faults.conftest import MakeServer
from tests.faults.disk import Disk, LimitedFiles, small_disk
from tests.faults.load import Load, assert_nothing_lost
from tests.raters import Rater
from tests.server import Server

BOUND_SECONDS = 30  # within which a request is answered
SENDERS = 4
READINGS = ["/sessions/current", "/sessions/recent", "/dashboard/today/json", "/health", "/health/live"]
PAGES = ["/dashboard/today", "/profile", "/export/questions.csv?from=2024-03-04&to=2024-03-05"]


@pytest.fixture(params=["disk", "limit"])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Disk]:
    """Where the database lies, soon to be full. Where nothing may be mounted, both are the limit."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if request.param == "limit":
        yield LimitedFiles(folder)
        return
    with small_disk(folder) as disk:
        yield disk


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path, sqlite_template: Path) -> str:
    """A database on that disk, where the test has one."""
    folder = request.getfixturevalue("disk").folder if "disk" in request.fixturenames else tmp_path
    path = folder / "app.db"
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"


def read_everything(server: Server, rater: Rater) -> list[int]:
    """The statuses of readings and pages."""
    asked = [(path, rater.token) for path in READINGS] + [(path, rater.login) for path in READINGS + PAGES]
    return [
        httpx2.get(server.url + path, headers=headers, timeout=4 * BOUND_SECONDS).status_code
        for path, headers in asked
    ]


def assert_refusals_are_in_order(load: Load) -> None:
    refused = [reply for reply in load.replies if reply.status != 200]
    assert {(reply.status, reply.headers["retry-after"]) for reply in refused} == {(503, "5")}
    assert [reply.seconds for reply in load.replies if reply.seconds > BOUND_SECONDS] == []


def test_reading_goes_on_while_another_process_holds_the_lock_and_writing_recovers(
    serving: MakeServer, loading: Callable[[Server], Load], database: Database
) -> None:
    server = serving()
    load = loading(server)
    with load.running(), closing(sqlite3.connect(str(database.engine.url.database))) as other:
        load.wait_for(20)
        other.isolation_level = None
        other.execute("BEGIN IMMEDIATE")
        acknowledged = load.acknowledged
        # All of this happens while the lock is held: a reading that waited for it would never return.
        assert set(read_everything(server, load.journals[0].rater)) == {200}
        load.wait_for_status(503, SENDERS + 1)  # the second to refuse one of them has waited for ten seconds
        assert load.acknowledged - acknowledged <= SENDERS * 5  # those that were answered just then
        other.execute("ROLLBACK")
        load.wait_for(20)
    assert_refusals_are_in_order(load)
    load.resend()
    assert_nothing_lost(database, load.journals)


def test_full_disk_is_answered_and_survived(
    serving: MakeServer, loading: Callable[[Server], Load], database: Database, disk: Disk
) -> None:
    server = serving()
    load = loading(server)
    with load.running():
        load.wait_for(20)
        disk.fill(server)
        load.wait_for_status(503, 10 * SENDERS)
        assert set(read_everything(server, load.journals[0].rater)) == {200}
        disk.free(server)
        load.wait_for(20)
    assert disk.complaint in server.log
    assert_refusals_are_in_order(load)
    load.resend()
    assert_nothing_lost(database, load.journals)


def test_full_disk_takes_no_log_either_and_a_kill_on_it_loses_nothing(
    serving: MakeServer, loading: Callable[[Server], Load], database: Database, disk: Disk
) -> None:
    server = serving(folder=disk.folder)
    load = loading(server)
    with load.running():
        load.wait_for(20)
        disk.fill(server)
        load.wait_for_status(503, 10 * SENDERS)
        assert set(read_everything(server, load.journals[0].rater)) == {200}
        server.stop()
        load.wait_for_status(0, 1)
    assert load.statuses.keys() == {0, 200, 503}
    disk.free(server)
    server.start()
    load.resend()
    assert_nothing_lost(database, load.journals)
