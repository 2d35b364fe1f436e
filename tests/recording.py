"""Recording events in tests, as those of a widget are recorded."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection
from sqlalchemy import event as listeners

from app.database import Database
from app.services.recording.incoming import Incoming, Receipt
from app.services.recording.record import record_event
from app.services.recording.response import EventAnswer
from app.store.users import User
from app.tracking.machine import EventType
from app.tracking.records import TASK_FIELDS, Task

IDLE_US = 12 * 3600 * 1_000_000  # the default limit
RECEIVED = datetime(2030, 1, 1, tzinfo=UTC)


def event(kind: str, at: datetime | None, **fields: Any) -> Incoming:
    """An event as the services get it; `fields` are those of `Incoming` and of its task."""
    task = Task(**{name: fields.pop(name) for name in TASK_FIELDS if name in fields})
    timestamp = None if at is None else at.isoformat()
    return Incoming(type=EventType(kind), timestamp=timestamp, task=task, **fields)


def event_body(kind: str, at: datetime, **fields: Any) -> dict[str, Any]:
    """An event as a client sends it, with an id of its own unless `fields` name one."""
    timestamp = at.astimezone(UTC).isoformat()
    return {"type": kind, "timestamp": timestamp, "event_id": str(uuid.uuid4()), **fields}


def press(conn: Connection, user: User, kind: str, at: datetime, **fields: Any) -> EventAnswer:
    """Record one event; an event older than what is recorded is a late one."""
    return record_event(conn, user, event(kind, at, **fields), Receipt(RECEIVED, None, IDLE_US))


def record_session(
    conn: Connection, user: User, start: datetime, minutes: list[float], *, ended: bool = True
) -> str:
    """A session with a question of each length; its id. Not ended, it has one more, open question."""
    session_id = press(conn, user, "NEXT", start).session_id
    assert session_id is not None
    at = start
    for number, length in enumerate(minutes, 1):
        at += timedelta(minutes=length)
        press(conn, user, "EXIT" if ended and number == len(minutes) else "NEXT", at)
    return session_id


@contextmanager
def counted_statements(database: Database) -> Iterator[list[str]]:
    """The statements sent to the database in the meantime, without those that begin transactions."""
    sent: list[str] = []

    def note(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith("BEGIN"):
            sent.append(statement)

    listeners.listen(database.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        listeners.remove(database.engine, "before_cursor_execute", note)
