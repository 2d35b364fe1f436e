"""Corrections: deleting and restoring sessions and questions, a session's target, ending a session from a page.

A correction is attached to rows of the log, never to what is derived from them: everything follows from the log. The
rows concerned are then replayed.
"""

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from app.services.reading import NO_SESSION, Running, running, session_of
from app.services.recording.incoming import Incoming, Receipt
from app.services.recording.record import lock_head, record_event
from app.services.recording.replay import replay
from app.services.refusals import InvalidInput, NotFound
from app.store import corrections, log, sessions
from app.store.corrections import Deleted as Deleted
from app.store.log import Arrival
from app.store.users import User
from app.tracking.machine import Event, EventType
from app.tracking.projection import LogRow
from app.tracking.records import MICROS_PER_SECOND, Place
from app.tracking.replay import was_active_after
from app.tracking.timestamps import micros_of, moment_of

RESTORABLE_US = 30 * 24 * 3600 * MICROS_PER_SECOND
DELETED_LISTED = 50


@dataclass(frozen=True, slots=True)
class End:
    """When a session ended: at its last event, now, or at a local time that somebody chose."""

    when: Literal["last", "now", "chosen"]
    at: str  # "2026-11-21T18:42" or with seconds; counts for "chosen"
    event_id: str  # of the EXIT: a form that is sent twice ends a session once


def set_session_target(conn: Connection, user: User, uid: str, minutes: float) -> str:
    """Give a session a target (minutes per question). Returns the session's id. Raises `NotFound`.

    The mark goes to each NEXT in it, so that a late EXIT that splits the session leaves it to both parts.
    """
    head = lock_head(conn, user.id)
    session = session_of(conn, user, uid)
    number = corrections.next_number(conn, user.id)
    corrections.mark_target(conn, user.id, session.place, session.last, minutes, number)
    replay(conn, user.id, head, changed=[session.place])
    return session.uid


def mark_question(
    conn: Connection, user: User, session_uid: str, question_uid: str, now: datetime, *, discard: bool
) -> str:
    """Take a closed question out of every figure, or count it again. Returns the session's id. Raises `NotFound`."""
    head = lock_head(conn, user.id)
    session = session_of(conn, user, session_uid)
    closed = sessions.questions_of_session(conn, user.id, session)
    question = next((one for one in closed if one.uid == question_uid), None)
    if question is None:
        raise NotFound("There is no such question in this session.")
    if question.discarded != discard:
        corrections.next_number(conn, user.id)
        corrections.mark_discard(conn, user.id, question.closed_by, discard=discard, at_us=micros_of(now))
        replay(conn, user.id, head, changed=[log.place_of(conn, user.id, question.closed_by)])
    return session.uid


def delete_session(conn: Connection, user: User, uid: str, now: datetime) -> str:
    """Take the events that a session has by now out of every figure. Returns its id. Raises `NotFound`.

    Events of it that arrive later are judged as if these had never been.
    """
    head = lock_head(conn, user.id)
    session = session_of(conn, user, uid)
    number = corrections.next_number(conn, user.id)
    corrections.add_deletion(conn, user.id, number, micros_of(now))
    corrections.take_out(conn, user.id, session.place, session.last, number)
    replay(conn, user.id, head, changed=[session.place, session.last])
    return session.uid


def deleted(conn: Connection, user: User, now: datetime) -> list[Deleted]:
    """The sessions that can be restored, the last deleted first, at most 50."""
    since_us = micros_of(now) - RESTORABLE_US
    return corrections.deleted_sessions(conn, user.id, since_us, DELETED_LISTED)


def restore_session(conn: Connection, user: User, uid: str, now: datetime) -> str:
    """Bring a deleted session back, ended at its last event. Returns its id.

    Raises `NotFound` for one that never was, or was deleted more than 30 days ago. A session that is there already
    stays as it is.
    """
    head = lock_head(conn, user.id)
    row = log.find_uid(conn, user.id, uid)
    if row is None:
        raise NotFound(NO_SESSION)
    if row.deletion is not None:
        deleted_us = corrections.deleted_us(conn, user.id, row.deletion)
        if deleted_us is None or micros_of(now) - deleted_us > RESTORABLE_US:
            raise NotFound(NO_SESSION)
        corrections.next_number(conn, user.id)
        places = corrections.bring_back(conn, user.id, row.deletion)
        replay(conn, user.id, head, changed=places)
        _end_at(conn, user, places[-1], now)
    return session_of(conn, user, uid).uid


def _end_at(conn: Connection, user: User, last: Place, now: datetime) -> None:
    """End the session that is active at `last` there, unless `last` is where it was ended already.

    It may have been deleted while it was active. Restored, it must not take in what has been recorded since, nor stay
    active together with a session that was opened in the meantime: an EXIT is added to the log at its last event.
    """
    session = sessions.last_until(conn, user.id, last)
    if session is None or not was_active_after(session, last):
        return
    if not session.is_active and session.last == last:
        return  # forgotten, and ended there by a later NEXT
    end = Event(EventType.EXIT, last.at_us, seq=0, discard=True)
    # With a time stamp: the server's clock has not placed it, so nothing has to lie after it.
    arrival = Arrival(micros_of(now), sent_timestamp=moment_of(last.at_us).isoformat())
    replay(conn, user.id, lock_head(conn, user.id), {0: (LogRow(end), arrival)})


def end_session(conn: Connection, user: User, uid: str, end: End, *, idle_us: int, now: datetime) -> str:
    """Record the EXIT that ends a session which was forgotten, or runs in a browser out of reach. Returns its id.

    One that has ended stays as it is. At its last event the open question is not counted, else it is. Raises
    `NotFound` and `InvalidInput`.
    """
    lock_head(conn, user.id)  # first: a form sent twice at once must see what the other did
    session = session_of(conn, user, uid)
    active = running(conn, user, now)
    if active is None or active.session_id != session.uid:
        return session.uid
    at = _instant(active, end, user.zone, now).isoformat(timespec="microseconds")
    event_id, discard = _event_id(end.event_id), end.when == "last"
    event = Incoming(type=EventType.EXIT, timestamp=at, event_id=event_id, discard=discard)
    record_event(conn, user, event, Receipt(received=now, sent_at=None, idle_us=idle_us))
    return session.uid


def _instant(active: Running, end: End, zone: str, now: datetime) -> datetime:
    if end.when != "chosen":
        return max(now, active.last_event_at) if end.when == "now" else active.last_event_at
    # The field and the page show minutes: that of the last event stands for the event.
    minute = active.last_event_at.replace(second=0, microsecond=0)
    at = _local(end.at, zone, not_before=minute)
    if at == minute:
        return active.last_event_at
    if at < active.last_event_at:
        raise InvalidInput("at", "The session cannot end before its last event.")
    if at > now:
        raise InvalidInput("at", "That time has not come yet.")
    allowed = active.idle_hours or math.inf
    if not active.is_paused and (at - active.last_event_at) / timedelta(hours=1) > allowed:
        raise InvalidInput(
            "at",
            "That is more than {hours} hours after the last event. Choose an earlier time, or the last event.",
            hours=int(allowed) if allowed.is_integer() else allowed,
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
