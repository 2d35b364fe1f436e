"""What reading costs: the same few statements and rows, however long the history behind it."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, event, text

from app.database import Database
from app.services import periods, reading
from app.services.first_steps import first_steps
from app.services.recording.batch import record_batch
from app.services.recording.incoming import Incoming, Receipt
from app.store import sessions
from app.store.users import User
from app.tracking.machine import EventType
from app.tracking.periods import Period
from app.tracking.timestamps import micros_of
from tests.raters import add_user
from tests.recording import IDLE_US, RECEIVED, counted_statements
from tests.unit.services.test_cost import SLACK, counted_rows

LAST_DAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
QUESTIONS_A_DAY = 20
Look = Callable[[Connection, User, str], object]

DAY = Period("day", LAST_DAY.date(), LAST_DAY.date())
LOOKS: dict[str, tuple[int, Look]] = {  # with the number of statements
    "day": (2, lambda conn, user, _uid: reading.day_summary(conn, user, LAST_DAY.date())),
    "period": (2, lambda conn, user, _uid: periods.period_summary(conn, user, DAY, RECEIVED)),
    "session": (3, lambda conn, user, uid: reading.session_summary(conn, user, uid, RECEIVED)),
    "recent": (1, lambda conn, user, _uid: reading.recent_sessions(conn, user, 5)),
    "first steps": (2, lambda conn, user, _uid: first_steps(conn, user)),
    "running": (1, lambda conn, user, _uid: reading.running(conn, user, RECEIVED)),
}


def history(connection: Connection, days: int) -> tuple[User, str]:
    """A rater with a session on each of the `days` that end with `LAST_DAY`, and the id of the last one."""
    user = add_user(connection)
    for day in range(days):
        start = LAST_DAY - timedelta(days=days - 1 - day)
        kinds = [EventType.NEXT] * QUESTIONS_A_DAY + [EventType.EXIT]
        events = [
            Incoming(type=kind, timestamp=(start + timedelta(minutes=number)).isoformat())
            for number, kind in enumerate(kinds)
        ]
        record_batch(connection, user, events, Receipt(RECEIVED, None, IDLE_US))
    return user, reading.recent_sessions(connection, user, 1)[0].session_id


def cost(database: Database, days: int, look: Look) -> tuple[int, int]:
    """(statements, rows) of a look after so many days."""

    def work(connection: Connection) -> tuple[int, int]:
        user, uid = history(connection, days)
        if connection.dialect.name == "postgresql":
            connection.execute(text("ANALYZE"))  # or the planner believes that the tables are empty
            connection.execute(
                text("SET LOCAL enable_seqscan = off")
            )  # which it prefers while they are small
        with counted_statements(database) as statements, counted_rows(connection) as rows:
            look(connection, user, uid)
            sent = len(statements)
        return sent - (1 if connection.dialect.name == "postgresql" else 0), rows[0]

    return database.write_now(work)


@pytest.mark.parametrize("name", [name for name in LOOKS if name != "period"])  # it looks back for 90 days
def test_read_costs_the_same_after_3_and_after_100_days(database: Database, name: str) -> None:
    statements, look = LOOKS[name]
    few, many = cost(database, 3, look), cost(database, 100, look)
    assert (few[0], many[0]) == (statements, statements)
    assert many[1] <= few[1] + SLACK


def test_period_reads_its_90_days_and_no_more(database: Database) -> None:
    statements, look = LOOKS["period"]
    few, many = cost(database, 100, look), cost(database, 200, look)
    assert (few[0], many[0]) == (statements, statements)
    assert many[1] <= few[1] + SLACK


def test_period_is_read_by_the_index_of_places(database: Database) -> None:
    """On either database, the statement that reads questions is led by the user and the time."""

    def plan_of(connection: Connection) -> str:
        user, _ = history(connection, 30)
        for _ in range(5):
            history(connection, 30)
        is_postgresql = connection.dialect.name == "postgresql"
        if is_postgresql:
            connection.execute(text("ANALYZE"))
            connection.execute(text("SET LOCAL enable_seqscan = off"))
        sent: list[tuple[str, Any]] = []
        event.listen(connection, "before_cursor_execute", lambda *call: sent.append((call[2], call[3])))
        look = sessions.counted(connection, user.id, 0, micros_of(RECEIVED))
        assert len(look) == 30 * QUESTIONS_A_DAY
        statement, parameters = sent[-1]
        rows = connection.exec_driver_sql(
            f"EXPLAIN {'' if is_postgresql else 'QUERY PLAN '}{statement}",
            parameters if is_postgresql else tuple(parameters),
        )
        return "\n".join(str(row[-1]) for row in rows)

    plan = database.write_now(plan_of)
    condition = {
        "sqlite": r"USING INDEX ix_questions_place \(user_id=\? AND started_us>\? AND started_us<\?\)",
        "postgresql": r"ix_questions_place[^:]*Index Cond: \(\(user_id = .*\(started_us >= .*\(started_us < ",
    }[database.engine.dialect.name]
    assert re.search(condition, plan), plan
