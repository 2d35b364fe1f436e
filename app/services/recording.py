"""Recording events: one, or many at once.

Both ways are the same: what is known already is answered from the log, the rest is folded in the order of
its times, in the caller's one transaction. What is newer than all that is recorded is appended, which is the ordinary
case and the cheap one; what is not is folded into the log at its place.
"""

import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row

from app.services.answers import NOTHING_ACTIVE, EventAnswer, describe, message_of, repeated, standing
from app.services.appending import Appending
from app.services.ledger import NO_ACCOUNT, StoredLedger
from app.services.refusals import InvalidInput, NotAuthenticated
from app.store import head as heads
from app.store import log, purged, session_rows
from app.store.head import Head
from app.store.log import Arrival
from app.store.statements import Steps
from app.store.users import User
from app.tracking.machine import Event, EventType, Refused
from app.tracking.refold import Change
from app.tracking.timestamps import EARLIEST, FUTURE_ALLOWED, micros_of, parse_timestamp, placed

DIFFERENT = "This event_id has been recorded before with different content."
LEFT = "This event was recorded, and deleted for good since."


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """An event as a client sent it, well formed."""

    type: EventType
    timestamp: str | None = None
    event_id: str | None = None  # canonical
    discard: bool = False
    target_minutes: float | None = None
    task_id: str | None = None
    task_type: str | None = None

    @property
    def instant(self) -> int | None:
        """When it happened by the client's clock; None leaves it to the server's."""
        return None if self.timestamp is None else parse_timestamp(self.timestamp)

    def says_the_same_as(self, other: "Incoming") -> bool:
        """Whether a repetition under the same event_id may be taken for one."""
        return replace(self, timestamp=None, event_id=None) == replace(
            other, timestamp=None, event_id=None
        ) and (self.instant == other.instant)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What is known of a delivery: when it came, the client's clock at its sending, the idle limit in force."""

    received: datetime
    sent_at: str | None
    idle: int  # microseconds; 0 = never

    @property
    def received_at(self) -> int:
        """Microseconds since the epoch."""
        return micros_of(self.received)

    def place(self, incoming: Incoming) -> int:
        """The time at which the event lies. Raises `InvalidInput` for one that cannot be right."""
        instant = incoming.instant
        if instant is None:
            return self.received_at
        sent_at = None if self.sent_at is None else parse_timestamp(self.sent_at)
        at = placed(instant, sent_at, self.received_at)
        if at > self.received_at + FUTURE_ALLOWED:
            raise InvalidInput("timestamp", "The time stamp lies more than 24 hours in the future.")
        if at < EARLIEST:
            raise InvalidInput("timestamp", "The time stamp lies before the year 2000.")
        return at


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one event of a batch."""

    status: Literal["recorded", "duplicate", "refused"]
    event_id: str | None
    detail: str | None = None


class Late(Exception):
    """The event is not simply the newest one, or that cannot be told without waiting."""


def record_newest(
    connection: Connection, user: User, incoming: Incoming, receipt: Receipt
) -> Steps[EventAnswer]:
    """`record_event` in steps, for an event that is newer than all others: always at the same small cost.

    Raises `Late` for any other, and where it would have to wait. Nothing has changed when it raises.
    """
    head = yield from heads.read_if_free(connection, user.id, incoming.event_id)
    if head is None:
        raise Late
    try:
        if head.knows or (incoming.event_id and head.may_have_left(incoming.instant)):
            raise Late
        appending = _appended(connection, user, head, incoming, receipt)
    except Exception:
        heads.set_last_seq(connection, user.id, head.last_seq)
        raise
    yield
    return appending.store(receipt.received_at)[0]


def record_event(connection: Connection, user: User, incoming: Incoming, receipt: Receipt) -> EventAnswer:
    """Record one event and say how things stand.

    Raises `machine.Refused` where it has no effect, `InvalidInput` where it can never be recorded.
    """
    head = lock(connection, user, incoming.event_id)
    if head.knows:
        heads.set_last_seq(connection, user.id, head.last_seq)
        return _again(connection, user, incoming)
    if _left(connection, user, head, [incoming]):
        raise InvalidInput("event_id", LEFT)
    with suppress(Late):
        return _appended(connection, user, head, incoming, receipt).store(receipt.received_at)[0]
    ledger = StoredLedger(connection, user.id, head)
    outcome = ledger.fold([_newcomer(user, incoming, receipt)])
    if outcome.refused:
        raise outcome.refused[0]
    return _answer_late(ledger, [outcome.recorded[0]], receipt.received_at)[0]


def _appended(
    connection: Connection, user: User, head: Head, incoming: Incoming, receipt: Receipt
) -> Appending:
    """The event taken in at the end of the log, not yet written. Raises `Late` where its place is another."""
    event, arrival = _newcomer(user, incoming, receipt)
    if not Appending.fits(head, event.at):
        raise Late
    appending = Appending(connection, user.id, head)
    appending.take(event, arrival)
    return appending


def lock(connection: Connection, user: User, event_id: str | None = None) -> Head:
    """See `head.read`. Raises `NotAuthenticated` for a user who was deleted in the meantime."""
    head = heads.read(connection, user.id, event_id)
    if head is None:
        raise NotAuthenticated(NO_ACCOUNT)
    return head


def record_batch(
    connection: Connection,
    user: User,
    items: Sequence[Incoming | Result],
    receipt: Receipt,
) -> list[Result]:
    """Record what can be recorded of `items`, in the order of their times; one result for each, in the order given.

    An item that is a `Result` already (malformed) stays what it is.
    """
    head = lock(connection, user)
    results: list[Result | None] = [item if isinstance(item, Result) else None for item in items]
    pending = [(number, item) for number, item in enumerate(items) if isinstance(item, Incoming)]
    known = log.find_sent(connection, user.id, [item.event_id for _, item in pending if item.event_id])
    left = _left(connection, user, head, [item for _, item in pending])
    newcomers: list[tuple[int, tuple[Event, Arrival]]] = []
    for number, item in pending:
        sent = known.get(item.event_id or "")
        if sent is not None:
            results[number] = _known(item, same=_repeats(item, sent))
            continue
        if item.event_id in left:
            results[number] = Result("refused", item.event_id, LEFT)
            continue
        try:
            newcomers.append((number, _newcomer(user, item, receipt)))
        except InvalidInput as invalid:
            results[number] = Result("refused", item.event_id, invalid.detail)
    newcomers.sort(key=lambda pair: (pair[1][0].at, pair[0]))
    firsts, repeats = _without_repeats(newcomers)
    refused = _fold(connection, user, head, [newcomer for _, newcomer in firsts], receipt.received_at)
    for (number, (_, arrival)), reason in zip(firsts, refused, strict=True):
        results[number] = (
            Result("recorded", arrival.event_id)
            if reason is None
            else Result("refused", arrival.event_id, reason.detail)
        )
    again: list[int] = []
    for number, first in repeats.items():
        repeat = _repeat(items[number], items[first], results[first])
        if repeat is None:
            again.append(number)
        results[number] = repeat
    if again:
        tried = record_batch(connection, user, [items[number] for number in again], receipt)
        for number, result in zip(again, tried, strict=True):
            results[number] = result
    return [result for result in results if result is not None]


def _fold(
    connection: Connection, user: User, head: Head, newcomers: Sequence[tuple[Event, Arrival]], now: int
) -> list[Refused | None]:
    """Record what can be recorded of `newcomers`, in the order of their times; the refusal of each, or None."""
    if not newcomers or Appending.fits(head, newcomers[0][0].at):
        appending = Appending(connection, user.id, head)
        refused = [_refusal(appending, *newcomer) for newcomer in newcomers]
        appending.store(now)
        return refused
    ledger = StoredLedger(connection, user.id, head)
    outcome = ledger.fold(newcomers)
    _answer_late(ledger, list(outcome.recorded.values()), now)
    return [outcome.refused.get(key) for key in range(len(newcomers))]


def _refusal(appending: Appending, event: Event, arrival: Arrival) -> Refused | None:
    try:
        appending.take(event, arrival)
    except Refused as refused:
        return refused
    return None


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


def _as_sent(row: Row[*tuple[Any, ...]]) -> Incoming:
    return Incoming(
        type=EventType(row.type),
        timestamp=row.sent_timestamp,
        event_id=row.event_id,
        discard=row.discard,
        target_minutes=row.target_minutes,
        task_id=row.task_id,
        task_type=row.task_type,
    )


def _left(connection: Connection, user: User, head: Head, items: Sequence[Incoming]) -> set[str]:
    """The ids of those among `items` that were recorded once and have left for good."""
    asked = [item.event_id for item in items if item.event_id and head.may_have_left(item.instant)]
    return purged.known(connection, user.id, asked)


def _repeats(item: Incoming, row: Row[*tuple[Any, ...]]) -> bool:
    """Whether an event says the same as the one recorded under its id."""
    if row.blanked:
        # What it said of its question has left: there is nothing to hold a repetition against.
        item = replace(item, target_minutes=None, task_id=None, task_type=None)
    return _as_sent(row).says_the_same_as(item)


def _known(item: Incoming, *, same: bool) -> Result:
    return Result("duplicate", item.event_id) if same else Result("refused", item.event_id, DIFFERENT)


def _without_repeats(
    newcomers: list[tuple[int, tuple[Event, Arrival]]],
) -> tuple[list[tuple[int, tuple[Event, Arrival]]], dict[int, int]]:
    """The newcomers less those whose event_id an earlier one of the batch has; and whom each of those repeats."""
    first_of: dict[str, int] = {}
    firsts, repeats = [], {}
    for number, newcomer in newcomers:
        event_id = newcomer[1].event_id
        if event_id is not None and event_id in first_of:
            repeats[number] = first_of[event_id]
            continue
        if event_id is not None:
            first_of[event_id] = number
        firsts.append((number, newcomer))
    return firsts, repeats


def _repeat(item: Incoming | Result, first: Incoming | Result, outcome: Result | None) -> Result | None:
    """What becomes of an item with an earlier one's event_id; None: that one left no trace, this is an event anew."""
    assert isinstance(item, Incoming), "only events repeat events"
    assert isinstance(first, Incoming), "only events are repeated"
    assert outcome is not None, "the earlier one was tried"
    same = item.says_the_same_as(first)
    if outcome.status == "refused":
        return Result("refused", item.event_id, outcome.detail) if same else None
    return _known(item, same=same)


def _newcomer(user: User, incoming: Incoming, receipt: Receipt) -> tuple[Event, Arrival]:
    is_next = incoming.type is EventType.NEXT
    event = Event(
        type=incoming.type,
        at=receipt.place(incoming),
        seq=0,  # the ledger numbers it
        discard=incoming.discard or None,
        uid=str(uuid.uuid4()) if is_next else "",
        target_minutes=incoming.target_minutes,
        task_id=incoming.task_id,
        task_type=incoming.task_type,
        idle=receipt.idle if is_next else 0,
    )
    arrival = Arrival(
        received_at=receipt.received_at,
        event_id=incoming.event_id,
        sent_timestamp=incoming.timestamp,
        sent_at=receipt.sent_at,
        default_target_minutes=user.target_minutes if is_next else None,
    )
    return event, arrival


def _again(connection: Connection, user: User, incoming: Incoming) -> EventAnswer:
    """The answer to an event that is recorded already. Raises `InvalidInput` where it says something else now."""
    assert incoming.event_id is not None, "only an id is known again"
    sent = log.find_sent(connection, user.id, [incoming.event_id])[incoming.event_id]
    if not _repeats(incoming, sent):
        raise InvalidInput("event_id", DIFFERENT)
    return repeated(sent.answer)


def _answer_late(ledger: StoredLedger, changes: Sequence[Change], now: int) -> list[EventAnswer]:
    """Answers for events recorded among later ones, kept in the log; each about its session as it now stands."""
    answers: list[EventAnswer] = []
    for change in changes:
        session = ledger.sittings.containing(change.event.place)
        state = ledger.final_state() if session.is_active else None
        message = message_of(change.event, change.transition, session, state)
        answers.append(describe(session, state, now=now, closed=change.transition.closed, message=message))
    kept: Mapping[int, str] = {
        change.event.seq: answer.dumps() for change, answer in zip(changes, answers, strict=True)
    }
    log.save_answers(ledger.connection, ledger.user_id, kept)
    return answers
