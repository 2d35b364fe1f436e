"""Where the marks of a drawing go: plain numbers, which the SVG macros of `templates/macros/charts.html` draw.

Positions across are per cent of the drawing's width, heights are pixels from its top.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, NamedTuple, TypeVar

from app.tracking.summaries import ClosedQuestion, HourActivity, SessionSummary
from app.web.templating import clock, local, seconds_text, tone_of
from app.web.texts import gettext

CHART_TOP, CHART_BASE = 24, 180
MINUTES = (5, 10, 15, 30, 60, 120, 240, 480, 960, 1800, 3600, 7200)  # steps of a scale of time
COUNTS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)  # of a scale of questions
MOST_LINES = 4
BAR_SHARE = 0.7  # of the width that a bar has

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Bar(Generic[T]):
    """One value."""

    x: float
    label_x: float  # of the middle of the words below it
    width: float
    y: float
    height: float
    item: T  # whose value it is
    address: str  # where it leads; "" = nowhere
    tone: str  # fast, near, slow
    label: str  # whether there are words below it: always, wide (on wide screens), never


@dataclass(frozen=True, slots=True)
class BarChart(Generic[T]):
    """Bars beside one another, in order."""

    bars: tuple[Bar[T], ...]
    grid: tuple[tuple[float, int], ...]  # heights, and the value that each stands for: 0 at the base


def bar_chart(
    items: Sequence[T],
    value: Callable[[T], float],
    steps: Sequence[int],
    *,
    address: Callable[[T], str] = lambda _: "",
    tone: Callable[[T], str] = lambda _: "near",
    label: Callable[[T], str] = lambda _: "always",
    label_at: float = 0.5,
) -> BarChart[T]:
    """Bars for the values of `items`, on a scale of whole `steps` that reaches the longest.

    `label_at`: where in the width of an item its words stand, from 0 to 1.
    """
    most = max(map(value, items), default=0)
    step = next((step for step in steps if step * MOST_LINES >= most), steps[-1])
    lines = max(1, math.ceil(most / step))
    pixels = (CHART_BASE - CHART_TOP) / (lines * step)  # for one unit
    grid = [(round(CHART_BASE - line * step * pixels, 1), line * step) for line in range(lines + 1)]
    width = 100 / max(1, len(items))
    bars = []
    for index, item in enumerate(items):
        height = round(value(item) * pixels, 1)
        bars.append(
            Bar(
                x=round(width * (index + (1 - BAR_SHARE) / 2), 3),
                label_x=round(width * (index + label_at), 3),
                width=round(width * BAR_SHARE, 3),
                y=round(CHART_BASE - height, 1),
                height=height,
                item=item,
                address=address(item),
                tone=tone(item),
                label=label(item),
            )
        )
    return BarChart(tuple(bars), tuple(grid))


def hour_chart(hours: Sequence[HourActivity]) -> BarChart[HourActivity]:
    """Active minutes of every hour that passes from local midnight to the next."""
    return bar_chart(
        hours,
        lambda hour: hour.active_seconds / 60,
        MINUTES,
        label=lambda hour: "wide" if hour.hour % 3 else "always",
    )


STRIP_BASE, STRIP_GOAL = 146, 81  # the ground and the target's height, in the macro too
STRIP_TOP = 16  # where a block is cut off
LOW_BLOCK = 22  # pixels of a question that is not counted
TICK_SECONDS = (10, *(60 * minutes for minutes in (1, 2, 5, 10, 15, 30, 60, 120, 180, 240, 360, 720, 1440)))
MOST_TICKS = 10


class Stretch(NamedTuple):
    """The first and the last question, by number, of a part of a session."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Block:
    """A question: as wide as its active time, as high as its share of the target; its pauses follow it."""

    x: float
    width: float
    y: float
    height: float
    paused_x: float
    paused_width: float
    kind: str  # near, fast, slow, discarded
    number: int | None  # of the question in the session; None: not counted
    question: ClosedQuestion

    @property
    def name(self) -> str:
        """What the question is called in an address: its number, else its id."""
        return str(self.number or self.question.id)

    def title(self, zone: str) -> str:
        """What its tooltip says, in the language that is being written. Here: a session has thousands."""
        named = (
            gettext("Question {number}").format(number=self.number) if self.number else gettext("Not counted")
        )
        paused = self.question.raw_seconds - self.question.active_seconds
        pattern = (
            gettext("{question}, {time}: {active} active, {paused} paused")
            if round(paused)
            else gettext("{question}, {time}: {active} active")
        )
        return pattern.format(
            question=named,
            time=clock(self.question.started_at, zone),
            active=self.question.active_mmss,
            paused=seconds_text(paused),
        )


@dataclass(frozen=True, slots=True)
class Strip:
    """A session from its first event to its last close, or a stretch of it."""

    blocks: tuple[Block, ...]
    ticks: tuple[tuple[float, datetime], ...]  # on the axis of time: positions, and their instants


def strip(session: SessionSummary, zone: str, stretch: Stretch | None = None) -> Strip | None:
    """The drawing of `session` or of a stretch of it, with round times of `zone`; None before a question is closed.

    A stretch has the discarded questions between its first and its last too.
    """
    closed = (*session.questions, *session.discarded)
    if not closed:
        return None
    first, last = stretch or (1, len(session.questions))
    start = session.questions[first - 1].started_at if first > 1 else session.started_at
    whole = last == len(session.questions)
    end = max(item.ended_at for item in (closed if whole else session.questions[first - 1 : last]))
    span = max((end - start).total_seconds(), 0.001)
    counted = [
        _block(item, tone_of(item), item.index, start, span) for item in session.questions[first - 1 : last]
    ]
    others = [
        _block(item, "discarded", None, start, span)
        for item in session.discarded
        if start <= item.started_at and item.ended_at <= end
    ]
    blocks = sorted((*counted, *others), key=lambda block: block.x)
    return Strip(tuple(blocks), _time_ticks(start, span, zone))


def _block(item: ClosedQuestion, kind: str, number: int | None, start: datetime, span: float) -> Block:
    left = (item.started_at - start).total_seconds() / span * 100
    active = item.active_seconds / span * 100
    paused = (item.raw_seconds - item.active_seconds) / span * 100
    share = item.active_seconds / (item.target_minutes * 60)
    height = LOW_BLOCK if kind == "discarded" else max(2.0, share * (STRIP_BASE - STRIP_GOAL))
    height = round(min(height, STRIP_BASE - STRIP_TOP), 1)
    return Block(
        x=round(left, 3),
        width=round(active - min(0.15, active * 0.2), 3),  # a slit keeps neighbours apart
        y=round(STRIP_BASE - height, 1),
        height=height,
        paused_x=round(left + active, 3),
        paused_width=round(paused, 3) if paused > 0.01 else 0,
        kind=kind,
        number=number,
        question=item,
    )


def _time_ticks(start: datetime, span: float, zone: str) -> tuple[tuple[float, datetime], ...]:
    # Whole days for a session that stayed paused for days.
    whole_days = TICK_SECONDS[-1] * math.ceil(span / TICK_SECONDS[-1] / MOST_TICKS)
    step = timedelta(seconds=next((step for step in TICK_SECONDS if span / step <= MOST_TICKS), whole_days))
    there = local(start, zone)
    midnight = there.replace(hour=0, minute=0, second=0, microsecond=0)
    passed = (there.replace(tzinfo=None) - midnight.replace(tzinfo=None)) / step
    at = start + step * (-(-passed // 1) - passed)
    ticks: list[tuple[float, datetime]] = []
    while (at - start).total_seconds() <= span:
        ticks.append((round((at - start).total_seconds() / span * 100, 3), at))
        at += step
    return tuple(ticks)
