"""Summaries of days, weeks, months, years and ranges of days."""

from datetime import datetime
from typing import TypeVar

from fastapi import APIRouter
from sqlalchemy import Connection

from app.models import LongPeriodSummaryOut, PeriodSummaryOut
from app.services import periods
from app.services.accounts.accounts import User
from app.tracking.periods import Kind, Period
from app.web.admission import GuardedRoute
from app.web.dependencies import Context, DateQuery, FirstQuery, LastQuery, TrackingContext

router = APIRouter(route_class=GuardedRoute, prefix="/dashboard", tags=["periods"])

Shape = TypeVar("Shape", bound=PeriodSummaryOut)


@router.get("/day/json")
async def day(context: TrackingContext, date: DateQuery = None) -> PeriodSummaryOut:
    """A local day; `date` is the day."""
    return await _around("day", context, date)


@router.get("/week/json")
async def week(context: TrackingContext, date: DateQuery = None) -> PeriodSummaryOut:
    """A week from the weekday that the profile names; `date` is any day in it."""
    return await _around("week", context, date)


@router.get("/month/json")
async def month(context: TrackingContext, date: DateQuery = None) -> PeriodSummaryOut:
    """A month; `date` is any day in it."""
    return await _around("month", context, date)


@router.get("/year/json")
async def year(context: TrackingContext, date: DateQuery = None) -> LongPeriodSummaryOut:
    """A year; `date` is any day in it."""
    return await _read(context, _asked_for("year", context, date), LongPeriodSummaryOut)


@router.get("/range/json")
async def days(
    context: TrackingContext, first: FirstQuery = None, last: LastQuery = None
) -> LongPeriodSummaryOut:
    """A range of at most 3,700 days, both ends included."""
    return await _read(context, periods.range_asked_for(first, last), LongPeriodSummaryOut)


async def _around(kind: Kind, context: Context, date: str | None) -> PeriodSummaryOut:
    return await _read(context, _asked_for(kind, context, date), PeriodSummaryOut)


def _asked_for(kind: Kind, context: Context, date: str | None) -> Period:
    return periods.period_asked_for(kind, date, context.user, context.now)


async def _read(context: Context, period: Period, shape: type[Shape]) -> Shape:
    return await context.read(_shaped, context.user, period, context.now, shape)


def _shaped(conn: Connection, user: User, period: Period, now: datetime, shape: type[Shape]) -> Shape:
    # In the thread that reads: ten years take some ten milliseconds, for which others' events must not wait.
    return shape.model_validate(periods.period_summary(conn, user, period, now))
