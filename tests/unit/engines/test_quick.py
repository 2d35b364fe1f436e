"""What is passed to `write` as `quick`: run in the event loop, or pipelined. It is undone where it raises."""

import asyncio
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Connection, bindparam, event, insert, select, text
from sqlalchemy.exc import OperationalError

from app.database import Database, NotQuick, Unavailable
from app.db_models import throttles
from app.store.statements import Statement

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
ADD = Statement(
    insert(throttles).values(
        key=bindparam("key"),
        failures=1,
        last_failure_at=bindparam("at"),
        blocked_until=bindparam("at"),
    )
)
KEYS = Statement(select(throttles.c.key).order_by(throttles.c.key))
SLOW = text("SELECT key FROM throttles ORDER BY key")


Work = Callable[[Connection], str]


def adding(key: str, *, fails_at: int = 0, error: type[Exception] = ValueError) -> Work:
    """Adds a row; or raises before it has asked anything (1), after that (2), or after it has written (3)."""

    def work(connection: Connection) -> str:
        if fails_at == 1:
            raise error
        KEYS.rows(connection, {})
        if fails_at == 2:
            raise error
        ADD.run(connection, {"key": key, "at": NOW})
        if fails_at == 3:
            raise error
        return key

    return work


def add_row(key: str) -> Work:
    """Adds a row."""

    def work(connection: Connection) -> str:
        ADD.run(connection, {"key": key, "at": NOW})
        return key

    return work


def alone(key: str) -> Work:
    """Adds a row without being quick; it says so in its result."""

    def work(connection: Connection) -> str:
        ADD.run(connection, {"key": key, "at": NOW})
        return f"{key}, alone"

    return work


def keys(database: Database) -> list[str]:
    return database.read_now(lambda connection: list(connection.execute(SLOW).scalars()))


def write_all(database: Database, *jobs: tuple[str, Work]) -> list[Any]:
    """Passed at once, each by another user."""

    async def together() -> list[Any]:
        writes = [
            database.write(alone(key), quick=quick, owner=number) for number, (key, quick) in enumerate(jobs)
        ]
        return list(await asyncio.gather(*writes, return_exceptions=True))

    return asyncio.run(together())


@pytest.mark.parametrize("step", [1, 2, 3])
def test_quick_work_that_raises_harms_no_neighbour(database: Database, step: int) -> None:
    def fail(_connection: Connection) -> str:
        raise ValueError

    async def together() -> list[Any]:
        quick = {"a": adding("a"), "x": adding("x", fails_at=step), "b": adding("b")}
        works = {"a": add_row("a"), "x": fail, "b": add_row("b")}
        writes = [database.write(works[key], quick=quick[key], owner=key) for key in quick]
        return list(await asyncio.gather(*writes, return_exceptions=True))

    first, second, third = asyncio.run(together())
    assert (first, type(second), third, keys(database)) == ("a", ValueError, "b", ["a", "b"])
    assert database.figures().writes == 2


@pytest.mark.parametrize("step", [1, 2, 3])
def test_work_that_is_not_quick_is_done_otherwise_once(database: Database, step: int) -> None:
    late = adding("late", fails_at=step, error=NotQuick)
    assert write_all(database, ("late", late)) == ["late, alone"]
    assert write_all(
        database, ("a", adding("a")), ("later", adding("later", fails_at=1, error=NotQuick))
    ) == [
        "a",
        "later, alone",
    ]
    assert keys(database) == ["a", "late", "later"]


def test_quick_work_that_changes_nothing_costs_no_commit(database: Database) -> None:
    late, wrong = adding("late", fails_at=2, error=NotQuick), adding("x", fails_at=2)
    assert write_all(database, ("late", late))[0] == "late, alone"
    assert isinstance(write_all(database, ("x", wrong))[0], ValueError)
    assert database.figures().commits == 1


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_commit_that_fails_acknowledges_no_quick_work(database: Database) -> None:
    full = sqlite3.OperationalError("disk full")
    full.sqlite_errorcode = sqlite3.SQLITE_FULL  # as the driver sets it

    def fail(_connection: Connection) -> None:
        raise OperationalError("COMMIT", None, full)

    event.listen(database.engine, "commit", fail)
    outcomes = write_all(database, ("a", adding("a")), ("b", adding("b")))
    event.remove(database.engine, "commit", fail)
    assert ([type(outcome) for outcome in outcomes], keys(database)) == ([Unavailable, Unavailable], [])
    assert write_all(database, ("c", adding("c"))) == ["c"]


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_quick_work_is_run_inline_again_after_slow_work(database: Database) -> None:
    async def work() -> list[str]:
        return [
            await database.write(alone("slow")),
            *[await database.write(alone(key), quick=adding(key), owner=1) for key in "ab"],
        ]

    assert asyncio.run(work()) == ["slow, alone", "a", "b"]
    assert database.figures().commits == 3


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_quick_work_waits_for_a_lock_that_another_holds(database: Database) -> None:
    async def work() -> str:
        with database.engine.connect() as other:
            driver: Any = other.connection.driver_connection
            driver.execute("BEGIN IMMEDIATE")
            writing = asyncio.create_task(database.write(alone("a"), quick=adding("a"), owner=1))
            await asyncio.sleep(0.2)
            assert not writing.done()
            driver.execute("ROLLBACK")
            return await writing

    assert (asyncio.run(work()), keys(database)) == ("a, alone", ["a"])


def test_inline_read_sees_what_was_written_and_passes_on_what_it_raises(database: Database) -> None:
    def look(connection: Connection) -> list[str]:
        return [key for (key,) in KEYS.rows(connection, {})]

    def refuse(_connection: Connection) -> list[str]:
        raise ValueError

    async def work() -> tuple[list[str], list[Any]]:
        await database.write(alone("a"), quick=adding("a"))
        both = await asyncio.gather(
            database.read(look, inline=True), database.read(refuse, inline=True), return_exceptions=True
        )
        return await database.read(look, inline=True), list(both)

    seen, both = asyncio.run(work())
    assert (seen, both[0], type(both[1])) == (["a"], ["a"], ValueError)


def test_closed_database_takes_no_quick_work(database: Database) -> None:
    assert write_all(database, ("a", adding("a"))) == ["a"]
    database.close()
    assert [type(outcome) for outcome in write_all(database, ("b", adding("b")))] == [Unavailable]
