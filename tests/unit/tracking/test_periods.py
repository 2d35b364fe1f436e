"""Weeks, months, years and ranges as local dates, and which instant of the period before corresponds to now."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.tracking.days import date_of
from app.tracking.periods import Kind, Period, period_of, so_far_us
from app.tracking.timestamps import micros_of

KINDS: tuple[Kind, ...] = ("day", "week", "month", "year")
a_kind = st.sampled_from(KINDS)
a_day = st.dates(date(1970, 1, 1), date(9998, 12, 31))
a_weekday = st.integers(1, 7)


@given(a_kind, a_day, a_weekday)
def test_period_holds_its_day_and_touches_its_neighbours(kind: Kind, day: date, starts_on: int) -> None:
    period = period_of(kind, day, starts_on)
    assert day in period
    assert {period_of(kind, other, starts_on) for other in period.dates[:: max(1, period.days // 7)]} == {
        period
    }
    assert (period.previous.following, period.following.previous) == (period, period)
    assert period.previous.kind == kind
    assert (period.first - period.previous.last).days == (period.following.first - period.last).days == 1


@given(a_day, a_weekday)
def test_week_has_seven_days_from_its_weekday(day: date, starts_on: int) -> None:
    week = period_of("week", day, starts_on)
    assert (week.days, week.first.isoweekday()) == (7, starts_on)


@given(a_day)
def test_month_and_year_are_those_of_the_calendar(day: date) -> None:
    month, year = period_of("month", day, 1), period_of("year", day, 1)
    assert {(each.year, each.month) for each in month.dates} == {(day.year, day.month)}
    assert month.first.day == 1
    assert (year.first, year.last) == (date(day.year, 1, 1), date(day.year, 12, 31))


@given(st.dates(date(1990, 1, 1), date(2040, 1, 1)), st.integers(0, 3699))
def test_ranges_before_and_after_have_as_many_days(first: date, more: int) -> None:
    period = Period("range", first, date.fromordinal(first.toordinal() + more))
    assert period.days == more + 1 == period.previous.days == period.following.days
    assert (period.previous.following, period.following.previous) == (period, period)


def at(*numbers: int) -> int:
    return micros_of(datetime(*numbers, tzinfo=UTC))  # type: ignore[misc, arg-type]  # year, month, day, …


@pytest.mark.parametrize(
    ("kind", "zone", "now", "like"),
    [
        ("day", "UTC", at(2026, 3, 1, 9, 30), at(2026, 2, 28, 9, 30)),
        ("week", "UTC", at(2026, 3, 5, 9, 30), at(2026, 2, 26, 9, 30)),
        ("month", "UTC", at(2026, 3, 5, 9, 30), at(2026, 2, 5, 9, 30)),
        ("month", "UTC", at(2026, 3, 31, 9, 30), at(2026, 3, 1)),  # there is no 31 February: all of it
        ("month", "UTC", at(2026, 2, 28, 23, 59), at(2026, 1, 28, 23, 59)),
        ("year", "UTC", at(2025, 12, 31, 9), at(2024, 12, 31, 9)),
        ("year", "UTC", at(2024, 3, 1, 9), at(2023, 3, 1, 9)),
        ("year", "UTC", at(2024, 2, 29, 9), at(2023, 3, 1)),  # there is no 29 February: all before March
        # The clock time counts, not what has passed since midnight.
        ("day", "Europe/Berlin", at(2026, 3, 30, 10), at(2026, 3, 29, 10)),
        ("day", "Europe/Berlin", at(2026, 10, 26, 11), at(2026, 10, 25, 11)),
        ("week", "Europe/Berlin", at(2026, 4, 1, 10), at(2026, 3, 25, 11)),
        # 02:30 does not exist on 29 March: the clock jumps from 02:00 to 03:00.
        ("day", "Europe/Berlin", at(2026, 3, 30, 0, 30), at(2026, 3, 29, 1)),
        # A date that the zone skipped is empty.
        ("day", "Pacific/Apia", at(2011, 12, 31, 1), at(2011, 12, 30, 10)),
    ],
)
def test_so_far_reaches_to_the_same_day_and_clock_time(kind: Kind, zone: str, now: int, like: int) -> None:
    today = date_of(now, zone)
    assert so_far_us(period_of(kind, today, 1), today, now, zone) == like


@given(
    a_kind, st.integers(at(1990, 1, 1), at(2040, 1, 1)), st.sampled_from(["Europe/Berlin", "Pacific/Apia"])
)
def test_so_far_lies_in_the_period_before(kind: Kind, now: int, zone: str) -> None:
    today = date_of(now, zone)
    period = period_of(kind, today, 1)
    start, end = period.previous.bounds(zone)
    assert start <= so_far_us(period, today, now, zone) <= end
