"""Summaries of days, weeks, months, years and ranges of days."""

from fastapi import APIRouter

from app.models import LongPeriodSummaryOut, PeriodSummaryOut
from app.services import periods
from app.tracking.period_summary import PeriodSummary
from app.tracking.periods import Kind, Period
from app.web.admission import GuardedRoute
from app.web.dependencies import Context, DateQuery, FirstQuery, LastQuery, TrackingContext

router = APIRouter(route_class=GuardedRoute, prefix="/dashboard", tags=["periods"])


@router.get("/day/json")
async def day(context: TrackingContext, date: DateQuery = None) -> PeriodSummaryOut:
    """A local day; `date` is the day."""
    return PeriodSummaryOut.model_validate(await _around("day", context, date))


@router.get("/week/json")
async def week(context: TrackingContext, date: DateQuery = None) -> PeriodSummaryOut:
    """A week from the weekday that the profile names; `date` is any day in it."""
    return PeriodSummaryOut.model_validate(await _around("week", context, date))


@router.get("/month/json")
async def month(context: TrackingContext, date: DateQuery = None) -> PeriodSummaryOut:
    """A month; `date` is any day in it."""
    return PeriodSummaryOut.model_validate(await _around("month", context, date))


@router.get("/year/json")
async def year(context: TrackingContext, date: DateQuery = None) -> LongPeriodSummaryOut:
    """A year; `date` is any day in it."""
    return LongPeriodSummaryOut.model_validate(await _around("year", context, date))


@router.get("/range/json")
async def days(
    context: TrackingContext, first: FirstQuery = None, last: LastQuery = None
) -> LongPeriodSummaryOut:
    """A range of at most 3,700 days, both ends included."""
    return LongPeriodSummaryOut.model_validate(await _read(context, periods.range_asked_for(first, last)))


async def _around(kind: Kind, context: Context, date: str | None) -> PeriodSummary:
    return await _read(context, periods.period_asked_for(kind, date, context.user, context.now))


async def _read(context: Context, period: Period) -> PeriodSummary:
    return await context.read(periods.period_summary, context.user, period, context.now)
