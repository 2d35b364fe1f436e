"""Reading sessions and questions. Each function is one statement (a day: two, sent together), whatever the history.

Every condition begins with the user; places are compared as pairs (time, arrival), which both
databases answer from an index.
"""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import BindParameter, Connection, Integer, Select, and_, bindparam, func, select, tuple_

from app.db_models import events, questions, sessions
from app.store.log import is_uid
from app.store.questions import QUESTION_COLUMNS
from app.store.questions import record_of_row as question_of_row
from app.store.statements import Statement, together
from app.tracking.records import Figures, Place, QuestionRecord, SessionRecord

QuestionRows = tuple[tuple[Any, ...], ...]
"""Rows of `QUESTION_COLUMNS`: equal rows say the same."""

SESSION_COLUMNS = [sessions.c[field.name] for field in fields(SessionRecord)]
_question_place = tuple_(questions.c.started_at, questions.c.opened_by)
_user: BindParameter[int] = bindparam("user_id")
_start: BindParameter[int] = bindparam("start")
_end: BindParameter[int] = bindparam("end")


def find_session(conn: Connection, user_id: int, uid: str) -> SessionRecord | None:
    """The session in which the NEXT that carries `uid` now lies; None when there is none.

    A late event can merge sessions or split one, so an id once answered may be that of no session any
    more. It still leads to its row of the log, and the row's place to the session around it.
    """
    if not is_uid(uid):
        return None
    rows = _FOUND.rows(conn, {"user_id": user_id, "uid": uid})
    return record_of_row(rows[0]) if rows else None


_named, _before = events.alias("named"), sessions.alias("before")
_named_place = tuple_(_named.c.at, _named.c.seq)
_FOUND = Statement(
    select(*SESSION_COLUMNS)
    .join_from(
        _named,
        sessions,
        and_(
            sessions.c.user_id == _user,
            sessions.c.opened_by
            == select(_before.c.opened_by)
            .where(
                _before.c.user_id == _user,
                tuple_(_before.c.started_at, _before.c.opened_by) <= _named_place,
            )
            .order_by(_before.c.started_at.desc(), _before.c.opened_by.desc())
            .limit(1)
            .scalar_subquery(),
        ),
    )
    .where(
        _named.c.user_id == _user,
        _named.c.uid == bindparam("uid"),
        _named.c.type == "NEXT",
        _named.c.deletion.is_(None),
        tuple_(sessions.c.last_at, sessions.c.last_seq) >= _named_place,
    )
)


def active_session(conn: Connection, user_id: int) -> SessionRecord | None:
    """The user's one active session, if there is one."""
    rows = _ACTIVE.rows(conn, {"user_id": user_id})
    return record_of_row(rows[0]) if rows else None


_ACTIVE = Statement(
    select(*SESSION_COLUMNS).where(sessions.c.user_id == _user, sessions.c.ended_at.is_(None))
)


def recent_sessions(conn: Connection, user_id: int, limit: int) -> list[SessionRecord]:
    """The latest `limit` sessions, newest first."""
    rows = _RECENT.rows(conn, {"user_id": user_id, "most": limit})
    return [record_of_row(row) for row in rows]


_RECENT = Statement(
    select(*SESSION_COLUMNS)
    .where(sessions.c.user_id == _user)
    .order_by(sessions.c.started_at.desc(), sessions.c.opened_by.desc())
    .limit(bindparam("most", type_=Integer))
)


def sessions_reaching(conn: Connection, user_id: int, start: int, end: int) -> list[SessionRecord]:
    """The sessions begun in [start, end) and the last begun before, which may reach into it; oldest first."""
    rows = _REACHING.rows(conn, {"user_id": user_id, "start": start, "end": end})
    return [record_of_row(row) for row in rows]


_REACHING = Statement(
    select(*SESSION_COLUMNS)
    .where(
        sessions.c.user_id == _user,
        sessions.c.started_at
        >= func.coalesce(
            select(func.max(sessions.c.started_at))
            .where(sessions.c.user_id == _user, sessions.c.started_at < _start)
            .scalar_subquery(),
            _start,
        ),
        sessions.c.started_at < _end,
    )
    .order_by(sessions.c.started_at, sessions.c.opened_by)
)


def questions_of_session(conn: Connection, user_id: int, session: SessionRecord) -> QuestionRows:
    """The closed questions of a session in order, discarded ones included, undone and purged ones not."""
    place = {"at": session.started_at, "seq": session.opened_by}
    last = {"last_at": session.last_at, "last_seq": session.last_seq}
    return tuple(_OF_SESSION.rows(conn, {"user_id": user_id, **place, **last}))


def day(conn: Connection, user_id: int, start: int, end: int) -> tuple[list[SessionRecord], list[Figures]]:
    """What a day consists of: `sessions_reaching` it, and the questions that count and began in it, in order."""
    span = {"user_id": user_id, "start": start, "end": end}
    with together(conn):
        reaching, counted = _REACHING.run(conn, span), _COUNTED.run(conn, span)
    # Plain tuples, in the order of `Figures`: a day has hundreds of them, and each is looked at once.
    figures: list[Any] = counted.fetchall()
    return [record_of_row(row) for row in reaching.fetchall()], figures


_COUNTED = Statement(
    select(
        questions.c.started_at,
        questions.c.opened_by,
        questions.c.ended_at - questions.c.started_at,
        questions.c.ended_at - questions.c.started_at - questions.c.paused,
        questions.c.own_target,
    )
    .where(
        questions.c.user_id == _user,
        questions.c.undone_by.is_(None),
        questions.c.purged.is_(False),
        questions.c.started_at >= _start,
        questions.c.started_at < _end,
        questions.c.discarded.is_(False),
    )
    .order_by(questions.c.started_at, questions.c.opened_by)
)


def questions_after(
    conn: Connection, user_id: int, after: Place, end: int, limit: int
) -> list[QuestionRecord]:
    """At most `limit` questions, discarded ones included, that began after a place and before `end`."""
    return _questions(
        conn,
        _closed_questions(user_id)
        .where(_question_place > tuple_(*after), questions.c.started_at < end)
        .limit(limit),
    )


def state_after(conn: Connection, user_id: int, seq: int) -> str | None:
    """The machine's state after a row of the log, as stored there."""
    rows = _STATE.rows(conn, {"user_id": user_id, "seq": seq})
    return rows[0][0] if rows else None


_STATE = Statement(select(events.c.state).where(events.c.user_id == _user, events.c.seq == bindparam("seq")))


def _closed_questions(user_id: int | BindParameter[int]) -> Select[tuple[object, ...]]:
    return (
        select(*QUESTION_COLUMNS)
        .where(questions.c.user_id == user_id, questions.c.undone_by.is_(None), questions.c.purged.is_(False))
        .order_by(questions.c.started_at, questions.c.opened_by)
    )


_OF_SESSION = Statement(
    _closed_questions(_user).where(
        _question_place >= tuple_(bindparam("at"), bindparam("seq")),
        _question_place <= tuple_(bindparam("last_at"), bindparam("last_seq")),
    )
)


def record_of_row(row: Sequence[Any]) -> SessionRecord:
    """A row of `SESSION_COLUMNS` as the core knows it."""
    return SessionRecord(*row)


def _questions(conn: Connection, statement: Select[tuple[object, ...]]) -> list[QuestionRecord]:
    return [question_of_row(row) for row in conn.execute(statement)]
