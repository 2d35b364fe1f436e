"""Period summaries over HTTP equal the naive computation in every field, whatever the history, zone and clock."""

import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.tracking.days import date_of
from app.tracking.timestamps import micros_of
from tests.http.periods import KINDS, Counted, at, differences, session_events
from tests.naive_periods import every_day
from tests.recording import event_body

DAY = timedelta(days=1)
SUMS = ("total_questions", "total_raw_seconds", "total_active_seconds")

# Each zone with instants near which its clock, its calendar or its year changes.
MOMENTS = [
    ("UTC", datetime(2023, 12, 31, 22, tzinfo=UTC)),
    ("UTC", datetime(2024, 2, 29, 10, tzinfo=UTC)),
    ("Europe/Berlin", datetime(2026, 3, 28, 20, tzinfo=UTC)),
    ("Europe/Berlin", datetime(2026, 10, 24, 20, tzinfo=UTC)),
    ("America/New_York", datetime(2026, 3, 8, 2, tzinfo=UTC)),
    ("America/New_York", datetime(2026, 11, 1, 2, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 4, 4, 10, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 10, 3, 10, tzinfo=UTC)),
    ("Pacific/Apia", datetime(2011, 12, 30, 6, tzinfo=UTC)),  # the 30th did not come
    ("America/Sao_Paulo", datetime(2018, 11, 3, 20, tzinfo=UTC)),  # midnight was skipped
    ("America/Sao_Paulo", datetime(2018, 2, 17, 20, tzinfo=UTC)),
    ("Asia/Kathmandu", datetime(2026, 5, 31, 16, tzinfo=UTC)),
    ("Africa/Casablanca", datetime(2026, 2, 14, 22, tzinfo=UTC)),
    ("Africa/Casablanca", datetime(2026, 3, 21, 22, tzinfo=UTC)),
    ("America/St_Johns", datetime(2010, 11, 6, 22, tzinfo=UTC)),  # midnight came twice
]
ZONES = sorted({zone for zone, _ in MOMENTS})

TYPES = st.sampled_from([None, None, "side by side", "side by side", "Ads", "été", "a"])
# 231, 363 and 660 seconds are 0.7, 1.1 and 2 times the default target.
SECONDS = st.one_of(
    st.integers(0, 900),
    st.sampled_from([33, 231, 330, 363, 660, 5 * 3600]),
    st.integers(0, 10**9).map(lambda micros: micros / 10**6),
)
QUESTIONS = st.fixed_dictionaries(
    {"seconds": SECONDS},
    optional={
        "paused": st.integers(1, 7200),
        "discard": st.booleans(),
        "task_type": TYPES,
        "target_minutes": st.sampled_from([0.5, 1, 4.25, 600, 1 / 3]),
    },
)
SESSIONS = st.tuples(
    st.one_of(
        st.integers(0, 3600), st.integers(0, 15 * 3600), st.integers(0, 60 * 86400)
    ),  # seconds before it
    st.lists(QUESTIONS, min_size=1, max_size=14),
    st.sampled_from(["EXIT", "EXIT", "EXIT", "open"]),
)


def local_day(moment: datetime, zone: str) -> date:
    return date_of(micros_of(moment), zone)


def assert_as_expected(
    user: Counted,
    asked: list[tuple[str, date, date | None]],
    *,
    now: datetime,
    sessions: list[dict[str, Any]],
) -> None:
    """Each period summary is that of the naive computation, and its lists add up."""
    for kind, first, last in asked:
        found = user.summary(kind, first, last)
        expected = user.expected(kind, first, last, now=now, sessions=sessions)
        assert differences(expected, found) == [], f"{kind} {first} {last} at {now}"
        assert_adds_up(found)


def assert_adds_up(summary: dict[str, Any]) -> None:
    """Every list adds up to the total, to the microsecond."""
    for name in ("days", "months"):
        if name in summary:
            assert total(summary[name]) == total([summary]), name
    for name in ("hours", "weekdays", "task_types", "positions"):
        assert total(summary[name], without_raw) == total([summary], without_raw), name
    distribution, count = summary["distribution"], summary["total_questions"]
    assert sum(entry["total_questions"] for entry in distribution["histogram"]) == count
    shares = [distribution[f"{band}_band_share"] for band in ("below", "in", "above")]
    assert sum(shares) == pytest.approx(1 if count else 0)


without_raw = ("total_questions", "total_active_seconds")


def total(entries: list[dict[str, Any]], names: tuple[str, ...] = SUMS) -> list[int]:
    """Questions, and whole microseconds of each kind of seconds."""
    return [sum(round(entry[name] * 10**6) for entry in entries) for name in names]


@settings(max_examples=15)
@given(data=st.data())
def test_periods_of_any_history_are_those_of_the_naive_computation(
    new_user: Callable[..., Counted], data: st.DataObject
) -> None:
    zone, moment = data.draw(st.sampled_from(MOMENTS))
    drawn = data.draw(st.lists(SESSIONS, min_size=1, max_size=6))
    end, events = moment - timedelta(hours=data.draw(st.integers(0, 30))), []
    for gap, questions, ending in drawn:
        session = session_events(end + timedelta(seconds=gap), questions, ending)
        end = datetime.fromisoformat(session[-1]["timestamp"])
        events += session
    with at(end + timedelta(hours=1)):
        user = new_user(
            zone=zone,
            week_starts_on=data.draw(st.integers(1, 7)),
            target_minutes=data.draw(st.sampled_from([5.5, 5.5, 0.25, 7])),
        )
        user.record(events)
        correct(user, data)
    begin = datetime.fromisoformat(events[0]["timestamp"])
    now = data.draw(
        st.one_of(st.just(end), st.datetimes(naive(begin), naive(end + 400 * DAY), timezones=st.just(UTC)))
    )
    first, last = (local_day(edge, zone) for edge in (begin, end))
    days = st.dates(first - DAY, last + DAY)
    with at(now):
        sessions = user.sessions()
        today = local_day(now, zone)
        for kind in KINDS:
            assert differences(user.summary(kind, today), user.summary(kind)) == []
        asked: list[tuple[str, date, date | None]] = [(kind, today, None) for kind in KINDS]
        asked += [(kind, data.draw(days), None) for kind in KINDS]
        low, high = sorted((data.draw(days), data.draw(days)))
        asked += [("range", low, high), ("range", min(first, today), today)]
        assert_as_expected(user, asked, now=now, sessions=sessions)


def naive(moment: datetime) -> datetime:
    return moment.replace(tzinfo=None)


def correct(user: Counted, data: st.DataObject) -> None:
    """Delete some sessions and questions, and give some sessions a target of their own."""
    client, login = user.client, user.rater.login
    for session in user.sessions():
        address = f"/sessions/{session['session_id']}"
        act = data.draw(st.sampled_from([None, None, None, "delete", "target", "discard"]))
        if act == "delete":
            assert client.delete(address, headers=login).status_code == 200
        elif act == "target":
            body = {"target_minutes_per_question": data.draw(st.sampled_from([1, 2.75, 9]))}
            assert client.patch(address, json=body, headers=login).status_code == 200
        elif act == "discard" and session["questions"]:
            question = data.draw(st.sampled_from(session["questions"]))["id"]
            assert client.delete(f"{address}/questions/{question}", headers=login).status_code == 200


@settings(max_examples=10)
@given(
    place=st.sampled_from(MOMENTS),
    presses=st.lists(
        st.tuples(
            st.sampled_from(["NEXT", "NEXT", "NEXT", "NEXT", "PAUSE", "UNDO", "EXIT"]),
            st.one_of(st.integers(0, 20 * 60), st.integers(0, 14 * 3600)),
            st.sampled_from([False, False, True]),
        ),
        min_size=3,
        max_size=60,
    ),
    week_starts_on=st.integers(1, 7),
)
def test_days_add_up_to_weeks_months_years_and_ranges(
    new_user: Callable[..., Counted],
    place: tuple[str, datetime],
    presses: list[tuple[str, int, bool]],
    week_starts_on: int,
) -> None:
    zone, begin = place
    end, events = begin, []
    for kind, leap, discard in presses:
        end += timedelta(seconds=leap)
        events.append(event_body(kind, end, discard=discard))
    with at(end):
        user = new_user(zone=zone, week_starts_on=week_starts_on)
        user.record(events)
        first, last = local_day(begin, zone) - DAY, local_day(end, zone) + DAY
        days = {day: user.summary("day", day) for day in every_day(first, last)}
        whole = user.summary("range", first, last)
        weeks, months, years = (
            {answer["from"]: answer for answer in (user.summary(kind, day) for day in days)}
            for kind in ("week", "month", "year")
        )
        middle = first + (last - first) // 3
        split = [user.summary("range", first, middle), user.summary("range", middle + DAY, last)]
        sessions = user.sessions()
    assert whole["days"] == [one for answer in days.values() for one in answer["days"]]
    for parts in (
        list(days.values()),
        split,
        *(list(each.values()) for each in (weeks, months, years)),
        sessions,
    ):
        assert total(parts) == total([whole])
    for answer in (*weeks.values(), *months.values(), *years.values()):
        for entry in answer["days"]:
            inside = days.get(date.fromisoformat(entry["date"]))
            assert total([entry]) == (total([inside]) if inside else [0, 0, 0])
    for year in years.values():
        for entry in year["months"]:
            of_month = months.get(entry["month"] + "-01")
            assert total([entry]) == (total([of_month]) if of_month else [0, 0, 0])
    assert total(whole["months"]) == total([whole])


@pytest.mark.parametrize("zone", ZONES)
def test_half_a_year_is_that_of_the_naive_computation(new_user: Callable[..., Counted], zone: str) -> None:
    moment = next(moment for name, moment in MOMENTS if name == zone)
    begin, end, events = moment - 100 * DAY, moment + 80 * DAY, half_a_year(moment - 100 * DAY, seed=zone)
    with at(end):
        user = new_user(zone=zone, week_starts_on=6)
        user.record(events)
        sessions = user.sessions()
        assert 60 <= len(sessions) <= 100
        day = local_day(moment, zone)
        asked: list[tuple[str, date, date | None]] = [
            (kind, one, None) for kind in KINDS[:-1] for one in (day - DAY, day, day + DAY, day - 30 * DAY)
        ]
        asked += [
            ("year", day, None),
            ("range", local_day(begin, zone), local_day(end, zone)),
            ("range", day - 5 * DAY, day + 9 * DAY),
        ]
        assert_as_expected(user, asked, now=end, sessions=sessions)
        assert len(user.summary(*asked[-2])["outliers"]) == 20
        assert all(one["total_questions"] for one in user.summary(*asked[-2])["positions"])
    for hours in (7, 31):
        now = moment + timedelta(hours=hours, minutes=17)
        with at(now):
            running = [(kind, local_day(now, zone), None) for kind in KINDS]
            assert_as_expected(
                user, [*running, ("range", day - 3 * DAY, day + 4 * DAY)], now=now, sessions=sessions
            )
            assert user.summary("year")["previous"]["so_far"] is not None


def half_a_year(begin: datetime, seed: str) -> list[dict[str, Any]]:
    """The events of about 75 sessions in 180 days, the same for the same seed: some long, some never ended."""
    chance = random.Random(seed)
    events, moment, end = [], begin, begin + 180 * DAY
    while moment < end:
        questions = [
            {
                "seconds": chance.choice([20, 200, 330, 400])
                * chance.random()
                * chance.choice([1] * 19 + [9]),
                "paused": chance.choice([0, 0, 0, chance.randint(1, 3000)]),
                "discard": chance.random() < 0.1,
                "task_type": chance.choice([None, "a", "b", "side by side"]),
                "target_minutes": chance.choice([None, None, 1.5, 4]),
            }
            for _ in range(chance.choice([1, 3, 8, 15, 30 if chance.random() < 0.5 else 70]))
        ]
        session = session_events(moment, questions, chance.choice(["EXIT"] * 9 + ["open"]))
        events += session
        moment = datetime.fromisoformat(session[-1]["timestamp"]) + timedelta(hours=chance.uniform(0, 96))
    return events
