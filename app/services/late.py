"""Events among later ones of a log: folded in at their place, and each answered.

(Events newer than all others: see `appending`.)
"""

from collections.abc import Sequence

from sqlalchemy import Connection

from app.services.answers import EventAnswer, describe, message_of
from app.services.ledger import StoredLedger
from app.store import log
from app.store.head import Head
from app.store.log import Arrival
from app.tracking.machine import Event
from app.tracking.refold import Change, Outcome


def fold_late(
    connection: Connection, user_id: int, head: Head, newcomers: Sequence[tuple[Event, Arrival]], now: int
) -> tuple[Outcome, list[EventAnswer]]:
    """Fold newcomers, in the order of their times, into the log that `head` has locked; `now` in microseconds.

    What became of each by its position, and the answers to those recorded, in their order. The log keeps them.
    """
    ledger = StoredLedger(connection, user_id, head)
    outcome = ledger.fold(newcomers)
    answers = [_answer(ledger, change, now) for change in outcome.recorded.values()]
    changes = outcome.recorded.values()
    kept = {change.event.seq: answer.dumps() for change, answer in zip(changes, answers, strict=True)}
    log.save_answers(connection, user_id, kept)
    return outcome, answers


def _answer(ledger: StoredLedger, change: Change, now: int) -> EventAnswer:
    """About the event's session as it stands after all that was folded in."""
    session = ledger.sittings.containing(change.event.place)
    state = ledger.final_state() if session.is_active else None
    message = message_of(change.event, change.transition, session, state)
    return describe(session, state, now=now, closed=change.transition.closed, message=message)
