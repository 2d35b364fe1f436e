"""Days, weeks, months, years and ranges of days, read."""

from datetime import date, datetime

from sqlalchemy import Connection

from app.services.reading import day_asked_for, day_of, today_of
from app.services.refusals import InvalidInput
from app.store import sessions
from app.store.users import User
from app.tracking.period_figures import read_from, summarize_period
from app.tracking.period_summary import PeriodSummary
from app.tracking.periods import LONGEST_RANGE_DAYS, Kind, Period, period_of
from app.tracking.timestamps import micros_of


def period_asked_for(kind: Kind, text: str | None, user: User, now: datetime) -> Period:
    """The day, week, month or year around the day written as YYYY-MM-DD, or around the user's today.

    Raises `InvalidInput`.
    """
    return period_of(kind, day_asked_for(text, user, now), user.week_starts_on)


def range_asked_for(first: str | None, last: str | None) -> Period:
    """The range between two days written as YYYY-MM-DD, both included. Raises `InvalidInput`."""
    if not first or not last:
        raise InvalidInput("to" if first else "from", "A range needs its first day and its last.")
    period = range_of(day_of("from", first), day_of("to", last))
    if period.days > LONGEST_RANGE_DAYS:
        raise InvalidInput("to", f"A range has at most {LONGEST_RANGE_DAYS:,} days.")
    return period


def range_of(first: date, last: date) -> Period:
    """The range between two days, both included, of any length. Raises `InvalidInput` where it is backwards."""
    if first > last:
        raise InvalidInput("from", "The first day of the range lies after the last.")
    return Period("range", first, last)


def period_summary(conn: Connection, user: User, period: Period, now: datetime) -> PeriodSummary:
    """The figures of a period of the user's: two statements, however long it is."""
    today = today_of(user, now)
    span_us = read_from(period, today, user.zone), period.bounds(user.zone)[1]
    return summarize_period(
        period,
        user.zone,
        sessions.sessions_reaching(conn, user.id, *span_us),
        sessions.counted(conn, user.id, *span_us),
        today=today,
        now_us=micros_of(now),
        user_external_id=user.external_id,
        default_target_minutes=user.target_minutes,
    )
