"""Starts: on an empty database by several at once, on an older one, on a newer one, and without one."""

import os
import signal
from collections.abc import Collection, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import make_url, text

from app.config import Settings
from app.database import Database
from app.db_models import metadata
from app.engines.postgresql import STATEMENT_SECONDS, TimeoutConnection
from app.schema import exclusive_transaction, revisions
from app.services.verification import differences
from tests import revision_0002
from tests.faults.conftest import MakeServer
from tests.faults.proxy import Proxy, through, to_postgresql
from tests.raters import new_rater

POSTGRESQL = pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
STARTERS = 4
# How columns are called now that an older program called otherwise; those that are gone have no name.
RENAMED = {
    "at": "at_us",
    "received_at": "received_us",
    "idle": "idle_us",
    "discard_marked_at": "discard_marked_us",
    "started_at": "started_us",
    "ended_at": "ended_us",
    "last_at": "last_us",
    "raw": "raw_us",
    "active": "active_us",
    "paused": "paused_us",
    "own_target": "own_target_us",
}
GONE = {"state", "effect", "undoes", "undone_by", "below"}
TOO_NEW = (
    "The database has schema revision from-the-future, which this version of RaterHub Tracker does not know. "
    "Start the newer version that made it, or restore a backup.\n"
)
AWAY = "The database does not answer at the moment.\n"
END_SECONDS = 60


@pytest.fixture
def database_url(own_database_url: str) -> str:
    """A database whose tables a test may change."""
    return own_database_url


@pytest.fixture
def bare(database: Database) -> Database:
    """A database without a table."""
    with database.engine.begin() as connection:
        metadata.drop_all(connection)
        connection.execute(text("DROP TABLE alembic_version"))
    return database


def state_of(database: Database) -> tuple[str | None, list[Any]]:
    """The schema's revision, and in what it differs from the models."""
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        return context.get_current_revision(), list(compare_metadata(context, metadata))


def press_next(url: str, headers: dict[str, str]) -> int:
    return httpx2.post(f"{url}/events", json={"type": "NEXT"}, headers=headers, timeout=60).status_code


def test_four_servers_starting_at_once_on_an_empty_database_make_one_schema(
    serving: MakeServer, bare: Database, settings: Settings
) -> None:
    servers = [serving(start=False) for _ in range(STARTERS)]
    for server in servers:
        server.launch()
    for server in servers:
        server.wait_until_it_answers()
    assert state_of(bare) == (revisions()[-1], [])
    rater = new_rater(bare, settings)
    assert [press_next(server.url, rater.token) for server in servers] == [200] * STARTERS
    recent = httpx2.get(f"{servers[0].url}/sessions/recent", headers=rater.token, timeout=60).json()
    assert [session["current_question_index"] for session in recent] == [STARTERS]


@POSTGRESQL
def test_four_workers_starting_on_an_empty_database_make_one_schema(
    serving: MakeServer, bare: Database, settings: Settings
) -> None:
    server = serving(workers=STARTERS)
    assert state_of(bare) == (revisions()[-1], [])
    assert press_next(server.url, new_rater(bare, settings).token) == 200


@pytest.fixture
def older(bare: Database) -> dict[str, list[dict[str, Any]]]:
    """The rows with which a program of revision 0002 filled the database."""
    with exclusive_transaction(bare.engine) as connection:
        revision_0002.create_tables(connection)
        return revision_0002.add_rows(connection)


def kept(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """An older table's rows as they must be now. What was deleted may be purged; undone closings are gone."""
    return [
        {RENAMED.get(name, name): value for name, value in row.items() if name not in GONE}
        for row in sorted(rows, key=lambda row: list(row.values())[:2])
        if row.get("deletion") is None and row.get("undone_by") is None
    ]


def stored(database: Database, table: str, columns: Collection[str]) -> list[dict[str, Any]]:
    """The rows of a table now."""
    order = ", ".join(list(columns)[:2])
    query = text(f"SELECT {', '.join(columns)} FROM {table} ORDER BY {order}")
    rows = database.read_now(lambda conn: [dict(row) for row in conn.execute(query).mappings()])
    return [row for row in rows if row.get("deletion") is None]


def test_older_database_is_migrated_at_the_start_and_nothing_of_it_changes(
    serving: MakeServer,
    database: Database,
    older: dict[str, list[dict[str, Any]]],
    tmp_path: Path,
    settings: Settings,
) -> None:
    server = serving()
    assert state_of(database) == (revisions()[-1], [])
    for table in ("events", "sessions", "questions", "users"):
        expected = kept(older[table])
        if table == "events":
            for row in expected:
                row.pop("purged", None)
        assert stored(database, table, expected[0]) == expected
    for user in older["users"]:
        assert database.read_now(partial(differences, user_id=user["id"])) == []
    assert press_next(server.url, new_rater(database, settings).token) == 200
    copies = [path.name for path in tmp_path.glob("*.backup-*")]
    assert copies == (["own.db.backup-0002"] if database.is_sqlite else [])


@pytest.mark.parametrize("workers", [1, 2])
def test_newer_database_is_refused_with_one_sentence(
    serving: MakeServer, database: Database, workers: int
) -> None:
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'from-the-future'"))
    server = serving(start=False, workers=workers)
    server.launch()
    assert server.running.wait(timeout=END_SECONDS) == 1
    # Warnings about the configuration are lines of JSON.
    assert [line for line in server.log.splitlines(keepends=True) if not line.startswith("{")] == [TOO_NEW]


@pytest.fixture
def proxy(settings: Settings) -> Iterator[Proxy]:
    with Proxy(to_postgresql(make_url(settings.database_url))) as proxy:
        yield proxy


@POSTGRESQL
def test_start_without_a_database_is_refused_with_one_sentence(
    serving: MakeServer, proxy: Proxy, settings: Settings
) -> None:
    proxy.close()
    server = serving(start=False, database_url=through(proxy, make_url(settings.database_url)))
    server.launch()
    assert server.running.wait(timeout=END_SECONDS) == 1
    assert server.log == AWAY


@POSTGRESQL
def test_worker_that_cannot_be_replaced_ends_the_server_with_a_failure(
    serving: MakeServer, proxy: Proxy, settings: Settings
) -> None:
    """So that whoever looks after the server starts it anew."""
    server = serving(workers=2, database_url=through(proxy, make_url(settings.database_url)))
    proxy.close()
    proxy.reset()
    os.kill(server.worker_ids()[0], signal.SIGKILL)
    assert server.running.wait(timeout=END_SECONDS) == 3


@POSTGRESQL
def test_migration_takes_as_long_as_it_takes(database: Database) -> None:
    """No limit that holds for requests ends it half way, nor the waiting of the other starters."""
    limits = text("SELECT current_setting('statement_timeout'), current_setting('lock_timeout')")
    with exclusive_transaction(database.engine) as connection:
        driver = connection.connection.driver_connection
        assert isinstance(driver, TimeoutConnection)
        assert (connection.execute(limits).one(), driver.timeout_seconds) == (("0", "0"), None)
    assert driver.timeout_seconds == STATEMENT_SECONDS
    assert database.read_now(lambda conn: conn.execute(limits).one()) == ("15s", "8s")
