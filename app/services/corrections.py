"""Corrections: deleting and restoring sessions and questions, and a session's target.

A correction is attached to rows of the log, never to what is derived from them: the log alone tells everything. What
follows is then found by folding again from the rows concerned.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from app.services.ledger import StoredLedger, lock_log
from app.services.reading import NO_SESSION
from app.services.refusals import NotFound
from app.store import corrections, log, questions, session_rows
from app.store.log import Arrival
from app.store.sessions import find_session
from app.store.users import User
from app.tracking.machine import Event, EventType
from app.tracking.records import MICROS_PER_SECOND, Place, SessionRecord
from app.tracking.timestamps import micros_of, moment_of

RESTORABLE = 30 * 24 * 3600 * MICROS_PER_SECOND
DELETED_LISTED = 50
NO_QUESTION = "There is no such question in this session."


@dataclass(frozen=True, slots=True)
class Deleted:
    """A deleted session that can be restored."""

    session_id: str
    started_at: datetime
    deleted_at: datetime


def set_session_target(connection: Connection, user: User, uid: str, minutes: float) -> str:
    """Give a session a target (minutes per question). Returns the session's id. Raises `NotFound`.

    The mark goes to each NEXT in it, so that a late EXIT that splits the session leaves it to both parts.
    """
    lock_log(connection, user.id)
    session = _session(connection, user, uid)
    number = corrections.next_number(connection, user.id)
    corrections.mark_target(connection, user.id, session.place, session.last, minutes, number)
    changed = replace(session, target_minutes=minutes)
    session_rows.write(connection, user.id, removed=(), changed=[changed], added=())
    return session.uid


def discard_question(
    connection: Connection, user: User, session_uid: str, question_uid: str, now: datetime
) -> str:
    """Take a closed question out of every figure. Returns the session's id. Raises `NotFound`."""
    return _mark_question(connection, user, session_uid, question_uid, now, discard=True)


def restore_question(
    connection: Connection, user: User, session_uid: str, question_uid: str, now: datetime
) -> str:
    """Count a discarded question again. Returns the session's id. Raises `NotFound`."""
    return _mark_question(connection, user, session_uid, question_uid, now, discard=False)


def _mark_question(
    connection: Connection,
    user: User,
    session_uid: str,
    question_uid: str,
    now: datetime,
    *,
    discard: bool,
) -> str:
    ledger = StoredLedger(connection, user.id)
    session = _session(connection, user, session_uid)
    question = questions.find(connection, user.id, session, question_uid)
    if question is None:
        raise NotFound(NO_QUESTION)
    if question.discarded != discard:
        corrections.mark_discard(connection, user.id, question.closed_by, discard=discard, at=micros_of(now))
        closing = log.place_of(connection, user.id, question.closed_by)
        ledger.fold(visit=[closing])
    return session.uid


def delete_session(connection: Connection, user: User, uid: str, now: datetime) -> str:
    """Take the events that a session has by now out of every figure. Returns its id. Raises `NotFound`.

    Events of it that arrive later are judged as if these had never been.
    """
    ledger = StoredLedger(connection, user.id)
    session = _session(connection, user, uid)
    number = corrections.next_number(connection, user.id)
    corrections.add_deletion(connection, user.id, number, micros_of(now))
    corrections.take_out(connection, user.id, session.place, session.last, number)
    ledger.sittings.remove(session)
    ledger.fold(visit=[session.place])
    return session.uid


def deleted(connection: Connection, user: User, now: datetime) -> list[Deleted]:
    """The sessions that can be restored, the last deleted first, at most 50."""
    since = micros_of(now) - RESTORABLE
    return [
        Deleted(session.uid, moment_of(session.started_at), moment_of(session.deleted_at))
        for session in corrections.deleted_sessions(connection, user.id, since, DELETED_LISTED)
    ]


def restore_session(connection: Connection, user: User, uid: str, now: datetime) -> str:
    """Bring a deleted session back, ended at its last event. Returns its id.

    Raises `NotFound` for one that never was, or was deleted more than 30 days ago. A session that is there already
    stays as it is.
    """
    ledger = StoredLedger(connection, user.id)
    row = log.find_uid(connection, user.id, uid)
    if row is None:
        raise NotFound(NO_SESSION)
    if row.deletion is not None:
        deleted_at = corrections.deleted_at(connection, user.id, row.deletion)
        if deleted_at is None or micros_of(now) - deleted_at > RESTORABLE:
            raise NotFound(NO_SESSION)
        places = corrections.bring_back(connection, user.id, row.deletion)
        # What follows a row is visited too: the row was not there when it was folded the last time.
        visit = [near for place in places for near in (place, Place(place.at, place.seq + 1))]
        ledger.fold(visit=visit)
        _end_at(connection, user, places[-1], now)
    return _session(connection, user, uid).uid


def _end_at(connection: Connection, user: User, last: Place, now: datetime) -> None:
    """End the session around `last` there, unless it has ended by then.

    It may have been deleted while it ran. Brought back, it must not swallow what has been recorded since, nor go on
    running beside a session that was opened in the meantime: an EXIT is added to the log at its last event.
    """
    session = session_rows.latest(connection, user.id, last)
    if session is None or session.last < last or (session.last == last and not session.is_active):
        return
    state = log.last_entry(connection, user.id, Place(last.at, last.seq + 1))
    if state is None or state.state is None:
        return
    end = Event(EventType.EXIT, last.at, seq=0, discard=True)
    StoredLedger(connection, user.id).fold([(end, Arrival(received_at=micros_of(now)))])


def _session(connection: Connection, user: User, uid: str) -> SessionRecord:
    session = find_session(connection, user.id, uid)
    if session is None:
        raise NotFound(NO_SESSION)
    return session
