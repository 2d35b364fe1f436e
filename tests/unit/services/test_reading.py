"""Sessions and days as they are read back after recording, on both databases."""

import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from app.database import Database
from app.services import corrections, reading
from app.services.refusals import InvalidInput, NotFound
from app.store.users import User
from app.tracking.summaries import DaySummary, SessionSummary
from tests.raters import add_user
from tests.recording import counted_statements, press, record_session

NINE = datetime(2026, 11, 21, 9, tzinfo=UTC)
DAY = date(2026, 11, 21)
LATER = NINE + timedelta(days=3)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


@pytest.fixture
def user(database: Database) -> User:
    return database.write_now(lambda conn: add_user(conn))


def summary_of(database: Database, user: User, uid: str, now: datetime = LATER) -> SessionSummary:
    return database.read_now(lambda conn: reading.session_summary(conn, user, uid, now))


def day_of(database: Database, user: User, day: date = DAY) -> DaySummary:
    return database.read_now(lambda conn: reading.day_summary(conn, user, day))


def test_session_summary_of_a_whole_sitting(database: Database, user: User) -> None:
    def work(conn: Any) -> str:
        first = press(conn, user, "NEXT", NINE, task_id="t-1", task_type="side by side")
        press(conn, user, "PAUSE", NINE + minutes(1))
        press(conn, user, "PAUSE", NINE + minutes(2))
        press(conn, user, "NEXT", NINE + minutes(5), target_minutes=2.0)
        press(conn, user, "NEXT", NINE + minutes(6), discard=True)
        press(conn, user, "NEXT", NINE + minutes(7))
        press(conn, user, "UNDO", NINE + minutes(8))
        press(conn, user, "EXIT", NINE + minutes(10))
        assert first.session_id is not None
        return first.session_id

    uid = database.write_now(work)
    summary = summary_of(database, user, uid)
    assert summary.session_id == uid
    assert summary.user_external_id == user.external_id
    assert (summary.started_at, summary.ended_at) == (NINE, NINE + minutes(10))
    assert (summary.is_active, summary.forgotten, summary.auto_closed) == (False, False, False)
    shown = [(one.index, one.raw_seconds, one.active_seconds, one.task_id) for one in summary.questions]
    assert shown == [(1, 300.0, 240.0, "t-1"), (2, 240.0, 240.0, None)]
    assert [(one.raw_seconds, one.target_minutes) for one in summary.discarded] == [(60.0, 2.0)]
    assert (summary.total_raw_seconds, summary.total_active_seconds) == (540.0, 480.0)


def test_session_is_found_by_every_id_that_its_questions_carry(database: Database, user: User) -> None:
    uid = database.write_now(lambda conn: record_session(conn, user, NINE, [5, 5, 5]))
    whole = summary_of(database, user, uid)
    for question in whole.questions:
        same = summary_of(database, user, question.id)
        assert same == whole


def test_ids_of_two_sessions_lead_to_one_after_a_late_event_merged_them(
    database: Database, user: User
) -> None:
    def work(conn: Any) -> tuple[str, str]:
        second = record_session(conn, user, NINE + minutes(10), [5])
        first = press(conn, user, "NEXT", NINE).session_id
        assert first is not None
        return first, second

    first, second = database.write_now(work)
    one, other = (summary_of(database, user, uid) for uid in (first, second))
    assert one == other
    assert [question.raw_seconds for question in one.questions] == [600.0, 300.0]


def test_an_id_leads_to_the_later_session_after_a_late_exit_split_one(database: Database, user: User) -> None:
    def work(conn: Any) -> tuple[str, str | None]:
        uid = record_session(conn, user, NINE, [10, 10, 10])
        press(conn, user, "EXIT", NINE + minutes(15))
        split = reading.session_summary(conn, user, uid, LATER)
        third = reading.recent_sessions(conn, user, 1)[0].session_id
        assert split.ended_at == NINE + minutes(15)
        return uid, third

    uid, later = database.write_now(work)
    assert later != uid
    assert later is not None
    summary = summary_of(database, user, later)
    assert (summary.started_at, summary.ended_at) == (NINE + minutes(20), NINE + minutes(30))


def test_sessions_at_one_instant_are_told_apart(database: Database, user: User) -> None:
    def work(conn: Any) -> list[str | None]:
        first = press(conn, user, "NEXT", NINE).session_id
        press(conn, user, "EXIT", NINE)
        second = press(conn, user, "NEXT", NINE).session_id
        press(conn, user, "EXIT", NINE + minutes(5))
        return [first, second]

    first, second = database.write_now(work)
    assert first is not None
    assert second is not None
    one = summary_of(database, user, first)
    other = summary_of(database, user, second)
    assert [question.raw_seconds for question in one.questions] == [0.0]
    assert [question.raw_seconds for question in other.questions] == [300.0]
    day = day_of(database, user)
    assert [one.total_active_seconds for one in day.sessions] == [0.0, 300.0]


@pytest.mark.parametrize(
    "uid",
    [
        "",
        "x",
        str(uuid.UUID(int=7)),
        "0" * 36,
        "\x00" * 36,
        "\ud800" * 36,
        "é" * 36,
        "a" * 100_000,
        "../../etc",
    ],
)
def test_no_session_is_found_by_an_id_that_nobody_was_given(database: Database, user: User, uid: str) -> None:
    with pytest.raises(NotFound):
        summary_of(database, user, uid)


def test_session_of_another_user_is_not_found(database: Database, user: User) -> None:
    uid = database.write_now(lambda conn: record_session(conn, user, NINE, [5]))
    stranger = database.write_now(lambda conn: add_user(conn))
    with pytest.raises(NotFound):
        summary_of(database, stranger, uid)


def test_deleted_session_is_in_no_figure(database: Database, user: User) -> None:
    def work(conn: Any) -> str:
        uid = record_session(conn, user, NINE, [5])
        record_session(conn, user, NINE + minutes(60), [7])
        corrections.delete_session(conn, user, uid, LATER)
        return uid

    uid = database.write_now(work)
    with pytest.raises(NotFound):
        summary_of(database, user, uid)
    day = day_of(database, user)
    assert (day.total_sessions, day.total_active_seconds) == (1, 420.0)


# --- Forgotten ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("silent", "forgotten"),
    [(timedelta(hours=12), False), (timedelta(hours=12, microseconds=1), True), (timedelta(days=9), True)],
)
def test_running_session_is_forgotten_after_more_than_the_limit(
    database: Database, user: User, silent: timedelta, forgotten: bool
) -> None:
    uid = database.write_now(lambda conn: record_session(conn, user, NINE, [5], ended=False))
    now = NINE + minutes(5) + silent
    summary = summary_of(database, user, uid, now)
    assert (summary.is_active, summary.forgotten) == (True, forgotten)


def test_paused_session_is_never_forgotten(database: Database, user: User) -> None:
    def work(conn: Any) -> str:
        uid = record_session(conn, user, NINE, [5], ended=False)
        press(conn, user, "PAUSE", NINE + minutes(6))
        return uid

    uid = database.write_now(work)
    summary = summary_of(database, user, uid)
    assert summary.forgotten is False


def test_session_that_was_forgotten_says_so_once_it_is_closed(database: Database, user: User) -> None:
    def work(conn: Any) -> str:
        uid = record_session(conn, user, NINE, [5], ended=False)
        press(conn, user, "NEXT", NINE + timedelta(days=1))
        return uid

    uid = database.write_now(work)
    summary = summary_of(database, user, uid)
    assert (summary.auto_closed, summary.forgotten, summary.ended_at) == (True, False, NINE + minutes(5))
    assert len(summary.questions) == 1


# --- Days -----------------------------------------------------------------------------------------------


def test_day_is_that_of_the_users_zone(database: Database) -> None:
    def work(conn: Any) -> User:
        user = add_user(conn, timezone="Pacific/Auckland")  # 13 hours ahead in November
        record_session(conn, user, NINE + timedelta(hours=1, minutes=50), [5, 20, 5])
        return user

    user = database.write_now(work)
    first, second = (day_of(database, user, day) for day in (DAY, DAY + timedelta(days=1)))
    assert [one.total_questions for one in (first, second)] == [2, 1]
    assert [one.total_active_seconds for one in (first, second)] == [1500.0, 300.0]
    assert [one.sessions[0].total_questions for one in (first, second)] == [2, 1]
    assert first.hourly_activity[23].total_questions == 2
    assert second.hourly_activity[0].total_questions == 1


def test_question_that_begins_at_midnight_belongs_to_the_new_day_alone(
    database: Database, user: User
) -> None:
    midnight = datetime(2026, 11, 22, tzinfo=UTC)
    database.write_now(lambda conn: record_session(conn, user, midnight - minutes(5), [5, 5]))
    days = [day_of(database, user, DAY), day_of(database, user, DAY + timedelta(days=1))]
    assert [day.total_questions for day in days] == [1, 1]
    assert [day.total_sessions for day in days] == [1, 1]


def test_discarded_questions_are_in_no_figure_of_the_day(database: Database, user: User) -> None:
    def work(conn: Any) -> None:
        press(conn, user, "NEXT", NINE)
        press(conn, user, "NEXT", NINE + minutes(5), discard=True)
        press(conn, user, "EXIT", NINE + minutes(9))

    database.write_now(work)
    day = day_of(database, user)
    assert (day.total_questions, day.total_raw_seconds, day.hourly_activity[9].total_questions) == (
        1,
        240.0,
        1,
    )


def test_recent_sessions_are_the_newest_first(database: Database, user: User) -> None:
    def work(conn: Any) -> list[str]:
        middle = record_session(conn, user, NINE, [5, 5])
        newest = record_session(conn, user, NINE + timedelta(days=1), [5], ended=False)
        record_session(conn, user, NINE - timedelta(days=1), [5])
        return [newest, middle]

    expected = database.write_now(work)
    recent = database.read_now(lambda conn: reading.recent_sessions(conn, user, 2))
    assert [one.session_id for one in recent] == expected
    assert [(one.is_active, one.current_question_index) for one in recent] == [(True, 2), (False, None)]


# --- Constant work ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("read", "statements"),
    [
        (lambda conn, user, _uid: reading.day_summary(conn, user, DAY), 2),
        (lambda conn, user, uid: reading.session_summary(conn, user, uid, LATER), 3),
        (lambda conn, user, _uid: reading.recent_sessions(conn, user, 100), 1),
    ],
    ids=["day", "session", "recent"],
)
def test_reading_takes_as_many_statements_for_40_sessions_as_for_3(
    database: Database, user: User, read: Callable[[Any, User, str], Any], statements: int
) -> None:
    uids: list[str] = []
    for count in (3, 40):

        def work(conn: Any, count: int = count) -> None:
            while len(uids) < count:
                uids.append(record_session(conn, user, NINE + minutes(20 * len(uids)), [5, 5]))

        database.write_now(work)
        with counted_statements(database) as sent:
            database.read_now(lambda conn: read(conn, user, uids[0]))
        assert len(sent) == statements


# --- Dates -------------------------------------------------------------------------------------------------


def test_today_is_the_users_own(database: Database) -> None:
    user = database.write_now(lambda conn: add_user(conn, timezone="Pacific/Kiritimati"))
    eleven = datetime(2026, 11, 21, 11, tzinfo=UTC)
    assert reading.day_asked_for(None, user, eleven) == date(2026, 11, 22)
    assert reading.day_asked_for("2020-02-29", user, eleven) == date(2020, 2, 29)


def test_day_that_does_not_exist_is_refused_by_its_field(user: User) -> None:
    with pytest.raises(InvalidInput) as refusal:
        reading.day_of("from", "2026-02-30")
    assert (refusal.value.field, refusal.value.detail) == ("from", "There is no such day in the calendar.")
