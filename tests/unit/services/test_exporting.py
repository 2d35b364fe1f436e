"""Questions as CSV: complete, in the user's zone, harmless to spreadsheets."""

import asyncio
import csv
import io
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from app.database import Database
from app.db_models import questions, sessions
from app.services import exporting
from app.services.refusals import InvalidInput
from app.store.users import User
from app.tracking.days import FIRST_DAY, LAST_DAY
from app.tracking.periods import Period
from app.tracking.timestamps import micros_of
from tests.raters import add_user
from tests.recording import press, record_session

NINE = datetime(2026, 11, 21, 9, tzinfo=UTC)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


EVERYTHING = Period("range", FIRST_DAY, LAST_DAY)


def parts_of(database: Database, user: User, asked: Period) -> list[str]:
    """The CSV as it leaves, part by part."""

    async def collect() -> list[str]:
        return [part async for part in exporting.question_rows(database.read, user, asked)]

    return asyncio.run(collect())


def rows_of(database: Database, user: User, asked: Period | None = None) -> list[dict[str, str]]:
    """What a reader of the CSV gets."""
    text = "".join(parts_of(database, user, asked or EVERYTHING))
    assert [text.find("\ufeff"), text.count("\ufeff")] == [0, 1]
    text = text.removeprefix("\ufeff")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_export_of_nothing_is_a_line_of_names(database: Database) -> None:
    user = database.write_now(lambda conn: add_user(conn))
    assert parts_of(database, user, EVERYTHING) == ["\ufeff" + ",".join(exporting.COLUMNS) + "\r\n"]


def test_columns_to_come_stand_last() -> None:
    """Whoever reads the file by the positions of its columns goes on reading what they mean."""
    assert list(exporting.COLUMNS)[:16] == [
        "date",
        "started_local",
        "ended_local",
        "timezone",
        "started_utc",
        "ended_utc",
        "raw_seconds",
        "active_seconds",
        "paused_seconds",
        "target_seconds",
        "target_minutes",
        "status",
        "task_id",
        "task_type",
        "session_id",
        "question_id",
    ]


def test_export_has_local_and_utc_times_seconds_targets_and_tasks(database: Database) -> None:
    def work(conn: Any) -> tuple[User, str]:
        user = add_user(conn, timezone="America/Los_Angeles")
        start = datetime(2026, 11, 1, 8, 59, tzinfo=UTC)  # 01:59, just before clocks are put back to 01:00
        first = press(conn, user, "NEXT", start, task_id="t-1", task_type="side by side")
        press(conn, user, "PAUSE", start + minutes(1))
        press(conn, user, "PAUSE", start + minutes(1.5))
        press(conn, user, "NEXT", start + minutes(2), target_minutes=0.75)
        press(conn, user, "EXIT", start + minutes(3), discard=True)
        assert first.session_id is not None
        return user, first.session_id

    user, session_id = database.write_now(work)
    first, second = rows_of(database, user)
    assert first.pop("question_id") != second.pop("question_id")
    assert first == {
        "date": "2026-11-01",
        "started_local": "2026-11-01 01:59:00.000",
        "ended_local": "2026-11-01 01:01:00.000",
        "timezone": "America/Los_Angeles",
        "started_utc": "2026-11-01T08:59:00.000000Z",
        "ended_utc": "2026-11-01T09:01:00.000000Z",
        "raw_seconds": "120.0",
        "active_seconds": "90.0",
        "paused_seconds": "30.0",
        "target_seconds": "330.0",
        "target_minutes": "5.5",
        "status": "counted",
        "task_id": "t-1",
        "task_type": "side by side",
        "session_id": session_id,
    }
    assert (second["status"], second["target_seconds"], second["task_id"]) == ("discarded", "45.0", "")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_cell_that_a_spreadsheet_would_take_for_a_formula_is_neutralised(start: str) -> None:
    assert exporting.harmless(f"{start}HYPERLINK(1)") == f"'{start}HYPERLINK(1)"


@pytest.mark.parametrize(
    "digits",
    [
        "00123",
        "007",
        "00",
        "12345678901234567890",
        "1234567890123456",
        "９００１２３",  # full-width
        "١٢٣",  # Arabic
        "12e5",
        "1E400",
        "0e1",
        " 123",
        "123\n",
    ],
)
def test_digits_that_a_spreadsheet_would_change_are_marked_as_text(digits: str) -> None:
    assert exporting.harmless(digits) == f"'{digits}"


@pytest.mark.parametrize(
    "text", ["0", "7", "123456789012345", "t-00123", "00123x", "12e", "e5", "0 1", "", "²"]
)
def test_text_that_a_spreadsheet_keeps_is_left_as_it_is(text: str) -> None:
    assert exporting.harmless(text) == text


def test_cell_with_a_formula_comes_out_of_the_export_as_text(database: Database) -> None:
    def work(conn: Any) -> User:
        user = add_user(conn)
        press(conn, user, "NEXT", NINE, task_id="=1+1", task_type='a "quoted", 🐢')
        press(conn, user, "EXIT", NINE + minutes(5))
        return user

    row = rows_of(database, database.write_now(work))[0]
    assert (row["task_id"], row["task_type"]) == ("'=1+1", 'a "quoted", 🐢')


def test_range_takes_local_days_with_both_ends(database: Database) -> None:
    def work(conn: Any) -> User:
        user = add_user(conn, timezone="Asia/Tokyo")  # the 21st begins at 15:00 UTC on the 20th
        record_session(conn, user, datetime(2026, 11, 20, 14, 58, tzinfo=UTC), [1, 1, 1])
        record_session(conn, user, datetime(2026, 11, 21, 14, 59, tzinfo=UTC), [1, 1])
        return user

    user = database.write_now(work)
    one_day = rows_of(database, user, Period("range", date(2026, 11, 21), date(2026, 11, 21)))
    assert [row["started_utc"] for row in one_day] == [
        "2026-11-20T15:00:00.000000Z",
        "2026-11-21T14:59:00.000000Z",
    ]
    assert {row["date"] for row in one_day} == {"2026-11-21"}
    assert len(rows_of(database, user)) == 5


def test_export_has_no_undone_questions_and_none_of_other_users(database: Database) -> None:
    def work(conn: Any) -> User:
        user, stranger = add_user(conn), add_user(conn)
        record_session(conn, stranger, NINE, [5])
        press(conn, user, "NEXT", NINE)
        press(conn, user, "NEXT", NINE + minutes(1))
        press(conn, user, "UNDO", NINE + minutes(2))
        press(conn, user, "EXIT", NINE + minutes(3))
        return user

    user = database.write_now(work)
    assert [row["raw_seconds"] for row in rows_of(database, user)] == ["180.0"]


@pytest.mark.parametrize(("count", "parts"), [(999, 1), (1000, 2), (2500, 3)])
def test_export_goes_page_by_page_and_loses_nothing_between_them(
    database: Database, count: int, parts: int
) -> None:
    """Half of the questions begin at the same instant as the one before; sessions change all the time."""
    start = micros_of(NINE)

    def work(conn: Any) -> User:
        user = add_user(conn)
        places = [(start + number // 2 * 60_000_000, number + 1) for number in range(count)]
        conn.execute(
            insert(questions),
            [
                {
                    "user_id": user.id,
                    "opened_by": number,
                    "closed_by": number + 1,
                    "uid": f"q-{number}",
                    "started_us": at,
                    "ended_us": at + number % 2 * 60_000_000,
                    "paused_us": 0,
                    "discarded": False,
                }
                for at, number in places
            ],
        )
        conn.execute(
            insert(sessions),
            [
                {
                    "user_id": user.id,
                    "opened_by": number,
                    "uid": f"s-{number}",
                    "started_us": at,
                    "last_us": at,
                    "last_seq": number,
                    "last_type": "EXIT",
                    "ended_us": at,
                    "auto_closed": False,
                    "idle_us": 0,
                    "target_minutes": 1.0 + number,
                    "question_count": 0,
                    "raw_us": 0,
                    "active_us": 0,
                    "own_target_us": 0,
                    "own_target_count": 0,
                }
                for at, number in places[::7]
            ],
        )
        return user

    user = database.write_now(work)
    assert len(parts_of(database, user, EVERYTHING)) == parts
    rows = rows_of(database, user)
    assert [row["question_id"] for row in rows] == [f"q-{number}" for number in range(1, count + 1)]
    assert [row["session_id"] for row in rows] == [f"s-{index // 7 * 7 + 1}" for index in range(count)]
    assert rows[8]["target_minutes"] == "9.0"


@pytest.mark.parametrize(
    ("first", "last", "field"),
    [("2026-11-22", "2026-11-21", "from"), ("soon", None, "from"), (None, "9999-12-31", "to")],
)
def test_range_that_is_none_is_refused(first: str | None, last: str | None, field: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        exporting.range_asked_for(first, last)
    assert refusal.value.field == field


@pytest.mark.parametrize(
    ("first", "last", "name"),
    [
        (None, None, "raterhub-questions.csv"),
        ("2026-11-01", None, "raterhub-questions-from-2026-11-01.csv"),
        ("2026-11-01", "2026-11-30", "raterhub-questions-from-2026-11-01-to-2026-11-30.csv"),
    ],
)
def test_file_is_named_after_its_range(first: str | None, last: str | None, name: str) -> None:
    assert exporting.file_name_of(exporting.range_asked_for(first, last)) == name
