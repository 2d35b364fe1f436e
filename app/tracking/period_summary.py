"""What is said about a day, a week, a month, a year or a range of days; computed in `app.tracking.period_figures`.

The same objects feed the JSON answers and the pages: spans are seconds, instants aware UTC datetimes, targets minutes,
shares and ratios plain numbers.
"""

from dataclasses import dataclass
from datetime import date, datetime

from app.tracking.periods import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What some of the questions add up to."""

    total_questions: int
    total_active_seconds: float
    pace_ratio: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodSums(Part):
    """What the questions of some days add up to."""

    total_sessions: int  # that begin in them or have questions in them
    total_raw_seconds: float
    score: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DaySums(PeriodSums):
    """A local date."""

    date: date


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthSums(PeriodSums):
    """What lies in the period of a month."""

    month: str  # 2026-11


@dataclass(frozen=True, slots=True, kw_only=True)
class Previous(PeriodSums):
    """The period before."""

    first: date
    last: date
    so_far: PeriodSums | None  # up to the same day and clock time; None where the period does not run now


@dataclass(frozen=True, slots=True, kw_only=True)
class HourPart(Part):
    """An hour of the local clock, of all days."""

    hour: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekdayPart(Part):
    """A weekday: 1 Monday to 7 Sunday."""

    weekday: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekHourPart(HourPart):
    """An hour of the local clock on one weekday."""

    weekday: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionPart(Part):
    """Questions by their number in their session."""

    first: int
    last: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskTypePart(Part):
    """Questions of one task type, and percentiles of their active times."""

    task_type: str | None  # None: none was sent
    median_active_seconds: float
    p80_active_seconds: float
    p95_active_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Questions by active time / target time, from one ratio to below another."""

    from_ratio: float
    to_ratio: float | None
    total_questions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """The distribution of active times, and of their ratios to the targets; shares from 0 to 1."""

    median_active_seconds: float
    p80_active_seconds: float
    p95_active_seconds: float
    below_band_share: float
    in_band_share: float
    above_band_share: float
    histogram: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlier:
    """A question that took more than three times what is usual for its task type."""

    session_id: str
    question_id: str
    started_at: datetime
    task_type: str | None
    active_seconds: float
    usual_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodSummary(PeriodSums):
    """A period of one user."""

    period: Kind
    first: date
    last: date
    timezone: str
    user_external_id: str
    total_active_mmss: str
    avg_active_seconds: float
    avg_active_mmss: str
    pace_label: str
    pace_emoji: str
    target_minutes_per_question: float
    previous: Previous
    days: tuple[DaySums, ...]
    months: tuple[MonthSums, ...] | None  # of a year or a range
    hours: tuple[HourPart, ...]
    weekdays: tuple[WeekdayPart, ...]
    week_hours: tuple[WeekHourPart, ...]  # those with questions
    task_types: tuple[TaskTypePart, ...]
    positions: tuple[PositionPart, ...]
    distribution: Distribution
    outliers: tuple[Outlier, ...]
