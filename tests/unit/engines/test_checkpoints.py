"""SQLite's write-ahead log: copied while commits go on, bounded, and complete after the end."""

import asyncio
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text

from app.database import Database
from app.engines import sqlite, sqlite_checkpoints

ADD = text("INSERT INTO throttles (key, failures, last_failure_at, blocked_until) VALUES (:key, 1, 0, 0)")
COMMITS = 200
PAGE_BYTES = 4096 + 24  # in the log


@pytest.fixture
def file(tmp_path: Path, sqlite_template: Path) -> Path:
    return Path(shutil.copy(sqlite_template, tmp_path / "app.db"))


def write_many(database: Database) -> None:
    """So many commits, one after the other."""

    def add(connection: Connection, key: str) -> None:
        connection.execute(ADD, {"key": key})

    async def write() -> None:
        for number in range(COMMITS):
            await database.write(
                lambda conn, key=str(number): add(conn, key),  # type: ignore[misc]
                quick=lambda conn, key=str(number): add(conn, key),  # type: ignore[misc]
            )

    asyncio.run(write())


def count(file: Path) -> int:
    with closing(sqlite3.connect(file)) as connection:
        (found,) = connection.execute("SELECT count(*) FROM throttles").fetchone()
    return int(found)


def test_no_commit_copies_the_log_until_it_is_long(file: Path) -> None:
    """SQLite's own limit is 1,000 pages, reached every few hundred events."""
    database = Database(f"sqlite:///{file}")
    pages = database.read_now(lambda conn: conn.exec_driver_sql("PRAGMA wal_autocheckpoint").scalar())
    database.close()
    assert pages == sqlite_checkpoints.PAGES_AT_MOST == 20_000


def test_log_is_copied_beside_the_commits_and_nothing_is_lost(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_checkpoints, "COMMITS_BETWEEN", COMMITS // 2)
    database = Database(f"sqlite:///{file}")
    write_many(database)
    backend: Any = database._backend
    backend._checkpoints.close()
    assert 1 <= backend._checkpoints.done <= 2
    without_log = Path(shutil.copy(file, file.with_name("copy.db")))
    assert count(without_log) >= COMMITS // 2
    database.close()
    assert not file.with_name("app.db-wal").exists()
    assert count(file) == COMMITS


def test_log_is_bounded_also_where_commits_follow_each_other_without_a_pause(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    most = 60
    monkeypatch.setattr(sqlite, "PAGES_AT_MOST", most)
    database = Database(f"sqlite:///{file}")
    write_many(database)
    size = file.with_name("app.db-wal").stat().st_size
    database.close()
    assert size <= 2 * most * PAGE_BYTES  # 200 commits write several hundred pages
