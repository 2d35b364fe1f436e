"""The daily purge of a running server."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, select, text
from structlog.testing import capture_logs

from app import housekeeping as module
from app.database import Database
from app.db_models import events
from app.housekeeping import housekeeping
from app.services import corrections
from tests.raters import add_user
from tests.recording import record_session
from tests.server import free_port
from tests.waiting import PATIENCE_SECONDS, wait_until

ROOT = Path(__file__).resolve().parents[2]
SERVER = """
import sys
import uvicorn
from app.main import create_app

uvicorn.run(create_app(housekeeping_after=0.1), port=int(sys.argv[1]))
"""


def deleted_long_ago(database: Database) -> None:
    """A session that was deleted 31 days ago."""

    def record(connection: Connection) -> None:
        user = add_user(connection)
        uid = record_session(connection, user, datetime(2026, 3, 2, 9, tzinfo=UTC), [5, 5])
        corrections.delete_session(connection, user, uid, datetime.now(UTC) - timedelta(days=31))

    database.write_now(record)


def rows(database: Database) -> int:
    """The number of rows in the log."""
    with database.engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(events)).scalar_one()


def test_running_server_purges_what_was_deleted_and_exits_with_0(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    deleted_long_ago(database)
    log = tmp_path / "server.log"
    environment = {**os.environ, "SECRET_KEY": "k" * 40, "DATABASE_URL": database_url}
    with log.open("w") as stderr:
        command = [sys.executable, "-c", SERVER, str(free_port())]
        server = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=stderr)
    try:
        wait_until(lambda: '"purged"' in log.read_text())
        server.send_signal(signal.SIGINT)
        server.wait(PATIENCE_SECONDS)
    finally:
        server.kill()
    said = [json.loads(line) for line in log.read_text().splitlines() if '"purged"' in line]
    assert [(line["sessions"], line["rows"]) for line in said] == [(1, 3)]
    assert rows(database) == 0
    assert "Traceback" not in log.read_text()


def test_failed_housekeeping_is_logged_and_retried(
    own_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RETRY_SECONDS", 0.01)
    database = Database(own_database_url)
    deleted_long_ago(database)

    def rename(old: str, new: str) -> None:
        database.write_now(lambda conn: conn.execute(text(f"ALTER TABLE {old} RENAME TO {new}")))

    async def work() -> None:
        rename("deletions", "renamed")
        async with housekeeping(database, 0.0):
            await asyncio.to_thread(wait_until, lambda: bool(said))
            await asyncio.to_thread(rename, "renamed", "deletions")
            await asyncio.to_thread(wait_until, lambda: rows(database) == 0)

    with capture_logs() as said:
        asyncio.run(asyncio.wait_for(work(), PATIENCE_SECONDS))
    database.close()
    assert (said[0]["event"], said[0]["log_level"]) == ("housekeeping failed", "error")


def test_housekeeping_ends_at_once_while_it_waits(database: Database) -> None:
    async def work() -> None:
        async with housekeeping(database):
            pass

    asyncio.run(asyncio.wait_for(work(), PATIENCE_SECONDS))
