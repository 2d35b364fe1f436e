"""Computes the summary of a day, a week, a month, a year or a range of days from sessions and questions.

Sums are made in whole microseconds and turned into seconds at the very end: hours, weekdays, days, months, task types
and positions each add up to the total.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from app.tracking.days import day_bounds
from app.tracking.pacing import mmss, seconds
from app.tracking.percentiles import hundredfold, percentiles
from app.tracking.period_calendar import calendar_of, part_fields, sums_fields
from app.tracking.period_summary import (
    Distribution,
    Outlier,
    PeriodSummary,
    PeriodSums,
    PositionPart,
    Previous,
    Step,
    TaskTypePart,
)
from app.tracking.periods import Period, so_far_us
from app.tracking.records import Figures, SessionRecord
from app.tracking.sums import (
    Counted,
    Sums,
    active_us_of,
    counted_in,
    number_of,
    session_of,
    sums_of,
    task_type_of,
)
from app.tracking.timestamps import moment_of

POSITIONS = (1, 11, 26, 51)  # in a session: the first of each band
BELOW, ABOVE = 7, 11  # tenths of the target: the band reaches from the first to below the second
LAST_STEP = 20  # of the histogram, in tenths of the target: from here on
USUAL = timedelta(days=90)  # what is usual for a task type is seen over at least this
LEAST_FOR_USUAL = 10  # questions of the type
OUTLIER_FACTOR = 3  # times the usual
MOST_OUTLIERS = 20


def read_from(period: Period, today: date, zone: str) -> int:
    """The instant from which the summary of a period needs sessions and questions, in microseconds."""
    return day_bounds(min(_usual_from(period, today), period.previous.first), zone)[0]


def _usual_from(period: Period, today: date) -> date:
    return min(period.first, min(period.last, today) - USUAL)


@dataclass(frozen=True, slots=True)
class _History:
    """Sessions and their counted questions, in order."""

    sessions: Sequence[SessionRecord]
    questions: list[Counted]

    def between(self, start_us: int, end_us: int) -> list[Counted]:
        """The questions that began in [start, end)."""
        first, end = (bisect_left(self.questions, (instant_us,)) for instant_us in (start_us, end_us))
        return self.questions[first:end]

    def begun_between(self, start_us: int, end_us: int) -> Iterator[int]:
        """The indexes of the sessions that began in [start, end)."""
        return (
            index for index, session in enumerate(self.sessions) if start_us <= session.started_us < end_us
        )

    def sums(self, start_us: int, end_us: int) -> dict[str, Any]:
        """The fields of `PeriodSums` for [start, end)."""
        questions = self.between(start_us, end_us)
        shown = set(map(session_of, questions)).union(self.begun_between(start_us, end_us))
        return sums_fields(sums_of(questions), len(shown))


def summarize_period(
    period: Period,
    zone: str,
    sessions: Sequence[SessionRecord],
    questions: Sequence[Figures],
    *,
    today: date,
    now_us: int,
    user_external_id: str,
    default_target_minutes: float,
) -> PeriodSummary:
    """The summary of a period.

    `sessions` are those that reach into the time from `read_from` to the period's end, `questions` their counted ones;
    both in order.
    """
    history = _History(sessions, list(counted_in(sessions, questions)))
    start_us, end_us = period.bounds(zone)
    own = history.between(start_us, end_us)
    usual = history.between(day_bounds(_usual_from(period, today), zone)[0], end_us)
    total = sums_of(own)
    calendar = calendar_of(sessions, history.begun_between(start_us, end_us), own, zone)
    return PeriodSummary(
        **sums_fields(total, len(set().union(*calendar.sessions.values()))),
        period=period.kind,
        first=period.first,
        last=period.last,
        timezone=zone,
        user_external_id=user_external_id,
        total_active_mmss=mmss(total.active_us),
        avg_active_seconds=seconds(total.active_us, total.count),
        avg_active_mmss=mmss(total.active_us, total.count),
        pace_label=total.pace.label,
        pace_emoji=total.pace.emoji,
        target_minutes_per_question=total.mean_target_minutes(default_target_minutes),
        previous=_previous(period, history, zone, today, now_us),
        days=calendar.days(period),
        months=calendar.months(period) if period.kind in ("year", "range") else None,
        hours=calendar.hours(),
        weekdays=calendar.weekdays(),
        week_hours=calendar.week_hours(),
        task_types=_task_types(own),
        positions=_positions(own),
        distribution=_distribution(own),
        outliers=_outliers(sessions, own, usual),
    )


def _previous(period: Period, history: _History, zone: str, today: date, now_us: int) -> Previous:
    before = period.previous
    start_us, end_us = before.bounds(zone)
    so_far = None
    if today in period:
        so_far = PeriodSums(**history.sums(start_us, so_far_us(period, today, now_us, zone)))
    return Previous(**history.sums(start_us, end_us), first=before.first, last=before.last, so_far=so_far)


def _by_task_type(questions: Sequence[Counted]) -> dict[str | None, list[Counted]]:
    found: dict[str | None, list[Counted]] = defaultdict(list)
    for question in questions:
        found[task_type_of(question)].append(question)
    return found


def _active_in_order(questions: Sequence[Counted]) -> list[int]:
    return sorted(map(active_us_of, questions))


def _task_types(questions: Sequence[Counted]) -> tuple[TaskTypePart, ...]:
    """Most questions first, then by name; where none was sent last among equals."""
    groups = sorted(
        _by_task_type(questions).items(), key=lambda item: (-len(item[1]), item[0] is None, item[0] or "")
    )
    return tuple(
        TaskTypePart(
            task_type=task_type,
            **part_fields(sums_of(group)),
            **percentiles(_active_in_order(group)),
        )
        for task_type, group in groups
    )


def _positions(questions: Sequence[Counted]) -> tuple[PositionPart, ...]:
    bands = [Sums() for _ in POSITIONS]
    for question in questions:
        bands[bisect_right(POSITIONS, number_of(question)) - 1].add(question)
    ends = [*(first - 1 for first in POSITIONS[1:]), None]
    return tuple(
        PositionPart(first=first, last=last, **part_fields(sums))
        for first, last, sums in zip(POSITIONS, ends, bands, strict=True)
    )


def _distribution(questions: Sequence[Counted]) -> Distribution:
    counts = [0] * (LAST_STEP + 1)  # by tenths of the target
    for _, _, active_us, target_us, _, _, _, _ in questions:
        counts[min(10 * active_us // target_us, LAST_STEP)] += 1
    below, inside, above = sum(counts[:BELOW]), sum(counts[BELOW:ABOVE]), sum(counts[ABOVE:])
    all_questions = max(1, len(questions))
    return Distribution(
        **percentiles(_active_in_order(questions)),
        below_band_share=below / all_questions,
        in_band_share=inside / all_questions,
        above_band_share=above / all_questions,
        histogram=tuple(
            Step(
                from_ratio=tenths / 10,
                to_ratio=(tenths + 1) / 10 if tenths < LAST_STEP else None,
                total_questions=count,
            )
            for tenths, count in enumerate(counts)
        ),
    )


def _outliers(
    sessions: Sequence[SessionRecord], questions: Sequence[Counted], usual: Sequence[Counted]
) -> tuple[Outlier, ...]:
    """The longest first, then by start; `usual`: the questions among which they are unusual."""
    # Medians times 100, so that the comparison is one of whole numbers.
    medians = {
        task_type: hundredfold(_active_in_order(group), 50)
        for task_type, group in _by_task_type(usual).items()
        if len(group) >= LEAST_FOR_USUAL
    }
    found = [
        question
        for question in questions
        if (median := medians.get(task_type_of(question))) is not None
        and 100 * active_us_of(question) > OUTLIER_FACTOR * median
    ]
    found.sort(key=active_us_of, reverse=True)  # stable: of equals the earlier stays first
    return tuple(
        Outlier(
            session_id=sessions[session].uid,
            question_id=uid,
            started_at=moment_of(started_us),
            task_type=task_type,
            active_seconds=seconds(active_us),
            usual_seconds=seconds(medians[task_type], 100),
        )
        for started_us, _, active_us, _, task_type, uid, session, _ in found[:MOST_OUTLIERS]
    )
