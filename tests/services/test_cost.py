"""What an event costs: the same few statements and rows, however long the session and the history."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, text

from app.database import Database
from app.services.recording.batch import record_batch
from app.services.recording.incoming import Incoming, Receipt
from app.store.users import User
from app.tracking.machine import EventType
from tests.people import add_user
from tests.recorded import IDLE, RECEIVED, counted_statements, press

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
A_MINUTE = timedelta(minutes=1)
SLACK = 20  # rows: versions that this test's own writing leaves behind, a page split


def history(connection: Connection, questions: int) -> User:
    """A rater with one running session of so many closed questions."""
    user = add_user(connection)
    presses = [
        Incoming(type=EventType.NEXT, timestamp=(START + number * A_MINUTE).isoformat())
        for number in range(questions + 1)
    ]
    for start in range(0, len(presses), 500):
        record_batch(connection, user, presses[start : start + 500], Receipt(RECEIVED, None, IDLE))
    return user


@contextmanager
def counted_rows(connection: Connection) -> Iterator[list[int]]:
    """Rows that the engine reads meanwhile; on SQLite the steps of its virtual machine, a hundred to a row."""
    counts = [0]
    if connection.dialect.name == "sqlite":
        driver: Any = connection.connection.driver_connection

        def step() -> int:
            counts[0] += 1
            return 0

        driver.set_progress_handler(step, 100)
        yield counts
        driver.set_progress_handler(None, 0)
        return
    read = text("SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) FROM pg_stat_xact_user_tables")
    before = connection.execute(read).scalar_one()
    yield counts
    counts[0] = int(connection.execute(read).scalar_one() - before)


def cost(database: Database, questions: int, kind: str, at: timedelta) -> tuple[int, int]:
    """(statements, rows) of one event, its answer included, after so many questions."""

    def work(connection: Connection) -> tuple[int, int]:
        user = history(connection, questions)
        if connection.dialect.name == "postgresql":
            connection.execute(text("ANALYZE"))  # or the planner believes that the tables are empty
        with counted_statements(database) as statements, counted_rows(connection) as rows:
            press(connection, user, kind, START + questions * A_MINUTE + at)
            sent = len(statements)
        return sent - (2 if connection.dialect.name == "postgresql" else 0), rows[0]

    return database.write_now(work)


@pytest.mark.parametrize(
    ("kind", "at"),
    [
        ("NEXT", A_MINUTE),
        ("PAUSE", A_MINUTE),
        ("UNDO", A_MINUTE),
        ("EXIT", A_MINUTE),
        ("NEXT", -1.5 * A_MINUTE),
        ("UNDO", -1.5 * A_MINUTE),
    ],
    ids=["NEXT", "PAUSE", "UNDO", "EXIT", "late NEXT", "late UNDO"],
)
def test_event_costs_the_same_after_3_and_after_3000_questions(
    database: Database, kind: str, at: timedelta
) -> None:
    few, many = cost(database, 3, kind, at), cost(database, 3000, kind, at)
    assert many[0] == few[0]
    assert many[1] <= few[1] + SLACK


def test_ordinary_event_takes_few_statements(database: Database) -> None:
    statements, _ = cost(database, 3, "NEXT", A_MINUTE)
    assert statements <= 9


@pytest.mark.parametrize("ahead", [10, 20], ids=["within the idle limit", "beyond it"])
def test_event_before_a_future_one_costs_the_same_after_3_and_after_300_questions(
    database: Database, ahead: int
) -> None:
    """An event some hours ahead makes all that follow late: each costs a row more, no longer history."""

    def work(connection: Connection) -> list[tuple[int, int]]:
        user = history(connection, 3)
        press(connection, user, "NEXT", START + ahead * 60 * A_MINUTE)
        costs = []
        for number in range(4, 304):
            with counted_statements(database) as statements, counted_rows(connection) as rows:
                press(connection, user, "NEXT", START + number * A_MINUTE)
            costs.append((len(statements), rows[0]))
        return costs

    costs = database.write_now(work)
    assert max(sent for sent, _ in costs) <= costs[0][0] + 1
    if (
        database.is_sqlite
    ):  # PostgreSQL plans from the statistics of an empty table within this one transaction
        assert max(rows for _, rows in costs[-20:]) <= max(rows for _, rows in costs[:20]) + SLACK


def test_batch_before_a_later_event_takes_few_statements(database: Database) -> None:
    def work(connection: Connection) -> int:
        user = history(connection, 3)
        press(connection, user, "NEXT", START + 10 * 60 * A_MINUTE)
        presses = [
            Incoming(type=EventType.NEXT, timestamp=(START + number * A_MINUTE).isoformat())
            for number in range(5, 205)
        ]
        with counted_statements(database) as statements:
            record_batch(connection, user, presses, Receipt(RECEIVED, None, IDLE))
        return len(statements)

    assert database.write_now(work) <= 20
