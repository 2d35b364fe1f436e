"""Corrections: deleting and restoring sessions and questions, and a session's target.

A correction is attached to rows of the log, never to what is derived from them: everything follows from the log. The
rows concerned are then replayed.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from app.services.reading import NO_SESSION
from app.services.recording.record import lock_log
from app.services.recording.replay import replay
from app.services.refusals import NotFound
from app.store import corrections, log, questions, sessions
from app.store.log import Arrival
from app.store.sessions import find_session
from app.store.users import User
from app.tracking.machine import Event, EventType
from app.tracking.projection import LogRow
from app.tracking.records import MICROS_PER_SECOND, Place, SessionRecord
from app.tracking.replay import was_active_after
from app.tracking.timestamps import micros_of, moment_of

RESTORABLE_US = 30 * 24 * 3600 * MICROS_PER_SECOND
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
    last_seq = lock_log(connection, user.id)
    session = _session(connection, user, uid)
    number = corrections.next_number(connection, user.id)
    corrections.mark_target(connection, user.id, session.place, session.last, minutes, number)
    replay(connection, user.id, last_seq, changed=[session.place])
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
    last_seq = lock_log(connection, user.id)
    session = _session(connection, user, session_uid)
    question = questions.find(connection, user.id, session, question_uid)
    if question is None:
        raise NotFound(NO_QUESTION)
    if question.discarded != discard:
        corrections.mark_discard(
            connection, user.id, question.closed_by, discard=discard, at_us=micros_of(now)
        )
        replay(connection, user.id, last_seq, changed=[log.place_of(connection, user.id, question.closed_by)])
    return session.uid


def delete_session(connection: Connection, user: User, uid: str, now: datetime) -> str:
    """Take the events that a session has by now out of every figure. Returns its id. Raises `NotFound`.

    Events of it that arrive later are judged as if these had never been.
    """
    last_seq = lock_log(connection, user.id)
    session = _session(connection, user, uid)
    number = corrections.next_number(connection, user.id)
    corrections.add_deletion(connection, user.id, number, micros_of(now))
    corrections.take_out(connection, user.id, session.place, session.last, number)
    replay(connection, user.id, last_seq, changed=[session.place, session.last])
    return session.uid


def deleted(connection: Connection, user: User, now: datetime) -> list[Deleted]:
    """The sessions that can be restored, the last deleted first, at most 50."""
    since_us = micros_of(now) - RESTORABLE_US
    return [
        Deleted(session.uid, moment_of(session.started_us), moment_of(session.deleted_us))
        for session in corrections.deleted_sessions(connection, user.id, since_us, DELETED_LISTED)
    ]


def restore_session(connection: Connection, user: User, uid: str, now: datetime) -> str:
    """Bring a deleted session back, ended at its last event. Returns its id.

    Raises `NotFound` for one that never was, or was deleted more than 30 days ago. A session that is there already
    stays as it is.
    """
    last_seq = lock_log(connection, user.id)
    row = log.find_uid(connection, user.id, uid)
    if row is None:
        raise NotFound(NO_SESSION)
    if row.deletion is not None:
        deleted_us = corrections.deleted_us(connection, user.id, row.deletion)
        if deleted_us is None or micros_of(now) - deleted_us > RESTORABLE_US:
            raise NotFound(NO_SESSION)
        places = corrections.bring_back(connection, user.id, row.deletion)
        replay(connection, user.id, last_seq, changed=places)
        _end_at(connection, user, last_seq, places[-1], now)
    return _session(connection, user, uid).uid


def _end_at(connection: Connection, user: User, last_seq: int, last: Place, now: datetime) -> None:
    """End the session that is active at `last` there, unless `last` is where it was ended already.

    It may have been deleted while it was active. Restored, it must not take in what has been recorded since, nor stay
    active beside a session that was opened in the meantime: an EXIT is added to the log at its last event.
    """
    session = sessions.last_before(connection, user.id, last, including=True)
    if session is None or not was_active_after(session, last):
        return
    if not session.is_active and session.last == last:
        return  # forgotten, and ended there by a later NEXT
    end = Event(EventType.EXIT, last.at_us, seq=0, discard=True)
    replay(connection, user.id, last_seq, [(LogRow(end), Arrival(received_us=micros_of(now)))])


def _session(connection: Connection, user: User, uid: str) -> SessionRecord:
    session = find_session(connection, user.id, uid)
    if session is None:
        raise NotFound(NO_SESSION)
    return session
