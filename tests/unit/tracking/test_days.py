"""Days and hours against a model that walks along the clock minute by minute."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.tracking.days import (
    FIRST_DAY,
    LAST_DAY,
    NoSuchDay,
    clock_hours,
    date_of,
    day_bounds,
    hours_of,
    local_time,
    parse_day,
)
from app.tracking.timestamps import micros_of, moment_of

HOUR_US = 3_600_000_000
ZONES = sorted(available_timezones() - {"localtime", "posixrules", "Factory"})

# Zone and day of the changes that go wrong most easily, with the length of the day in hours.
ODD_DAYS = [
    ("Europe/Berlin", date(2026, 3, 29), 23.0),
    ("Europe/Berlin", date(2026, 10, 25), 25.0),
    ("America/Los_Angeles", date(2026, 11, 1), 25.0),
    ("America/Sao_Paulo", date(2018, 11, 4), 23.0),  # 00:00 does not exist
    ("America/Sao_Paulo", date(2018, 2, 17), 25.0),  # 23:00 comes twice
    ("Asia/Beirut", date(2026, 3, 29), 23.0),  # 00:00 does not exist
    ("America/Havana", date(2025, 11, 2), 25.0),  # 00:00 comes twice
    ("America/St_Johns", date(2010, 11, 6), 24.0),  # the hour that comes twice belongs to the 7th
    ("America/St_Johns", date(2010, 11, 7), 25.0),  # 00:01 becomes 23:01 of the 6th
    ("Australia/Lord_Howe", date(2026, 4, 5), 24.5),
    ("Australia/Lord_Howe", date(2026, 10, 4), 23.5),
    ("Pacific/Apia", date(2011, 12, 29), 24.0),
    ("Pacific/Apia", date(2011, 12, 30), 0.0),  # skipped
    ("Pacific/Apia", date(2011, 12, 31), 24.0),
    ("Pacific/Kwajalein", date(1993, 8, 21), 0.0),
    ("Africa/Monrovia", date(1972, 1, 7), 24 - (44 + 30 / 60) / 60),
    ("Asia/Kolkata", date(2026, 1, 1), 24.0),
    ("UTC", date(2026, 11, 21), 24.0),
]


def model_start(day: date, zone: str) -> datetime:
    """The first minute whose local date is `day` or later, found by walking from two days before."""
    tz = ZoneInfo(zone)
    moment = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(days=2)
    while moment.astimezone(tz).date() < day:
        moment += timedelta(minutes=30) if (moment.astimezone(tz) + timedelta(hours=2)).date() < day else STEP
    return moment


STEP = timedelta(seconds=30)

a_zone = st.sampled_from(ZONES)
a_day = st.dates(date(1970, 1, 3), date(2045, 12, 31))


@pytest.mark.parametrize(("zone", "day", "hours"), ODD_DAYS)
def test_day_has_the_length_that_the_clock_gives_it(zone: str, day: date, hours: float) -> None:
    start, end = day_bounds(day, zone)
    assert (end - start) / HOUR_US == pytest.approx(hours)


@pytest.mark.parametrize(("zone", "day", "hours"), ODD_DAYS)
def test_day_begins_where_the_walked_clock_reaches_it(zone: str, day: date, hours: float) -> None:
    assert moment_of(day_bounds(day, zone)[0]) == model_start(day, zone)


@given(a_zone, a_day)
def test_day_begins_where_the_walked_clock_reaches_it_in_any_zone(zone: str, day: date) -> None:
    start, end = day_bounds(day, zone)
    assert moment_of(start) == model_start(day, zone)
    assert end == day_bounds(day + timedelta(days=1), zone)[0]


@given(a_zone, st.integers(10**13, 2 * 10**15), st.integers(-1, 1))
def test_instant_lies_within_the_bounds_of_its_date(zone: str, micros: int, nudge: int) -> None:
    around = date_of(micros, zone)
    # Also just before, at and after a boundary, where it could be lost or counted twice.
    for instant in (micros, day_bounds(around, zone)[0] + nudge, day_bounds(around, zone)[1] + nudge):
        start, end = day_bounds(date_of(instant, zone), zone)
        assert start <= instant < end


@pytest.mark.parametrize(("zone", "day", "hours"), ODD_DAYS)
def test_every_minute_of_an_odd_day_has_one_date(zone: str, day: date, hours: float) -> None:
    start, end = day_bounds(day, zone)
    before, after = moment_of(start - 2 * HOUR_US), moment_of(end + 2 * HOUR_US)
    moment = before
    while moment < after:
        assert (date_of(micros_of(moment), zone) == day) == (start <= micros_of(moment) < end)
        moment += timedelta(minutes=1)


@given(a_zone, a_day)
@example("Australia/Lord_Howe", date(2026, 10, 4))
@example("America/Sao_Paulo", date(2018, 11, 4))
@example("Pacific/Apia", date(2011, 12, 30))
def test_hours_tile_their_day(zone: str, day: date) -> None:
    start, end = day_bounds(day, zone)
    hours = hours_of(day, zone)
    edges = [hour.start_us for hour in hours] + [end]
    assert edges[0] == start
    assert [hour.end_us for hour in hours] == edges[1:]
    assert all(0 < hour.end_us - hour.start_us <= HOUR_US for hour in hours)
    assert all(hour.end_us - hour.start_us == HOUR_US for hour in hours[:-1])


@pytest.mark.parametrize(
    ("zone", "day", "clock"),
    [
        ("Europe/Berlin", date(2026, 11, 21), list(range(24))),
        ("Europe/Berlin", date(2026, 3, 29), [0, 1, *range(3, 24)]),
        ("Europe/Berlin", date(2026, 10, 25), [0, 1, 2, *range(2, 24)]),
        ("America/Sao_Paulo", date(2018, 11, 4), list(range(1, 24))),
        ("America/Havana", date(2025, 11, 2), [0, *range(24)]),
        ("Australia/Lord_Howe", date(2026, 10, 4), list(range(24))),
        ("Pacific/Apia", date(2011, 12, 30), []),
    ],
)
def test_hours_carry_the_local_clock(zone: str, day: date, clock: list[int]) -> None:
    assert [hour.hour for hour in hours_of(day, zone)] == clock


def test_last_hour_is_short_where_the_clock_moves_by_half_an_hour() -> None:
    last = hours_of(date(2026, 10, 4), "Australia/Lord_Howe")[-1]
    assert (last.end_us - last.start_us, last.hour) == (HOUR_US // 2, 23)


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "Etc/GMT+12", "Europe/Berlin"])
def test_first_and_last_day_have_bounds_in_every_zone(zone: str) -> None:
    assert len(hours_of(FIRST_DAY, zone)) == 24
    assert len(hours_of(LAST_DAY, zone)) == 24


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("9999-12-31", "A date must lie between 1970-01-01 and 9998-12-31."),
        ("0001-01-01", "A date must lie between 1970-01-01 and 9998-12-31."),
        ("1969-12-31", "A date must lie between 1970-01-01 and 9998-12-31."),
        ("2026-02-30", "There is no such day in the calendar."),
        ("0000-00-00", "There is no such day in the calendar."),
        ("20261121", "A date must be written as YYYY-MM-DD."),
        ("2026-011-1", "A date must be written as YYYY-MM-DD."),
        ("2026-1-", "A date must be written as YYYY-MM-DD."),
        ("2026--1-5", "A date must be written as YYYY-MM-DD."),
        ("26-1-5", "A date must be written as YYYY-MM-DD."),
        ("2026-0-5", "There is no such day in the calendar."),
        ("2026-2-30", "There is no such day in the calendar."),
        ("2026-W47-6", "A date must be written as YYYY-MM-DD."),
        ("2026-11-21T00:00", "A date must be written as YYYY-MM-DD."),
        ("٢٠٢٦-١١-٢١", "A date must be written as YYYY-MM-DD."),
        ("2026-11-21\n", "A date must be written as YYYY-MM-DD."),
        ("today", "A date must be written as YYYY-MM-DD."),
        ("", "A date must be written as YYYY-MM-DD."),
        ("0", "A date must be written as YYYY-MM-DD."),
    ],
)
def test_parse_day_refuses_what_is_no_day(text: str, sentence: str) -> None:
    with pytest.raises(NoSuchDay) as refusal:
        parse_day(text)
    assert str(refusal.value) == sentence


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-11-21", date(2026, 11, 21)),
        ("2026-01-05", date(2026, 1, 5)),
        ("2026-1-5", date(2026, 1, 5)),
        ("2026-01-5", date(2026, 1, 5)),
        ("2026-1-05", date(2026, 1, 5)),
    ],
)
def test_parse_day_reads_a_day_with_or_without_leading_zeros(text: str, day: date) -> None:
    assert parse_day(text) == day


@given(a_zone, a_day, st.lists(st.integers(0, 3 * 24 * HOUR_US), max_size=20).map(sorted))
@example("Australia/Lord_Howe", date(2026, 10, 3), list(range(0, 72 * HOUR_US, HOUR_US // 4)))
@example("America/Havana", date(2025, 11, 1), list(range(0, 72 * HOUR_US, HOUR_US // 4)))
@example("America/St_Johns", date(2010, 11, 5), list(range(0, 72 * HOUR_US, HOUR_US // 4)))
@example("Pacific/Apia", date(2011, 12, 29), list(range(0, 72 * HOUR_US, HOUR_US // 4)))
def test_instants_in_order_have_their_days_and_clock_hours(zone: str, day: date, spans_us: list[int]) -> None:
    instants = [day_bounds(day, zone)[0] + span_us for span_us in spans_us]
    expected = [(date_of(instant, zone), local_time(instant, zone).hour) for instant in instants]
    assert list(clock_hours(instants, zone)) == expected
