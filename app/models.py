"""Request and response shapes, under one roof; they live in `app/shapes/`."""

from app.shapes.auth import (
    AccessTokenOut,
    LoggedOut,
    LoginIn,
    MeOut,
    NewTokenOut,
    RegistrationIn,
    TokenIn,
    TokenOut,
)
from app.shapes.events import (
    BatchEventIn,
    BatchIn,
    BatchOut,
    BatchResult,
    DeletedOut,
    EventIn,
    EventOut,
    KnownIn,
    KnownOut,
    TargetIn,
)
from app.shapes.problems import Problem
from app.shapes.summaries import (
    DaySessionOut,
    DaySummaryOut,
    DiscardedQuestionOut,
    HourActivityOut,
    QuestionOut,
    RecentSessionOut,
    SessionSummaryOut,
)

__all__ = [
    "AccessTokenOut",
    "BatchEventIn",
    "BatchIn",
    "BatchOut",
    "BatchResult",
    "DaySessionOut",
    "DaySummaryOut",
    "DeletedOut",
    "DiscardedQuestionOut",
    "EventIn",
    "EventOut",
    "HourActivityOut",
    "KnownIn",
    "KnownOut",
    "LoggedOut",
    "LoginIn",
    "MeOut",
    "NewTokenOut",
    "Problem",
    "QuestionOut",
    "RecentSessionOut",
    "RegistrationIn",
    "SessionSummaryOut",
    "TargetIn",
    "TokenIn",
    "TokenOut",
]
