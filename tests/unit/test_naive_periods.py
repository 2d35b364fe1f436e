"""The naive computation of a period summary, against figures computed by hand."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.naive_periods import Profile, bounds, period_summary, sessions_of
from tests.period_cases import SO_FAR

NOON = datetime(2026, 3, 31, 12, tzinfo=UTC)


def session(start: datetime, *questions: tuple[float, str | None], target: float = 5.0) -> dict[str, Any]:
    """A session summary: its questions, (active seconds, type) each, follow one another without a pause."""
    uid, shown = start.isoformat(), []
    at = start
    for index, (seconds, task_type) in enumerate(questions, start=1):
        shown.append(
            {
                "id": f"{uid}/{index}",
                "index": index,
                "started_at": at.isoformat(),
                "raw_seconds": seconds + 1,
                "active_seconds": seconds,
                "target_minutes": target,
                "task_type": task_type,
            }
        )
        at += timedelta(seconds=seconds + 1)
    return {"session_id": uid, "started_at": start.isoformat(), "questions": shown}


def summary_of(
    kind: str,
    first: date,
    last: date | None = None,
    *sessions: dict[str, Any],
    now: datetime = NOON,
    zone: str = "UTC",
    week_starts_on: int = 1,
) -> dict[str, Any]:
    profile = Profile("x", zone, week_starts_on)
    cut = sessions_of(sessions, zone)
    return period_summary(kind, first, last, profile=profile, now=now, sessions=cut)


def test_day_of_two_questions_by_hand() -> None:
    found = summary_of(
        "day", date(2026, 3, 30), None, session(NOON - timedelta(days=1), (270, "a"), (390, None))
    )
    assert len(found["days"]) == 1
    assert found.pop("days")[0] == {
        "date": "2026-03-30",
        "total_sessions": 1,
        "total_questions": 2,
        "total_raw_seconds": 662,
        "total_active_seconds": 660,
        "pace_ratio": 1.1,
        "score": 89,  # 100 * exp(-0.12)
    }
    one = {"total_questions": 1, "total_active_seconds": 270, "pace_ratio": 0.9}
    other = {"total_questions": 1, "total_active_seconds": 390, "pace_ratio": 1.3}
    both = {"total_questions": 2, "total_active_seconds": 660, "pace_ratio": 1.1}
    none = {"total_questions": 0, "total_active_seconds": 0, "pace_ratio": 0}
    assert found.pop("hours") == [{"hour": h, **(both if h == 12 else none)} for h in range(24)]
    assert found.pop("weekdays") == [{"weekday": w, **(both if w == 1 else none)} for w in range(1, 8)]
    assert found.pop("task_types") == [
        {"task_type": "a", **one} | {f"{p}_active_seconds": 270 for p in ("median", "p80", "p95")},
        {"task_type": None, **other} | {f"{p}_active_seconds": 390 for p in ("median", "p80", "p95")},
    ]
    assert found.pop("positions") == [
        {"from": 1, "to": 10, **both},
        {"from": 11, "to": 25, **none},
        {"from": 26, "to": 50, **none},
        {"from": 51, "to": None, **none},
    ]
    histogram = found["distribution"].pop("histogram")
    assert [(entry["from_ratio"], entry["to_ratio"]) for entry in histogram[:3]] == [
        (0, 0.1),
        (0.1, 0.2),
        (0.2, 0.3),
    ]
    assert (histogram[20]["from_ratio"], histogram[20]["to_ratio"]) == (2, None)
    assert {
        entry["from_ratio"]: entry["total_questions"] for entry in histogram if entry["total_questions"]
    } == {
        0.9: 1,
        1.3: 1,
    }
    assert found == {
        "period": "day",
        "from": "2026-03-30",
        "to": "2026-03-30",
        "timezone": "UTC",
        "user_external_id": "x",
        "total_sessions": 1,
        "total_questions": 2,
        "total_raw_seconds": 662,
        "total_active_seconds": 660,
        "total_active_mmss": "11:00",
        "avg_active_seconds": 330,
        "avg_active_mmss": "05:30",
        "pace_label": "a bit slow",
        "pace_emoji": "🐢",
        "pace_ratio": 1.1,
        "score": 89,
        "target_minutes_per_question": 5,
        "previous": {
            "from": "2026-03-29",
            "to": "2026-03-29",
            "total_sessions": 0,
            "total_questions": 0,
            "total_raw_seconds": 0,
            "total_active_seconds": 0,
            "pace_ratio": 0,
            "score": 0,
            "so_far": None,
        },
        "distribution": {
            "median_active_seconds": 330,
            "p80_active_seconds": pytest.approx(366),
            "p95_active_seconds": pytest.approx(384),
            "below_band_share": 0,
            "in_band_share": 0.5,
            "above_band_share": 0.5,
        },
        "outliers": [],
    }


@pytest.mark.parametrize(
    ("kind", "day", "week_starts_on", "first", "last"),
    [
        ("day", "2026-03-31", 1, "2026-03-31", "2026-03-31"),
        ("week", "2026-03-31", 1, "2026-03-30", "2026-04-05"),
        ("week", "2026-03-31", 2, "2026-03-31", "2026-04-06"),
        ("week", "2026-03-31", 3, "2026-03-25", "2026-03-31"),
        ("week", "2026-03-31", 7, "2026-03-29", "2026-04-04"),
        ("week", "1970-01-01", 1, "1969-12-29", "1970-01-04"),
        ("month", "2024-02-29", 1, "2024-02-01", "2024-02-29"),
        ("month", "2026-12-31", 1, "2026-12-01", "2026-12-31"),
        ("month", "2026-01-30", 1, "2026-01-01", "2026-01-31"),
        ("year", "2026-03-31", 1, "2026-01-01", "2026-12-31"),
        ("year", "2026-01-01", 1, "2026-01-01", "2026-12-31"),
        ("year", "2024-12-31", 1, "2024-01-01", "2024-12-31"),
    ],
)
def test_bounds_by_the_calendar(kind: str, day: str, week_starts_on: int, first: str, last: str) -> None:
    found = bounds(kind, date.fromisoformat(day), week_starts_on)
    assert [one.isoformat() for one in found] == [first, last]


@pytest.mark.parametrize(("kind", "before", "zone", "now", "counted"), SO_FAR)
def test_so_far_ends_strictly_before_the_same_day_and_time(
    kind: str, before: list[str], zone: str, now: str, counted: int
) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)
    sessions = [session(datetime.fromisoformat(text).replace(tzinfo=UTC), (60, None)) for text in before]
    found = summary_of(kind, moment.date(), None, *sessions, now=moment, zone=zone)["previous"]
    assert (found["total_questions"], found["so_far"]["total_questions"]) == (len(before), counted)
    assert found["so_far"]["total_sessions"] == counted


def test_range_is_compared_with_as_many_days_before() -> None:
    sessions = [session(NOON - timedelta(days=number), (60, None)) for number in range(10)]
    found = summary_of("range", date(2026, 3, 30), date(2026, 4, 3), *sessions)
    before = found["previous"]
    assert (before["from"], before["to"], before["total_questions"]) == ("2026-03-25", "2026-03-29", 5)
    assert (
        before["so_far"]["total_questions"] == 1
    )  # of 25 and 26 March, the one of the 26th starts at noon, not before
    assert [(month["month"], month["total_questions"]) for month in found["months"]] == [
        ("2026-03", 2),
        ("2026-04", 0),
    ]


def test_questions_after_a_midnight_that_comes_twice_are_of_the_new_day() -> None:
    # St. John's, 7 November 2010: at 00:01 clocks went back to 23:01.
    again = session(datetime(2010, 11, 7, 3, 0, tzinfo=UTC), (60, None))
    found = summary_of("week", date(2010, 11, 7), None, again, zone="America/St_Johns")
    assert [entry["total_questions"] for entry in found["days"]] == [0, 0, 0, 0, 0, 0, 1]
    assert [entry["hour"] for entry in found["hours"] if entry["total_questions"]] == [23]
    assert [entry["weekday"] for entry in found["weekdays"] if entry["total_questions"]] == [7]


@pytest.mark.parametrize(("days_before", "usual", "found"), [(90, 9, 1), (91, 9, 0), (90, 8, 0)])
def test_outlier_by_what_was_usual_in_90_days(days_before: int, usual: int, found: int) -> None:
    earlier = session(NOON - timedelta(days=days_before), *[(60, "a")] * usual)
    long = session(NOON, (180, "b"), (180.000001, "a"))
    outliers = summary_of("day", date(2026, 3, 31), None, earlier, long)["outliers"]
    assert [(one["active_seconds"], one["usual_seconds"]) for one in outliers] == [(180.000001, 60)] * found
    if found:
        question = long["questions"][1]
        assert (outliers[0]["question_id"], outliers[0]["started_at"]) == (
            question["id"],
            question["started_at"],
        )


def test_outliers_are_twenty_at_most_longest_first() -> None:
    usual = session(NOON - timedelta(days=1), *[(10, None)] * 50)
    long = session(NOON, *[(31 + number // 2, None) for number in range(24)])
    outliers = summary_of("day", date(2026, 3, 31), None, usual, long)["outliers"]
    lengths = [one["active_seconds"] for one in outliers]
    assert lengths == [42, 42, 41, 41, 40, 40, 39, 39, 38, 38, 37, 37, 36, 36, 35, 35, 34, 34, 33, 33]
    assert [one["question_id"] for one in outliers[:2]] == [long["questions"][n]["id"] for n in (22, 23)]


def test_task_types_are_ordered_by_number_then_code_points_then_null() -> None:
    types = ["b", "a", "Z", "é", None, "c", "c", None, "b"]
    found = summary_of("day", date(2026, 3, 31), None, session(NOON, *[(60.0, name) for name in types]))
    assert [one["task_type"] for one in found["task_types"]] == ["b", "c", None, "Z", "a", "é"]


@pytest.mark.parametrize(
    ("active", "bucket", "band"),
    [
        (0, 0, 0), (209.999999, 6, 0), (210, 7, 1), (329.999999, 10, 1), (330, 11, 2), (599.999999, 19, 2),
        (600, 20, 2), (9000, 20, 2),
    ],
)  # fmt: skip
def test_edges_of_the_band_and_the_histogram_belong_above(active: float, bucket: int, band: int) -> None:
    found = summary_of("day", date(2026, 3, 31), None, session(NOON, (active, None)))["distribution"]
    assert [entry["total_questions"] for entry in found["histogram"]] == [int(n == bucket) for n in range(21)]
    shares = [found[f"{name}_band_share"] for name in ("below", "in", "above")]
    assert shares == [int(n == band) for n in range(3)]
