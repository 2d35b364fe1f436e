"""What is read over HTTP: shapes, dates, whose data, the file of questions."""

import csv
import io
import uuid
from dataclasses import fields
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel
from sqlalchemy import update
from starlette.testclient import TestClient

from app.config import Settings
from app.database import Database
from app.db_models import users
from app.services import exporting
from app.shapes import summaries as shapes
from app.tracking import summaries
from tests.raters import Rater, new_rater
from tests.recording import event_body, press, record_session

NINE = datetime(2026, 11, 21, 9, tzinfo=UTC)
S = 1_000_000
ZONES = sorted(available_timezones() - {"localtime", "posixrules", "Factory"})


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


@pytest.fixture
def database(client: TestClient) -> Database:
    """The database of the app behind `client`."""
    opened: Database = client.app.state.database  # type: ignore[attr-defined]
    return opened


@pytest.fixture
def rater(database: Database, settings: Settings) -> Rater:
    return new_rater(database, settings)


@pytest.mark.parametrize(
    ("shape", "summary"),
    [
        (shapes.SessionSummaryOut, summaries.SessionSummary),
        (shapes.QuestionOut, summaries.QuestionSummary),
        (shapes.DiscardedQuestionOut, summaries.ClosedQuestion),
        (shapes.DaySummaryOut, summaries.DaySummary),
        (shapes.DaySessionOut, summaries.SessionTotals),
        (shapes.HourActivityOut, summaries.HourActivity),
    ],
)
def test_answer_shows_every_field_of_its_summary(shape: type[BaseModel], summary: Any) -> None:
    assert sorted(shape.model_fields) == sorted(field.name for field in fields(summary))


def test_session_summary_as_json(client: TestClient, database: Database, rater: Rater) -> None:
    def work(conn: Any) -> str:
        first = press(conn, rater.user, "NEXT", NINE, task_id="t-1", task_type="side by side")
        press(conn, rater.user, "NEXT", NINE + minutes(5) + timedelta(microseconds=250_000))
        press(conn, rater.user, "EXIT", NINE + minutes(6), discard=True)
        assert first.session_id is not None
        return first.session_id

    uid = database.write_now(work)
    answer = client.get(f"/summary/{uid}", headers=rater.token)
    assert answer.status_code == 200
    assert answer.json() == client.get(f"/sessions/{uid}/summary", headers=rater.login).json()
    summary = answer.json()
    question = {
        "id": summary["questions"][0]["id"],
        "index": 1,
        "started_at": "2026-11-21T09:00:00Z",
        "ended_at": "2026-11-21T09:05:00.250000Z",
        "raw_seconds": 300.25,
        "active_seconds": 300.25,
        "active_mmss": "05:00",
        "target_minutes": 5.5,
        "over_under_target_seconds": -29.75,
        "over_under_target_mmss": "-00:30",
        "task_id": "t-1",
        "task_type": "side by side",
    }
    discarded = summary.pop("discarded")
    assert [sorted(one) for one in discarded] == [sorted(set(question) - {"index"})]
    assert summary == {
        "session_id": uid,
        "user_external_id": rater.user.external_id,
        "started_at": "2026-11-21T09:00:00Z",
        "ended_at": "2026-11-21T09:06:00Z",
        "is_active": False,
        "forgotten": False,
        "auto_closed": False,
        "target_minutes_per_question": 5.5,
        "total_questions": 1,
        "total_raw_seconds": 300.25,
        "total_active_seconds": 300.25,
        "avg_active_seconds": 300.25,
        "avg_active_mmss": "05:00",
        "pace_label": "on target",
        "pace_emoji": "💜✅",
        "pace_ratio": pytest.approx(300.25 / 330),
        "score": 90,
        "questions": [question],
    }


def test_day_summary_as_json(client: TestClient, database: Database, settings: Settings) -> None:
    rater = new_rater(database, settings, "Asia/Kolkata")
    uid = database.write_now(lambda conn: record_session(conn, rater.user, NINE, [4, 6]))
    answer = client.get("/dashboard/today/json?date=2026-11-21", headers=rater.token)
    assert answer.status_code == 200
    assert answer.json() == client.get("/sessions/today?date=2026-11-21", headers=rater.login).json()
    day = answer.json()
    hours = day.pop("hourly_activity")
    assert [hour["hour"] for hour in hours] == list(range(24))
    assert hours[14] == {
        "hour": 14,
        "bucket_start": "2026-11-21T08:30:00Z",
        "total_questions": 2,
        "active_seconds": 600.0,
    }
    assert day == {
        "date": "2026-11-21",
        "timezone": "Asia/Kolkata",
        "user_external_id": rater.user.external_id,
        "total_sessions": 1,
        "total_questions": 2,
        "total_raw_seconds": 600.0,
        "total_active_seconds": 600.0,
        "total_active_mmss": "10:00",
        "avg_active_seconds": 300.0,
        "avg_active_mmss": "05:00",
        "daily_pace_label": "on target",
        "daily_pace_emoji": "💜✅",
        "daily_pace_ratio": pytest.approx(600 / 660),
        "daily_score": 90,
        "target_minutes_per_question": 5.5,
        "sessions": [
            {
                "session_id": uid,
                "started_at": "2026-11-21T09:00:00Z",
                "ended_at": "2026-11-21T09:10:00Z",
                "is_active": False,
                "total_questions": 2,
                "total_active_seconds": 600.0,
                "avg_active_seconds": 300.0,
                "avg_active_mmss": "05:00",
                "pace_label": "on target",
                "pace_emoji": "💜✅",
                "score": 90,
            }
        ],
    }


def test_day_without_a_date_is_today(client: TestClient, rater: Rater) -> None:
    before = datetime.now(UTC).date()
    shown = client.get("/dashboard/today/json", headers=rater.login).json()["date"]
    assert shown in {before.isoformat(), datetime.now(UTC).date().isoformat()}


@pytest.mark.parametrize("path", ["/dashboard/today/json", "/sessions/today"])
@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("date=9999-12-31", "A date must lie between 1970-01-01 and 9998-12-31."),
        ("date=0001-01-01", "A date must lie between 1970-01-01 and 9998-12-31."),
        ("date=2026-02-30", "There is no such day in the calendar."),
        ("date=garbage", "A date must be written as YYYY-MM-DD."),
        ("date=", "A date must be written as YYYY-MM-DD."),
        ("date=0", "A date must be written as YYYY-MM-DD."),
        ("date=%00", "A date must be written as YYYY-MM-DD."),
        ("date=%ff%fe", "A date must be written as YYYY-MM-DD."),
        ("date=2026-11-21&date=yesterday", "A date must be written as YYYY-MM-DD."),
    ],
)
def test_date_that_is_none_is_refused(
    client: TestClient, rater: Rater, path: str, query: str, sentence: str
) -> None:
    answer = client.get(f"{path}?{query}", headers=rater.login)
    assert answer.status_code == 422
    assert answer.json() == {"detail": [{"loc": ["query", "date"], "msg": sentence, "type": "date"}]}


@pytest.mark.parametrize("day", ["1970-01-01", "9998-12-31"])
def test_first_and_last_day_are_answered(client: TestClient, rater: Rater, day: str) -> None:
    assert client.get(f"/sessions/today?date={day}", headers=rater.login).json()["total_questions"] == 0


def test_recent_sessions_as_json(client: TestClient, database: Database, rater: Rater) -> None:
    def work(conn: Any) -> list[str]:
        ended = record_session(conn, rater.user, NINE, [5])
        return [record_session(conn, rater.user, NINE + minutes(60), [5], ended=False), ended]

    running, ended = database.write_now(work)
    recent = client.get("/sessions/recent", headers=rater.token).json()
    assert recent == [
        {
            "session_id": running,
            "started_at": "2026-11-21T10:00:00Z",
            "ended_at": None,
            "is_active": True,
            "current_question_index": 2,
        },
        {
            "session_id": ended,
            "started_at": "2026-11-21T09:00:00Z",
            "ended_at": "2026-11-21T09:05:00Z",
            "is_active": False,
            "current_question_index": None,
        },
    ]
    assert client.get("/sessions/recent?limit=1", headers=rater.token).json() == recent[:1]


@pytest.mark.parametrize(
    ("limit", "shown"), [("0", 1), ("-1", 1), ("-500", 1), ("1", 1), ("100", 100), ("101", 100), ("500", 100)]
)
def test_limit_out_of_range_counts_as_the_nearest_within(
    client: TestClient, database: Database, rater: Rater, limit: str, shown: int
) -> None:
    def work(conn: Any) -> None:
        for number in range(101):
            record_session(conn, rater.user, NINE + minutes(2 * number), [1])

    database.write_now(work)
    recent = client.get(f"/sessions/recent?limit={limit}", headers=rater.login)
    assert (recent.status_code, len(recent.json())) == (200, shown)


@pytest.mark.parametrize("limit", ["x", "1e2", "", "1.5", "9" * 5000])
def test_limit_that_is_no_number_is_refused(client: TestClient, rater: Rater, limit: str) -> None:
    assert client.get(f"/sessions/recent?limit={limit}", headers=rater.login).status_code == 422


@pytest.mark.parametrize("limit", ["9" * 40, "-" + "9" * 40])
def test_limit_of_any_size_is_taken(client: TestClient, rater: Rater, limit: str) -> None:
    assert client.get(f"/sessions/recent?limit={limit}", headers=rater.login).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/dashboard/today/json?date=2026-1-5",
        "/sessions/today?date=2026-01-5",
        "/sessions/today/?date=2026-1-05",
    ],
)
def test_date_is_taken_without_leading_zeros(client: TestClient, rater: Rater, path: str) -> None:
    assert client.get(path, headers=rater.login).json()["date"] == "2026-01-05"


def test_page_and_export_take_dates_without_leading_zeros(client: TestClient, rater: Rater) -> None:
    assert client.get("/dashboard/today?date=2026-1-5", headers=rater.login).status_code == 200
    export = client.get("/export/questions.csv?from=2026-1-5&to=2026-2-1", headers=rater.login)
    assert export.status_code == 200


@pytest.mark.parametrize("path", ["/summary/{}", "/sessions/{}/summary"])
def test_session_of_another_is_like_one_that_does_not_exist(
    client: TestClient, database: Database, settings: Settings, rater: Rater, path: str
) -> None:
    other = new_rater(database, settings)
    uid = database.write_now(lambda conn: record_session(conn, other.user, NINE, [5]))
    ids = [uid, str(uuid.uuid4()), "nonsense", "%00" * 36, "%ff" * 36]
    answers = [client.get(path.format(one), headers=rater.login) for one in ids]
    assert [answer.status_code for answer in answers] == [404] * len(ids)
    assert {answer.text for answer in answers} == {'{"detail":"There is no such session."}'}


@pytest.mark.parametrize(
    "path",
    [
        "/summary/x",
        "/sessions/x/summary",
        "/sessions/recent",
        "/sessions/today",
        "/dashboard/today/json",
        "/export/questions.csv",
    ],
)
def test_read_without_a_login_is_refused(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 401


def test_export_is_a_file_of_the_asked_days(client: TestClient, database: Database, rater: Rater) -> None:
    def work(conn: Any) -> None:
        record_session(conn, rater.user, NINE, [5, 5])
        record_session(conn, rater.user, NINE + timedelta(days=1), [5])

    database.write_now(work)
    answer = client.get("/export/questions.csv?from=2026-11-22&to=2026-11-22", headers=rater.login)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert (
        answer.headers["content-disposition"]
        == 'attachment; filename="raterhub-questions-from-2026-11-22-to-2026-11-22.csv"'
    )
    # Excel takes a file for UTF-8 by these bytes alone.
    assert answer.content.startswith(b"\xef\xbb\xbfdate,")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    assert rows[0] == list(exporting.COLUMNS)
    assert [row[4] for row in rows[1:]] == ["2026-11-22T09:00:00.000000Z"]
    everything = client.get("/export/questions.csv", headers=rater.login).text
    assert everything.count("\r\n") == 4


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("from=2026-11-22&to=2026-11-21", "from"),
        ("from=9999-12-31", "from"),
        ("to=0001-01-01", "to"),
        ("to=x", "to"),
    ],
)
def test_export_of_an_impossible_range_is_refused(
    client: TestClient, rater: Rater, query: str, field: str
) -> None:
    answer = client.get(f"/export/questions.csv?{query}", headers=rater.login)
    assert answer.status_code == 422
    assert [item["loc"] for item in answer.json()["detail"]] == [["query", field]]


def test_widget_token_cannot_export(client: TestClient, rater: Rater) -> None:
    assert client.get("/export/questions.csv", headers=rater.token).status_code == 403


# --- Law 8, through the whole application ---------------------------------------------------------------

KINDS = st.sampled_from(["NEXT", "NEXT", "NEXT", "NEXT", "PAUSE", "UNDO", "EXIT"])
LEAPS = st.one_of(st.integers(0, 20 * 60), st.integers(0, 14 * 3600))
# Around the days on which clocks change somewhere.
STARTS = st.sampled_from(
    [
        datetime(2026, 3, 7, 20, tzinfo=UTC),
        datetime(2026, 3, 28, 20, tzinfo=UTC),
        datetime(2026, 4, 4, 10, tzinfo=UTC),
        datetime(2026, 10, 24, 20, tzinfo=UTC),
        datetime(2018, 11, 3, 20, tzinfo=UTC),
        datetime(2011, 12, 29, 6, tzinfo=UTC),
    ]
)
SPECIAL = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Sao_Paulo", "Pacific/Apia"]


@settings(max_examples=12)
@given(
    start=STARTS,
    presses=st.lists(st.tuples(KINDS, LEAPS, st.sampled_from([False, False, True])), min_size=3, max_size=60),
    zone=st.one_of(st.sampled_from(SPECIAL), st.sampled_from(ZONES)),
)
def test_hours_days_sessions_and_the_export_agree(
    client: TestClient,
    database: Database,
    settings: Settings,
    start: datetime,
    presses: list[tuple[str, int, bool]],
    zone: str,
) -> None:
    rater = new_rater(database, settings)
    # The days are those of the zone in the profile when they are read, not when they were recorded.
    database.write_now(
        lambda conn: conn.execute(update(users).where(users.c.id == rater.user.id).values(timezone=zone))
    )
    end, events = start, []
    for kind, leap, discard in presses:
        end += timedelta(seconds=leap)
        events.append(event_body(kind, end, discard=discard))
    batch = client.post("/events/batch", json={"events": events}, headers=rater.token)
    assert batch.status_code == 200, batch.text

    sessions = [
        client.get(f"/summary/{one['session_id']}", headers=rater.token).json()
        for one in client.get("/sessions/recent?limit=100", headers=rater.token).json()
    ]
    days = [
        client.get(f"/sessions/today?date={day}", headers=rater.token).json()
        for day in every_day(start.date() - timedelta(days=1), end.date() + timedelta(days=2))
    ]
    for day in days:
        assert total(day["hourly_activity"], "active_seconds") == in_micros(day["total_active_seconds"])
        assert sum(hour["total_questions"] for hour in day["hourly_activity"]) == day["total_questions"]
        assert total(day["sessions"], "total_active_seconds") == in_micros(day["total_active_seconds"])
    for session in sessions:
        parts = [one for day in days for one in day["sessions"] if one["session_id"] == session["session_id"]]
        assert total(parts, "total_active_seconds") == in_micros(session["total_active_seconds"])
        assert sum(part["total_questions"] for part in parts) == session["total_questions"]
    text = client.get("/export/questions.csv", headers=rater.login).content.decode("utf-8-sig")
    counted = [row for row in csv.DictReader(io.StringIO(text)) if row["status"] == "counted"]
    for name in ("active_seconds", "raw_seconds"):
        exported = sum(in_micros(float(row[name])) for row in counted)
        assert exported == total(days, f"total_{name}") == total(sessions, f"total_{name}")
    assert [row["date"] for row in counted] == [
        day["date"] for day in days for _ in range(day["total_questions"])
    ]


def every_day(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def in_micros(seconds: float) -> int:
    return round(seconds * S)


def total(items: list[dict[str, Any]], name: str) -> int:
    return sum(in_micros(item[name]) for item in items)
