"""Shape of a period summary. Spans are seconds, instants UTC, targets minutes, dates local and inclusive."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from app.shapes.summaries import Mmss, PaceEmoji, PaceLabel, PaceRatio, Score, Summary

First = Annotated[date, Field(validation_alias="first", serialization_alias="from")]
Last = Annotated[date, Field(validation_alias="last", serialization_alias="to")]
Percentile = Annotated[float, Field(description="Interpolated between the values on both sides.")]
Share = Annotated[float, Field(ge=0, le=1, description="Of all questions.")]
TaskType = Annotated[str | None, Field(description="Null: none was sent.")]


class PartOut(Summary):
    """What some of the questions add up to."""

    total_questions: int
    total_active_seconds: float
    pace_ratio: PaceRatio


class PeriodSumsOut(PartOut):
    """What the questions of some days add up to."""

    total_sessions: Annotated[int, Field(description="That began in them or have questions in them.")]
    total_raw_seconds: float
    score: Score


class DaySumsOut(PeriodSumsOut):
    """A local date."""

    date: date


class MonthSumsOut(PeriodSumsOut):
    """What lies in the period of a month."""

    month: Annotated[str, Field(examples=["2026-11"])]


class PreviousOut(PeriodSumsOut):
    """The period before."""

    first: First
    last: Last
    so_far: Annotated[
        PeriodSumsOut | None,
        Field(description="Up to the same day and clock time; null where today is not in the period."),
    ]


class HourPartOut(PartOut):
    """The questions that began in an hour of the local clock."""

    hour: Annotated[int, Field(ge=0, le=23)]


class WeekdayPartOut(PartOut):
    """The questions of a weekday."""

    weekday: Annotated[int, Field(ge=1, le=7, description="1 Monday to 7 Sunday.")]


class PositionPartOut(PartOut):
    """Questions by their number in their session."""

    first: Annotated[int, Field(serialization_alias="from")]
    last: Annotated[int | None, Field(serialization_alias="to", description="Null: without end.")]


class TaskTypePartOut(PartOut):
    """The questions of a task type."""

    task_type: TaskType
    median_active_seconds: Percentile
    p80_active_seconds: Percentile
    p95_active_seconds: Percentile


class StepOut(Summary):
    """Questions by their active time / target time."""

    from_ratio: float
    to_ratio: Annotated[float | None, Field(description="Exclusive; null: without end.")]
    total_questions: int


class DistributionOut(Summary):
    """The distribution of the active times of single questions."""

    median_active_seconds: Percentile
    p80_active_seconds: Percentile
    p95_active_seconds: Percentile
    below_band_share: Annotated[Share, Field(description="Below 0.7 of the target.")]
    in_band_share: Annotated[Share, Field(description="From 0.7 to below 1.1 of the target.")]
    above_band_share: Annotated[Share, Field(description="From 1.1 of the target on.")]
    histogram: list[StepOut]


class OutlierOut(Summary):
    """A question that took more than three times the median of its task type."""

    session_id: str
    question_id: str
    started_at: datetime
    task_type: TaskType
    active_seconds: float
    usual_seconds: Annotated[float, Field(description="That median.")]


class PeriodSummaryOut(PeriodSumsOut):
    """A period of the user's, in the profile's time zone."""

    period: Literal["day", "week", "month", "year", "range"]
    first: First
    last: Last
    timezone: Annotated[str, Field(description="The zone of the days.", examples=["Europe/Berlin"])]
    user_external_id: str
    total_active_mmss: Mmss
    avg_active_seconds: float
    avg_active_mmss: Mmss
    pace_label: PaceLabel
    pace_emoji: PaceEmoji
    target_minutes_per_question: Annotated[float, Field(description="Weighted by questions.")]
    previous: PreviousOut
    days: Annotated[list[DaySumsOut], Field(description="One entry for each date.")]
    hours: Annotated[list[HourPartOut], Field(description="24 entries.")]
    weekdays: Annotated[list[WeekdayPartOut], Field(description="7 entries.")]
    task_types: Annotated[list[TaskTypePartOut], Field(description="Most questions first.")]
    positions: Annotated[list[PositionPartOut], Field(description="1 to 10, 11 to 25, 26 to 50, 51 on.")]
    distribution: DistributionOut
    outliers: Annotated[list[OutlierOut], Field(description="At most 20, the longest first.")]


class LongPeriodSummaryOut(PeriodSummaryOut):
    """A year or a range of the user's, in the profile's time zone."""

    months: Annotated[list[MonthSumsOut], Field(description="Those that it touches, counted within it.")]
