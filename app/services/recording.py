"""Recording an event, and how things stand. (Many events at once: see `batches`.)

What is newer than all that is recorded is appended, which is the ordinary case and the cheap one; what is not is folded
into the log at its place. What is known already is answered from the log.
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from sqlalchemy import Connection

from app.services.answers import NOTHING_ACTIVE, EventAnswer, describe, repeated, standing
from app.services.appending import Appending
from app.services.deliveries import DIFFERENT, LEFT, Incoming, Receipt, left_for_good, newcomer_of, repeats
from app.services.late import fold_late
from app.services.ledger import lock_head
from app.services.refusals import InvalidInput
from app.store import head as heads
from app.store import log, purged, session_rows
from app.store.head import Head, NotQuick
from app.store.users import User
from app.tracking.timestamps import micros_of


def record_newest(connection: Connection, user: User, incoming: Incoming, receipt: Receipt) -> EventAnswer:
    """`record_event` for an event that is newer than all others: always at the same small cost.

    Raises `NotQuick` for any other, and where it would have to wait.
    """
    head = heads.lock_if_free(connection, user.id, incoming.event_id)
    if head.knows or (incoming.event_id and head.may_have_left(incoming.instant)):
        raise NotQuick
    return _appended(connection, user, head, incoming, receipt).store(receipt.received_at)[0]


def record_event(connection: Connection, user: User, incoming: Incoming, receipt: Receipt) -> EventAnswer:
    """Record one event and say how things stand.

    Raises `machine.Refused` where it has no effect, `InvalidInput` where it can never be recorded.
    """
    head = lock_head(connection, user.id, incoming.event_id)
    if head.knows:
        return _again(connection, user, incoming)
    if left_for_good(connection, user, head, [incoming]):
        raise InvalidInput("event_id", LEFT)
    with suppress(NotQuick):
        return _appended(connection, user, head, incoming, receipt).store(receipt.received_at)[0]
    event = newcomer_of(user, incoming, receipt)
    outcome, answers = fold_late(connection, user.id, head, [event], receipt.received_at)
    if outcome.refused:
        raise outcome.refused[0]
    return answers[0]


def _appended(
    connection: Connection, user: User, head: Head, incoming: Incoming, receipt: Receipt
) -> Appending:
    """The event taken in at the end of the log, not yet written. Raises `NotQuick` where its place is another."""
    event, arrival = newcomer_of(user, incoming, receipt)
    if not Appending.fits(head, event.at):
        raise NotQuick
    appending = Appending(connection, user.id, head)
    appending.take(event, arrival)
    return appending


def _again(connection: Connection, user: User, incoming: Incoming) -> EventAnswer:
    """The answer to an event that is recorded already. Raises `InvalidInput` where it says something else now."""
    assert incoming.event_id is not None, "only an id is known again"
    sent = log.find_sent(connection, user.id, [incoming.event_id])[incoming.event_id]
    if not repeats(incoming, sent):
        raise InvalidInput("event_id", DIFFERENT)
    return repeated(sent.answer)


def known_events(connection: Connection, user: User, event_ids: Sequence[str]) -> set[str]:
    """Which of these ids (canonical) are recorded, or were until they left for good."""
    if not event_ids:
        return set()
    return {*log.find_sent(connection, user.id, event_ids), *purged.known(connection, user.id, event_ids)}


def current(connection: Connection, user: User, now: datetime) -> EventAnswer:
    """How things stand, without an event."""
    session = session_rows.latest(connection, user.id)
    if session is None or not session.is_active:
        return NOTHING_ACTIVE
    last = log.last_entry(connection, user.id)
    state = None if last is None else last.state
    return describe(session, state, now=micros_of(now), message=standing(session, state))
