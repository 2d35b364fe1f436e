"""Somebody whose sessions and questions leave for good, and what is left of them."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from app.db_models import events, metadata
from app.services import corrections, reading
from app.services.purging import Purged, purge_some
from app.services.recording.incoming import Incoming, Receipt
from app.services.recording.record import record_event
from app.services.verification import differences
from app.tracking.summaries import SessionSummary
from tests.raters import add_user
from tests.recording import IDLE_US, event

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
MONTH = timedelta(days=30)
A_MOMENT = timedelta(microseconds=1)
TASK, TARGET = "a-task-that-leaves", 33.71875


class Sitting:
    """Somebody who rates, on a transaction that leaves nothing behind. Times are minutes after nine."""

    def __init__(self, connection: Connection) -> None:
        self.connection, self.user = connection, add_user(connection)

    def incoming(self, kind: str, minute: float | None, **fields: Any) -> Incoming:
        at = None if minute is None else NINE + timedelta(minutes=minute)
        return event(kind, at, **{"event_id": str(uuid.uuid4())} | fields)

    def send(self, incoming: Incoming, received: datetime = NINE, sent_at: str | None = None) -> Any:
        receipt = Receipt(received=received, sent_at=sent_at, idle_us=IDLE_US)
        with self.connection.begin_nested():
            return record_event(self.connection, self.user, incoming, receipt)

    def press(
        self, kind: str, minute: float | None, received: datetime = NINE, **fields: Any
    ) -> tuple[Incoming, Any]:
        """What was sent, and the answer."""
        incoming = self.incoming(kind, minute, **fields)
        return incoming, self.send(incoming, received)

    def purge(self, now: datetime = NINE + MONTH + A_MOMENT) -> Purged:
        total = Purged()
        while left := purge_some(self.connection, self.user.id, now):
            total += left
        return total

    def summary(self, uid: str) -> SessionSummary:
        return reading.session_summary(self.connection, self.user, uid, NINE)

    def log(self) -> list[str]:
        """The kinds of the rows of the log, in the order of the fold."""
        rows = select(events.c.type).where(events.c.user_id == self.user.id)
        return list(self.connection.execute(rows.order_by(events.c.at_us, events.c.seq)).scalars())

    def is_sound(self) -> bool:
        return differences(self.connection, self.user.id) == []


def traces(connection: Connection, text: str) -> list[str]:
    """The tables in which a text stands anywhere."""
    return [
        table.name
        for table in metadata.sorted_tables
        if any(text in str(value) for row in connection.execute(select(table)) for value in row)
    ]


def deleted_session(sitting: Sitting) -> tuple[str, list[Incoming]]:
    """A session with everything in it, deleted at nine; its id and its events."""
    presses = [("NEXT", 0), ("PAUSE", 1), ("PAUSE", 2), ("NEXT", 5), ("UNDO", 6), ("EXIT", 9)]
    sent = [sitting.incoming(kind, minute, task_id=TASK, target_minutes=TARGET) for kind, minute in presses]
    answers = [sitting.send(each) for each in sent]
    uid = answers[0].session_id
    corrections.delete_session(sitting.connection, sitting.user, uid, NINE)
    return uid, sent


def with_a_middle(sitting: Sitting, *inside: tuple[str, float], **closing: Any) -> tuple[str, str]:
    """A session of three questions; the middle one, from minute 5 to 10, has a task and a target, and what
    happened `inside` it. Ids of the session and of that question."""
    uid = sitting.press("NEXT", 0, task_id="first")[1].session_id
    sitting.press("NEXT", 5, task_id=TASK, target_minutes=TARGET)
    for kind, minute in inside:
        sitting.press(kind, minute, task_id=TASK, target_minutes=TARGET)
    sitting.press("NEXT", 10, task_id="last", **closing)
    sitting.press("EXIT", 16)
    summary = sitting.summary(uid)
    middle = next(q for q in (*summary.questions, *summary.discarded) if q.task_id == TASK)
    return uid, middle.id
