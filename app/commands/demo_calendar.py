"""When the rater of a made-up history works: the sessions of a number of days. Pure: no clock, no I/O.

A week has four to six working days, a working day one to four sessions. One week is a holiday. One session is left
running on the eve of a day off, and one session spans the change of the clock in a night, where the days contain one.
The last day has one session, in the morning.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from random import Random
from typing import TypeVar
from zoneinfo import ZoneInfo

from app.tracking.days import DAY, date_of, day_bounds, local_time
from app.tracking.records import MICROS_PER_MINUTE
from app.tracking.timestamps import micros_of

T = TypeVar("T")

WEEK_DAYS = 7
WEEKS_WITH_A_HOLIDAY = 12
QUARTER_US = 15 * MICROS_PER_MINUTE
WORKING_DAYS = {4: 0.25, 5: 0.5, 6: 0.25}  # of a week, by how likely
WEEKDAYS = {0: 1.0, 1: 1.0, 2: 0.9, 3: 1.0, 4: 0.9, 5: 0.5, 6: 0.35}  # Monday is 0
SESSIONS_A_DAY = {1: 0.15, 2: 0.35, 3: 0.35, 4: 0.15}  # of a working day
OWN_TARGET_SHARE = 0.07  # of the sessions
OWN_TARGETS_MINUTES = (4.0, 8.0)
NIGHT_MINUTES, NIGHT_BEFORE_CHANGE_MINUTES = 120, 75


@dataclass(frozen=True, slots=True)
class PlannedSession:
    """When a session begins and how long it lasts; its last question ends after `minutes`."""

    start_us: int
    minutes: float
    own_target_minutes: float | None = None  # then its questions have no target or type of their own
    is_left_running: bool = False


@dataclass(frozen=True, slots=True)
class Slot:
    """A part of the day in which a session may begin, in minutes on the local clock, and how long it may last."""

    begins: tuple[int, int]
    minutes: tuple[int, int]


MORNING = Slot((6 * 60 + 45, 9 * 60), (30, 120))
NOON = Slot((10 * 60 + 45, 11 * 60 + 40), (20, 70))
AFTERNOON = Slot((13 * 60, 15 * 60), (30, 120))
EVENING = Slot((17 * 60, 20 * 60), (20, 110))
LATE = Slot((22 * 60 + 15, 23 * 60 + 15), (60, 120))
WORK_HOURS = {MORNING: 1.0, NOON: 0.7, AFTERNOON: 1.0}
BEFORE_NIGHT = WORK_HOURS | {EVENING: 0.8}
ALL_DAY = BEFORE_NIGHT | {LATE: 0.15}


def plan(chance: Random, first: date, last: date, zone: str) -> list[PlannedSession]:
    """The sessions from the first day to the last, in order."""
    night_us = _night_of_change(first, last, zone)
    night = None if night_us is None else date_of(night_us, zone)
    days = _working_days(chance, first, last, {last} if night is None else {last, night})
    left_running = _eve_of_a_day_off(chance, days, last)
    sessions: list[PlannedSession] = []
    for day in days:
        if day == last:
            sessions.append(_planned_session(chance, day, MORNING, zone))
            continue
        slots = _slots(chance, _parts(day, last, night))
        todays = [_planned_session(chance, day, slot, zone) for slot in slots]
        if night_us is not None and day == night:
            todays = sorted(
                [*todays[:3], PlannedSession(night_us, NIGHT_MINUTES)], key=lambda each: each.start_us
            )
        if day == left_running:
            todays[-1] = replace(todays[-1], is_left_running=True)
        sessions += todays
    return sessions


def _parts(day: date, last: date, night: date | None) -> Mapping[Slot, float]:
    """The parts of a day in which the rater may work: next to a special session, none that may run into it."""
    if day == last - DAY:
        return WORK_HOURS
    return BEFORE_NIGHT if night is not None and day in (night - DAY, night) else ALL_DAY


def _slots(chance: Random, parts: Mapping[Slot, float]) -> list[Slot]:
    """Some parts of the day, in order."""
    chosen = _some(chance, parts, one(chance, SESSIONS_A_DAY))
    return sorted(chosen, key=lambda slot: slot.begins)


def _planned_session(chance: Random, day: date, slot: Slot, zone: str) -> PlannedSession:
    begin = datetime.combine(day, time(), ZoneInfo(zone)) + timedelta(minutes=chance.uniform(*slot.begins))
    has_own = chance.random() < OWN_TARGET_SHARE
    own = chance.choice(OWN_TARGETS_MINUTES)
    start_us = micros_of(begin.replace(microsecond=0))
    return PlannedSession(start_us, chance.uniform(*slot.minutes), own if has_own else None)


def _working_days(chance: Random, first: date, last: date, fixed: set[date]) -> list[date]:
    """The days with work, in order; `fixed` are among them."""
    monday = first - timedelta(days=first.weekday())
    days = [monday + timedelta(days=number) for number in range((last - monday).days + WEEK_DAYS)]
    weeks = [days[begin : begin + WEEK_DAYS] for begin in range(0, (last - monday).days + 1, WEEK_DAYS)]
    holiday = _holiday(chance, weeks, fixed)
    worked: set[date] = set()
    for week in weeks:
        must = fixed.intersection(week)
        free = {day: WEEKDAYS[day.weekday()] for day in week if day not in must}
        count = one(chance, WORKING_DAYS) - len(must)
        worked |= must | set(_some(chance, free, count)) if week is not holiday else set()
    return sorted(day for day in worked if first <= day <= last)


def _holiday(chance: Random, weeks: Sequence[list[date]], fixed: set[date]) -> list[date] | None:
    """A week in the third quarter of the time; None where the time is too short for one."""
    if len(weeks) < WEEKS_WITH_A_HOLIDAY:
        return None
    possible = weeks[len(weeks) // 2 : len(weeks) * 3 // 4]
    return chance.choice([week for week in possible if fixed.isdisjoint(week)])


def _eve_of_a_day_off(chance: Random, days: Sequence[date], last: date) -> date | None:
    """A working day, followed by one without work, after which the rater finds the session still running."""
    eves = [day for day in days if day < last and day + DAY not in days]
    return chance.choice(eves) if eves else None


def _night_of_change(first: date, last: date, zone: str) -> int | None:
    """When the session begins that spans the latest change of the clock; None where the days before have none."""
    begin_us, end_us = day_bounds(first, zone)[1], day_bounds(last - DAY, zone)[0]
    for at_us in range(end_us, begin_us, -QUARTER_US):
        if local_time(at_us, zone).utcoffset() != local_time(at_us - QUARTER_US, zone).utcoffset():
            return at_us - NIGHT_BEFORE_CHANGE_MINUTES * MICROS_PER_MINUTE
    return None


def one(chance: Random, weighted: Mapping[T, float]) -> T:
    """One of them, each as likely as its weight says."""
    return chance.choices(list(weighted), list(weighted.values()))[0]


def _some(chance: Random, weighted: Mapping[T, float], count: int) -> Iterable[T]:
    """`count` different ones (Efraimidis and Spirakis), or all."""
    keys = {each: chance.random() ** (1 / weight) for each, weight in weighted.items()}
    return sorted(keys, key=lambda each: keys[each])[max(0, len(keys) - count) :]
