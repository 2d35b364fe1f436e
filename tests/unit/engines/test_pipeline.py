"""Statements that go out together on PostgreSQL, and the functions that take turns in it."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection, bindparam, literal_column, select

from app.database import Database, WouldBlock
from app.engines.postgresql import TimeoutConnection
from app.store.statements import Statement

LONG = 30.0  # seconds that a test waits at most for what happens at once
MANY, LARGE = 400, 100_000  # statements, and characters to each: more than the buffers of both sockets hold
ECHO = "SELECT %(value)s::text, %(number)s::bigint + %(number)s::bigint"
FAILING = "SELECT 1 / %(number)s::int"
pytestmark = pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)


@pytest.fixture
def driver(database: Database) -> Iterator[TimeoutConnection]:
    with database.engine.connect() as connection:
        made: Any = connection.connection.driver_connection
        yield made


def send(driver: TimeoutConnection, *statements: str, error: Exception | None = None) -> list[Any]:
    """Rows of the first statement; the others are only sent."""
    with driver.together():
        answers = [driver.execute(sql, {"value": "a", "number": 0}) for sql in statements]
        if error is not None:
            raise error
        return list(answers[0].fetchall())


def test_rows_are_those_of_a_statement_by_itself(driver: TimeoutConnection) -> None:
    sql = "SELECT %(a)s::bigint, %(b)s::text, %(c)s::boolean, %(d)s::float8, %(e)s::bigint, '%%' || %(b)s"
    values = {"a": 2**62, "b": "möglich ' \" \\ 👩‍💻", "c": True, "d": 0.1, "e": None}
    alone = driver.execute(sql, values).fetchall()
    with driver.together():
        together = driver.execute(sql, values).fetchall()
    assert together == alone == [(2**62, values["b"], True, 0.1, None, f"%{values['b']}")]


def test_answers_come_in_any_order(driver: TimeoutConnection) -> None:
    with driver.together():
        sent = [driver.execute(ECHO, {"value": str(number), "number": number}) for number in range(5)]
        assert [answer.fetchall() for answer in reversed(sent)] == [
            [(str(number), 2 * number)] for number in reversed(range(5))
        ]


def test_connection_serves_again_after_a_statement_that_failed(driver: TimeoutConnection) -> None:
    for statements in [(FAILING, ECHO), (ECHO, FAILING, f"{ECHO} -- never prepared")] * 2:
        with pytest.raises(psycopg.errors.DivisionByZero):
            send(driver, *statements)
        assert send(driver, f"{ECHO} -- never prepared") == [("a", 0)]
    assert driver.execute("SELECT 1").fetchall() == [(1,)]


def test_statement_that_is_no_longer_prepared_is_prepared_again(driver: TimeoutConnection) -> None:
    assert send(driver, ECHO) == [("a", 0)]
    driver.execute("DEALLOCATE ALL")  # as where a pooler hands out another connection
    driver.commit()
    with pytest.raises(psycopg.errors.InvalidSqlStatementName):
        send(driver, ECHO)
    assert send(driver, ECHO) == [("a", 0)]


def test_connection_serves_again_after_a_function_that_failed(driver: TimeoutConnection) -> None:
    with pytest.raises(LookupError):
        send(driver, ECHO, error=LookupError())
    assert send(driver, ECHO) == [("a", 0)]
    assert driver.execute("SELECT 1").fetchall() == [(1,)]


def test_more_is_sent_and_returned_than_buffers_hold(driver: TimeoutConnection) -> None:
    with driver.together():
        sent = [driver.execute(ECHO, {"value": "x" * LARGE, "number": number}) for number in range(MANY)]
        assert [answer.fetchall()[0][1] for answer in sent] == [2 * number for number in range(MANY)]


def test_connection_cut_by_the_server_fails_at_once(database: Database, driver: TimeoutConnection) -> None:
    with database.engine.connect() as other:
        other.exec_driver_sql(f"SELECT pg_terminate_backend({driver.info.backend_pid}, 5000)")
    with pytest.raises(psycopg.OperationalError):
        send(driver, ECHO, FAILING, ECHO)
    assert driver.closed


def test_statement_of_core_in_a_group_fails_at_once_and_is_run_by_itself(database: Database) -> None:
    runs = []

    def work(connection: Connection) -> Any:
        runs.append(1)
        return connection.execute(select(literal_column("1"))).scalar()

    assert asyncio.run(database.write(work, quick=work, owner=1)) == 1
    assert runs == [1, 1]


VALUE = Statement(select(literal_column("1").label("one"), bindparam("value", "")))


def asking(name: str, seen: list[str]) -> Callable[[Connection], str]:
    """Notes when it asks and when it is answered, twice."""

    def work(connection: Connection) -> str:
        for step in "12":
            seen.append(f"{name} asks {step}")
            assert VALUE.rows(connection, {"value": name}) == [(1, name)]
            seen.append(f"{name} knows {step}")
        return name

    return work


def test_functions_of_a_group_share_their_round_trips(database: Database) -> None:
    begun, released = threading.Event(), threading.Event()
    seen: list[str] = []

    def hold(_connection: Connection) -> None:
        begun.set()
        released.wait(LONG)

    async def together() -> list[str]:
        first = asyncio.create_task(database.write(hold, quick=hold))
        assert await asyncio.to_thread(begun.wait, LONG)
        rest = [asyncio.create_task(database.write(answer_none, quick=asking(name, seen))) for name in "ab"]
        await asyncio.sleep(0)
        released.set()
        await first
        return list(await asyncio.gather(*rest))

    def answer_none(_connection: Connection) -> str:
        return ""

    assert asyncio.run(together()) == ["a", "b"]
    assert seen == [
        *("a asks 1", "b asks 1", "a knows 1", "a asks 2", "b knows 1", "b asks 2"),
        *("a knows 2", "b knows 2"),
    ]


@pytest.mark.parametrize(("held", "result"), [(3, "together"), (4, "alone")])
def test_function_that_finds_a_lock_held_is_tried_again_with_the_next_group(
    database: Database, held: int, result: str
) -> None:
    tries = []

    def quick(_connection: Connection) -> str:
        tries.append(1)
        if len(tries) <= held:
            raise WouldBlock
        return "together"

    assert asyncio.run(database.write(lambda _connection: "alone", quick=quick, owner=1)) == result
