"""Period summaries over HTTP: who may read them, which dates are taken and refused."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from app.db_models import users
from tests.http.periods import KINDS, Counted, assert_as_expected, at, session_events

NOON = datetime(2026, 3, 31, 12, tzinfo=UTC)
TODAY = NOON.date()
DAY = timedelta(days=1)
MINUTE = {"seconds": 60}


def test_account_without_history_has_empty_periods(new_user: Callable[..., Counted]) -> None:
    with at(NOON):
        user = new_user(zone="Asia/Kathmandu", target_minutes=4.25)
        for kind in KINDS:
            assert_as_expected(user, kind, TODAY, now=NOON)
        assert_as_expected(user, "range", TODAY, TODAY + DAY, now=NOON)
        month = user.summary("month")
    assert (month["from"], month["to"], len(month["days"])) == ("2026-03-01", "2026-03-31", 31)
    assert (month["timezone"], month["target_minutes_per_question"]) == ("Asia/Kathmandu", 4.25)
    assert (month["pace_label"], month["pace_ratio"], month["score"]) == ("No questions", 0, 0)
    assert (month["avg_active_mmss"], month["total_active_mmss"]) == ("00:00", "00:00")
    assert (month["task_types"], month["outliers"], "months" in month) == ([], [], False)


def test_period_without_a_date_is_that_of_the_local_today(new_user: Callable[..., Counted]) -> None:
    late = datetime(2025, 12, 31, 20, tzinfo=UTC)  # in Kathmandu the new year has begun
    with at(late):
        user = new_user(zone="Asia/Kathmandu")
        bounds = {kind: (user.summary(kind)["from"], user.summary(kind)["to"]) for kind in KINDS}
    assert bounds == {
        "day": ("2026-01-01", "2026-01-01"),
        "week": ("2025-12-29", "2026-01-04"),
        "month": ("2026-01-01", "2026-01-31"),
        "year": ("2026-01-01", "2026-12-31"),
    }


@pytest.mark.parametrize("week_starts_on", range(1, 8))
def test_week_begins_on_the_day_of_the_profile(new_user: Callable[..., Counted], week_starts_on: int) -> None:
    with at(NOON):
        user = new_user(week_starts_on=week_starts_on)
        me = user.client.get("/me", headers=user.rater.login).json()
        user.record([one for n in range(20) for one in session_events(NOON - n * DAY, [MINUTE])])
        week = user.summary("week")
        assert_as_expected(user, "week", TODAY, now=NOON)
    first = date.fromisoformat(week["from"])
    assert me["week_starts_on"] == first.isoweekday() == week_starts_on
    assert first <= TODAY <= date.fromisoformat(week["to"]) == first + 6 * DAY
    assert week["total_questions"] == (TODAY - first).days + 1
    assert [entry["weekday"] for entry in week["weekdays"]] == [1, 2, 3, 4, 5, 6, 7]


def test_login_and_personal_token_read_the_same_and_nobody_else_reads(
    new_user: Callable[..., Counted],
) -> None:
    with at(NOON):
        user, other = new_user(), new_user()
        user.record(session_events(NOON - DAY, [MINUTE]))
        for kind, query in [
            *((kind, "date=2026-3-30") for kind in KINDS),
            ("range", "from=2026-3-1&to=2026-03-31"),
        ]:
            address = f"/dashboard/{kind}/json?{query}"
            answers = [user.client.get(address, headers=who) for who in (user.rater.token, user.rater.login)]
            assert [answer.status_code for answer in answers] == [200, 200]
            assert answers[0].json() == answers[1].json()
            assert answers[0].json()["total_questions"] == 1
            slashed = user.client.get(address.replace("json?", "json/?"), headers=user.rater.token)
            assert slashed.json() == answers[0].json()
            assert user.client.get(address).status_code == 401
            assert user.client.get(address, headers=other.rater.token).json()["total_questions"] == 0
        assert user.get("decade").status_code == 404


NO_DATE = "A date must be written as YYYY-MM-DD."
OUTSIDE = "A date must lie between 1970-01-01 and 9998-12-31."


@pytest.mark.parametrize(
    ("query", "field", "sentence"),
    [
        ("date=9999-12-31", "date", OUTSIDE),
        ("date=1969-12-31", "date", OUTSIDE),
        ("date=2026-02-30", "date", "There is no such day in the calendar."),
        ("date=", "date", NO_DATE),
        ("date=2026-W14", "date", NO_DATE),
        ("date=%00", "date", NO_DATE),
        ("date=2026-03-31&date=yesterday", "date", NO_DATE),
    ],
)
def test_date_that_is_none_is_refused_in_one_sentence(
    new_user: Callable[..., Counted], query: str, field: str, sentence: str
) -> None:
    user = new_user()
    for kind in KINDS:
        answer = user.client.get(f"/dashboard/{kind}/json?{query}", headers=user.rater.token)
        assert answer.status_code == 422
        assert [(one["loc"], one["msg"]) for one in answer.json()["detail"]] == [(["query", field], sentence)]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("from=2026-03-02&to=2026-03-01", "from"),
        ("from=2026-01-01&to=2036-02-18", None),  # 3,701 days
        ("from=1970-01-01&to=9998-12-31", None),
        ("from=2026-03-01", "to"),
        ("to=2026-03-01", "from"),
        ("from=&to=2026-03-01", "from"),
        ("from=2026-03-01&to=2026-02-30", "to"),
        ("from=1969-12-31&to=2026-02-20", "from"),
        ("from=2026-03-01&to=9999-01-01", "to"),
    ],
)
def test_range_that_is_none_is_refused_in_one_sentence(
    new_user: Callable[..., Counted], query: str, field: str | None
) -> None:
    user = new_user()
    answer = user.client.get(f"/dashboard/range/json?{query}", headers=user.rater.token)
    assert answer.status_code == 422
    problems = answer.json()["detail"]
    assert [sorted(one) for one in problems] == [["loc", "msg", "type"]]
    assert problems[0]["loc"] in [["query", field]] if field else [["query", "from"], ["query", "to"]]
    assert re.fullmatch(r"[A-Z][^.]+\.", problems[0]["msg"]), problems[0]["msg"]


def test_range_of_neither_day_is_refused(new_user: Callable[..., Counted]) -> None:
    user = new_user()
    assert user.get("range").status_code == 422


def test_range_of_3700_days_is_answered(new_user: Callable[..., Counted]) -> None:
    with at(NOON):
        user = new_user(zone="Europe/Berlin")
        user.record(session_events(NOON - DAY, [MINUTE]))
        last = date(2036, 2, 17)
        found = user.summary("range", date(2026, 1, 1), last)
        assert (len(found["days"]), found["previous"]["to"], len(found["months"])) == (
            3700,
            "2025-12-31",
            122,
        )
        assert_as_expected(user, "range", date(2026, 1, 1), last, now=NOON)


@pytest.mark.parametrize("day", [date(1970, 1, 1), date(9998, 12, 31), date(9998, 12, 1)])
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_ends_of_the_calendar_are_empty_periods(
    new_user: Callable[..., Counted], day: date, zone: str
) -> None:
    with at(NOON):
        user = new_user(zone=zone)
        for kind in KINDS:
            assert_as_expected(user, kind, day, now=NOON)
        assert_as_expected(user, "range", day, day, now=NOON)


def test_lost_zone_is_counted_in_utc(new_user: Callable[..., Counted]) -> None:
    with at(NOON):
        user = new_user()
        user.record(session_events(NOON - DAY, [MINUTE]))
        user.rater.database.write_now(
            lambda conn: conn.execute(users.update().values(timezone="US/Pacific-New"))
        )
        assert_as_expected(user, "week", TODAY, now=NOON)
        assert user.summary("week")["timezone"] == "UTC"
