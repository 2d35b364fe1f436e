"""Days, weeks, months, years and ranges of days: one page for all of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from fastapi import APIRouter, Request
from sqlalchemy import Connection
from starlette.responses import Response

from app.services import live, periods, reading
from app.services.accounts.accounts import User
from app.services.reading import RecentSession, Running
from app.services.refusals import InvalidInput
from app.tracking.days import FIRST_DAY, LAST_DAY
from app.tracking.period_summary import PeriodSummary
from app.tracking.periods import Kind, Period, period_of
from app.tracking.summaries import DaySummary, HourActivity
from app.web.admission import PageRoute
from app.web.dependencies import Context, DateQuery, FirstQuery, LastQuery, UserContext
from app.web.routes.pages.charts import BarChart, hour_chart
from app.web.routes.pages.first_use import FirstUse, first_use
from app.web.routes.pages.forms import NOTHING, Shown
from app.web.routes.pages.period_charts import PeriodCharts, period_charts

router = APIRouter(prefix="/dashboard", route_class=PageRoute)

RECENT_ON_DAY = 5
KINDS: tuple[Kind, ...] = ("day", "week", "month", "year")


@dataclass(frozen=True, slots=True)
class PeriodPage:
    """What `period.html` receives as `page`."""

    summary: PeriodSummary
    today: date
    is_now: bool  # today lies in the period
    lengths: Mapping[str, str]  # addresses of a day, week, month, year and range around what is shown
    previous: str | None  # address of the period before; None before the first day known
    next: str | None  # address of the period after, if that has begun
    now: str | None  # address of the period of this kind that runs now
    export: str  # address of its questions as a file
    charts: PeriodCharts
    day: DaySummary | None  # of a day
    hours: BarChart[HourActivity] | None  # of a day
    running: Running | None
    recent: list[RecentSession]
    first_use: FirstUse | None  # for an account without sessions
    typed: Mapping[str, str]  # dates that were refused, by field
    refused: Shown
    version: str  # of what it shows


@router.get("/today")
@router.get("/day")
async def day_page(context: UserContext, date: DateQuery = None) -> Response:
    """One day of the user's time zone; without a date, today."""
    return await _around("day", context, date)


@router.get("/week")
async def week_page(context: UserContext, date: DateQuery = None) -> Response:
    """The week that holds a day."""
    return await _around("week", context, date)


@router.get("/month")
async def month_page(context: UserContext, date: DateQuery = None) -> Response:
    """The month that holds a day."""
    return await _around("month", context, date)


@router.get("/year")
async def year_page(context: UserContext, date: DateQuery = None) -> Response:
    """The year that holds a day."""
    return await _around("year", context, date)


@router.get("/range")
async def range_page(context: UserContext, first: FirstQuery = None, last: LastQuery = None) -> Response:
    """A range of days."""
    try:
        return await _page(context, periods.range_asked_for(first, last))
    except InvalidInput as refusal:
        today = reading.today_of(context.user, context.now)
        typed = {"from": first or "", "to": last or ""}
        return await _page(context, Period("range", today, today), _shown(context.request, refusal), typed)


async def _around(kind: Kind, context: Context, date: str | None) -> Response:
    try:
        return await _page(context, periods.period_asked_for(kind, date, context.user, context.now))
    except InvalidInput as refusal:
        now = periods.period_asked_for(kind, None, context.user, context.now)
        return await _page(context, now, _shown(context.request, refusal), {"date": date or ""})


def _shown(request: Request, refusal: InvalidInput) -> Shown:
    return Shown.of(request, "date", refusal)


async def _page(
    context: Context, period: Period, refused: Shown = NOTHING, typed: Mapping[str, str] | None = None
) -> Response:
    page = await context.read(_load, context.user, period, context.now, refused, typed or {})
    return await refused.render_long(context.request, "period.html", "overview", page)


def _load(
    conn: Connection, user: User, period: Period, now: datetime, refused: Shown, typed: Mapping[str, str]
) -> PeriodPage:
    summary = periods.period_summary(conn, user, period, now)
    today = reading.today_of(user, now)
    day = reading.day_summary(conn, user, period.first) if period.kind == "day" else None
    recent = reading.recent_sessions(conn, user, RECENT_ON_DAY)
    return PeriodPage(
        summary=summary,
        today=today,
        is_now=today in period,
        lengths=_lengths(period, today, user.week_starts_on),
        previous=address_of(period.previous) if period.previous.last >= FIRST_DAY else None,
        next=address_of(period.following) if period.last < min(LAST_DAY, today) else None,
        now=None if period.kind == "range" else f"/dashboard/{period.kind}",
        export=f"/export/questions.csv?{_span(period)}",
        charts=period_charts(summary, user.week_starts_on),
        day=day,
        hours=hour_chart(day.hourly_activity) if day else None,
        running=reading.running(conn, user, now),
        recent=recent,
        first_use=None if recent else first_use(conn, user),
        typed=typed,
        refused=refused,
        version=live.version(conn, user),
    )


def address_of(period: Period) -> str:
    """The address of a period's page."""
    if period.kind == "range":
        return f"/dashboard/range?{_span(period)}"
    return f"/dashboard/{period.kind}?date={_known(period.first)}"


def _span(period: Period) -> str:
    """A period as the query of an address."""
    return f"from={_known(period.first)}&to={_known(period.last)}"


def _known(day: date) -> date:
    # The first week known and the last one have days beyond the calendar, which no address may name.
    return min(max(day, FIRST_DAY), LAST_DAY)


def _lengths(period: Period, today: date, week_starts_on: int) -> dict[str, str]:
    # Another length is shown around today where today is in the period, else around its first day.
    around = _known(today if today in period else period.first)
    others = [period_of(kind, around, week_starts_on) for kind in KINDS if kind != period.kind]
    shown = [period, *others, Period("range", period.first, period.last)]
    return {each.kind: address_of(each) for each in shown}
