"""Local days and hours as instants. No other module handles daylight saving.

A day begins at the first instant whose local date has reached it, and ends where the next begins. So days
tile the time line in every zone: where clocks skip midnight a day begins at 01:00, where midnight comes twice
it begins at the first one (and keeps the minutes that are called yesterday's once more), and a date that
a zone skipped altogether is an empty day.

Instants are microseconds since the Unix epoch, UTC; zones are IANA names.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from zoneinfo import ZoneInfo, available_timezones

from app.tracking.records import MICROS_PER_HOUR, MICROS_PER_SECOND
from app.tracking.timestamps import micros_of, moment_of

DAY = timedelta(days=1)

FIRST_DAY = date(1970, 1, 1)
LAST_DAY = date(9998, 12, 31)  # the day after it still has a midnight in every zone
UTC_ZONE = "UTC"
NO_PLACE = "Factory"  # among the zones, and the zone of no place
WRITTEN_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Hour:
    """An hour of a day, counted from the day's first instant; the last one of a day may be shorter."""

    start_us: int
    end_us: int
    hour: int  # on the local clock when it starts; comes twice where the clock is put back


class NoSuchDay(ValueError):
    """A text that names no day which this program knows; its message is one clear sentence."""


def parse_day(text: str) -> date:
    """The day written as YYYY-MM-DD, from 1970-01-01 to 9998-12-31. Raises `NoSuchDay`.

    Month and day may come without leading zeros.
    """
    if written := WRITTEN_DATE.fullmatch(text):
        try:
            day = date(*map(int, written.groups()))
        except ValueError:
            raise NoSuchDay("There is no such day in the calendar.") from None
        if FIRST_DAY <= day <= LAST_DAY:
            return day
        raise NoSuchDay(f"A date must lie between {FIRST_DAY} and {LAST_DAY}.")
    raise NoSuchDay("A date must be written as YYYY-MM-DD.")


@cache
def timezones() -> tuple[str, ...]:
    """Every IANA time zone that somebody may live in, in alphabetical order."""
    return tuple(sorted(available_timezones() - {NO_PLACE}))


@lru_cache(maxsize=1024)  # asked with every request
def known_zone(name: str) -> str:
    """The zone; UTC for a name that is not, or no longer, that of a zone."""
    return name if name in timezones() else UTC_ZONE


def local_time(at_us: int, zone: str) -> datetime:
    """The instant on the wall clock of `zone`, aware."""
    return moment_of(at_us).astimezone(ZoneInfo(zone))


def day_bounds(day: date, zone: str) -> tuple[int, int]:
    """The instants [start, end) of a local day from `FIRST_DAY` to `LAST_DAY`."""
    return _day_start(day, zone), _day_start(day + DAY, zone)


def date_of(at_us: int, zone: str) -> date:
    """The day whose bounds hold the instant."""
    day = local_time(at_us, zone).date()
    # After a midnight that comes twice the clock says yesterday once more; the day has begun all the same.
    while _day_start(day + DAY, zone) <= at_us:
        day += DAY
    return day


@lru_cache(maxsize=256)  # everybody's today, for hours on end
def hours_of(day: date, zone: str) -> tuple[Hour, ...]:
    """One entry for each hour that passes from the day's start to its end: ordinarily 23, 24 or 25."""
    start_us, end_us = day_bounds(day, zone)
    return tuple(
        Hour(begin_us, min(begin_us + MICROS_PER_HOUR, end_us), local_time(begin_us, zone).hour)
        for begin_us in range(start_us, end_us, MICROS_PER_HOUR)
    )


def clock_hours(instants_us: Iterable[int], zone: str) -> Iterator[tuple[date, int]]:
    """The day and the hour on the local clock of each instant; the instants are in order."""
    day, start_us, end_us, is_regular = FIRST_DAY, 0, 0, False
    for at_us in instants_us:
        if not start_us <= at_us < end_us:
            day = date_of(at_us, zone)
            start_us, end_us = day_bounds(day, zone)
            is_regular = _is_regular(start_us, end_us, zone)
        # Ordinarily the clock shows what has passed since midnight: to ask the zone for each question would take long.
        yield day, (at_us - start_us) // MICROS_PER_HOUR if is_regular else local_time(at_us, zone).hour


def _is_regular(start_us: int, end_us: int, zone: str) -> bool:
    """Whether a day has 24 hours, and its clock is not changed in it."""
    instants_us = (start_us, (start_us + end_us) // 2, end_us)
    offsets = {local_time(at_us, zone).utcoffset() for at_us in instants_us}
    return end_us - start_us == 24 * MICROS_PER_HOUR and len(offsets) == 1


def clock_time_on(day: date, at_us: int, zone: str) -> int:
    """The instant at which the local clock shows on `day` what it shows at the instant `at_us`.

    The first one where it shows that twice; where the clock skips the time, the jump. Within the day.
    """
    shown_us = _first_showing(datetime.combine(day, local_time(at_us, zone).time()), zone)
    start_us, end_us = day_bounds(day, zone)
    return min(max(shown_us, start_us), end_us)


@lru_cache(maxsize=1024)  # needed several times for each day that is read
def _day_start(day: date, zone: str) -> int:
    """The first instant whose local date is `day` or later."""
    return _first_showing(datetime(day.year, day.month, day.day), zone)  # noqa: DTZ001


def _first_showing(local: datetime, zone: str) -> int:
    """The first instant at which the local clock shows `local`, which is naive, or a later time."""
    tz = ZoneInfo(zone)
    shown = local.replace(tzinfo=tz)  # the first one, where there are two
    instant = shown.astimezone(UTC)
    if instant.astimezone(tz).replace(fold=0) == shown:
        return micros_of(instant)
    # The clock skips it: the jump lies between what the instant would be by the time in force after it and what it
    # would be by the time in force before it.
    early_seconds = micros_of(shown.replace(fold=1).astimezone(UTC)) // MICROS_PER_SECOND
    late_seconds = micros_of(instant) // MICROS_PER_SECOND
    while late_seconds - early_seconds > 1:
        middle_seconds = (early_seconds + late_seconds) // 2
        if local_time(middle_seconds * MICROS_PER_SECOND, zone).replace(tzinfo=None) >= local:
            late_seconds = middle_seconds
        else:
            early_seconds = middle_seconds
    return late_seconds * MICROS_PER_SECOND
