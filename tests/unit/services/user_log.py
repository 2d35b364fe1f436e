"""A user's log on an open connection, for the tests of purging."""

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
TASK, TARGET = "a-task-to-purge", 33.71875


class UserLog:
    """The log of a new user on `connection`, whose caller ends the transaction. Times are minutes after nine."""

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
        """Send one event; the event and the answer."""
        incoming = self.incoming(kind, minute, **fields)
        return incoming, self.send(incoming, received)

    def purge(self, now: datetime = NINE + MONTH + A_MOMENT) -> Purged:
        total = Purged()
        while removed := purge_some(self.connection, self.user.id, now):
            total += removed
        return total

    def summary(self, uid: str) -> SessionSummary:
        return reading.session_summary(self.connection, self.user, uid, NINE)

    def types(self) -> list[str]:
        """The types of the recorded events, in the order of the replay."""
        rows = select(events.c.type).where(events.c.user_id == self.user.id)
        return list(self.connection.execute(rows.order_by(events.c.at_us, events.c.seq)).scalars())

    def is_sound(self) -> bool:
        return differences(self.connection, self.user.id) == []


def traces(connection: Connection, text: str) -> list[str]:
    """The names of the tables that have the text in any column."""
    return [
        table.name
        for table in metadata.sorted_tables
        if any(text in str(value) for row in connection.execute(select(table)) for value in row)
    ]


def deleted_session(log: UserLog) -> tuple[str, list[Incoming]]:
    """A session with an event of each type, deleted at nine; its id and its events."""
    presses = [("NEXT", 0), ("PAUSE", 1), ("PAUSE", 2), ("NEXT", 5), ("UNDO", 6), ("EXIT", 9)]
    sent = [log.incoming(kind, minute, task_id=TASK, target_minutes=TARGET) for kind, minute in presses]
    answers = [log.send(each) for each in sent]
    uid = answers[0].session_id
    corrections.delete_session(log.connection, log.user, uid, NINE)
    return uid, sent


def with_a_middle(log: UserLog, *inside: tuple[str, float], **closing: Any) -> tuple[str, str]:
    """A session of three questions; the middle one, from minute 5 to 10, has `TASK`, `TARGET` and the events
    `inside`. Ids of the session and of that question."""
    uid = log.press("NEXT", 0, task_id="first")[1].session_id
    log.press("NEXT", 5, task_id=TASK, target_minutes=TARGET)
    for kind, minute in inside:
        log.press(kind, minute, task_id=TASK, target_minutes=TARGET)
    log.press("NEXT", 10, task_id="last", **closing)
    log.press("EXIT", 16)
    summary = log.summary(uid)
    middle = next(q for q in (*summary.questions, *summary.discarded) if q.task_id == TASK)
    return uid, middle.id
