"""The log of events. Every statement is led by the user.

Rows that a deletion took out (`deletion` is not null) belong to the log but not to the fold: the functions that serve
the fold do not return them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Integer, Row, and_, bindparam, func, select, tuple_, update

from app.db_models import events, trackers
from app.store.statements import Statement
from app.tracking.machine import Event, EventType
from app.tracking.projection import LogRow
from app.tracking.records import TASK_FIELDS, Place, Task
from app.tracking.timestamps import clocks_differ

UID_LENGTH = 36  # of a UUID

TASK_COLUMNS = [events.c[name] for name in TASK_FIELDS]
_LOG_ROW = (
    events.c.type,
    events.c.at_us,
    events.c.seq,
    events.c.discard,
    events.c.discard_mark,
    events.c.uid,
    events.c.idle_us,
    events.c.purged_question,
    events.c.default_target_minutes,
    events.c.target_mark,
    events.c.target_mark_number,
    *TASK_COLUMNS,
)
_place = tuple_(events.c.at_us, events.c.seq)
AnyRow = Row[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Arrival:
    """What a row keeps of an event that the machine does not need: as sent, as received."""

    received_us: int
    event_id: str | None = None
    sent_timestamp: str | None = None
    sent_at: str | None = None

    @property
    def clock_differs(self) -> bool:
        """Whether the clocks of client and server were too far apart to correct either."""
        return clocks_differ(self.sent_at, self.received_us)


@dataclass(frozen=True, slots=True)
class NewRow:
    """A row to be appended, and the answer given to it."""

    row: LogRow
    arrival: Arrival
    answer: str | None = None  # JSON; None for an event that the server made itself


def users_with_a_log(connection: Connection) -> list[int]:
    """The users who have a log, in order of their ids."""
    return list(connection.execute(select(trackers.c.user_id).order_by(trackers.c.user_id)).scalars())


def last_seq(connection: Connection, user_id: int) -> int:
    """The number that the last row of the user's log was given; 0 where there is no log."""
    statement = select(trackers.c.last_seq).where(trackers.c.user_id == user_id)
    return connection.execute(statement).scalar_one_or_none() or 0


def find_sent(connection: Connection, user_id: int, event_ids: Sequence[str]) -> dict[str, AnyRow]:
    """The recorded events among `event_ids`: as sent, with their place and the stored `answer`."""
    rows = connection.execute(
        select(
            events.c.at_us,
            events.c.seq,
            events.c.event_id,
            events.c.type,
            events.c.discard,
            *TASK_COLUMNS,
            events.c.sent_timestamp,
            events.c.sent_at,
            events.c.received_us,
            events.c.blanked,
            events.c.answer,
        ).where(events.c.user_id == user_id, events.c.event_id.in_(event_ids))
    )
    return {row.event_id: row for row in rows}


def find_uid(connection: Connection, user_id: int, uid: str) -> AnyRow | None:
    """The NEXT that carries `uid`: `seq`, `at_us`, `deletion`; None where this user has no such row."""
    # PostgreSQL fails on some texts (NUL) before it finds nothing.
    if len(uid) != UID_LENGTH or not (uid.isascii() and uid.isprintable()):
        return None
    return connection.execute(
        select(events.c.seq, events.c.at_us, events.c.deletion).where(
            events.c.user_id == user_id, events.c.uid == uid
        )
    ).one_or_none()


def place_of(connection: Connection, user_id: int, seq: int) -> Place:
    """Where row `seq` lies."""
    statement = select(events.c.at_us).where(events.c.user_id == user_id, events.c.seq == seq)
    return Place(connection.execute(statement).scalar_one(), seq)


def latest_unstamped_us(connection: Connection, user_id: int, after_us: int) -> int | None:
    """Where the last of the events after an instant lies that came without a time stamp; None: there is none.

    Events taken out by a deletion do not count.
    """
    statement = select(func.max(events.c.at_us)).where(
        events.c.user_id == user_id,
        events.c.deletion.is_(None),
        events.c.at_us > after_us,
        events.c.sent_timestamp.is_(None),
    )
    latest: int | None = connection.execute(statement).scalar_one()
    return latest


def rows_from(connection: Connection, user_id: int, place: Place, limit: int) -> list[LogRow]:
    """At most `limit` rows of the fold at `place` and later, in order."""
    rows = _ROWS_FROM.rows(connection, {"user_id": user_id, **place._asdict(), "most": limit})
    return [_log_row_of(row) for row in rows]


_ROWS_FROM = Statement(
    select(*_LOG_ROW)
    .where(
        events.c.user_id == bindparam("user_id"),
        events.c.deletion.is_(None),
        _place >= tuple_(bindparam("at_us"), bindparam("seq")),
    )
    .order_by(events.c.at_us, events.c.seq)
    .limit(bindparam("most", type_=Integer))
)


def _log_row_of(row: Sequence[Any]) -> LogRow:
    """A row of `_LOG_ROW` as the core knows it; a correction of its discard mark counts before what was sent."""
    (type_, at_us, seq, discard, discard_mark, uid, idle_us, purged, default, mark, number, *task) = row
    discards = discard_mark if discard_mark is not None else (discard or None)
    event = Event(EventType(type_), at_us, seq, discards, uid or "", Task(*task), idle_us or 0, purged)
    return LogRow(event, default, mark, number)


def whole(connection: Connection, user_id: int) -> tuple[list[LogRow], set[int]]:
    """The rows of the user's fold, and the numbers of all rows of the log, those taken out included."""
    statement = select(*_LOG_ROW, events.c.deletion).where(events.c.user_id == user_id)
    rows = connection.execute(statement).all()
    return [_log_row_of(row[:-1]) for row in rows if row.deletion is None], {row.seq for row in rows}


# Set by corrections and by the purge.
_LATER = {
    *("discard_mark", "discard_marked_us", "target_mark", "target_mark_number", "deletion"),
    *("purged_question", "blanked"),
}
_APPENDED = [column.name for column in events.c if column.name not in _LATER]
_APPEND = Statement(events.insert().values({name: bindparam(name) for name in _APPENDED}))


def append(connection: Connection, user_id: int, rows: Iterable[NewRow]) -> None:
    """Append events to the log."""
    _APPEND.run_many(connection, [_values(user_id, new) for new in rows])


def _values(user_id: int, new: NewRow) -> dict[str, Any]:
    event, arrival = new.row.event, new.arrival
    return {
        "user_id": user_id,
        "seq": event.seq,
        "type": event.type.value,
        "at_us": event.at_us,
        "event_id": arrival.event_id,
        "sent_timestamp": arrival.sent_timestamp,
        "sent_at": arrival.sent_at,
        "received_us": arrival.received_us,
        "discard": bool(event.discard),
        "uid": event.uid or None,
        "default_target_minutes": new.row.default_target_minutes,
        "idle_us": event.idle_us if event.type is EventType.NEXT else None,
        "answer": new.answer,
        **{name: getattr(event.task, name) for name in TASK_FIELDS},
    }


def change(connection: Connection, user_id: int, rows: ColumnElement[bool], **values: Any) -> None:
    """Set columns of some rows of the user's log."""
    connection.execute(update(events).where(events.c.user_id == user_id, rows).values(**values))


def in_fold(start: Place, end: Place) -> ColumnElement[bool]:
    """The condition of rows of the fold from `start` to `end`, both included."""
    return and_(events.c.deletion.is_(None), _place >= start, _place <= end)
