"""Writes that share a commit: where one of them fails, no other is told that it is stored while it is not."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Connection, bindparam, insert, null, select, update
from sqlalchemy.exc import IntegrityError

from app.database import Database, Unavailable
from app.db_models import throttles
from app.store.statements import Statement

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
ADD = Statement(
    insert(throttles).values(
        key=bindparam("key"), failures=1, last_failure_at=bindparam("now"), blocked_until=bindparam("now")
    )
)
IMPOSSIBLE = Statement(update(throttles).values(key=null()))
NEIGHBOURS = ["one", "two", "three"]


def driver_of(connection: Connection) -> Any:
    return connection.connection.driver_connection


def add(connection: Connection, key: str) -> str:
    ADD.run(connection, {"key": key, "now": NOW})
    return key


def failing(first: str, last: str) -> Callable[[Connection], str]:
    """Writes, sends a statement that fails, and writes again."""

    def work(connection: Connection) -> str:
        add(connection, first)
        IMPOSSIBLE.run(connection, {})
        add(connection, last)
        return "done"

    return work


def quickly(key: str) -> Callable[[Connection], str]:
    """Adds a row."""

    def work(connection: Connection) -> str:
        return add(connection, key)

    return work


@pytest.mark.parametrize("before", [0, 2])
def test_quick_write_that_fails_takes_no_acknowledged_neighbour_along(
    database: Database, before: int
) -> None:
    async def write_all() -> list[Any]:
        writes: list[Any] = [
            database.write(lambda conn, key=key: add(conn, key), quick=quickly(key), owner=key)  # type: ignore[misc]
            for key in NEIGHBOURS
        ]
        writes.insert(before, database.write(failing("x", "y"), quick=failing("x", "y"), owner="failing"))
        return list(await asyncio.gather(*writes, return_exceptions=True))

    told = asyncio.run(write_all())
    failure = told.pop(before)
    stored = database.read_now(lambda conn: conn.execute(select(throttles.c.key)).scalars().all())
    assert (told, sorted(stored)) == (NEIGHBOURS, sorted(NEIGHBOURS))
    assert type(failure) is IntegrityError


def committed_unheard(key: str) -> Callable[[Connection], str]:
    """Work that is committed, after which the connection breaks before anybody hears of it."""

    def work(connection: Connection) -> str:
        add(connection, key)
        driver_of(connection).execute("COMMIT")
        driver_of(connection).execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return key

    return work


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
def test_write_with_unknown_outcome_is_not_retried(database: Database) -> None:
    """An event that came without an id would be recorded twice."""

    async def write() -> None:
        await database.write(lambda conn: add(conn, "again"), quick=committed_unheard("once"))

    with pytest.raises(Unavailable):
        asyncio.run(write())
    stored = database.read_now(lambda conn: conn.execute(select(throttles.c.key)).scalars().all())
    assert stored == ["once"]
