"""One page with every part that pages are made of, for whoever changes how they look. Served in debug mode alone."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from fastapi import APIRouter
from starlette.responses import Response

from app.services.first_steps import FirstSteps
from app.services.reading import RecentSession
from app.services.refusals import Refusal
from app.tracking import pacing
from app.tracking.days import UTC_ZONE
from app.tracking.period_figures import summarize_period
from app.tracking.period_summary import PeriodSummary
from app.tracking.periods import Period, week_of, year_of
from app.tracking.records import MICROS_PER_MINUTE
from app.tracking.summaries import SessionSummary
from app.web.admission import PageRoute
from app.web.dependencies import UserContext
from app.web.routes.pages.first_use import (
    AFTERNOON,
    AFTERNOON_MINUTES,
    MORNING,
    MORNING_MINUTES,
    TARGET_MINUTES,
    FirstUse,
    figures_of,
    sample,
    worked,
)
from app.web.routes.pages.period_charts import PeriodCharts, period_charts
from app.web.templating import render, seconds_text

router = APIRouter(route_class=PageRoute)

RATIOS = (0.3, 0.6, 0.8, 1.0, 1.2, 1.6, 2.6)  # one for each label of the pace, and one beyond the scale
LAST_DAY = date(2026, 11, 26)
DAYS = 270
MONDAY = 1
TASK_TYPES = ("needs met", "side by side", "page quality", "needs met", None)


@dataclass(frozen=True, slots=True)
class StyleguidePage:
    """What `styleguide.html` receives as `page`."""

    paces: list[pacing.Pace]
    session: SessionSummary  # of the sample day
    recent: list[RecentSession]
    first_use: FirstUse
    refusal: Refusal
    zone: str
    year: "SamplePeriod"
    charts_of_week: PeriodCharts
    charts_of_years: PeriodCharts


@dataclass(frozen=True, slots=True)
class SamplePeriod:
    """What the parts of `period.html` need of their `page`."""

    summary: PeriodSummary
    charts: PeriodCharts
    hours: None = None  # it is no day


@router.get("/styleguide")
async def styleguide(context: UserContext) -> Response:
    """Every part, with sample data."""
    shown = sample()
    year = _summary(year_of(LAST_DAY))
    paces = [pacing.pace_of(round(ratio * MICROS_PER_MINUTE), MICROS_PER_MINUTE, 1) for ratio in RATIOS]
    page = StyleguidePage(
        paces=[*paces, pacing.NO_PACE],
        session=shown.session,
        recent=[_line(shown.session, pace, days) for days, pace in enumerate([*paces, pacing.NO_PACE])],
        first_use=FirstUse(FirstSteps(is_connected=True, has_pressed=False), shown),
        refusal=Refusal("The name is too long."),
        zone=shown.zone,
        year=SamplePeriod(year, period_charts(year, MONDAY)),
        charts_of_week=period_charts(_summary(week_of(LAST_DAY, MONDAY)), MONDAY),
        charts_of_years=period_charts(_summary(Period("range", date(2025, 1, 1), LAST_DAY)), MONDAY),
    )
    return render(context.request, "styleguide.html", page=page)


def _summary(period: Period) -> PeriodSummary:
    """A period at the end of nine months of work, two sessions on each of five days a week."""
    days = [LAST_DAY - timedelta(days=number) for number in reversed(range(DAYS))]
    sessions, questions = worked(
        (datetime.combine(day, start.timetz()), [(active * haste, paused) for active, paused in minutes])
        for day in days
        if day.isoweekday() < 6
        for start, minutes, haste in (
            (MORNING, MORNING_MINUTES, 1.0),
            (AFTERNOON, AFTERNOON_MINUTES, 1.0 + day.day % 4 / 10),
        )
    )
    return summarize_period(
        period,
        UTC_ZONE,
        sessions,
        [figures_of(each, TASK_TYPES[index % len(TASK_TYPES)]) for index, each in enumerate(questions)],
        today=LAST_DAY,
        now_us=questions[-1].ended_us,
        user_external_id="",
        default_target_minutes=TARGET_MINUTES,
    )


def _line(session: SessionSummary, pace: pacing.Pace, days: int) -> RecentSession:
    """The session as a line of a list, so many days earlier and at another pace; the first one runs."""
    earlier = timedelta(days=days)
    ended_at = session.ended_at - earlier if session.ended_at and days else None
    return RecentSession(
        session_id=session.session_id or str(days),
        started_at=session.started_at - earlier,
        ended_at=ended_at,
        is_active=ended_at is None,
        current_question_index=None,
        total_questions=session.total_questions,
        active_mmss=seconds_text(session.total_active_seconds),
        pace_label=pace.label,
        pace_emoji=pace.emoji,
    )
