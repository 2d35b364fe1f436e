"""Days, weeks, months, years and ranges of days, as local dates. What a day is, is said in `app.tracking.days`."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from app.tracking.days import DAY, clock_time_on, day_bounds

Kind = Literal["day", "week", "month", "year", "range"]

LONGEST_RANGE_DAYS = 3_700


@dataclass(frozen=True, slots=True)
class Period:
    """Local dates from `first` to `last`, both included."""

    kind: Kind
    first: date
    last: date

    @property
    def days(self) -> int:
        """How many dates it has."""
        return (self.last - self.first) // DAY + 1

    @property
    def dates(self) -> list[date]:
        """Every date of it, in order."""
        return [self.first + timedelta(days=number) for number in range(self.days)]

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    def bounds(self, zone: str) -> tuple[int, int]:
        """The instants [start, end) in a time zone, in microseconds."""
        return day_bounds(self.first, zone)[0], day_bounds(self.last, zone)[1]

    @property
    def previous(self) -> "Period":
        """The period of the same kind that ends where this one begins; before a range, one of as many days."""
        last = self.first - DAY
        if self.kind == "month":
            return Period("month", last.replace(day=1), last)
        if self.kind == "year":
            return Period("year", last.replace(month=1, day=1), last)
        return Period(self.kind, self.first - self.days * DAY, last)

    @property
    def following(self) -> "Period":
        """The period of the same kind that begins where this one ends; after a range, one of as many days."""
        first = self.last + DAY
        if self.kind == "month":
            return month_of(first)
        if self.kind == "year":
            return year_of(first)
        return Period(self.kind, first, self.last + self.days * DAY)


def month_of(day: date) -> Period:
    """The month that holds a day."""
    first = day.replace(day=1)
    return Period("month", first, (first + timedelta(days=31)).replace(day=1) - DAY)


def year_of(day: date) -> Period:
    """The year that holds a day."""
    return Period("year", day.replace(month=1, day=1), day.replace(month=12, day=31))


def week_of(day: date, starts_on: int) -> Period:
    """The week that holds a day; it starts on a weekday from 1, Monday, to 7."""
    first = day - (day.isoweekday() - starts_on) % 7 * DAY
    return Period("week", first, first + 6 * DAY)


def period_of(kind: Kind, day: date, week_starts_on: int) -> Period:
    """The day, week, month or year that holds a day."""
    match kind:
        case "week":
            return week_of(day, week_starts_on)
        case "month":
            return month_of(day)
        case "year":
            return year_of(day)
        case _:
            return Period("day", day, day)


def so_far_us(period: Period, today: date, now_us: int, zone: str) -> int:
    """The instant that is to the period before as now is to this one, in which today lies.

    It has the same clock time, in a year the same month and day, in others the same distance from the first day; it is
    the end of the period before where that has no such day.
    """
    before = period.previous
    try:
        day = (
            today.replace(year=before.first.year)
            if period.kind == "year"
            else before.first + (today - period.first)
        )
    except ValueError:  # 29 February, in a year without one: all that came before 1 March
        return day_bounds(before.first.replace(month=3, day=1), zone)[0]
    return clock_time_on(day, now_us, zone) if day in before else before.bounds(zone)[1]
