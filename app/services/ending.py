"""Ending a session from a page: one that was forgotten, or that runs in a browser out of reach."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from app.services import overview
from app.services.overview import Running
from app.services.reading import NO_SESSION
from app.services.recording.incoming import Incoming, Receipt
from app.services.recording.record import record_event
from app.services.refusals import InvalidInput, NotFound
from app.store import log
from app.store.sessions import find_session
from app.store.users import User
from app.tracking.machine import EventType


@dataclass(frozen=True, slots=True)
class End:
    """When a session ended: at its last event, now, or at a local time that somebody chose."""

    when: Literal["last", "now", "chosen"]
    at: str  # "2026-11-21T18:42" or with seconds; counts for "chosen"
    event_id: str  # of the EXIT: a form that is sent twice ends a session once


def end_session(conn: Connection, user: User, uid: str, end: End, *, idle_us: int, now: datetime) -> str:
    """Record the EXIT that ends a session. Returns the session's id; one that has ended stays as it is.

    At its last event the open question is not counted, else it is. Raises `NotFound` and `InvalidInput`.
    """
    log.lock(conn, user.id)  # first: a form sent twice at once must see what its twin did
    session = find_session(conn, user.id, uid)
    if session is None:
        raise NotFound(NO_SESSION)
    running = overview.running(conn, user, now)
    if running is None or running.session_id != session.uid:
        return session.uid
    at = _instant(running, end, user.timezone, now)
    event = Incoming(
        type=EventType.EXIT,
        timestamp=at.isoformat(timespec="microseconds"),
        event_id=_event_id(end.event_id),
        discard=end.when == "last",
    )
    record_event(conn, user, event, Receipt(received=now, sent_at=None, idle_us=idle_us))
    return session.uid


def chosen_from(running: Running, zone: str) -> str:
    """The earliest local time to choose, as `datetime-local` wants it: the last event's, in whole minutes."""
    last = running.last_event_at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    minute = last.replace(second=0, microsecond=0)
    return (minute if minute == last else minute + timedelta(minutes=1)).isoformat(timespec="minutes")


def _instant(running: Running, end: End, zone: str, now: datetime) -> datetime:
    match end.when:
        case "last":
            return running.last_event_at
        case "now":
            return max(now, running.last_event_at)
    at = _local(end.at, zone, not_before=running.last_event_at)
    if at < running.last_event_at:
        raise InvalidInput("at", "The session cannot end before its last event.")
    if at > now:
        raise InvalidInput("at", "That time has not come yet.")
    allowed = running.idle_hours or math.inf
    if not running.is_paused and (at - running.last_event_at) / timedelta(hours=1) > allowed:
        raise InvalidInput(
            "at",
            "That is more than {hours} hours after the last event. Choose an earlier time, or the last event.",
            hours=f"{allowed:g}",
        )
    return at


def _local(text: str, zone: str, *, not_before: datetime) -> datetime:
    """The instant of a local time; of two with the same name, the first that is not before `not_before`."""
    try:
        there = datetime.fromisoformat(text)
        if there.tzinfo is not None:
            raise ValueError("a local time has no offset")
        first, second = (there.replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC) for fold in (0, 1))
    except (ValueError, OverflowError):
        raise InvalidInput("at", "Choose a day and a time.") from None
    return first if first >= not_before else second


def _event_id(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        raise InvalidInput("event_id", "The form is not complete. Reload the page and try again.") from None
