"""Geometry of the drawings of a period."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.tracking.period_summary import DaySums, MonthSums, Step, TaskTypePart, WeekHourPart
from app.web.routes.pages import period_charts


def day(of: date, active_seconds: float) -> DaySums:
    return DaySums(
        date=of,
        total_sessions=1,
        total_questions=1,
        total_raw_seconds=active_seconds,
        total_active_seconds=active_seconds,
        pace_ratio=1.0,
        score=100,
    )


def days(first: date, seconds: list[int]) -> list[DaySums]:
    return [day(first + timedelta(days=number), each) for number, each in enumerate(seconds)]


some_days = st.builds(
    days,
    st.dates(date(2000, 1, 1), date(2050, 1, 1)),
    st.lists(st.integers(0, 86_400), min_size=1, max_size=400),
)


@given(some_days, st.integers(1, 7))
def test_every_day_has_a_place_of_its_own_under_its_weekday(items: list[DaySums], starts_on: int) -> None:
    months = period_charts.calendar(items, starts_on)
    assert [cell.item for month in months for cell in month.days] == items
    for month in months:
        places = {(cell.x, cell.y) for cell in month.days}
        assert len(places) == len(month.days)
        assert {cell.item.date.replace(day=1) for cell in month.days} == {month.first}
        for cell in month.days:
            assert 0 <= cell.x < 100
            assert 0 <= cell.y < month.height
            assert round(cell.x * 7 / 100) == (cell.item.date.isoweekday() - starts_on) % 7


@given(some_days)
def test_levels_follow_the_share_of_the_longest_day(items: list[DaySums]) -> None:
    cells = [cell for month in period_charts.calendar(items, 1) for cell in month.days]
    longest = max(cell.item.total_active_seconds for cell in cells)
    for cell in cells:
        active = cell.item.total_active_seconds
        assert (cell.level == 0) == (active == 0 or longest == 0)
        assert cell.level <= 5
        assert (cell.level == 5) == (5 * active > 4 * longest)


def task_type(name: str, count: int, active: float, ratio: float, p95: float) -> TaskTypePart:
    return TaskTypePart(
        task_type=name,
        total_questions=count,
        total_active_seconds=active,
        pace_ratio=ratio,
        median_active_seconds=p95 / 2,
        p80_active_seconds=p95 * 0.8,
        p95_active_seconds=p95,
    )


def test_task_type_is_drawn_against_its_own_target() -> None:
    plot = period_charts.type_plot([task_type("a", 10, 600, 1.0, 90), task_type("b", 2, 120, 0.5, 120)])
    first, second = plot.rows
    assert (first.target_seconds, second.target_seconds) == (60, 120)
    assert plot.scale.most == 2.0
    assert (first.median, first.p80, first.p95) == (37.5, 60.0, 75.0)  # of twice the target
    assert (second.median, second.p95, second.beyond) == (25.0, 50.0, False)
    assert [first.share, second.share] == pytest.approx([5 / 6, 1 / 6])


def test_scale_grows_with_the_slowest_type_and_ends() -> None:
    assert period_charts.type_plot([task_type("a", 10, 600, 1.0, 150)]).scale.most == 2.5
    plot = period_charts.type_plot([task_type("a", 10, 600, 1.0, 6000)])
    assert (plot.scale.most, plot.rows[0].p95, plot.rows[0].beyond) == (4.0, 100.0, True)
    assert period_charts.type_plot([]).rows == ()


def test_step_of_the_histogram_has_its_number_where_it_begins() -> None:
    steps = [
        Step(from_ratio=n / 10, to_ratio=(n + 1) / 10 if n < 20 else None, total_questions=n)
        for n in range(21)
    ]
    bars = period_charts.histogram(steps).bars
    for before, bar in pairwise(bars):
        assert before.x + before.width < bar.label_x < bar.x


a_part = st.builds(
    WeekHourPart,
    weekday=st.integers(1, 7),
    hour=st.integers(0, 23),
    total_questions=st.integers(1, 100),
    total_active_seconds=st.floats(0, 10_000),
    pace_ratio=st.floats(0, 3),
)


@given(st.lists(a_part, max_size=168, unique_by=lambda part: (part.weekday, part.hour)), st.integers(1, 7))
def test_hours_of_the_week_stay_in_their_row_and_column(parts: list[WeekHourPart], starts_on: int) -> None:
    grid = period_charts.week_grid(parts, starts_on)
    columns, rows = {hour: x for x, hour in grid.hours}, {weekday: y for y, weekday in grid.weekdays}
    assert grid.weekdays[0][1] == starts_on
    for cell in grid.cells:
        assert cell.x + cell.width / 2 == pytest.approx(columns[cell.item.hour], abs=0.01)
        assert cell.y + cell.height == pytest.approx(rows[cell.item.weekday], abs=0.1)
        assert cell.width <= 100 / len(grid.hours)
        assert period_charts.LEAST_CELL <= cell.height <= period_charts.ROW_HEIGHT


def an_hour(weekday: int, hour: int, active: float) -> WeekHourPart:
    return WeekHourPart(
        weekday=weekday, hour=hour, total_questions=1, total_active_seconds=active, pace_ratio=1
    )


def test_hour_is_as_high_as_its_share_of_the_longest() -> None:
    parts = [an_hour(1, 9, 100), an_hour(3, 9, 50), an_hour(5, 9, 1)]
    longest, half, least = period_charts.week_grid(parts, 1).cells
    assert half.height == pytest.approx(longest.height / 2, abs=0.1)
    assert least.height == period_charts.LEAST_CELL
    assert longest.width == half.width == least.width


@pytest.mark.parametrize(
    ("hours", "first", "last"),
    [([10], 10, 21), ([20], 12, 23), ([9, 23], 9, 23), ([], 0, 23)],
)
def test_few_hours_of_the_week_have_columns_around_them(hours: list[int], first: int, last: int) -> None:
    grid = period_charts.week_grid([an_hour(1, hour, 100) for hour in hours], 1)
    assert [hour for _, hour in grid.hours] == list(range(first, last + 1))


def test_at_most_twelve_months_are_named() -> None:
    for count in (1, 12, 13, 40, 122):
        months = [
            MonthSums(
                month=f"{2000 + number // 12}-{number % 12 + 1:02d}",
                total_sessions=1,
                total_questions=1,
                total_raw_seconds=1,
                total_active_seconds=1,
                pace_ratio=1,
                score=100,
            )
            for number in range(count)
        ]
        named = [bar for bar in period_charts.month_bars(months).bars if bar.label != "never"]
        assert 0 < len(named) <= 12
