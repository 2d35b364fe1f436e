"""Where a user's log ends: all that an ordinary event needs to know, in two statements.

The user leads both. The first locks, the second sees what the one who held the lock before has written.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, and_, bindparam, select, update

from app.database import NotQuick
from app.db_models import events, sessions, trackers
from app.store import log
from app.store.sessions import SESSION_COLUMNS, record_of
from app.store.statements import Statement, together
from app.tracking.records import Place, SessionRecord

__all__ = ["LogHead", "NotQuick", "reserve", "reserve_quickly", "set_last_seq"]


@dataclass(frozen=True, slots=True)
class LogHead:
    """The end of a log whose user is locked until the transaction ends."""

    last_seq: int  # of the last row to arrive; the number after it is reserved
    place: Place | None = None  # of the last row by time; None: there is none
    session: SessionRecord | None = None  # the active one
    knows: bool = False  # whether the event asked for is in the log
    purged_until_us: int | None = None  # the latest instant, as sent, of purged events; None: there are none

    def may_be_purged(self, instant_us: int | None) -> bool:
        """Whether an event that is not in the log, of this instant as sent, may have been there before a purge.

        A repetition has the instant of the first delivery, so one look at the latest of them is enough for nearly
        all events; for those without an instant it is not.
        """
        return self.purged_until_us is not None and (instant_us is None or instant_us <= self.purged_until_us)


# Whoever finds the row locked does not wait for it.
_free = select(trackers.c.user_id).where(trackers.c.user_id == bindparam("of_user"))
_RESERVE_IF_FREE = Statement(
    update(trackers)
    .where(trackers.c.user_id == _free.with_for_update(skip_locked=True).scalar_subquery())
    .values(last_seq=trackers.c.last_seq + 1)
    .returning(trackers.c.last_seq)
)
_RESERVE = Statement(
    update(trackers)
    .where(trackers.c.user_id == bindparam("of_user"))
    .values(last_seq=trackers.c.last_seq + 1)
    .returning(trackers.c.last_seq)
)

_last = events.alias("last")
_same = events.alias("same")
_newest = (
    select(_last.c.seq)
    .where(_last.c.user_id == trackers.c.user_id, _last.c.deletion.is_(None))
    .order_by(_last.c.at_us.desc(), _last.c.seq.desc())
    .limit(1)
    .scalar_subquery()
)
_known = (
    select(_same.c.seq)
    .where(_same.c.user_id == trackers.c.user_id, _same.c.event_id == bindparam("event_id"))
    .scalar_subquery()
)
_HEAD = Statement(
    select(_known, trackers.c.purged_until_us, events.c.at_us, events.c.seq, *SESSION_COLUMNS)
    .select_from(trackers)
    .outerjoin(events, and_(events.c.user_id == trackers.c.user_id, events.c.seq == _newest))
    .outerjoin(sessions, and_(sessions.c.user_id == trackers.c.user_id, sessions.c.ended_us.is_(None)))
    .where(trackers.c.user_id == bindparam("of_user"))
)


def reserve(connection: Connection, user_id: int, event_id: str | None = None) -> LogHead | None:
    """Shut out every other writer for this user until the transaction ends, and see where the log ends.

    The number after the last row is reserved by the same statement; whoever appends another number of rows than one
    says so with `set_last_seq`. None: the user was deleted in the meantime.
    """
    found = _reserved(connection, _RESERVE, user_id, event_id)
    if found is None and log.lock(connection, user_id) is not None:  # the first event of all
        return reserve(connection, user_id, event_id)
    return found


def reserve_quickly(connection: Connection, user_id: int, event_id: str | None) -> LogHead:
    """Reserve a number without waiting. Raises `NotQuick` where another writer is at work, or none ever was."""
    found = _reserved(connection, _RESERVE_IF_FREE, user_id, event_id)
    if found is None:
        raise NotQuick
    return found


def _reserved(
    connection: Connection, reserve: Statement, user_id: int, event_id: str | None
) -> LogHead | None:
    parameters = {"of_user": user_id, "event_id": event_id}
    with together(connection):
        # Two statements also where one could say both: while it waits for the lock, a statement keeps the view
        # of the database that it began with.
        reserving = reserve.run(connection, parameters)
        looking = _HEAD.run(connection, parameters)
    reserved, found = reserving.fetchall(), looking.fetchall()
    return _head_of(reserved[0][0], found[0]) if reserved else None


def _head_of(reserved: int, row: Sequence[Any]) -> LogHead:
    known, purged_until_us, at_us, seq, *session = row
    return LogHead(
        last_seq=reserved - 1,
        place=None if seq is None else Place(at_us, seq),
        session=None if session[0] is None else record_of(session),
        knows=known is not None,
        purged_until_us=purged_until_us,
    )


def set_last_seq(connection: Connection, user_id: int, last_seq: int) -> None:
    """Keep the number of the user's last log row."""
    connection.execute(update(trackers).where(trackers.c.user_id == user_id).values(last_seq=last_seq))
