"""`verify` prints each difference between the log and what is stored, and no others."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, delete, insert, select, text, update

from app.database import Database
from app.db_models import events, purged_rows, questions
from app.services import corrections
from app.services.purging import purge_some
from app.services.recording.incoming import Incoming, Receipt
from app.services.recording.record import record_event
from app.store.users import User
from app.tracking.machine import EventType
from tests.raters import add_user
from tests.unit.commands.conftest import Run

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture
def user(database: Database) -> User:
    """A user with three questions of five minutes each."""

    def record(connection: Connection) -> User:
        rater = add_user(connection)
        for number, kind in enumerate(["NEXT", "NEXT", "NEXT", "EXIT"]):
            press = Incoming(
                type=EventType(kind), timestamp=(NINE + timedelta(minutes=5 * number)).isoformat()
            )
            record_event(connection, rater, press, Receipt(received=NINE, sent_at=None, idle_us=0))
        return rater

    return database.write_now(record)


def test_verify_finds_nothing_in_what_was_recorded(run: Run, user: User) -> None:
    result = run("verify")
    assert (result.exit_code, result.output) == (
        0,
        "No difference between the log and what is stored. Users verified: 1.\n",
    )


def named(run: Run, user: User) -> list[str]:
    """The output of `verify` without its last line."""
    result = run("verify")
    assert result.exit_code == 1
    *found, last = result.output.splitlines()
    assert last == f"Differences between the log and what is stored: {len(found)}. Users verified: 1."
    return [line.removeprefix(f"user {user.id}: ") for line in found]


def test_verify_names_a_missing_question(run: Run, user: User, database: Database) -> None:
    database.write_now(
        lambda connection: connection.execute(delete(questions).where(questions.c.closed_by == 3))
    )
    assert named(run, user) == ["question closed by event 3: missing"]


def test_verify_names_an_altered_second(run: Run, user: User, database: Database) -> None:
    longer = (
        update(questions).where(questions.c.closed_by == 3).values(ended_us=questions.c.ended_us + 1_000_000)
    )
    before = int((NINE + timedelta(minutes=10)).timestamp()) * 1_000_000
    database.write_now(lambda connection: connection.execute(longer))
    assert named(run, user) == [
        f"question closed by event 3: ended_us is {before + 1_000_000}, the log gives {before}"
    ]


def test_verify_names_a_lost_event(run: Run, user: User, database: Database) -> None:
    def lose(connection: Connection) -> None:
        # Foreign keys forbid it; a fault of the disk does not respect them.
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        else:
            connection.execute(text("PRAGMA defer_foreign_keys = ON"))
        connection.execute(delete(events).where(events.c.seq == 2))

    database.write_now(lose)
    assert "event 2: lost, the log has no such row" in named(run, user)


def leave(connection: Connection, user: User) -> None:
    """The session is deleted, and the 30 days have passed."""
    uid = connection.execute(select(events.c.uid).where(events.c.seq == 1)).scalar_one()
    corrections.delete_session(connection, user, uid, NINE)
    while purge_some(connection, user.id, NINE + timedelta(days=31)):
        pass


def test_verify_tells_a_purged_row_from_one_that_was_lost(run: Run, user: User, database: Database) -> None:
    database.write_now(lambda connection: leave(connection, user))
    assert run("verify").exit_code == 0
    database.write_now(lambda connection: connection.execute(update(purged_rows).values(last_seq=3)))
    assert named(run, user) == ["event 4: lost, the log has no such row"]


def test_verify_names_a_row_that_is_there_though_it_was_purged(
    run: Run, user: User, database: Database
) -> None:
    left = insert(purged_rows).values(user_id=user.id, first_seq=4, last_seq=5)
    database.write_now(lambda connection: connection.execute(left))
    assert named(run, user) == [
        "event 4: in the log, though it was purged",
        "event 5: numbered above the last one recorded, 4",
    ]


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_verify_makes_no_database(run: Run, tmp_path: Path) -> None:
    missing = tmp_path / "missing.db"
    result = run("verify", on=f"sqlite:///{missing}")
    assert (result.exit_code, result.output) == (1, f"There is no database at {missing}.\n")
    assert not missing.exists()


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_verify_needs_the_tables_of_this_version(run: Run, tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    url = f"sqlite:///{tmp_path / 'empty.db'}"
    result = run("verify", on=url)
    sentence = f"{url} does not have the tables of this version; run `raterhub-tracker migrate`.\n"
    assert (result.exit_code, result.output) == (1, sentence)
