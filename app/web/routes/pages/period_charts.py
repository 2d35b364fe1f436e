"""The drawings of a period, as plain numbers; `templates/macros/period_charts.html` draws them.

Positions across are per cent of the drawing's width, heights are pixels from its top.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from app.tracking.period_summary import (
    DaySums,
    MonthSums,
    PeriodSummary,
    PositionPart,
    Step,
    TaskTypePart,
    WeekHourPart,
)
from app.web.routes.pages.charts import COUNTS, MINUTES, BarChart, bar_chart
from app.web.templating import FAST, SLOW, tone_of_ratio

MOST_DAY_BARS = 31
MOST_CALENDAR_DAYS = 400  # of a range; a longer one is drawn by months
LEVELS = 5  # of the shades of a calendar
CELL_HEIGHT = 22  # pixels of a calendar's week
ROW_HEIGHT, LEAST_CELL = 28, 6  # pixels of a weekday in the grid of hours, and of its lowest mark
LEAST_HOURS = 12  # columns of that grid, so that one hour is no bar across the page
MOST_TYPES = 50  # rows of a page: types are free text, and a widget may send another one with each question
LEAST_SCALE, MOST_SCALE = 2.0, 4.0  # times the target, to which a plot reaches at least and at most


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """A date that is in the period."""

    x: float
    y: float
    level: int  # 0: nothing; 1 to 5: by its share of the longest day
    item: DaySums


@dataclass(frozen=True, slots=True)
class CalendarMonth:
    """The dates of one month; a week is a row."""

    first: date
    height: float
    days: tuple[CalendarDay, ...]
    total_active_seconds: float


def calendar(days: Sequence[DaySums], week_starts_on: int) -> tuple[CalendarMonth, ...]:
    """The months of `days`."""
    most = max((day.total_active_seconds for day in days), default=0)
    return tuple(
        _month(list(group), most, week_starts_on)
        for _, group in groupby(days, lambda day: (day.date.year, day.date.month))
    )


def _month(days: Sequence[DaySums], most: float, week_starts_on: int) -> CalendarMonth:
    first = days[0].date.replace(day=1)
    before = _column(first, week_starts_on)
    cells = [
        CalendarDay(
            x=round(_column(day.date, week_starts_on) * 100 / 7, 2),
            y=(before + day.date.day - 1) // 7 * CELL_HEIGHT,
            level=math.ceil(LEVELS * day.total_active_seconds / most) if most else 0,
            item=day,
        )
        for day in days
    ]
    return CalendarMonth(
        first=first,
        height=6 * CELL_HEIGHT,  # the same for all: they stand beside one another
        days=tuple(cells),
        total_active_seconds=sum(day.total_active_seconds for day in days),
    )


def _column(day: date, week_starts_on: int) -> int:
    return (day.isoweekday() - week_starts_on) % 7


@dataclass(frozen=True, slots=True)
class RatioScale:
    """An axis of active time / target time from 0 to `most`; what is beyond is drawn at its end."""

    most: float

    def x(self, ratio: float) -> float:
        """Where a ratio lies."""
        return round(min(ratio, self.most) / self.most * 100, 3)

    @property
    def ticks(self) -> tuple[float, ...]:
        """Every half of the target."""
        return tuple(half / 2 for half in range(int(self.most * 2) + 1))

    @property
    def band(self) -> tuple[float, float]:
        """Where the band around the target begins, and how wide it is."""
        return self.x(FAST), round(self.x(SLOW) - self.x(FAST), 3)


@dataclass(frozen=True, slots=True)
class TypeRow:
    """A task type: the positions of its percentiles on the scale."""

    item: TaskTypePart
    share: float  # of the active time of all types
    target_seconds: float  # of a question of it, on average
    median: float
    p80: float
    p95: float
    beyond: bool  # the 95th percentile lies beyond the scale


@dataclass(frozen=True, slots=True)
class TypePlot:
    """The task types beside one another, each against its own target."""

    scale: RatioScale
    rows: tuple[TypeRow, ...]
    count: int  # of the types, also those that have no row


def type_plot(task_types: Sequence[TaskTypePart]) -> TypePlot:
    """A row for each of the `MOST_TYPES` task types that took most time, in their order."""
    task_types = sorted(task_types, key=lambda item: -item.total_active_seconds)
    total = sum(item.total_active_seconds for item in task_types)
    shown = task_types[:MOST_TYPES]
    targets = [item.total_active_seconds / item.total_questions / (item.pace_ratio or 1) for item in shown]
    ratios = [item.p95_active_seconds / (target or 1) for item, target in zip(shown, targets, strict=True)]
    most = min(max(LEAST_SCALE, math.ceil(2 * max(ratios, default=0)) / 2), MOST_SCALE)
    scale = RatioScale(most)
    return TypePlot(
        scale,
        tuple(
            TypeRow(
                item=item,
                share=item.total_active_seconds / (total or 1),
                target_seconds=target,
                median=scale.x(item.median_active_seconds / (target or 1)),
                p80=scale.x(item.p80_active_seconds / (target or 1)),
                p95=scale.x(item.p95_active_seconds / (target or 1)),
                beyond=item.p95_active_seconds > most * target,
            )
            for item, target in zip(shown, targets, strict=True)
        ),
        len(task_types),
    )


@dataclass(frozen=True, slots=True)
class PositionRow:
    """Questions by their number in their session, and where their pace lies."""

    item: PositionPart
    x: float


@dataclass(frozen=True, slots=True)
class WeekCell:
    """An hour of a weekday: the more active time, the higher."""

    x: float
    y: float
    width: float
    height: float
    tone: str  # fast, near, slow
    item: WeekHourPart


@dataclass(frozen=True, slots=True)
class WeekGrid:
    """Weekdays by hours of the local clock."""

    hours: tuple[tuple[float, int], ...]  # the middle of each column, and its hour
    weekdays: tuple[tuple[float, int], ...]  # the base line of each row, and its weekday
    cells: tuple[WeekCell, ...]
    height: float


def week_grid(parts: Sequence[WeekHourPart], week_starts_on: int) -> WeekGrid:
    """The hours from the first to the last that has a question, and at least `LEAST_HOURS`."""
    first = min(min((part.hour for part in parts), default=0), 24 - LEAST_HOURS)
    last = max(max((part.hour for part in parts), default=23), first + LEAST_HOURS - 1)
    most = max((part.total_active_seconds for part in parts), default=0)
    column = 100 / (last - first + 1)
    weekdays = [(week_starts_on - 1 + row) % 7 + 1 for row in range(7)]
    cells = []
    for part in parts:
        # All as wide, so that a pattern shows on the narrowest screen; never too low for it either.
        share = part.total_active_seconds / most if most else 0
        width, height = column * 0.8, max(LEAST_CELL, ROW_HEIGHT * 0.9 * share)
        cells.append(
            WeekCell(
                x=round((part.hour - first + 0.5) * column - width / 2, 3),
                y=round((weekdays.index(part.weekday) + 1) * ROW_HEIGHT - height, 1),
                width=round(width, 3),
                height=round(height, 1),
                tone=tone_of_ratio(part.pace_ratio),
                item=part,
            )
        )
    return WeekGrid(
        hours=tuple((round((hour - first + 0.5) * column, 3), hour) for hour in range(first, last + 1)),
        weekdays=tuple(((row + 1) * ROW_HEIGHT, day) for row, day in enumerate(weekdays)),
        cells=tuple(cells),
        height=7 * ROW_HEIGHT,
    )


def day_bars(days: Sequence[DaySums]) -> BarChart[DaySums]:
    """Active minutes of each day."""
    return bar_chart(
        days,
        lambda day: day.total_active_seconds / 60,
        MINUTES,
        address=lambda day: f"/dashboard/day?date={day.date}",
        label=lambda day: "always" if len(days) <= 7 or day.date.day % 5 == 0 else "wide",
    )


def month_bars(months: Sequence[MonthSums]) -> BarChart[MonthSums]:
    """Active minutes of each month."""
    named = {month.month for month in months[:: math.ceil(len(months) / 12)]}  # twelve have room
    return bar_chart(
        months,
        lambda month: month.total_active_seconds / 60,
        MINUTES,
        address=lambda month: f"/dashboard/month?date={month.month}-01",
        label=lambda month: "wide" if month.month in named else "never",
    )


def histogram(steps: Sequence[Step]) -> BarChart[Step]:
    """Questions by the part of their target that they took."""
    return bar_chart(
        steps,
        lambda step: step.total_questions,
        COUNTS,
        tone=lambda step: tone_of_ratio(step.from_ratio),
        label=lambda step: _histogram_label(round(10 * step.from_ratio)),
        label_at=0,  # the number is where the step begins
    )


def _histogram_label(tenths: int) -> str:
    return "always" if tenths % 10 == 0 else "wide" if tenths % 2 == 0 else "never"


@dataclass(frozen=True, slots=True)
class PeriodCharts:
    """What a period's page draws; of the first three the one that fits its length."""

    by_day: BarChart[DaySums] | None
    calendar: tuple[CalendarMonth, ...] | None
    by_month: BarChart[MonthSums] | None
    types: TypePlot
    histogram: BarChart[Step]
    ratio_scale: RatioScale
    positions: tuple[PositionRow, ...]
    week: WeekGrid | None


def period_charts(summary: PeriodSummary, week_starts_on: int) -> PeriodCharts:
    """The drawings of a summary. A day has its hours instead (`charts.hour_chart`)."""
    count = len(summary.days)
    scale = RatioScale(LEAST_SCALE)
    is_short, is_long = count <= MOST_DAY_BARS, count > MOST_CALENDAR_DAYS
    return PeriodCharts(
        by_day=day_bars(summary.days) if is_short and summary.period != "day" else None,
        calendar=None if is_short or is_long else calendar(summary.days, week_starts_on),
        by_month=month_bars(summary.months) if is_long and summary.months else None,
        types=type_plot(summary.task_types),
        histogram=histogram(summary.distribution.histogram),
        ratio_scale=scale,
        positions=tuple(PositionRow(item, scale.x(item.pace_ratio)) for item in summary.positions),
        week=None if summary.period == "day" else week_grid(summary.week_hours, week_starts_on),
    )
