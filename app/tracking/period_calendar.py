"""Counted questions by local date and hour of the clock: the sums of days, months, hours and weekdays."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.tracking.days import clock_hours
from app.tracking.pacing import seconds
from app.tracking.period_summary import DaySums, HourPart, MonthSums, WeekdayPart, WeekHourPart
from app.tracking.periods import Period
from app.tracking.records import SessionRecord
from app.tracking.sums import Counted, Sums, session_of, started_us_of


def part_fields(sums: Sums) -> dict[str, Any]:
    """The fields of `Part`."""
    return {
        "total_questions": sums.count,
        "total_active_seconds": seconds(sums.active_us),
        "pace_ratio": sums.pace.ratio,
    }


def sums_fields(sums: Sums, sessions: int) -> dict[str, Any]:
    """The fields of `PeriodSums`; `sessions`: how many appear."""
    return part_fields(sums) | {
        "total_sessions": sessions,
        "total_raw_seconds": seconds(sums.raw_us),
        "score": sums.pace.score,
    }


@dataclass(frozen=True, slots=True)
class Calendar:
    """Sums by local date and hour of the clock, from which those of days, months, hours and weekdays are made."""

    cells: Mapping[tuple[date, int], Sums]
    sessions: Mapping[date, set[int]]  # the indexes of those that appear on a date

    def days(self, period: Period) -> tuple[DaySums, ...]:
        """One entry for each date, empty ones too."""
        sums = self._by(lambda day, _: day)
        return tuple(
            DaySums(date=day, **sums_fields(sums.get(day, Sums()), len(self.sessions.get(day, ()))))
            for day in period.dates
        )

    def months(self, period: Period) -> tuple[MonthSums, ...]:
        """One entry for each month that the period touches, counted within it."""
        sums = self._by(lambda day, _: (day.year, day.month))
        sessions: dict[tuple[int, int], set[int]] = {}
        for day in period.dates:
            sessions.setdefault((day.year, day.month), set()).update(self.sessions.get(day, ()))
        return tuple(
            MonthSums(
                month=f"{month[0]:04d}-{month[1]:02d}", **sums_fields(sums.get(month, Sums()), len(shown))
            )
            for month, shown in sessions.items()
        )

    def hours(self) -> tuple[HourPart, ...]:
        """24 entries."""
        sums = self._by(lambda _, hour: hour)
        return tuple(HourPart(hour=hour, **part_fields(sums.get(hour, Sums()))) for hour in range(24))

    def weekdays(self) -> tuple[WeekdayPart, ...]:
        """Seven entries, Monday first."""
        sums = self._by(lambda day, _: day.isoweekday())
        return tuple(WeekdayPart(weekday=day, **part_fields(sums.get(day, Sums()))) for day in range(1, 8))

    def week_hours(self) -> tuple[WeekHourPart, ...]:
        """Those hours of weekdays that have questions, in order."""
        sums = self._by(lambda day, hour: (day.isoweekday(), hour))
        return tuple(
            WeekHourPart(weekday=weekday, hour=hour, **part_fields(sums[weekday, hour]))
            for weekday, hour in sorted(sums)
        )

    def _by(self, key: Callable[[date, int], Any]) -> dict[Any, Sums]:
        found: dict[Any, Sums] = defaultdict(Sums)
        for (day, hour), sums in self.cells.items():
            found[key(day, hour)].merge(sums)
        return found


def calendar_of(
    sessions: Sequence[SessionRecord], begun: Iterable[int], questions: Sequence[Counted], zone: str
) -> Calendar:
    """The calendar of `questions`, in order, and of the sessions with the indexes `begun`, in order."""
    cells: dict[tuple[date, int], Sums] = defaultdict(Sums)
    shown: dict[date, set[int]] = defaultdict(set)
    hours = clock_hours(map(started_us_of, questions), zone)
    for question, (day, hour) in zip(questions, hours, strict=True):
        cells[day, hour].add(question)
        shown[day].add(session_of(question))
    begun = list(begun)
    hours = clock_hours((sessions[index].started_us for index in begun), zone)
    for index, (day, _) in zip(begun, hours, strict=True):
        shown[day].add(index)
    return Calendar(cells, shown)
