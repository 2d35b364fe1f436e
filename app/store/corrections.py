"""Corrections on rows of the log."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, delete, func, insert, select, update

from app.db_models import deletions, events, trackers
from app.store import log
from app.tracking.machine import EventType
from app.tracking.records import Place
from app.tracking.timestamps import moment_of


@dataclass(frozen=True, slots=True)
class Deleted:
    """A deleted session."""

    session_id: str
    started_at: datetime
    deleted_at: datetime


def next_number(connection: Connection, user_id: int) -> int:
    """A number for a correction, above those of all earlier ones of this user.

    Every change of rows that are in the log already takes one, so that the version of open pages changes
    (`store.user_states`); the number itself is kept where the order of corrections counts.
    """
    return int(
        connection.execute(
            update(trackers)
            .where(trackers.c.user_id == user_id)
            .values(last_correction=trackers.c.last_correction + 1)
            .returning(trackers.c.last_correction)
        ).scalar_one()
    )


def mark_target(
    connection: Connection, user_id: int, start: Place, end: Place, minutes: float, number: int
) -> None:
    """Set the session's target on each NEXT from `start` to `end`."""
    openings = and_(log.in_fold(start, end), events.c.type == EventType.NEXT.value)
    log.change(connection, user_id, openings, target_mark=minutes, target_mark_number=number)


def mark_discard(connection: Connection, user_id: int, seq: int, *, discard: bool, at_us: int) -> None:
    """Set the discard mark of the event that closed a question, at the instant `at_us`."""
    # A purged question may count again after a late event; discarded again, it is kept for its 30 days.
    marks = {"discard_mark": discard, "discard_marked_us": at_us, "purged_question": None}
    log.change(connection, user_id, events.c.seq == seq, **marks)


def add_deletion(connection: Connection, user_id: int, number: int, deleted_us: int) -> None:
    """Note that a session is deleted."""
    connection.execute(insert(deletions).values(user_id=user_id, number=number, deleted_us=deleted_us))


def deleted_us(connection: Connection, user_id: int, number: int) -> int | None:
    """When a deletion was made; None where there is none of that number."""
    return connection.execute(
        select(deletions.c.deleted_us).where(deletions.c.user_id == user_id, deletions.c.number == number)
    ).scalar_one_or_none()


def deleted_sessions(connection: Connection, user_id: int, since_us: int, limit: int) -> list[Deleted]:
    """The latest `limit` sessions deleted at `since_us` or after it, the last deleted first."""
    latest = (
        select(deletions.c.number, deletions.c.deleted_us)
        .where(deletions.c.user_id == user_id, deletions.c.deleted_us >= since_us)
        .order_by(deletions.c.deleted_us.desc(), deletions.c.number.desc())
        .limit(limit)
        .subquery()
    )
    # A session begins with a NEXT, and goes by the id of the one that arrived first.
    opening = (
        select(
            latest.c.number,
            latest.c.deleted_us,
            func.min(events.c.at_us).label("started_us"),
            func.min(events.c.seq).label("first"),
        )
        .join_from(latest, events, and_(events.c.user_id == user_id, events.c.deletion == latest.c.number))
        .where(events.c.type == EventType.NEXT.value)
        .group_by(latest.c.number, latest.c.deleted_us)
        .subquery()
    )
    statement = (
        select(events.c.uid, opening.c.started_us, opening.c.deleted_us)
        .join_from(opening, events, and_(events.c.user_id == user_id, events.c.seq == opening.c.first))
        .order_by(opening.c.deleted_us.desc(), opening.c.number.desc())
    )
    return [
        Deleted(row.uid, moment_of(row.started_us), moment_of(row.deleted_us))
        for row in connection.execute(statement)
    ]


def take_out(connection: Connection, user_id: int, start: Place, end: Place, number: int) -> None:
    """Take the rows from `start` to `end`, both included, out of the fold."""
    log.change(connection, user_id, log.in_fold(start, end), deletion=number)


def bring_back(connection: Connection, user_id: int, number: int) -> list[Place]:
    """Put the rows of a deletion back into the fold; their places, in order."""
    taken_out = select(events.c.at_us, events.c.seq).where(
        events.c.user_id == user_id, events.c.deletion == number
    )
    places = [Place(*row) for row in connection.execute(taken_out.order_by(events.c.at_us, events.c.seq))]
    log.change(connection, user_id, events.c.deletion == number, deletion=None)
    forget_deletion(connection, user_id, number)
    return places


def forget_deletion(connection: Connection, user_id: int, number: int) -> None:
    """Delete a deletion to which no row belongs any more."""
    connection.execute(delete(deletions).where(deletions.c.user_id == user_id, deletions.c.number == number))
