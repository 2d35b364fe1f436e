"""Shapes of what is read: sessions, days and lists of sessions. Spans are seconds, instants UTC, targets minutes."""

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Mmss = Annotated[str, Field(description="mm:ss, from one hour on h:mm:ss.", examples=["05:12"])]
PaceLabel = Annotated[str, Field(examples=["on target"])]
PaceEmoji = Annotated[str, Field(examples=["💜✅"])]
PaceRatio = Annotated[
    float, Field(description="Active time / target time; 1.0 is exactly on target.", examples=[0.945])
]
Score = Annotated[
    int, Field(ge=0, le=100, description="100 exactly on target, less on either side.", examples=[94])
]


class Summary(BaseModel):
    """Made from the summaries of the core, field by field."""

    model_config = ConfigDict(from_attributes=True)


class DiscardedQuestionOut(Summary):
    """A closed question that counts nowhere."""

    id: str
    started_at: datetime
    ended_at: datetime
    raw_seconds: Annotated[float, Field(description="From start to end.")]
    active_seconds: Annotated[float, Field(description="Without the time paused.")]
    active_mmss: Mmss
    target_minutes: Annotated[float, Field(description="Its own target, or else its session's.")]
    over_under_target_seconds: Annotated[float, Field(description="Active time minus target.")]
    over_under_target_mmss: Annotated[
        str, Field(description="With a leading `-` where it took less than the target.", examples=["-00:18"])
    ]
    task_id: str | None
    task_type: str | None


class QuestionOut(DiscardedQuestionOut):
    """A closed question that counts."""

    index: Annotated[int, Field(description="Its number in the session, from 1.")]


class DaySessionOut(Summary):
    """A session with the sums over its questions, in a summary of a day over those of the day alone."""

    session_id: str
    started_at: datetime
    ended_at: Annotated[datetime | None, Field(description="Null while the session is active.")]
    is_active: bool
    total_questions: int
    total_active_seconds: float
    avg_active_seconds: float
    avg_active_mmss: Mmss
    pace_label: PaceLabel
    pace_emoji: PaceEmoji
    score: Score


class SessionSummaryOut(DaySessionOut):
    """A session and all its closed questions."""

    user_external_id: str
    forgotten: Annotated[bool, Field(description="Left running without an event for longer than the limit.")]
    auto_closed: Annotated[bool, Field(description="Was forgotten, and ended at its last event.")]
    target_minutes_per_question: float
    total_raw_seconds: float
    pace_ratio: PaceRatio
    questions: list[QuestionOut]
    discarded: list[DiscardedQuestionOut]


class HourActivityOut(Summary):
    """The questions that began in one hour of a day."""

    hour: Annotated[int, Field(ge=0, le=23, description="On the local clock when the hour began.")]
    bucket_start: datetime
    total_questions: int
    active_seconds: float


class DaySummaryOut(Summary):
    """A day of the user's, from local midnight to local midnight."""

    date: Annotated[date, Field(examples=["2026-11-21"])]
    timezone: Annotated[str, Field(description="The zone of the day.", examples=["Europe/Berlin"])]
    user_external_id: str
    total_sessions: int
    total_questions: int
    total_raw_seconds: float
    total_active_seconds: float
    total_active_mmss: Mmss
    avg_active_seconds: float
    avg_active_mmss: Mmss
    daily_pace_label: PaceLabel
    daily_pace_emoji: PaceEmoji
    daily_pace_ratio: PaceRatio
    daily_score: Score
    target_minutes_per_question: Annotated[float, Field(description="Weighted by questions.")]
    hourly_activity: Annotated[
        list[HourActivityOut], Field(description="One entry for each hour that passes in the day: 23 to 25.")
    ]
    sessions: list[DaySessionOut]


class RecentSessionOut(Summary):
    """One line of a list of sessions."""

    session_id: str
    started_at: datetime
    ended_at: datetime | None
    is_active: bool
    current_question_index: Annotated[
        int | None, Field(description="Of the open question; null when the session has ended.")
    ]
