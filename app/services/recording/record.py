"""Recording an event, and how things stand. (Many events at once: `batch`.)

An event newer than all that is recorded is appended, which is the ordinary case: one step of the state machine and a
constant number of statements, however long the session and the history. Any other is replayed into the log at its
place. An event that is known already is answered from the log.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from app.database import NotQuick, WouldBlock
from app.services.recording.incoming import (
    DIFFERENT,
    EXPIRED,
    Incoming,
    Receipt,
    after_earlier,
    expired_among,
    new_event,
    repeats,
)
from app.services.recording.replay import replay
from app.services.recording.response import NOTHING_ACTIVE, EventAnswer, describe, repeated, standing
from app.services.refusals import InvalidInput, NotAuthenticated
from app.store import log, log_head, purging, questions, sessions
from app.store.log import Arrival, NewRow
from app.store.log_head import LogHead
from app.store.users import User
from app.tracking.machine import EventType, apply
from app.tracking.projection import LogRow, opened_session, state_of, step
from app.tracking.records import Place, QuestionRecord
from app.tracking.timestamps import clocks_differ, micros_of

NO_ACCOUNT = "This account does not exist any more."


def lock_head(connection: Connection, user_id: int, event_id: str | None = None) -> LogHead:
    """Lock the user's log, and read its end. Raises `NotAuthenticated` for a user deleted in the meantime."""
    head = log_head.lock(connection, user_id, event_id)
    if head is None:
        raise NotAuthenticated(NO_ACCOUNT)
    return head


def record_newest(connection: Connection, user: User, incoming: Incoming, receipt: Receipt) -> EventAnswer:
    """`record_event` for an event that is newer than all others: always at the same small cost.

    Raises `NotQuick` for any other, and where it would have to wait; else what `record_event` raises.
    """
    head = log_head.lock(connection, user.id, incoming.event_id, wait=False)
    if head is None:
        raise WouldBlock
    if head.knows or (incoming.event_id and head.may_be_purged(incoming.instant_us)):
        raise NotQuick
    row, arrival = new_event(user, incoming, receipt)
    if not _is_newest(head, row):
        raise NotQuick
    return _append(connection, user, head, row, arrival)


def record_event(connection: Connection, user: User, incoming: Incoming, receipt: Receipt) -> EventAnswer:
    """Record one event and say how things stand.

    Raises `machine.Refused` where it has no effect, `InvalidInput` where it can never be recorded.
    """
    head = lock_head(connection, user.id, incoming.event_id)
    if head.knows:
        return _repeated(connection, user, incoming, receipt.received_us)
    if expired_among(connection, user, head, [incoming]):
        raise InvalidInput("event_id", EXPIRED)
    receipt = after_earlier(connection, user, head, [incoming], receipt)
    row, arrival = new_event(user, incoming, receipt)
    if _is_newest(head, row):
        return _append(connection, user, head, row, arrival)
    replayed = replay(connection, user.id, head, {0: (row, arrival)})
    if replayed.refused:
        raise replayed.refused[0]
    return replayed.answers[0]


def _is_newest(head: LogHead, row: LogRow) -> bool:
    """Whether the event lies after all others. It arrives now: of the events at its instant it is the last."""
    return head.place is None or row.event.at_us >= head.place.at_us


def _append(connection: Connection, user: User, head: LogHead, row: LogRow, arrival: Arrival) -> EventAnswer:
    """Record the newest event. Raises `machine.Refused`; then nothing has changed."""
    row = replace(row, event=replace(row.event, seq=head.last_seq + 1))
    closed = _closed_before(connection, user, head, row)
    transition = apply(state_of(head.session), row.event, closed)
    undone = None if transition.undoes is None else closed[transition.undoes]
    continued = None if head.session is None else step(head.session, row.event, transition, undone)
    session = opened_session(row, transition) if transition.opens else continued
    assert session is not None, "the machine refuses what no session is there for"
    answer = describe(session, arrival, row.event, transition)
    log_head.set_last_seq(connection, user.id, row.event.seq)
    log.append(connection, user.id, [NewRow(row, arrival, answer.kept_for(arrival))])
    if transition.closed is not None:
        questions.add(connection, user.id, [transition.closed])
    if transition.undoes is not None:
        questions.remove(connection, user.id, [transition.undoes])
    if continued is not None:
        sessions.change(connection, user.id, continued)
    if transition.opens:
        sessions.add(connection, user.id, [session])
    return answer


def _closed_before(
    connection: Connection, user: User, head: LogHead, row: LogRow
) -> dict[int, QuestionRecord]:
    """The question that an UNDO reopens, by the event that closed it; empty for other events."""
    state = state_of(head.session)
    if row.event.type is not EventType.UNDO or state is None or state.below is None:
        return {}
    return {state.below: questions.closed_by(connection, user.id, state.below)}


def _repeated(connection: Connection, user: User, incoming: Incoming, now_us: int) -> EventAnswer:
    """The answer to an event that is recorded already. Raises `InvalidInput` where it says something else now."""
    assert incoming.event_id is not None, "only an id is known again"
    sent = log.find_sent(connection, user.id, [incoming.event_id])[incoming.event_id]
    if not repeats(incoming, sent):
        raise InvalidInput("event_id", DIFFERENT)
    if sent.answer is not None:
        return repeated(sent.answer)
    # The answer described a question that is purged.
    session = sessions.session_around(connection, user.id, Place(sent.at_us, sent.seq))
    answer = NOTHING_ACTIVE if session is None else standing(session, now_us)
    return replace(answer, duplicate=True, clock_differs=clocks_differ(sent.sent_at, sent.received_us))


def known_events(connection: Connection, user: User, event_ids: Sequence[str]) -> set[str]:
    """Which of these ids (canonical) are recorded, or were until they were purged."""
    if not event_ids:
        return set()
    return {*log.find_sent(connection, user.id, event_ids), *purging.known(connection, user.id, event_ids)}


def current(connection: Connection, user: User, now: datetime) -> EventAnswer:
    """How things stand, without an event."""
    session = sessions.active_session(connection, user.id)
    if session is None:
        return NOTHING_ACTIVE
    return standing(session, micros_of(now))
