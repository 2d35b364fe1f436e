"""Geometry of the drawings."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.tracking.pacing import mmss
from app.tracking.summaries import ClosedQuestion, HourActivity, QuestionSummary, SessionSummary
from app.web.routes.pages import charts
from app.web.templating import environment, local

MACROS: Any = environment().get_template("macros/charts.html").module
START = datetime(2026, 11, 21, 8, 41, tzinfo=UTC)


def hour(number: int, active_seconds: float, questions: int = 1) -> HourActivity:
    return HourActivity(
        hour=number,
        bucket_start=START.replace(hour=number, minute=0),
        total_questions=questions if active_seconds else 0,
        active_seconds=active_seconds,
    )


def closed(start: int, raw: float, active: float, target: float = 1) -> dict[str, Any]:
    return {
        "id": "-",
        "started_at": START + timedelta(seconds=start),
        "ended_at": START + timedelta(seconds=start + raw),
        "raw_seconds": raw,
        "active_seconds": active,
        "active_mmss": mmss(round(active * 1_000_000)),
        "target_minutes": target,
        "over_under_target_seconds": active - target * 60,
        "over_under_target_mmss": "",
        "task_id": None,
        "task_type": None,
    }


def session(questions: list[QuestionSummary], discarded: list[ClosedQuestion]) -> SessionSummary:
    return SessionSummary(
        session_id="-",
        user_external_id="-",
        started_at=START,
        ended_at=None,
        is_active=False,
        forgotten=False,
        auto_closed=False,
        target_minutes_per_question=1,
        total_questions=len(questions),
        total_raw_seconds=0,
        total_active_seconds=0,
        avg_active_seconds=0,
        avg_active_mmss="",
        pace_label="",
        pace_emoji="",
        pace_ratio=0,
        score=0,
        questions=tuple(questions),
        discarded=tuple(discarded),
    )


@pytest.mark.parametrize(
    ("ratio", "pointer", "beyond"),
    [
        (1.0, 50, False),
        (0.0, 0, False),
        (0.974, 48.7, False),
        (2.0, 100, False),
        (7.3, 100, True),
    ],
)
def test_gauge_points_at_the_ratio(ratio: float, pointer: float, beyond: bool) -> None:
    drawn = MACROS.pace_gauge(ratio, "on target")
    assert [float(x) for x in re.findall(r'<svg x="([\d.]+)%"', drawn)] == [pointer]
    assert ('d="M-14 0' in drawn) == beyond
    assert re.findall(r'<line class="axis" x1="([\d.]+)%"', drawn) == ["25.0", "35.0", "45.0", "55.0", "65.0"]


@pytest.mark.parametrize(
    ("longest", "lines"),
    [
        (0, [0, 5]),
        (60, [0, 5]),
        (1200, [0, 5, 10, 15, 20]),
        (1201, [0, 10, 20, 30]),
        (3600, [0, 15, 30, 45, 60]),
        (3601, [0, 30, 60, 90]),
    ],
)
def test_hour_chart_has_a_scale_that_reaches_the_longest(longest: float, lines: list[int]) -> None:
    drawn = charts.hour_chart([hour(8, longest), hour(9, 0)])
    assert [minutes for _, minutes in drawn.grid] == lines


@given(st.lists(st.floats(0, 20_000), min_size=1, max_size=25))
def test_hour_chart_stays_within_its_frame(active: list[float]) -> None:
    drawn = charts.hour_chart([hour(number % 24, seconds) for number, seconds in enumerate(active)])
    assert len(drawn.bars) == len(active)
    for bar in drawn.bars:
        assert 0 <= bar.x < bar.x + bar.width <= 100
        assert charts.CHART_TOP - 0.1 <= bar.y <= charts.CHART_BASE
    highest = max(drawn.bars, key=lambda bar: bar.height)
    assert highest.height == max(bar.height for bar in drawn.bars)


def test_hour_chart_of_a_day_without_hours_is_empty() -> None:
    assert charts.hour_chart([]).bars == ()


def test_strip_is_as_wide_as_it_took_and_as_high_as_its_share() -> None:
    drawn = charts.strip(
        session(
            [
                QuestionSummary(index=1, **closed(0, 60, 60)),
                QuestionSummary(index=2, **closed(60, 30, 30)),
                QuestionSummary(index=3, **closed(150, 150, 90)),
            ],
            [ClosedQuestion(**closed(90, 60, 60))],
        ),
        "Europe/Vienna",
    )
    assert drawn is not None
    assert [block.kind for block in drawn.blocks] == ["near", "fast", "discarded", "slow"]
    assert [block.x for block in drawn.blocks] == [0, 20, 30, 50]
    assert [round(block.width + 0.15) for block in drawn.blocks] == [20, 10, 20, 30]
    assert [block.height for block in drawn.blocks] == [65, 32.5, 22, 97.5]
    assert (drawn.blocks[3].paused_x, drawn.blocks[3].paused_width) == (80, 20)
    html = MACROS.time_strip(drawn, "Europe/Vienna", date(2026, 11, 21))
    assert ("paused (its share" in html, "not counted</li>" in html) == (True, True)
    assert re.findall("<title>(.*?)</title>", html) == [
        "Question 1, 09:41: 01:00 active",
        "Question 2, 09:42: 00:30 active",
        "Not counted, 09:42: 01:00 active",
        "Question 3, 09:43: 01:30 active, 01:00 paused",
    ]


def test_strip_of_a_stretch_has_its_width_its_discarded_questions_and_its_ticks() -> None:
    counted = [(0, 60), (60, 60), (150, 90), (270, 30)]
    whole = session(
        [
            QuestionSummary(index=index, **closed(at, long, long))
            for index, (at, long) in enumerate(counted, 1)
        ],
        [ClosedQuestion(**closed(at, 30, 30)) for at in (120, 240)],
    )
    drawn = charts.strip(whole, "Europe/Vienna", charts.Stretch(2, 3))
    assert drawn is not None
    assert [(block.number, block.x) for block in drawn.blocks] == [(2, 0), (None, 33.333), (3, 50)]
    assert [round(block.width + 0.15, 1) for block in drawn.blocks] == [33.3, 16.7, 50]
    assert [(x, at - START) for x, at in drawn.ticks] == [
        (0, timedelta(minutes=1)),
        (33.333, timedelta(minutes=2)),
        (66.667, timedelta(minutes=3)),
        (100, timedelta(minutes=4)),
    ]
    ends = [charts.strip(whole, "UTC", charts.Stretch(*ends)) for ends in ((1, 2), (3, 4), (4, 4))]
    assert [[block.number for block in end.blocks] for end in ends if end] == [[1, 2], [3, None, 4], [4]]


def test_strip_shorter_than_two_minutes_has_ticks_with_seconds() -> None:
    only = QuestionSummary(index=1, **closed(5, 40, 40))
    drawn = charts.strip(session([only], []), "UTC")
    assert drawn is not None
    html = MACROS.time_strip(drawn, "UTC", date(2026, 11, 21))
    assert re.findall(r'y="164">(.*?)<', html) == ["08:41", "08:41:10", "08:41:20", "08:41:30", "08:41:40"]


def test_strip_without_closed_questions_is_not_drawn() -> None:
    assert charts.strip(session([], []), "UTC") is None


@given(st.floats(1, 400_000))
def test_strip_ticks_stand_on_round_local_times(length: float) -> None:
    only = QuestionSummary(index=1, **closed(0, length, length))
    drawn = charts.strip(session([only], []), "Asia/Kathmandu")
    assert drawn is not None
    assert len(drawn.ticks) <= charts.MOST_TICKS + 1
    assert all(0 <= x <= 100 for x, _ in drawn.ticks)
    there = [local(at, "Asia/Kathmandu") for _, at in drawn.ticks]
    assert {at.second % 10 for at in there} <= {0}
    if length > 100:
        assert {at.second for at in there} == {0}
    if length >= 7200:
        assert {at.minute for at in there} <= {0, 15, 30, 45}
