"""The closed questions, each by the event that closed it. The user leads every statement."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, delete, select, tuple_

from app.db_models import questions as table
from app.store.statements import Statement
from app.tracking.records import TASK_FIELDS, Place, QuestionRecord, Task

_PLAIN = ("uid", "opened_by", "closed_by", "started_us", "ended_us", "paused_us", "discarded", "purged")
QUESTION_COLUMNS = [table.c[name] for name in (*_PLAIN, *TASK_FIELDS)]
_place = tuple_(table.c.started_us, table.c.opened_by)


def closed_by(connection: Connection, user_id: int, number: int) -> QuestionRecord:
    """The question that was closed by the event with this number."""
    rows = _CLOSED_BY.rows(connection, {"user_id": user_id, "closed_by": number})
    return record_of(rows[0])


_CLOSED_BY = Statement(
    select(*QUESTION_COLUMNS).where(
        table.c.user_id == bindparam("user_id"), table.c.closed_by == bindparam("closed_by")
    )
)


def between(connection: Connection, user_id: int, start: Place, end: Place) -> dict[int, QuestionRecord]:
    """The questions that began at `start` or later and before `end`, in order, by the event that closed them."""
    span = {**start._asdict(), "end_us": end.at_us, "end_seq": end.seq}
    records = map(record_of, _BETWEEN.rows(connection, {"user_id": user_id, **span}))
    return {record.closed_by: record for record in records}


_BETWEEN = Statement(
    select(*QUESTION_COLUMNS)
    .where(
        table.c.user_id == bindparam("user_id"),
        _place >= tuple_(bindparam("at_us"), bindparam("seq")),
        _place < tuple_(bindparam("end_us"), bindparam("end_seq")),
    )
    .order_by(table.c.started_us, table.c.opened_by)
)


def own_targets_us(connection: Connection, user_id: int) -> dict[int, int | None]:
    """The stored own target of each question in microseconds, by the event that closed it."""
    rows = connection.execute(
        select(table.c.closed_by, table.c.own_target_us).where(table.c.user_id == user_id)
    )
    return {row.closed_by: row.own_target_us for row in rows}


_ADD = Statement(table.insert().values({column.name: bindparam(column.name) for column in table.c}))


def add(connection: Connection, user_id: int, records: Sequence[QuestionRecord]) -> None:
    """Store closed questions that are not there."""
    _ADD.run_many(connection, [_values(user_id, record) for record in records])


_REMOVE = Statement(
    delete(table).where(table.c.user_id == bindparam("user_id"), table.c.closed_by == bindparam("closed_by"))
)


def remove(connection: Connection, user_id: int, numbers: Sequence[int]) -> None:
    """Delete the questions closed by the events with these numbers."""
    _REMOVE.run_many(connection, [{"user_id": user_id, "closed_by": number} for number in numbers])


def record_of(row: Sequence[Any]) -> QuestionRecord:
    """The question in a row of `QUESTION_COLUMNS`."""
    uid, opened_by, closed_by, started_us, ended_us, paused_us, discarded, purged, *task = row
    return QuestionRecord(
        uid, opened_by, closed_by, started_us, ended_us, paused_us, Task(*task), discarded, purged
    )


def _values(user_id: int, record: QuestionRecord) -> dict[str, Any]:
    return {
        "user_id": user_id,
        "own_target_us": record.task.target_us,
        **{name: getattr(record, name) for name in _PLAIN},
        **{name: getattr(record.task, name) for name in TASK_FIELDS},
    }
