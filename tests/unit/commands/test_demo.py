"""`demo` fills an account on both databases, and refuses what it cannot fill."""

import asyncio
import re
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Column, Connection, func, select

from app.commands.demo import DEMO_EMAIL
from app.config import Settings
from app.database import Database
from app.db_models import events, users
from app.services.accounts import accounts, administration
from app.services.reading import day_summary
from app.store import sessions
from app.store.users import User
from app.tracking.records import LOG_BEGIN, LOG_END, SessionRecord
from app.tracking.timestamps import micros_of, moment_of
from tests.raters import add_user
from tests.recording import press
from tests.unit.commands.conftest import Run

LAST = date(2024, 11, 26)
MADE = re.compile(r"demo@example\.com has an account\. Its password, shown only now: (\S+)\n")
NO_DIFFERENCE = "No difference between the log and what is stored. Users verified: 1.\n"
SHORT = ("--until", LAST, "--days", 14)


def account(database: Database, email: str = DEMO_EMAIL) -> User:
    return database.read_now(lambda conn: administration.find(conn, email)).user


def sessions_of(database: Database, user: User) -> list[SessionRecord]:
    return database.read_now(lambda conn: sessions.begun_between(conn, user.id, LOG_BEGIN, LOG_END))


def log_of(database: Database, user: User) -> list[tuple[object, ...]]:
    """What was sent, in order."""
    sent = [events.c.event_id, events.c.type, events.c.at_us, events.c.discard, events.c.task_id]
    query = select(*sent).where(events.c.user_id == user.id).order_by(events.c.seq)
    return [tuple(row) for row in database.read_now(lambda conn: conn.execute(query).all())]


def new_user(database: Database, timezone: str = "UTC") -> User:
    return database.write_now(lambda conn: add_user(conn, timezone=timezone))


def count(database: Database, column: Column[int]) -> int:
    return database.read_now(lambda conn: conn.execute(select(func.count(column))).scalar_one())


def test_demo_makes_an_account_with_half_a_year_of_work(
    run: Run, database: Database, settings: Settings
) -> None:
    result = run("demo", "--until", LAST)
    assert result.exit_code == 0
    user = account(database)
    stored = sessions_of(database, user)
    made = MADE.match(result.stdout)
    assert made is not None
    recorded = count(database, events.c.seq)
    assert result.stdout[made.end() :] == (
        f"demo@example.com has {len(stored)} sessions of {recorded} events, "
        "from 2024-05-29 to 2024-11-26 (Europe/Berlin).\n"
    )
    assert 4000 <= sum(session.question_count for session in stored) <= 9000
    assert {session.target_minutes for session in stored} == {4.0, 5.5, 8.0}
    assert [session.auto_closed for session in stored].count(True) == 1
    assert user.created_at < moment_of(stored[0].started_us)
    assert (stored[-1].is_active, user.timezone) == (False, "Europe/Berlin")
    log_in = accounts.log_in(
        database.write, email=DEMO_EMAIL, password=made[1], address="198.51.100.7",
        settings=settings, now=datetime.now(UTC),
    )  # fmt: skip
    asyncio.run(log_in)
    verified = run("verify")
    assert (verified.exit_code, verified.output) == (0, NO_DIFFERENCE)


def test_days_of_the_history_have_sensible_figures(run: Run, database: Database) -> None:
    assert run("demo", *SHORT).exit_code == 0
    user = account(database)

    def days(conn: Connection) -> list[tuple[int, float, float]]:
        summaries = [day_summary(conn, user, LAST - timedelta(days=number)) for number in range(14)]
        return [
            (day.total_sessions, day.total_active_seconds / 60, day.daily_pace_ratio)
            for day in summaries
            if day.total_sessions
        ]

    figures = database.read_now(days)
    assert 8 <= len(figures) <= 12
    assert figures[0][0] == 1
    for number_of_sessions, minutes, pace in figures:
        assert 1 <= number_of_sessions <= 5
        assert 15 <= minutes <= 4 * 150
        assert 0.6 <= pace <= 1.7


def test_same_seed_and_last_day_record_the_same_events(run: Run, database: Database) -> None:
    people = [new_user(database, "Asia/Manila") for _ in range(3)]
    for user, seed in zip(people, [7, 7, 8], strict=True):
        assert run("demo", user.email, "--seed", seed, *SHORT).exit_code == 0
    first, second, third = (log_of(database, user) for user in people)
    assert first == second
    assert first != third
    assert len(first) > 100


def test_existing_account_is_filled_in_its_own_zone_up_to_its_today(run: Run, database: Database) -> None:
    user = new_user(database, "Pacific/Kiritimati")  # 14 hours ahead of UTC
    before = datetime.now(UTC)
    result = run("demo", user.email, "--days", 3)
    after = datetime.now(UTC)
    todays = {(moment + timedelta(hours=14)).date() for moment in (before, after)}
    shown = re.search(r"from \S+ to (\S+) \(Pacific/Kiritimati\)", result.stdout)
    assert shown is not None
    assert date.fromisoformat(shown[1]) in todays
    assert account(database, user.email) == user
    last = sessions_of(database, user)[-1]
    assert not last.is_active
    assert last.last_us <= micros_of(after)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--until", "yesterday"], "A date must be written as YYYY-MM-DD."),
        (["--until", "2024-02-30"], "There is no such day in the calendar."),
        (["--until", "2000-01-31", "--days", "31"], "The history must begin after 2000-01-01."),
        (["nobody@example.com"], "There is no account with this e-mail address."),
    ],
)
def test_demo_that_cannot_be_is_refused_with_a_sentence(
    run: Run, database: Database, options: list[str], sentence: str
) -> None:
    result = run("demo", *options)
    assert (result.exit_code, result.output) == (1, sentence + "\n")
    assert count(database, users.c.id) == 0


def test_last_day_in_the_future_is_refused(run: Run, database: Database) -> None:
    result = run("demo", "--until", "2999-01-01")
    assert result.exit_code == 1
    assert re.fullmatch(
        r"The last day must not lie in the future: today is \d{4}-\d\d-\d\d\.\n", result.output
    )
    assert count(database, users.c.id) == 0


@pytest.mark.parametrize("days", [0, 1831])
@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_number_of_days_has_bounds(run: Run, database: Database, days: int) -> None:
    assert run("demo", "--days", days).exit_code == 2
    assert count(database, users.c.id) == 0


def test_account_with_events_is_refused_and_stays_as_it_is(run: Run, database: Database) -> None:
    user = new_user(database)
    database.write_now(lambda conn: press(conn, user, "NEXT", datetime(2024, 11, 20, 9, tzinfo=UTC)))
    result = run("demo", user.email, *SHORT)
    sentence = "This account has events already; only one without any is filled.\n"
    assert (result.exit_code, result.output) == (1, sentence)
    assert len(log_of(database, user)) == 1


def test_second_demo_account_is_refused(run: Run, database: Database) -> None:
    run("demo", *SHORT)
    recorded = count(database, events.c.seq)
    result = run("demo", *SHORT)
    sentence = (
        "demo@example.com has an account already. Delete it with `delete-user demo@example.com`, "
        "or name an account to fill.\n"
    )
    assert (result.exit_code, result.output) == (1, sentence)
    assert count(database, events.c.seq) == recorded
