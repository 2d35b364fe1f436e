"""What was deleted long enough ago, and what is done to the rows of the log then.

`before_us` is an instant: what was deleted before it is due.
"""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    delete,
    func,
    select,
    tuple_,
    union,
    update,
)

from app.db_models import deletions, events, questions
from app.store.questions import QUESTION_COLUMNS, record_of
from app.tracking.records import TASK_FIELDS, Place, QuestionRecord

_closer = events.alias("closer")
_inside = events.alias("inside")
_place = tuple_(events.c.at_us, events.c.seq)
Rows = Sequence[Row[*tuple[Any, ...]]]  # of `_ROWS`
_ROWS = select(
    events.c.seq,
    events.c.at_us,
    events.c.type,
    events.c.event_id,
    events.c.sent_timestamp,
    events.c.received_us,
)


def users_due(connection: Connection, before_us: int, after_user: int, limit: int) -> list[int]:
    """At most `limit` users with something due, in order, those after `after_user`."""
    of_deletions = select(deletions.c.user_id).where(
        deletions.c.deleted_us < before_us, deletions.c.user_id > after_user
    )
    of_questions = _discarded(questions.c.user_id).where(_due(before_us), questions.c.user_id > after_user)
    found = union(of_deletions, of_questions).order_by("user_id").limit(limit)
    return list(connection.execute(found).scalars())


# --- deleted sessions ---


def due_deletion(connection: Connection, user_id: int, before_us: int) -> int | None:
    """The number of the oldest deletion that is due."""
    return connection.execute(
        select(deletions.c.number)
        .where(deletions.c.user_id == user_id, deletions.c.deleted_us < before_us)
        .order_by(deletions.c.deleted_us, deletions.c.number)
        .limit(1)
    ).scalar_one_or_none()


def rows_of_deletion(connection: Connection, user_id: int, number: int, limit: int) -> Rows:
    """Some of the rows that a deletion took out."""
    deleted = _ROWS.where(events.c.user_id == user_id, events.c.deletion == number)
    return connection.execute(deleted.limit(limit)).all()


def make_unrestorable(connection: Connection, user_id: int, number: int) -> None:
    """Make sure that nobody restores a deletion of which some rows are purged, whatever a clock says."""
    connection.execute(
        update(deletions)
        .where(deletions.c.user_id == user_id, deletions.c.number == number)
        .values(deleted_us=0)
    )


def forget_deletion(connection: Connection, user_id: int, number: int) -> None:
    """Delete a deletion whose last row was purged."""
    connection.execute(delete(deletions).where(deletions.c.user_id == user_id, deletions.c.number == number))


# --- discarded questions ---


def due_questions(connection: Connection, user_id: int, before_us: int, limit: int) -> list[QuestionRecord]:
    """At most `limit` discarded questions that are due."""
    rows = connection.execute(
        _discarded(*QUESTION_COLUMNS)
        .where(_due(before_us), questions.c.user_id == user_id)
        .order_by(questions.c.closed_by)
        .limit(limit)
    )
    return [record_of(row) for row in rows]


def _discarded(*columns: Any) -> Select[Any]:
    return select(*columns).join_from(
        questions,
        _closer,
        and_(_closer.c.user_id == questions.c.user_id, _closer.c.seq == questions.c.closed_by),
    )


def _due(before_us: int) -> ColumnElement[bool]:
    # Since its mark was set, and since it became the question that it is: an event that arrived late may have
    # cut it out of another one yesterday.
    lately = (
        select(_inside.c.seq)
        .where(
            _inside.c.user_id == questions.c.user_id,
            _inside.c.deletion.is_(None),
            tuple_(_inside.c.at_us, _inside.c.seq) >= tuple_(questions.c.started_us, questions.c.opened_by),
            tuple_(_inside.c.at_us, _inside.c.seq) <= tuple_(_closer.c.at_us, _closer.c.seq),
            _inside.c.received_us >= before_us,
        )
        .exists()
    )
    return and_(
        questions.c.discarded.is_(True),
        questions.c.purged.is_(False),
        _closer.c.received_us < before_us,
        func.coalesce(_closer.c.discard_marked_us, 0) < before_us,
        ~lately,
    )


def rows_between(connection: Connection, user_id: int, start: Place, end: Place) -> Rows:
    """The rows of the fold from `start` to `end`, both included, in order."""
    between = _ROWS.where(
        events.c.user_id == user_id, events.c.deletion.is_(None), _place >= start, _place <= end
    )
    return connection.execute(between.order_by(events.c.at_us, events.c.seq)).all()


def blank(connection: Connection, user_id: int, numbers: Sequence[int]) -> None:
    """Remove from rows what they say about the task of a question."""
    connection.execute(
        update(events)
        .where(events.c.user_id == user_id, events.c.seq.in_(numbers))
        .values({**dict.fromkeys(TASK_FIELDS), "blanked": True})
    )


def mark_purged(connection: Connection, user_id: int, closed_by: int, opened_by: int) -> None:
    """Note on the event that closes a question that the question is purged."""
    connection.execute(
        update(events)
        .where(events.c.user_id == user_id, events.c.seq == closed_by)
        .values(purged_question=opened_by)
    )


def remove_answers(
    connection: Connection, user_id: int, numbers: Collection[int], between: tuple[int, int]
) -> None:
    """Remove the answers kept with rows: those with these numbers, and those whose numbers lie between two."""
    # Two statements: with OR, SQLite would read the user's whole log.
    for rows in (events.c.seq.in_(numbers), events.c.seq.between(*between)):
        connection.execute(update(events).where(events.c.user_id == user_id, rows).values(answer=None))
