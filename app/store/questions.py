"""Rows of `questions`: a row for each closing, by the event that closed it. The user leads every statement."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import Connection, bindparam, select, tuple_, update
from sqlalchemy import delete as sql_delete

from app.db_models import events
from app.db_models import questions as table
from app.store.log import is_uid
from app.store.statements import Statement
from app.tracking.records import QuestionRecord, SessionRecord

_FIELDS = tuple(field.name for field in fields(QuestionRecord))
QUESTION_COLUMNS = [table.c[name] for name in _FIELDS]
_place = tuple_(table.c.started_at, table.c.opened_by)


def closings(connection: Connection, user_id: int, numbers: Sequence[int]) -> dict[int, QuestionRecord]:
    """The closings by the events with these numbers."""
    rows = connection.execute(
        select(*QUESTION_COLUMNS).where(table.c.user_id == user_id, table.c.closed_by.in_(numbers))
    )
    return {row.closed_by: record_of_row(row) for row in rows}


def find(connection: Connection, user_id: int, session: SessionRecord, uid: str) -> QuestionRecord | None:
    """The closed question with this id in a session, counted or discarded; None where there is none."""
    if not is_uid(uid):
        return None
    opened_by = select(events.c.seq).where(events.c.user_id == user_id, events.c.uid == uid).scalar_subquery()
    row = connection.execute(
        select(*QUESTION_COLUMNS).where(
            table.c.user_id == user_id,
            table.c.opened_by == opened_by,
            table.c.undone_by.is_(None),
            table.c.purged.is_(False),
            _place >= session.place,
            _place <= session.last,
        )
    ).one_or_none()
    return None if row is None else record_of_row(row)


def insert(connection: Connection, user_id: int, records: Sequence[QuestionRecord]) -> None:
    """Store closings that were not there."""
    _ADDED.run_many(connection, [_values(user_id, record) for record in records])


_ADDED = Statement(table.insert().values({column.name: bindparam(column.name) for column in table.c}))
_CHANGED = Statement(
    update(table)
    .where(table.c.user_id == bindparam("of_user"), table.c.closed_by == bindparam("of_seq"))
    .values(
        {
            column.name: bindparam(column.name)
            for column in table.c
            if column.name not in ("user_id", "closed_by")
        }
    )
)


def change(connection: Connection, user_id: int, records: Sequence[QuestionRecord]) -> None:
    """Store closings that changed."""
    values = [_values(user_id, record) for record in records]
    for value in values:
        value["of_user"], value["of_seq"] = value.pop("user_id"), value.pop("closed_by")
    _CHANGED.run_many(connection, values)


def delete(connection: Connection, user_id: int, numbers: Sequence[int]) -> None:
    """Take away closings that are none any more."""
    if numbers:
        connection.execute(
            sql_delete(table).where(table.c.user_id == user_id, table.c.closed_by.in_(numbers))
        )


def record_of_row(row: Sequence[Any]) -> QuestionRecord:
    """A row of `QUESTION_COLUMNS` as the core knows it."""
    return QuestionRecord(*row)


def _values(user_id: int, record: QuestionRecord) -> dict[str, Any]:
    values: dict[str, Any] = {name: getattr(record, name) for name in _FIELDS}
    values["user_id"], values["own_target"] = user_id, record.own_target
    return values
