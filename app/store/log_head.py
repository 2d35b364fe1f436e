"""Where a user's log ends: all that an ordinary event needs to know, in two statements that change nothing.

The user leads both. The first locks, the second sees what the one who held the lock before has written.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, and_, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite

from app.db_models import events, sessions, trackers, users
from app.store.sessions import SESSION_COLUMNS, record_of
from app.store.statements import Statement
from app.tracking.records import Place, SessionRecord


@dataclass(frozen=True, slots=True)
class LogHead:
    """The end of a log whose user is locked until the transaction ends."""

    last_seq: int  # of the last row to arrive
    place: Place | None = None  # of the last row by time; None: there is none
    session: SessionRecord | None = None  # the active one
    knows: bool = False  # whether the event of the given id is in the log
    purged_until_us: int | None = None  # the latest instant, as sent, of purged events; None: there are none

    def may_be_purged(self, instant_us: int | None) -> bool:
        """Whether an event that is not in the log, of this instant as sent, may have been there before a purge.

        A repetition has the instant of the first delivery, so one look at the latest of them is enough for nearly
        all events; for those without an instant it is not.
        """
        return self.purged_until_us is not None and (instant_us is None or instant_us <= self.purged_until_us)


_lock = select(trackers.c.user_id).where(trackers.c.user_id == bindparam("of_user"))
_LOCK = Statement(_lock.with_for_update())
_LOCK_IF_FREE = Statement(_lock.with_for_update(skip_locked=True))
_SET_LAST = Statement(
    update(trackers).where(trackers.c.user_id == bindparam("of_user")).values(last_seq=bindparam("number"))
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
    select(
        trackers.c.last_seq,
        _known,
        trackers.c.purged_until_us,
        events.c.at_us,
        events.c.seq,
        *SESSION_COLUMNS,
    )
    .select_from(trackers)
    .outerjoin(events, and_(events.c.user_id == trackers.c.user_id, events.c.seq == _newest))
    .outerjoin(sessions, and_(sessions.c.user_id == trackers.c.user_id, sessions.c.ended_us.is_(None)))
    .where(trackers.c.user_id == bindparam("of_user"))
)


def lock(
    connection: Connection, user_id: int, event_id: str | None = None, *, wait: bool = True
) -> LogHead | None:
    """Shut out every other writer for this user until the transaction ends, and read where the log ends.

    Every change to a user's log begins here. The row lock is what makes "one active session" and "exactly once" hold
    among threads and processes: a second writer waits until the first has committed and then sees what it wrote.
    Whoever appends rows keeps the new number with `set_last_seq`. None: the user was deleted in the meantime;
    without `wait` also: another writer is at work, or none ever was.
    """
    head = _locked(connection, _LOCK if wait else _LOCK_IF_FREE, user_id, event_id)
    if head is None and wait:
        insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
        user = select(users.c.id).where(users.c.id == user_id)
        connection.execute(insert(trackers).from_select(["user_id"], user).on_conflict_do_nothing())
        head = _locked(connection, _LOCK, user_id, event_id)
    return head


def _locked(connection: Connection, locking: Statement, user_id: int, event_id: str | None) -> LogHead | None:
    parameters = {"of_user": user_id, "event_id": event_id}
    if connection.dialect.name == "sqlite":  # has one writer, and no locks of rows
        found = _HEAD.rows(connection, parameters)
        return _head_of(found[0]) if found else None
    # Two statements also where one could say both: while it waits for the lock, a statement keeps the view of the
    # database that it began with.
    lock_sent = locking.run(connection, {"of_user": user_id})
    head_sent = _HEAD.run(connection, parameters)
    locked, found = lock_sent.fetchall(), head_sent.fetchall()
    return _head_of(found[0]) if locked else None


def _head_of(row: Sequence[Any]) -> LogHead:
    last_seq, known, purged_until_us, at_us, seq, *session = row
    return LogHead(
        last_seq=last_seq,
        place=None if seq is None else Place(at_us, seq),
        session=None if session[0] is None else record_of(session),
        knows=known is not None,
        purged_until_us=purged_until_us,
    )


def set_last_seq(connection: Connection, user_id: int, last_seq: int) -> None:
    """Keep the number of the user's last log row."""
    _SET_LAST.run(connection, {"of_user": user_id, "number": last_seq})
