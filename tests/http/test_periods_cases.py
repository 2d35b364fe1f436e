"""Period summaries over HTTP: cases whose figures were counted by hand, beside the naive computation."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.http.periods import KINDS, Counted, assert_as_expected, at, counts, session_events
from tests.period_cases import SO_FAR
from tests.recording import event_body

NOON = datetime(2026, 3, 31, 12, tzinfo=UTC)
TODAY = NOON.date()
DAY = timedelta(days=1)
MINUTE = {"seconds": 60}


@pytest.mark.parametrize(("kind", "before", "zone", "now", "counted"), SO_FAR)
def test_so_far_ends_strictly_before_the_same_day_and_time(
    new_user: Callable[..., Counted], kind: str, before: list[str], zone: str, now: str, counted: int
) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)
    with at(moment):
        user = new_user(zone=zone)
        for start in before:
            user.record(session_events(datetime.fromisoformat(start).replace(tzinfo=UTC), [MINUTE]))
        previous = user.summary(kind)["previous"]
        assert (previous["total_questions"], previous["so_far"]["total_questions"]) == (len(before), counted)
        assert_as_expected(user, kind, date.fromisoformat(previous["to"]) + DAY, now=moment)


def test_so_far_of_a_range_counts_from_its_first_day(new_user: Callable[..., Counted]) -> None:
    with at(NOON):
        user = new_user()
        user.record([one for n in range(12) for one in session_events(NOON - n * DAY - DAY / 24, [MINUTE])])
        for first, last in ((TODAY - DAY, TODAY + 3 * DAY), (TODAY, TODAY), (TODAY - 3 * DAY, TODAY - DAY)):
            assert_as_expected(user, "range", first, last, now=NOON)
        before = user.summary("range", TODAY - DAY, TODAY + 3 * DAY)["previous"]
        ended = user.summary("range", TODAY - 3 * DAY, TODAY - DAY)["previous"]
    assert (before["from"], before["to"]) == ("2026-03-25", "2026-03-29")
    assert (before["total_questions"], before["so_far"]["total_questions"]) == (5, 2)
    assert (ended["total_questions"], ended["so_far"]) == (3, None)


def test_session_over_the_end_of_a_period_is_in_both_with_its_positions(
    new_user: Callable[..., Counted],
) -> None:
    midnight = datetime(2026, 2, 28, 23, tzinfo=UTC)  # of Berlin's February and March
    with at(NOON):
        user = new_user(zone="Europe/Berlin")
        user.record(session_events(midnight - timedelta(minutes=9), [MINUTE] * 60))
        february, march = user.summary("month", date(2026, 2, 3)), user.summary("month", date(2026, 3, 3))
        for day in (date(2026, 2, 28), date(2026, 3, 1)):
            for kind in KINDS:
                assert_as_expected(user, kind, day, now=NOON)
        year = user.summary("year")
    assert (february["total_sessions"], march["total_sessions"], year["total_sessions"]) == (1, 1, 1)
    assert counts(february["positions"], "from") == {1: 9}
    assert counts(march["positions"], "from") == {1: 1, 11: 15, 26: 25, 51: 10}
    assert counts(year["months"], "month") == {"2026-02": 9, "2026-03": 51}


def test_positions_of_a_session_that_began_before_all_that_is_compared(
    new_user: Callable[..., Counted],
) -> None:
    begin = NOON - 400 * DAY
    with at(NOON):
        user = new_user()
        # Paused for more than a year: paused sessions are never forgotten.
        long = {"seconds": 60, "paused": 399 * 86400}
        user.record(session_events(begin, [*[MINUTE] * 11, long, *[MINUTE] * 14]))
        day = user.summary("day", TODAY - DAY)
        for kind in KINDS:
            assert_as_expected(user, kind, TODAY - DAY, now=NOON)
    assert (day["total_sessions"], counts(day["positions"], "from")) == (1, {11: 13, 26: 1})


def test_what_is_open_forgotten_discarded_or_deleted_counts_nowhere(new_user: Callable[..., Counted]) -> None:
    begin = NOON - 5 * DAY
    with at(NOON):
        user = new_user()
        user.record(session_events(begin, [MINUTE, MINUTE | {"discard": True}], ending="open"))  # forgotten
        user.record(session_events(begin + DAY, [MINUTE] * 3))
        user.record(session_events(begin + 2 * DAY, [MINUTE | {"discard": True}]))
        user.record([event_body("NEXT", NOON - DAY)])
        deleted = user.sessions()[1]["session_id"]
        assert user.client.delete(f"/sessions/{deleted}", headers=user.rater.login).status_code == 200
        week = user.summary("range", TODAY - 6 * DAY, TODAY)
        assert_as_expected(user, "range", TODAY - 6 * DAY, TODAY, now=NOON)
        assert user.summary("range", TODAY + DAY, TODAY + 7 * DAY)["previous"]["total_sessions"] == 3
    assert (week["total_sessions"], week["total_questions"], week["total_active_seconds"]) == (3, 1, 60)
    assert [entry["total_sessions"] for entry in week["days"]] == [0, 1, 0, 1, 0, 1, 0]


def test_edges_of_bands_and_histogram_belong_above(new_user: Callable[..., Counted]) -> None:
    tenths = [0, 0.999999, 1, 6.999999, 7, 10.999999, 11, 19.999999, 20, 300]
    with at(NOON):
        user = new_user()
        questions = [{"seconds": 30 * tenth, "target_minutes": 5} for tenth in tenths]
        user.record(session_events(NOON - DAY, questions))
        day = user.summary("day", TODAY - DAY)
        assert_as_expected(user, "day", TODAY - DAY, now=NOON)
    assert counts(day["distribution"]["histogram"], "from_ratio") == {
        0: 2, 0.1: 1, 0.6: 1, 0.7: 1, 1.0: 1, 1.1: 1, 1.9: 1, 2.0: 2,
    }  # fmt: skip
    shares = [day["distribution"][f"{band}_band_share"] for band in ("below", "in", "above")]
    assert shares == pytest.approx([0.4, 0.2, 0.4])


@pytest.mark.parametrize(
    ("zone", "begin", "minutes", "hours", "hourly"),
    [
        # The hour from 2 to 3 comes twice, and is one of 24; then it does not come.
        ("Europe/Berlin", "2026-10-24T22:30:00", 60, {0: 1, 1: 1, 2: 2, 3: 1, 4: 1}, [0, 1, 2, 2, 3, 4]),
        (
            "Europe/Berlin",
            "2026-03-28T23:30:00",
            60,
            {0: 1, 1: 1, 3: 1, 4: 1, 5: 1, 6: 1},
            [0, 1, 3, 4, 5, 6],
        ),
        # Clocks go back by half an hour at 02:00: the day's own hours no longer begin with those of the clock.
        (
            "Australia/Lord_Howe",
            "2026-04-04T13:15:00",
            60,
            {0: 1, 1: 2, 2: 1, 3: 1, 4: 1},
            [0, 1, 1, 2, 3, 4],
        ),
        # At 00:01 clocks go back to 23:01, which belongs to the day that has begun.
        ("America/St_Johns", "2010-11-07T02:30:30", 30, {0: 3, 1: 2, 23: 1}, [0, 0, 0, 0, 1, 1]),
        ("America/St_Johns", "2010-11-07T03:00:30", 30, {0: 2, 1: 2, 2: 1, 23: 1}, [0, 0, 0, 1, 1, 2]),
    ],
)
def test_hours_are_those_of_the_clock(
    new_user: Callable[..., Counted],
    zone: str,
    begin: str,
    minutes: int,
    hours: dict[int, int],
    hourly: list[int],
) -> None:
    start = datetime.fromisoformat(begin).replace(tzinfo=UTC)
    day = start.date() + DAY if zone != "America/St_Johns" else start.date()
    with at(start + DAY):
        user = new_user(zone=zone)
        user.record(session_events(start, [{"seconds": 60 * minutes}] * 6))
        found = user.summary("day", day)
        same = user.client.get(f"/sessions/today?date={day}", headers=user.rater.token).json()
        assert_as_expected(user, "day", day, now=start + DAY)
    assert counts(found["hours"], "hour") == hours
    assert [
        hour["hour"] for hour in same["hourly_activity"] for _ in range(hour["total_questions"])
    ] == hourly
    assert found["total_questions"] == same["total_questions"] == 6


def outlier_events(days_before: int, usual: int) -> list[dict[str, Any]]:
    """Questions of a type that were usual some days ago, and one of today that took longer than three times that."""
    earlier = session_events(NOON - days_before * DAY, [MINUTE | {"task_type": "a"}] * usual)
    today = session_events(
        NOON - timedelta(hours=1), [{"seconds": 180}, {"seconds": 180.000001, "task_type": "a"}]
    )
    return earlier + today


@pytest.mark.parametrize("kind", ["day", "week", "year"])  # the last two end after today
@pytest.mark.parametrize(("days_before", "usual", "found"), [(90, 9, 1), (91, 9, 0), (90, 8, 0)])
def test_outlier_is_compared_with_its_type_in_90_days(
    new_user: Callable[..., Counted], kind: str, days_before: int, usual: int, found: int
) -> None:
    with at(NOON):
        user = new_user()
        user.record(outlier_events(days_before, usual))
        summary = user.summary(kind)
        assert_as_expected(user, kind, TODAY, now=NOON)
        session = user.sessions()[-1]
    # The 90th day before 31 March is 31 December, the 91st is within no year of 2026 either.
    question = session["questions"][1]
    assert (
        summary["outliers"]
        == [
            {
                "session_id": session["session_id"],
                "question_id": question["id"],
                "started_at": question["started_at"],
                "task_type": "a",
                "active_seconds": 180.000001,
                "usual_seconds": 60,
            }
        ]
        * found
    )


def test_outlier_takes_more_than_three_times_the_median(new_user: Callable[..., Counted]) -> None:
    with at(NOON):
        user = new_user()
        user.record(
            session_events(NOON - DAY, [{"seconds": 10}] * 10 + [{"seconds": 30}, {"seconds": 30.000001}])
        )
        assert_as_expected(user, "week", TODAY, now=NOON)
        assert [one["active_seconds"] for one in user.summary("week")["outliers"]] == [30.000001]


def test_outliers_are_twenty_at_most_longest_first_then_by_start(new_user: Callable[..., Counted]) -> None:
    with at(NOON):
        user = new_user()
        user.record(session_events(NOON - 2 * DAY, [{"seconds": 10}] * 50))
        user.record(session_events(NOON - DAY, [{"seconds": 31 + number // 2} for number in range(24)]))
        outliers = user.summary("week")["outliers"]
        assert_as_expected(user, "week", TODAY, now=NOON)
    lengths = [one["active_seconds"] for one in outliers]
    assert lengths == [42, 42, 41, 41, 40, 40, 39, 39, 38, 38, 37, 37, 36, 36, 35, 35, 34, 34, 33, 33]
    starts = [one["started_at"] for one in outliers]
    assert all(one < other for one, other in zip(starts[::2], starts[1::2], strict=True))


def test_task_types_are_ordered_by_number_then_code_points_then_null(
    new_user: Callable[..., Counted],
) -> None:
    types = ["b", "a", "Z", "é", "𝕏", "ﬀ", None, "c", "c", None, "b"]
    with at(NOON):
        user = new_user()
        user.record(session_events(NOON - DAY, [MINUTE | {"task_type": name} for name in types]))
        week = user.summary("week")
        assert_as_expected(user, "week", TODAY, now=NOON)
    assert [one["task_type"] for one in week["task_types"]] == ["b", "c", None, "Z", "a", "é", "ﬀ", "𝕏"]
