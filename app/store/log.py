"""The log, and the writing of what follows from it. Every statement is led by the user.

Rows that a deletion took out (`deletion` is not null) belong to the log but not to the fold: the functions that serve
the fold do not see them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite

from app.db_models import events, trackers, users
from app.store.statements import Statement
from app.tracking.encoding import dump_state, load_state
from app.tracking.machine import Effect, Event, EventType, State
from app.tracking.rebuild import LogRow
from app.tracking.records import Place
from app.tracking.refold import Entry

CHUNK_FIRST, CHUNK_MOST = 2, 512  # rows of a late event's successors: nearly always one or two are looked at

UID_LENGTH = 36  # of a UUID

_FOLDED = (
    events.c.seq,
    events.c.type,
    events.c.at,
    events.c.discard,
    events.c.discard_mark,
    events.c.uid,
    events.c.target_minutes,
    events.c.task_id,
    events.c.task_type,
    events.c.idle,
    events.c.purged,
    events.c.state,
    events.c.effect,
    events.c.undoes,
)
_APPENDED = (
    "user_id",
    "seq",
    "type",
    "at",
    "event_id",
    "sent_timestamp",
    "sent_at",
    "received_at",
    "discard",
    "target_minutes",
    "task_id",
    "task_type",
    "uid",
    "default_target_minutes",
    "idle",
    "state",
    "effect",
    "undoes",
    "answer",
)
_place = tuple_(events.c.at, events.c.seq)


@dataclass(frozen=True, slots=True)
class Arrival:
    """What a log row keeps of an event besides what the machine sees: as sent, as received."""

    received_at: int
    event_id: str | None = None
    sent_timestamp: str | None = None
    sent_at: str | None = None
    default_target_minutes: float | None = None  # NEXT only


def lock(connection: Connection, user_id: int) -> int | None:
    """The number of the user's last log row, after every other writer for this user was shut out.

    Every change to a user's log begins here. The row lock is what makes "one active session" and "exactly once" hold
    among threads and processes: a second writer waits until the first has committed and then sees
    what it wrote. (SQLite has one writer anyway.) None: the user was deleted in the meantime.
    """
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    still_there = select(users.c.id).where(users.c.id == user_id)
    statement = insert(trackers).from_select(["user_id"], still_there)
    touched = statement.on_conflict_do_update(
        index_elements=[trackers.c.user_id], set_={"last_seq": trackers.c.last_seq}
    ).returning(trackers.c.last_seq)
    return connection.execute(touched).scalar_one_or_none()


def find_sent(
    connection: Connection, user_id: int, event_ids: Sequence[str]
) -> dict[str, Row[*tuple[Any, ...]]]:
    """The recorded events among `event_ids`: as sent, with the stored `answer`."""
    rows = connection.execute(
        select(
            events.c.event_id,
            events.c.type,
            events.c.discard,
            events.c.target_minutes,
            events.c.task_id,
            events.c.task_type,
            events.c.sent_timestamp,
            events.c.blanked,
            events.c.answer,
        ).where(events.c.user_id == user_id, events.c.event_id.in_(event_ids))
    )
    return {row.event_id: row for row in rows}


def is_uid(text: str) -> bool:
    """Whether `text` can be an id at all. PostgreSQL chokes on some texts (NUL) before it finds nothing."""
    return len(text) == UID_LENGTH and text.isascii() and text.isprintable()


def find_uid(connection: Connection, user_id: int, uid: str) -> Row[*tuple[Any, ...]] | None:
    """The NEXT that carries `uid`: `seq`, `at`, `deletion`; None where this user has no such row."""
    if not is_uid(uid):
        return None
    return connection.execute(
        select(events.c.seq, events.c.at, events.c.deletion).where(
            events.c.user_id == user_id, events.c.uid == uid
        )
    ).one_or_none()


def last_entry(connection: Connection, user_id: int, before: Place | None = None) -> Entry | None:
    """The last row of the fold, or the last one before a place."""
    statement = _fold(user_id).order_by(events.c.at.desc(), events.c.seq.desc()).limit(1)
    if before is not None:
        statement = statement.where(_place < before)
    row = connection.execute(statement).one_or_none()
    return None if row is None else _entry(row)


def entries_from(connection: Connection, user_id: int, place: Place) -> Iterator[list[Entry]]:
    """The rows of the fold at `place` and after it, in order, in chunks that grow."""
    size, condition = CHUNK_FIRST, _place >= place
    while True:
        statement = _fold(user_id).where(condition).order_by(events.c.at, events.c.seq).limit(size)
        chunk = [_entry(row) for row in connection.execute(statement)]
        if chunk:
            yield chunk
        if len(chunk) < size:
            return
        condition = _place > chunk[-1].event.place
        size = min(size * 4, CHUNK_MOST)


def place_of(connection: Connection, user_id: int, seq: int) -> Place:
    """Where row `seq` lies."""
    statement = select(events.c.at).where(events.c.user_id == user_id, events.c.seq == seq)
    return Place(connection.execute(statement).scalar_one(), seq)


NewRow = tuple[Event, Arrival, State | None, Effect, int | None, str | None]
"""A new row of the log: the event, what else is kept of it, what follows from it (state, effect, the closing that it
makes void), and the answer given, where it is known already."""

_APPEND = Statement(events.insert().values({name: bindparam(name) for name in _APPENDED}))


def append(connection: Connection, user_id: int, rows: Iterable[NewRow]) -> None:
    """Append events to the log."""
    _APPEND.run_many(
        connection,
        [
            {
                "user_id": user_id,
                "seq": event.seq,
                "type": event.type.value,
                "at": event.at,
                "event_id": arrival.event_id,
                "sent_timestamp": arrival.sent_timestamp,
                "sent_at": arrival.sent_at,
                "received_at": arrival.received_at,
                "discard": bool(event.discard),
                "target_minutes": event.target_minutes,
                "task_id": event.task_id,
                "task_type": event.task_type,
                "uid": event.uid or None,
                "default_target_minutes": arrival.default_target_minutes,
                "idle": event.idle if event.type is EventType.NEXT else None,
                "state": dump_state(state),
                "effect": int(effect),
                "undoes": undoes,
                "answer": answer,
            }
            for event, arrival, state, effect, undoes, answer in rows
        ],
    )


_REFOLDED = Statement(
    update(events)
    .where(events.c.user_id == bindparam("of_user"), events.c.seq == bindparam("of_seq"))
    .values(state=bindparam("state"), effect=bindparam("effect"), undoes=bindparam("undoes"))
)
_ANSWERED = Statement(
    update(events)
    .where(events.c.user_id == bindparam("of_user"), events.c.seq == bindparam("of_seq"))
    .values(answer=bindparam("answer"))
)


def save_folds(
    connection: Connection, user_id: int, rows: Iterable[tuple[int, State | None, Effect, int | None]]
) -> None:
    """Keep what now follows from rows that are in the log already."""
    values = [
        {
            "of_user": user_id,
            "of_seq": seq,
            "state": dump_state(state),
            "effect": int(effect),
            "undoes": undoes,
        }
        for seq, state, effect, undoes in rows
    ]
    _REFOLDED.run_many(connection, values)


def save_answers(connection: Connection, user_id: int, answers: Mapping[int, str]) -> None:
    """Keep the answers given to events, for those who ask again."""
    values = [{"of_user": user_id, "of_seq": seq, "answer": text} for seq, text in answers.items()]
    _ANSWERED.run_many(connection, values)


def _fold(user_id: int) -> Select[Any]:
    return select(*_FOLDED).where(events.c.user_id == user_id, events.c.deletion.is_(None))


def _entry(row: Row[*tuple[Any, ...]]) -> Entry:
    return Entry(event_of(row), load_state(row.state), Effect(row.effect), row.undoes)


def event_of(row: Row[*tuple[Any, ...]]) -> Event:
    """A log row as the machine sees it; a correction of its discard mark counts before what was sent."""
    return Event(
        type=EventType(row.type),
        at=row.at,
        seq=row.seq,
        discard=row.discard_mark if row.discard_mark is not None else (row.discard or None),
        uid=row.uid or "",
        target_minutes=row.target_minutes,
        task_id=row.task_id,
        task_type=row.task_type,
        idle=row.idle or 0,
        purged=row.purged,
    )


def whole(connection: Connection, user_id: int) -> list[tuple[LogRow, Row[*tuple[Any, ...]]]]:
    """The user's whole log in the order of arrival, rows taken out included: each as the machine sees it, and raw."""
    rows = connection.execute(select(events).where(events.c.user_id == user_id).order_by(events.c.seq))
    return [
        (LogRow(event_of(row), row.default_target_minutes, row.target_mark, row.target_mark_number), row)
        for row in rows
    ]
