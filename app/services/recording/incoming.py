"""What a client delivered: events as it sent them, when they came, and whether one was there before."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from app.services.refusals import InvalidInput
from app.store import log, purging
from app.store.log import AnyRow, Arrival
from app.store.log_head import LogHead
from app.store.users import User
from app.tracking.machine import Event, EventType
from app.tracking.projection import LogRow
from app.tracking.records import NO_TASK, TASK_FIELDS, Task
from app.tracking.timestamps import EARLIEST_US, FUTURE_ALLOWED_US, micros_of, parse_timestamp, placed

DIFFERENT = "This event_id has been recorded before with different content."
EXPIRED = "This event was recorded, and deleted for good since."


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """An event as a client sent it, well formed."""

    type: EventType
    timestamp: str | None = None
    event_id: str | None = None  # canonical
    discard: bool = False
    task: Task = NO_TASK

    @property
    def instant_us(self) -> int | None:
        """When it happened by the client's clock; None leaves it to the server's."""
        return None if self.timestamp is None else parse_timestamp(self.timestamp)

    def says_the_same_as(self, other: "Incoming") -> bool:
        """Whether a repetition under the same event_id may be taken for one."""
        said = (self.type, self.instant_us, self.discard, self.task)
        return said == (other.type, other.instant_us, other.discard, other.task)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What is known of a delivery: when it came, the client's clock at its sending, the idle limit in force."""

    received: datetime
    sent_at: str | None
    idle_us: int  # 0 = never forgotten
    earliest_us: int = 0  # an event without a time stamp lies no earlier: the clock was set back

    @property
    def received_us(self) -> int:
        """Microseconds since the epoch."""
        return micros_of(self.received)

    def place(self, incoming: Incoming, user: User) -> int:
        """The time at which the event lies, in microseconds. Raises `InvalidInput` for one that cannot be right."""
        instant_us = incoming.instant_us
        if instant_us is None:
            return max(self.received_us, self.earliest_us)
        sent_us = None if self.sent_at is None else parse_timestamp(self.sent_at)
        at_us = placed(instant_us, sent_us, self.received_us, micros_of(user.created_at))
        if at_us > self.received_us + FUTURE_ALLOWED_US:
            raise InvalidInput("timestamp", "The time stamp lies more than 24 hours in the future.")
        if at_us < EARLIEST_US:
            raise InvalidInput("timestamp", "The time stamp lies before the year 2000.")
        return at_us


def after_earlier(
    connection: Connection, user: User, head: LogHead, items: Sequence[Incoming], receipt: Receipt
) -> Receipt:
    """`receipt`, with `earliest_us` set for events without a time stamp: none lies before one that came earlier.

    The server's clock may have been set back. A statement is sent only if the log ends after this moment.
    """
    now_us = receipt.received_us
    if head.place is None or head.place.at_us <= now_us or all(item.timestamp is not None for item in items):
        return receipt
    return replace(receipt, earliest_us=log.latest_unstamped_us(connection, user.id, now_us) or 0)


def new_event(user: User, incoming: Incoming, receipt: Receipt) -> tuple[LogRow, Arrival]:
    """The event at its place, not yet numbered, and what else its row keeps. Raises `InvalidInput`."""
    is_next = incoming.type is EventType.NEXT
    event = Event(
        type=incoming.type,
        at_us=receipt.place(incoming, user),
        seq=0,  # it gets the next number when it is recorded
        discard=incoming.discard or None,
        uid=str(uuid.uuid4()) if is_next else "",
        task=incoming.task,
        idle_us=receipt.idle_us if is_next else 0,
    )
    arrival = Arrival(
        received_us=receipt.received_us,
        event_id=incoming.event_id,
        sent_timestamp=incoming.timestamp,
        sent_at=receipt.sent_at,
    )
    return LogRow(event, user.target_minutes if is_next else None), arrival


def repeats(item: Incoming, row: AnyRow) -> bool:
    """Whether an event says what the one recorded under its id said."""
    if row.blanked:
        # The task of its question was removed: there is nothing to compare with a repetition's.
        item = replace(item, task=NO_TASK)
    recorded = Incoming(
        type=EventType(row.type),
        timestamp=row.sent_timestamp,
        discard=row.discard,
        task=Task(**{name: getattr(row, name) for name in TASK_FIELDS}),
    )
    return recorded.says_the_same_as(item)


def expired_among(connection: Connection, user: User, head: LogHead, items: Sequence[Incoming]) -> set[str]:
    """The ids of those among `items` that were recorded once and have been purged."""
    event_ids = [item.event_id for item in items if item.event_id and head.may_be_purged(item.instant_us)]
    return purging.known(connection, user.id, event_ids)
