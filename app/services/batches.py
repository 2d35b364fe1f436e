"""Recording many events at once, in the caller's one transaction.

What is known already is answered from the log, the rest is recorded in the order of its times. A refused event does
not stop the others.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection

from app.services.appending import Appending
from app.services.deliveries import DIFFERENT, LEFT, Incoming, Receipt, left_for_good, newcomer_of, repeats
from app.services.late import fold_late
from app.services.ledger import lock_head
from app.services.refusals import InvalidInput
from app.store import log
from app.store.head import Head
from app.store.log import Arrival
from app.store.users import User
from app.tracking.machine import Event, Refused

Numbered = tuple[int, tuple[Event, Arrival]]  # a newcomer, and its position among the items


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one event of a batch."""

    status: Literal["recorded", "duplicate", "refused"]
    event_id: str | None
    detail: str | None = None


def record_batch(
    connection: Connection, user: User, items: Sequence[Incoming | Result], receipt: Receipt
) -> list[Result]:
    """Record what can be recorded of `items`, in the order of their times; one result for each, in the order given.

    An item that is a `Result` already (malformed) stays what it is.
    """
    head = lock_head(connection, user.id)
    results, newcomers = _sorted_out(connection, user, head, items, receipt)
    firsts, repeated = _without_repeats(newcomers)
    refusals = _record(connection, user, head, [newcomer for _, newcomer in firsts], receipt.received_at)
    for (number, (_, arrival)), reason in zip(firsts, refusals, strict=True):
        results[number] = _tried(arrival, reason)
    again: list[int] = []
    for number, first in repeated.items():
        repeat = _repeat(items[number], items[first], results[first])
        if repeat is None:
            again.append(number)
        else:
            results[number] = repeat
    if again:
        tried = record_batch(connection, user, [items[number] for number in again], receipt)
        results |= zip(again, tried, strict=True)
    return [results[number] for number in range(len(items))]


def _sorted_out(
    connection: Connection, user: User, head: Head, items: Sequence[Incoming | Result], receipt: Receipt
) -> tuple[dict[int, Result], list[Numbered]]:
    """The results that are certain before anything is recorded; the others in the order of their times."""
    results = {number: item for number, item in enumerate(items) if isinstance(item, Result)}
    pending = {number: item for number, item in enumerate(items) if isinstance(item, Incoming)}
    asked = [item.event_id for item in pending.values() if item.event_id]
    known = log.find_sent(connection, user.id, asked)
    left = left_for_good(connection, user, head, list(pending.values()))
    newcomers: list[Numbered] = []
    for number, item in pending.items():
        sent = known.get(item.event_id or "")
        if sent is not None:
            results[number] = _known(item, same=repeats(item, sent))
        elif item.event_id in left:
            results[number] = Result("refused", item.event_id, LEFT)
        else:
            try:
                newcomers.append((number, newcomer_of(user, item, receipt)))
            except InvalidInput as invalid:
                results[number] = Result("refused", item.event_id, invalid.detail)
    newcomers.sort(key=lambda pair: (pair[1][0].at, pair[0]))
    return results, newcomers


def _without_repeats(newcomers: list[Numbered]) -> tuple[list[Numbered], dict[int, int]]:
    """The newcomers less those whose event_id an earlier one of the batch has; and whom each of those repeats."""
    first_of: dict[str, int] = {}
    firsts, repeated = [], {}
    for number, newcomer in newcomers:
        event_id = newcomer[1].event_id
        if event_id is not None and event_id in first_of:
            repeated[number] = first_of[event_id]
            continue
        if event_id is not None:
            first_of[event_id] = number
        firsts.append((number, newcomer))
    return firsts, repeated


def _record(
    connection: Connection, user: User, head: Head, newcomers: Sequence[tuple[Event, Arrival]], now: int
) -> list[Refused | None]:
    """Record what can be recorded of `newcomers`, in the order of their times; the refusal of each, or None."""
    if not newcomers or Appending.fits(head, newcomers[0][0].at):
        appending = Appending(connection, user.id, head)
        refused = [_refusal(appending, *newcomer) for newcomer in newcomers]
        appending.store(now)
        return refused
    outcome, _ = fold_late(connection, user.id, head, newcomers, now)
    return [outcome.refused.get(key) for key in range(len(newcomers))]


def _refusal(appending: Appending, event: Event, arrival: Arrival) -> Refused | None:
    try:
        appending.take(event, arrival)
    except Refused as refused:
        return refused
    return None


def _tried(arrival: Arrival, reason: Refused | None) -> Result:
    if reason is None:
        return Result("recorded", arrival.event_id)
    return Result("refused", arrival.event_id, reason.detail)


def _known(item: Incoming, *, same: bool) -> Result:
    return Result("duplicate", item.event_id) if same else Result("refused", item.event_id, DIFFERENT)


def _repeat(item: Incoming | Result, first: Incoming | Result, outcome: Result) -> Result | None:
    """What becomes of an item with an earlier one's event_id; None: that one left no trace, this is an event anew."""
    assert isinstance(item, Incoming), "only events repeat events"
    assert isinstance(first, Incoming), "only events are repeated"
    same = item.says_the_same_as(first)
    if outcome.status == "refused":
        return Result("refused", item.event_id, outcome.detail) if same else None
    return _known(item, same=same)
