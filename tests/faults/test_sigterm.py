"""SIGTERM under load: what was begun is finished and answered, and the server ends in good order."""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import pytest
from sqlalchemy import text

from app.database import Database
from tests.faults.conftest import MakeServer
from tests.faults.load import Load, assert_nothing_lost, recorded_ids
from tests.server import Server

UNDER_WAY_SECONDS = 0.5  # for each sender's request to have reached the lock
HELD_SECONDS = 1.5  # after the signal: less than the server waits for requests in flight


@contextmanager
def no_event_goes_in(database: Database) -> Iterator[None]:
    """Another process's lock meanwhile: whatever writes an event waits for it."""
    if database.is_sqlite:
        with closing(sqlite3.connect(str(database.engine.url.database), isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
            other.execute("ROLLBACK")
        return
    with database.engine.begin() as connection:
        connection.execute(text("LOCK TABLE events IN EXCLUSIVE MODE"))
        yield


@pytest.mark.parametrize(
    ("engine_name", "workers"),
    [("sqlite", 1), ("postgresql", 1), ("postgresql", 4)],
    indirect=["engine_name"],
)
def test_requests_in_flight_at_sigterm_are_finished(
    serving: MakeServer, loading: Callable[[Server], Load], database: Database, workers: int
) -> None:
    server = serving(workers=workers)
    load, codes = loading(server), []
    ending = threading.Thread(target=lambda: codes.append(server.terminate()))
    with load.running():
        load.wait_for(20)
        with no_event_goes_in(database):
            time.sleep(UNDER_WAY_SECONDS)
            answered, lost = load.acknowledged, load.statuses[0]
            ending.start()
            time.sleep(HELD_SECONDS)
            assert (load.acknowledged, load.statuses[0] - lost, codes) == (answered, 0, [])
        ending.join()
    assert codes == [0]
    assert load.acknowledged > answered
    assert load.statuses.keys() == {0, 200}  # 0: who came too late found nobody
    assert_nothing_lost(database, load.journals)
    # Nothing was done that its sender did not hear of.
    for journal in load.journals:
        assert set(recorded_ids(database, journal.rater)) == journal.acknowledged


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_server_under_load_exits_with_0_on_sigterm(
    serving: MakeServer, loading: Callable[[Server], Load], database: Database
) -> None:
    server = serving()
    load = loading(server)
    with load.running():
        load.wait_for(60)
        assert server.terminate() == 0
    assert load.statuses.keys() == {0, 200}
    for journal in load.journals:
        assert set(recorded_ids(database, journal.rater)) == journal.acknowledged
    assert_nothing_lost(database, load.journals)
