"""Writes that share a commit: where one of them fails, no other is told that it is stored while it is not."""

import asyncio
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select

from app.database import Database, Unavailable
from app.db_models import throttles
from app.engines.jobs import Brief, Steps

IMPOSSIBLE = "SELECT 1 / (SELECT count(*) FROM throttles WHERE key = 'nobody')"
NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
LAST = 2  # step
NEIGHBOURS = ["one", "two", "three"]


def driver_of(connection: Connection) -> Any:
    return connection.connection.driver_connection


def add(connection: Connection, key: str) -> str:
    connection.execute(insert(throttles).values(key=key, failures=1, last_failure_at=NOW, blocked_until=NOW))
    return key


def adding(key: str, step: int) -> Callable[[Connection], Steps[str]]:
    """The same as brief work: something asked, then something written, at one step or the next."""

    def steps(connection: Connection) -> Steps[str]:
        asked = driver_of(connection).execute("SELECT 1")
        yield
        asked.fetchone()
        if step == LAST:
            yield
        driver_of(connection).execute("INSERT INTO throttles VALUES (%s, 1, 1, 1)", (key,), prepare=True)
        return key

    return steps


def failing(step: int) -> Callable[[Connection], Steps[str]]:
    """Brief work of which a statement fails: one asked, one in between, or one written."""

    def steps(connection: Connection) -> Steps[str]:
        for number in range(LAST + 1):
            if number == step:
                driver_of(connection).execute(IMPOSSIBLE)
            if number < LAST:
                yield
        return "done"

    return steps


def holding(begun: threading.Event, released: threading.Event) -> Callable[[Connection], Steps[str]]:
    """Keeps the others waiting until it is released."""

    def steps(_connection: Connection) -> Steps[str]:
        begun.set()
        released.wait()
        yield
        yield
        return "held"

    return steps


def fail(connection: Connection) -> str:
    raise LookupError("by itself it fails too")


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)  # SQLite undoes one of them alone
@pytest.mark.parametrize("written", [1, LAST])
@pytest.mark.parametrize("failed", [0, 1, LAST])
@pytest.mark.parametrize("before", [0, 2])
def test_write_that_fails_takes_no_acknowledged_neighbour_along(
    database: Database, written: int, failed: int, before: int
) -> None:
    async def write_all() -> list[Any]:
        writes: list[Any] = [
            database.write(lambda conn, key=key: add(conn, key), brief=Brief(adding(key, written)), owner=key)  # type: ignore[misc]
            for key in NEIGHBOURS
        ]
        writes.insert(before, database.write(fail, brief=Brief(failing(failed)), owner="failing"))
        begun, released = threading.Event(), threading.Event()
        first = asyncio.create_task(database.write(fail, brief=Brief(holding(begun, released))))
        await asyncio.to_thread(begun.wait)
        together = asyncio.gather(*writes, return_exceptions=True)
        await asyncio.sleep(0)  # now all of them wait, and will go together
        released.set()
        await first
        return await together

    told = asyncio.run(write_all())
    failure = told.pop(before)
    stored = database.read_now(lambda conn: conn.execute(select(throttles.c.key)).scalars().all())
    assert (told, sorted(stored)) == (NEIGHBOURS, sorted(NEIGHBOURS))
    assert isinstance(failure, LookupError)


def committed_unheard(key: str) -> Callable[[Connection], Steps[str]]:
    """Brief work that is committed, after which the connection breaks before anybody hears of it."""

    def steps(connection: Connection) -> Steps[str]:
        yield
        yield
        driver_of(connection).execute("INSERT INTO throttles VALUES (%s, 1, 1, 1)", (key,))
        driver_of(connection).execute("COMMIT")
        driver_of(connection).execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return key

    return steps


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
def test_write_that_nobody_knows_the_end_of_is_not_done_again(database: Database) -> None:
    """An event that came without an id would be recorded twice."""

    async def write() -> None:
        await database.write(lambda conn: add(conn, "again"), brief=Brief(committed_unheard("once")))

    with pytest.raises(Unavailable):
        asyncio.run(write())
    stored = database.read_now(lambda conn: conn.execute(select(throttles.c.key)).scalars().all())
    assert stored == ["once"]
