"""What was deleted long enough ago, what is done to the rows of the log then, and what is kept of them.

`before_us` is an instant: what was deleted before it is due. The numbers of purged rows are kept as ranges, so that
`verify` tells a purged row from a lost one. Of an event there remains a digest: an `event_id` itself may say when and
on which machine it was made.
"""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    delete,
    func,
    insert,
    select,
    tuple_,
    union,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from app.db_models import deletions, events, purged_events, purged_rows, questions, trackers
from app.store import log
from app.store.questions import QUESTION_COLUMNS, record_of
from app.tracking.records import TASK_FIELDS, Place, QuestionRecord
from app.tracking.timestamps import parse_timestamp

_closer = events.alias("closer")
_inside = events.alias("inside")
Rows = Sequence[Row[*tuple[Any, ...]]]  # of `_ROWS`
_ROWS = select(
    events.c.seq,
    events.c.at_us,
    events.c.type,
    events.c.event_id,
    events.c.sent_timestamp,
    events.c.received_us,
)


def users_due(connection: Connection, before_us: int) -> list[int]:
    """The users with something due."""
    of_deletions = select(deletions.c.user_id).where(deletions.c.deleted_us < before_us)
    of_questions = _discarded(questions.c.user_id).where(_due(before_us))
    return list(connection.execute(union(of_deletions, of_questions)).scalars())


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
    between = _ROWS.where(events.c.user_id == user_id, log.in_fold(start, end))
    return connection.execute(between.order_by(events.c.at_us, events.c.seq)).all()


def blank(connection: Connection, user_id: int, numbers: Sequence[int]) -> None:
    """Remove from rows what they say about the task of a question."""
    log.change(connection, user_id, events.c.seq.in_(numbers), **dict.fromkeys(TASK_FIELDS), blanked=True)


def mark_purged(connection: Connection, user_id: int, closed_by: int, opened_by: int) -> None:
    """Note on the event that closes a question that the question is purged."""
    log.change(connection, user_id, events.c.seq == closed_by, purged_question=opened_by)


def remove_answers(
    connection: Connection, user_id: int, numbers: Collection[int], between: tuple[int, int]
) -> None:
    """Remove the answers kept with rows: those with these numbers, and those whose numbers lie between two."""
    # Two statements: with OR, SQLite would read the user's whole log.
    log.change(connection, user_id, events.c.seq.in_(numbers), answer=None)
    log.change(connection, user_id, events.c.seq.between(*between), answer=None)


def purged_numbers(connection: Connection, user_id: int) -> set[int]:
    """The numbers of the purged rows."""
    ranges = connection.execute(
        select(purged_rows.c.first_seq, purged_rows.c.last_seq).where(purged_rows.c.user_id == user_id)
    )
    return {number for first, last in ranges for number in range(first, last + 1)}


def known(connection: Connection, user_id: int, event_ids: Iterable[str]) -> set[str]:
    """Which of these (canonical) ids are those of purged events."""
    by_digest = {digest(user_id, event_id): event_id for event_id in event_ids}
    if not by_digest:
        return set()
    found = connection.execute(
        select(purged_events.c.digest).where(
            purged_events.c.user_id == user_id, purged_events.c.digest.in_(list(by_digest))
        )
    )
    return {by_digest[bytes(row.digest)] for row in found}


def digest(user_id: int, event_id: str) -> bytes:
    """What is kept of an event; the user is part of it, so that the same id of two users is not seen to be one."""
    return hashlib.sha256(f"{user_id} {event_id}".encode()).digest()[:16]


def delete_rows(connection: Connection, user_id: int, rows: Rows) -> None:
    """Delete rows of the log; their numbers and the digests of their events are kept."""
    if not rows:
        return
    _remember(connection, user_id, [row for row in rows if row.event_id is not None])
    numbers = sorted(row.seq for row in rows)
    connection.execute(delete(events).where(events.c.user_id == user_id, events.c.seq.in_(numbers)))
    connection.execute(insert(purged_rows).values(user_id=user_id), _ranges_of(numbers))


def _remember(connection: Connection, user_id: int, sent: Rows) -> None:
    if not sent:
        return
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    kept = [{"user_id": user_id, "digest": digest(user_id, row.event_id)} for row in sent]
    connection.execute(dialect.insert(purged_events).on_conflict_do_nothing(), kept)
    # By their clients' clocks, as sent.
    until_us = max(
        parse_timestamp(row.sent_timestamp) if row.sent_timestamp else row.received_us for row in sent
    )
    connection.execute(
        update(trackers)
        .where(trackers.c.user_id == user_id, func.coalesce(trackers.c.purged_until_us, -1) < until_us)
        .values(purged_until_us=until_us)
    )


def _ranges_of(numbers: Sequence[int]) -> list[dict[str, int]]:
    """Ascending numbers in as few ranges as possible, both ends included, by column."""
    ranges: list[dict[str, int]] = []
    for number in numbers:
        if ranges and number == ranges[-1]["last_seq"] + 1:
            ranges[-1]["last_seq"] = number
        else:
            ranges.append({"first_seq": number, "last_seq": number})
    return ranges
