"""Recording many events at once, in the caller's one transaction.

What is known already is answered from the log, the rest is recorded in the order of its times. A refused event does
not stop the others.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection

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
from app.services.recording.record import lock_head
from app.services.recording.replay import Replayed, replay
from app.services.refusals import InvalidInput
from app.store import log
from app.store.log import Arrival
from app.store.log_head import LogHead
from app.store.users import User
from app.tracking.projection import LogRow
from app.tracking.timestamps import clocks_differ


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one event of a batch."""

    status: Literal["recorded", "duplicate", "refused"]
    event_id: str | None
    detail: str | None = None
    clock_differs: bool = False


def record_batch(
    connection: Connection, user: User, items: Sequence[Incoming | Result], receipt: Receipt
) -> list[Result]:
    """Record what can be recorded of `items`, in the order of their times; one result for each, in the order given.

    An item that is a `Result` already (malformed) stays what it is. Of several items with one `event_id` the first
    that has an effect is recorded, and the others are held against it.
    """
    head = lock_head(connection, user.id)
    results = {number: item for number, item in enumerate(items) if isinstance(item, Result)}
    events = {number: item for number, item in enumerate(items) if isinstance(item, Incoming)}
    results |= _known_already(connection, user, head, events)
    receipt = after_earlier(connection, user, head, list(events.values()), receipt)
    new: dict[int, tuple[LogRow, Arrival]] = {}
    for number in events.keys() - results.keys():
        try:
            new[number] = new_event(user, events[number], receipt)
        except InvalidInput as invalid:
            results[number] = Result("refused", events[number].event_id, invalid.detail)
    replayed = replay(connection, user.id, head, new)
    differs = clocks_differ(receipt.sent_at, receipt.received_us)
    for number in new:
        first = events[replayed.repeated.get(number, number)]
        results[number] = _result(replayed, number, events[number], first, differs=differs)
    return [results[number] for number in range(len(items))]


def _known_already(
    connection: Connection, user: User, head: LogHead, events: Mapping[int, Incoming]
) -> dict[int, Result]:
    """The results of events that are recorded already, or were once."""
    event_ids = [item.event_id for item in events.values() if item.event_id]
    recorded = log.find_sent(connection, user.id, event_ids)
    expired = expired_among(connection, user, head, list(events.values()))
    results: dict[int, Result] = {}
    for number, item in events.items():
        sent = recorded.get(item.event_id or "")
        if sent is not None:
            differs = clocks_differ(sent.sent_at, sent.received_us)
            results[number] = _repetition(item, same=repeats(item, sent), differs=differs)
        elif item.event_id in expired:
            results[number] = Result("refused", item.event_id, EXPIRED)
    return results


def _result(replayed: Replayed, number: int, item: Incoming, first: Incoming, *, differs: bool) -> Result:
    """What became of a new event; `first` is the recorded one whose id it repeats, if it does."""
    if number in replayed.answers:
        return Result("recorded", item.event_id, clock_differs=differs)
    if number in replayed.refused:
        return Result("refused", item.event_id, replayed.refused[number].detail)
    return _repetition(item, same=item.says_the_same_as(first), differs=differs)


def _repetition(item: Incoming, *, same: bool, differs: bool) -> Result:
    if not same:
        return Result("refused", item.event_id, DIFFERENT)
    return Result("duplicate", item.event_id, clock_differs=differs)
