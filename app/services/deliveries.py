"""What a client delivered: events as it sent them, when they came, and whether one was there before."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from app.services.refusals import InvalidInput
from app.store import purged
from app.store.head import Head
from app.store.log import Arrival
from app.store.users import User
from app.tracking.machine import Event, EventType
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


def newcomer_of(user: User, incoming: Incoming, receipt: Receipt) -> tuple[Event, Arrival]:
    """The event at its place, not yet numbered, and what its row keeps besides. Raises `InvalidInput`."""
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


def repeats(item: Incoming, row: Row[*tuple[Any, ...]]) -> bool:
    """Whether an event says the same as the one recorded under its id."""
    if row.blanked:
        # What it said of its question has left: there is nothing to hold a repetition against.
        item = replace(item, target_minutes=None, task_id=None, task_type=None)
    return _as_sent(row).says_the_same_as(item)


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


def left_for_good(connection: Connection, user: User, head: Head, items: Sequence[Incoming]) -> set[str]:
    """The ids of those among `items` that were recorded once and have left for good."""
    asked = [item.event_id for item in items if item.event_id and head.may_have_left(item.instant)]
    return purged.known(connection, user.id, asked)
