"""The steps to a first day that the server has recorded."""

from datetime import UTC, datetime

from sqlalchemy import Connection

from app.database import Database
from app.services.accounts import personal_tokens
from app.services.first_steps import FirstSteps, first_steps
from tests.raters import add_user
from tests.recording import press

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def test_steps_are_done_one_by_one(database: Database) -> None:
    def work(conn: Connection) -> list[FirstSteps]:
        user, other = add_user(conn), add_user(conn)
        seen = [first_steps(conn, user)]
        personal_tokens.create(conn, user, "Laptop", now=NOW)
        seen.append(first_steps(conn, user))
        press(conn, user, "NEXT", NOW)
        return [*seen, first_steps(conn, user), first_steps(conn, other)]

    fresh, connected, pressed, other = database.write_now(work)
    assert fresh == other == FirstSteps(is_connected=False, has_pressed=False)
    assert connected == FirstSteps(is_connected=True, has_pressed=False)
    assert pressed == FirstSteps(is_connected=True, has_pressed=True)
    assert [fresh.is_installed, connected.is_installed] == [False, True]
