"""Reading and writing: one commit for many, nothing acknowledged that was not committed, conflicts tried again."""

import asyncio
import os
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event, text
from sqlalchemy.exc import DBAPIError, OperationalError

from app.database import Database, Unavailable
from app.engines import sqlite
from app.schema import prepare

ADD = text("INSERT INTO throttles (key, failures, last_failure_at, blocked_until) VALUES (:key, 1, 0, 0)")
KEYS = text("SELECT key FROM throttles ORDER BY key")


def add(key: str) -> Callable[[Connection], str]:
    def work(connection: Connection) -> str:
        connection.execute(ADD, {"key": key})
        return key

    return work


def keys(database: Database) -> list[str]:
    return database.read_now(lambda connection: list(connection.execute(KEYS).scalars()))


def test_write_returns_what_its_function_returns(database: Database) -> None:
    assert (asyncio.run(database.write(add("a"))), keys(database)) == ("a", ["a"])


def test_function_that_raises_takes_back_its_own_changes_alone(database: Database) -> None:
    def fail(connection: Connection) -> None:
        add("gone")(connection)
        raise ValueError("changed my mind")

    async def together() -> list[Any]:
        works = [database.write(add("a")), database.write(fail), database.write(add("b"))]
        return list(await asyncio.gather(*works, return_exceptions=True))

    first, second, third = asyncio.run(together())
    assert (first, type(second), third, keys(database)) == ("a", ValueError, "b", ["a", "b"])


def test_broken_statement_harms_no_other_and_stays_what_it_is(database: Database) -> None:
    async def together() -> list[Any]:
        works = [
            database.write(add("a")),
            database.write(lambda connection: connection.execute(text("SELECT nope"))),
            database.write(add("b")),
        ]
        return list(await asyncio.gather(*works, return_exceptions=True))

    first, second, third = asyncio.run(together())
    assert (first, isinstance(second, DBAPIError), third, keys(database)) == ("a", True, "b", ["a", "b"])


def test_commit_that_fails_acknowledges_nothing(database: Database) -> None:
    """Law 7: whoever waits learns of success only after the commit."""

    full = sqlite3.OperationalError("disk full")
    full.sqlite_errorcode = sqlite3.SQLITE_FULL  # as the driver sets it

    def fail(_connection: Connection) -> None:
        raise OperationalError("COMMIT", None, full)

    event.listen(database.engine, "commit", fail)
    with ThreadPoolExecutor(4) as threads:
        waiting = [threads.submit(database.write_now, add(key)) for key in "abcd"]
    event.remove(database.engine, "commit", fail)
    assert [type(future.exception()) for future in waiting] == [Unavailable] * 4
    assert keys(database) == []
    assert database.write_now(add("later")) == "later"


def test_waiting_functions_share_one_commit(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'app.db'}")
    commits: list[int] = []
    event.listen(database.engine, "commit", lambda _connection: commits.append(1))

    async def write_many() -> None:
        await asyncio.gather(*[database.write(lambda connection: None) for _ in range(10)])

    asyncio.run(write_many())
    database.close()
    assert len(commits) == 1


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such rights")
def test_sqlite_file_is_closed_to_others(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'new.db'}")
    prepare(database)
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.glob("new.db*")}
    database.close()
    assert modes == dict.fromkeys(modes, 0o600)
    assert "new.db" in modes


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)  # SQLite's one writer meets nobody
def test_serialization_failure_is_tried_again(database: Database) -> None:
    attempts: list[int] = []

    def meet_another(connection: Connection) -> int:
        attempts.append(1)
        add("kept")(connection)
        if len(attempts) < 3:
            connection.execute(text("DO $$ BEGIN RAISE EXCEPTION 'met' USING ERRCODE = '40001'; END $$"))
        return len(attempts)

    assert (database.write_now(meet_another), keys(database)) == (3, ["kept"])


def test_acknowledged_means_on_the_disk(database: Database) -> None:
    """Law 7: the engines are told to wait for the disk."""
    if database.is_sqlite:
        names = ["synchronous", "journal_mode", "foreign_keys"]
        found = database.write_now(
            lambda connection: [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names]
        )
        assert found == [2, "wal", 1]
    else:
        found = database.write_now(
            lambda connection: [connection.execute(text("SHOW synchronous_commit")).scalar()]
        )
        assert found == ["on"]


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)  # PostgreSQL locks rows
def test_database_that_is_locked_answers_unavailable_and_recovers(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.2)
    impatient = Database(database.engine.url.render_as_string(hide_password=False))
    with sqlite3.connect(str(database.engine.url.database), isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unavailable):
            impatient.write_now(add("blocked"))
        other.execute("ROLLBACK")
    other.close()
    assert impatient.write_now(add("later")) == "later"
    impatient.close()
