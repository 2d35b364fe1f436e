"""Keeping the rows of `sessions` in step with the log: finding, summing, writing. The user leads every statement."""

from collections.abc import Collection, Iterable
from dataclasses import fields
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    delete,
    func,
    select,
    tuple_,
    update,
)

from app.db_models import events, questions, sessions
from app.store.sessions import SESSION_COLUMNS, record_of_row
from app.store.statements import Statement
from app.tracking.machine import EventType
from app.tracking.records import Place, SessionRecord

_event_place = tuple_(events.c.at, events.c.seq)
_session_place = tuple_(sessions.c.started_at, sessions.c.opened_by)
_question_place = tuple_(questions.c.started_at, questions.c.opened_by)


class Sums(NamedTuple):
    """Sums over counted questions; spans in microseconds."""

    question_count: int
    raw: int
    active: int
    own_target: int
    own_target_count: int


class Openings(NamedTuple):
    """What a session takes from the NEXT events in it."""

    uid: str  # of the one that arrived first
    target_minutes: float | None  # set for the session, most recently; None = not set


def latest(
    connection: Connection, user_id: int, place: Place | None = None, *, strictly: bool = False
) -> SessionRecord | None:
    """The session that begins last, or last at or before (`strictly`: before) a place."""
    statement = (
        _sessions(user_id).order_by(sessions.c.started_at.desc(), sessions.c.opened_by.desc()).limit(1)
    )
    if place is not None:
        statement = statement.where(_session_place < place if strictly else _session_place <= place)
    row = connection.execute(statement).one_or_none()
    return None if row is None else record_of_row(row)


def next_opening(
    connection: Connection, user_id: int, after: Place, ignoring: Collection[int] = ()
) -> Place | None:
    """Where the next stored session after a place begins, leaving out those opened by `ignoring`."""
    row = connection.execute(
        select(sessions.c.started_at, sessions.c.opened_by)
        .where(
            sessions.c.user_id == user_id,
            _session_place > after,
            sessions.c.opened_by.not_in(list(ignoring)),
        )
        .order_by(sessions.c.started_at, sessions.c.opened_by)
        .limit(1)
    ).one_or_none()
    return None if row is None else Place(row.started_at, row.opened_by)


def sums(connection: Connection, user_id: int, start: Place, end: Place | None) -> Sums:
    """Sums over the counted questions that begin at `start` or after it and before `end`."""
    raw = questions.c.ended_at - questions.c.started_at
    row = connection.execute(
        select(
            func.count(),
            func.coalesce(func.sum(raw), 0),
            func.coalesce(func.sum(raw - questions.c.paused), 0),
            func.coalesce(func.sum(questions.c.own_target), 0),
            func.count(questions.c.own_target),
        ).where(
            questions.c.user_id == user_id,
            questions.c.undone_by.is_(None),
            questions.c.discarded.is_(False),
            _between(_question_place, start, end),
        )
    ).one()
    return Sums(*(int(value) for value in row))


def last_effective(
    connection: Connection, user_id: int, start: Place, end: Place | None
) -> Row[*tuple[Any, ...]]:
    """The last row with an effect from `start` on and before `end`: `at`, `seq`, `type`, `effect`."""
    return connection.execute(
        select(events.c.at, events.c.seq, events.c.type, events.c.effect)
        .where(_in_fold(user_id), events.c.effect != 0, _between(_event_place, start, end))
        .order_by(events.c.at.desc(), events.c.seq.desc())
        .limit(1)
    ).one()


def openings(connection: Connection, user_id: int, start: Place, end: Place | None) -> Openings:
    """What the NEXT events from `start` on and before `end` give to the session that they make up."""
    within = and_(
        _in_fold(user_id), events.c.type == EventType.NEXT.value, _between(_event_place, start, end)
    )
    first, mark = connection.execute(
        select(func.min(events.c.seq), func.max(events.c.target_mark_number)).where(within)
    ).one()
    uid = connection.execute(
        select(events.c.uid).where(events.c.user_id == user_id, events.c.seq == first)
    ).scalar_one()
    if mark is None:
        return Openings(uid, None)
    target = connection.execute(
        select(events.c.target_mark).where(within, events.c.target_mark_number == mark).limit(1)
    ).scalar_one()
    return Openings(uid, target)


def opening_defaults(connection: Connection, user_id: int, seq: int) -> Row[*tuple[Any, ...]]:
    """What the NEXT that opens a session gives to it: `default_target_minutes`, `idle`."""
    return connection.execute(
        select(events.c.default_target_minutes, events.c.idle).where(
            events.c.user_id == user_id, events.c.seq == seq
        )
    ).one()


def closing_ended_at(connection: Connection, user_id: int, seq: int) -> int:
    """Where the question closed by event `seq` ends."""
    return int(
        connection.execute(
            select(questions.c.ended_at).where(questions.c.user_id == user_id, questions.c.closed_by == seq)
        ).scalar_one()
    )


_FIELDS = tuple(field.name for field in fields(SessionRecord))
_ADDED = Statement(sessions.insert().values({column.name: bindparam(column.name) for column in sessions.c}))
_CHANGED = Statement(
    update(sessions)
    .where(sessions.c.user_id == bindparam("of_user"), sessions.c.opened_by == bindparam("of_session"))
    .values(
        {
            column.name: bindparam(column.name)
            for column in sessions.c
            if column.name not in ("user_id", "opened_by")
        }
    )
)


def write(
    connection: Connection,
    user_id: int,
    removed: Collection[int],
    changed: Iterable[SessionRecord],
    added: Iterable[SessionRecord],
) -> None:
    """Store what became of sessions.

    The database allows one active session per user at any moment, also between two of these statements: what
    goes goes first, what ends ends next, and what is active comes last.
    """
    if removed:
        connection.execute(
            delete(sessions).where(sessions.c.user_id == user_id, sessions.c.opened_by.in_(list(removed)))
        )
    writes = [(record, False) for record in changed] + [(record, True) for record in added]
    for record, is_new in sorted(writes, key=lambda pair: (pair[0].is_active, pair[0].place)):
        values: dict[str, Any] = {name: getattr(record, name) for name in _FIELDS}
        if is_new:
            values["user_id"] = user_id
            _ADDED.run(connection, values)
        else:
            values["of_user"], values["of_session"] = user_id, values.pop("opened_by")
            _CHANGED.run(connection, values)


def _sessions(user_id: int) -> Select[Any]:
    return select(*SESSION_COLUMNS).where(sessions.c.user_id == user_id)


def _in_fold(user_id: int) -> ColumnElement[bool]:
    return and_(events.c.user_id == user_id, events.c.deletion.is_(None))


def _between(place: Any, start: Place, end: Place | None) -> ColumnElement[bool]:
    return place >= start if end is None else and_(place >= start, place < end)
