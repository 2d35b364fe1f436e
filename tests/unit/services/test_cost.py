"""What an event costs: the same few statements and rows, however long the session and the history."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, text

from app.database import Database
from app.services.recording.batch import Result, record_batch
from app.services.recording.incoming import Incoming, Receipt, new_event
from app.services.recording.record import lock_head
from app.services.recording.replay import FIRST_CHUNK, replay
from app.services.verification import differences
from app.store.users import User
from app.tracking.machine import EventType
from tests.raters import add_user
from tests.recording import IDLE_US, RECEIVED, counted_statements, event, press

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
A_MINUTE = timedelta(minutes=1)
ONE_ID = "00000000-0000-4000-8000-000000000001"
SLACK = 20  # rows: versions that this test's own writing leaves behind, a page split


def history(connection: Connection, questions: int) -> User:
    """A rater with one running session of so many closed questions."""
    user = add_user(connection)
    presses = [
        Incoming(type=EventType.NEXT, timestamp=(START + number * A_MINUTE).isoformat())
        for number in range(questions + 1)
    ]
    for start in range(0, len(presses), 500):
        record_batch(connection, user, presses[start : start + 500], Receipt(RECEIVED, None, IDLE_US))
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


@pytest.mark.parametrize("kind", ["NEXT", "PAUSE", "UNDO", "EXIT"])
def test_newest_event_costs_the_same_after_3_and_after_3000_questions(database: Database, kind: str) -> None:
    few, many = cost(database, 3, kind, A_MINUTE), cost(database, 3000, kind, A_MINUTE)
    assert many[0] == few[0]
    assert many[1] <= few[1] + SLACK


def test_ordinary_event_takes_few_statements(database: Database) -> None:
    statements, _ = cost(database, 3, "NEXT", A_MINUTE)
    assert statements <= 6


WINDOW = 16  # statements that a window of the log takes at most, however many events change it


def statements_of_a_batch(
    database: Database, before: Sequence[Incoming], batch: Sequence[Incoming]
) -> tuple[int, list[Result]]:
    """How many statements a batch takes after others, and its results."""

    def work(connection: Connection) -> tuple[int, list[Result]]:
        user, receipt = add_user(connection), Receipt(RECEIVED, None, IDLE_US)
        for start in range(0, len(before), 500):
            record_batch(connection, user, before[start : start + 500], receipt)
        with counted_statements(database) as statements:
            results = record_batch(connection, user, batch, receipt)
        assert differences(connection, user.id) == []
        return len(statements), results

    return database.write_now(work)


def presses(kind: str, minutes: Iterable[float], **fields: Any) -> list[Incoming]:
    return [event(kind, START + minute * A_MINUTE, **fields) for minute in minutes]


SESSIONS_OF_TWO_MINUTES = [
    each
    for number in range(500)
    for each in (*presses("NEXT", [10 * number]), *presses("EXIT", [10 * number + 2]))
]
BATCHES = {
    # Each NEXT begins a session before one that is there, and merges with it.
    "merge": lambda count: presses("NEXT", [10 * number - 1 for number in range(count)]),
    # Each EXIT ends a session halfway: its old EXIT has no effect any more.
    "split": lambda count: presses("EXIT", [10 * number + 1 for number in range(count)]),
    "repeat one id": lambda count: presses("NEXT", [5] * count, event_id=ONE_ID),
    "are refused": lambda count: presses("PAUSE", [10 * number + 5 for number in range(count)]),
    "arrive in reverse": lambda count: presses("NEXT", [6000 + number for number in range(count)])[::-1],
}


@pytest.mark.parametrize("name", BATCHES)
def test_batch_takes_few_statements_however_many_events_it_has(database: Database, name: str) -> None:
    counts = {}
    for count in (1, 50, 500):
        statements, results = statements_of_a_batch(database, SESSIONS_OF_TWO_MINUTES, BATCHES[name](count))
        windows = (
            1 if name in ("repeat one id", "arrive in reverse") else max(1, count * 2 // FIRST_CHUNK + 1)
        )
        counts[count] = statements
        assert statements <= 5 + WINDOW * windows, name
        expected = {"repeat one id": "duplicate", "are refused": "refused"}.get(name, "recorded")
        assert [result.status for result in results[1:]] == [expected] * (count - 1)
    assert counts[50] <= counts[1] + 2


def test_late_event_before_10000_pauses_takes_few_statements(
    database: Database,
) -> None:
    def work(connection: Connection) -> int:
        user = add_user(connection)
        press(connection, user, "NEXT", START)
        pauses = presses("PAUSE", [1 + number / 1000 for number in range(10_000)])
        rows = [new_event(user, pause, Receipt(RECEIVED, None, IDLE_US)) for pause in pauses]
        replay(connection, user.id, lock_head(connection, user.id), dict(enumerate(rows)))
        with counted_statements(database) as statements:
            press(connection, user, "PAUSE", START + A_MINUTE / 2)
        assert differences(connection, user.id) == []
        return len(statements)

    assert database.write_now(work) <= WINDOW + 8


def test_batch_before_a_later_event_takes_few_statements(database: Database) -> None:
    before = [*presses("NEXT", range(4)), *presses("NEXT", [600])]
    statements, _ = statements_of_a_batch(database, before, presses("NEXT", range(5, 205)))
    assert statements <= WINDOW + 5


@pytest.mark.parametrize(
    "kinds", [["NEXT"] * 20, ["NEXT", "PAUSE", "PAUSE", "EXIT"]], ids=["goes on", "ends"]
)
def test_batch_newer_than_all_costs_the_same_after_3_and_after_3000_questions(
    database: Database, kinds: list[str]
) -> None:
    def cost_after(questions: int) -> tuple[int, int]:
        def work(connection: Connection) -> tuple[int, int]:
            user = history(connection, questions)
            if connection.dialect.name == "postgresql":
                connection.execute(text("ANALYZE"))
            batch = [event(kind, START + (questions + n) * A_MINUTE) for n, kind in enumerate(kinds, 1)]
            with counted_statements(database) as statements, counted_rows(connection) as rows:
                record_batch(connection, user, batch, Receipt(RECEIVED, None, IDLE_US))
                sent = len(statements)
            assert differences(connection, user.id) == []
            return sent, rows[0]

        return database.write_now(work)

    few, many = cost_after(3), cost_after(3000)
    assert many[0] == few[0]
    assert many[1] <= few[1] + 5 * SLACK  # a replay of the session would read 3000 more
