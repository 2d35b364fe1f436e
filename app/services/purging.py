"""What was deleted more than 30 days ago is purged, log rows too (docs/decisions/purging.md says how and why).

Each step is a short transaction for one user, so no recording waits long; what remains is done by the next step.
"""

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from app.services import Transact
from app.services.accounts.throttling import FORGET
from app.services.corrections import RESTORABLE_US
from app.services.recording.replay import replay
from app.store import corrections, log, log_head, logins, purging, sessions, throttles
from app.store.log_head import LogHead
from app.store.purging import Rows
from app.tracking.machine import EventType
from app.tracking.records import Place
from app.tracking.timestamps import micros_of

ROWS_AT_ONCE = 200
QUESTIONS_AT_ONCE = 5


# How much was purged: sessions, questions, rows (of the log), logins (expired ones), throttles (counts of failed logins
# that block nothing any more). A sum keeps what is not zero, so it is false where nothing was purged.
Purged = Counter[str]


async def purge_all(read: Transact, write: Transact, now: datetime) -> Purged:
    """Purge everything that is due, in short transactions. Harmless when done twice at once."""
    before_us = micros_of(now) - RESTORABLE_US
    total = Purged()
    for user_id in await read(partial(purging.users_due, before_us=before_us)):
        total += await _repeat(write, partial(purge_some, user_id=user_id, now=now))
    return total + await _repeat(write, partial(sweep_some, now=now))


async def _repeat(write: Transact, step: Callable[[Connection], Purged]) -> Purged:
    total = Purged()
    while done := await write(step):
        total += done
    return total


def sweep_some(connection: Connection, now: datetime) -> Purged:
    """Delete some expired logins and some old counts of failures; nothing when there are none."""
    ended = logins.sweep(connection, now, ROWS_AT_ONCE)
    return +Purged(logins=ended, throttles=throttles.sweep(connection, now - FORGET))


def purge_some(connection: Connection, user_id: int, now: datetime) -> Purged:
    """Purge some of a user's deleted sessions and discarded questions; nothing when none is due."""
    head = log_head.lock(connection, user_id)
    if head is None:
        return Purged()  # the account is gone, with everything
    before_us = micros_of(now) - RESTORABLE_US
    number = purging.due_deletion(connection, user_id, before_us)
    if number is not None:
        purged = _purge_session(connection, user_id, number)
    else:
        purged = _purge_questions(connection, user_id, head, before_us)
    if purged:
        corrections.next_number(connection, user_id)
    return purged


def _purge_session(connection: Connection, user_id: int, number: int) -> Purged:
    rows = purging.rows_of_deletion(connection, user_id, number, ROWS_AT_ONCE)
    purging.delete_rows(connection, user_id, rows)
    if len(rows) == ROWS_AT_ONCE:
        purging.make_unrestorable(connection, user_id, number)
        return Purged(rows=len(rows))
    corrections.forget_deletion(connection, user_id, number)
    return Purged(sessions=1, rows=len(rows))


def _purge_questions(connection: Connection, user_id: int, head: LogHead, before_us: int) -> Purged:
    total = Purged()
    changed: list[Place] = []
    for question in purging.due_questions(connection, user_id, before_us, QUESTIONS_AT_ONCE):
        end = log.place_of(connection, user_id, question.closed_by)
        rows = purging.rows_between(connection, user_id, question.place, end)
        # A NEXT that closes it describes the question after it; what an EXIT says is about the one that it closes.
        describing = rows if rows[-1].type == EventType.EXIT.value else rows[:-1]
        purging.blank(connection, user_id, [row.seq for row in describing])
        purging.mark_purged(connection, user_id, question.closed_by, question.opened_by)
        # The answers to late events that arrived while it was open describe it as well. All are 30 days old: a
        # repetition is answered with how its session stands.
        arrivals = (question.opened_by, question.closed_by)
        purging.remove_answers(connection, user_id, [row.seq for row in rows], arrivals)
        session = sessions.last_until(connection, user_id, question.place)
        assert session is not None, "a question lies in a session"
        pauses = rows[1:-1] if pauses_make_no_difference(rows, session.idle_us) else []
        purging.delete_rows(connection, user_id, pauses)
        changed += [Place(row.at_us, row.seq) for row in rows]
        total += Purged(questions=1, rows=len(pauses))
    replay(connection, user_id, head, changed=changed)
    return total


def pauses_make_no_difference(rows: Rows, idle_us: int) -> bool:
    """Whether all follows alike without the rows between the first and the last, which closes the question.

    So it is where those are pauses alone and the whole question is shorter than the session's idle limit: whether
    paused or not, the session is not forgotten at its end, the last row closes the question there, and what comes
    after it begins with that row. Only the question's own paused time changes, which counts nowhere.
    """
    in_time = idle_us == 0 or rows[-1].at_us - rows[0].at_us <= idle_us
    return in_time and all(row.type == EventType.PAUSE.value for row in rows[1:-1])
