"""Sessions, and the questions in them. A function is one statement (`find_session` is two).

Every condition begins with the user; places are compared as pairs (time, arrival), which both
databases answer from an index.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import BindParameter, Connection, Integer, bindparam, delete, func, select, tuple_, update

from app.db_models import questions, sessions
from app.store.log import find_uid
from app.store.questions import QUESTION_COLUMNS
from app.store.questions import between as closed_between
from app.store.questions import record_of as question_of
from app.store.statements import Statement
from app.tracking.records import TASK_FIELDS, Figures, Place, Question, QuestionRecord, SessionRecord, Task

_FIELDS = tuple(field.name for field in fields(SessionRecord))
_OPEN_QUESTION = _FIELDS.index("open_question")
SESSION_COLUMNS = [sessions.c[name] for name in _FIELDS]
_session_place = tuple_(sessions.c.started_us, sessions.c.opened_by)
_question_place = tuple_(questions.c.started_us, questions.c.opened_by)
_user: BindParameter[int] = bindparam("user_id")
_start: BindParameter[int] = bindparam("start")
_end: BindParameter[int] = bindparam("end")
_encode = json.JSONEncoder(separators=(",", ":")).encode  # made once: it costs as much as what it encodes


def find_session(conn: Connection, user_id: int, uid: str) -> SessionRecord | None:
    """The session in which the NEXT that carries `uid` now lies; None when there is none.

    A late event can merge sessions or split one, so an id once answered may be that of no session any
    more. It still leads to its row of the log, and the row's place to the session around it.
    """
    row = find_uid(conn, user_id, uid)
    if row is None or row.deletion is not None:
        return None
    return session_around(conn, user_id, Place(row.at_us, row.seq))


def session_around(conn: Connection, user_id: int, place: Place) -> SessionRecord | None:
    """The session in which a place lies, from its first to its latest event; None when there is none."""
    session = last_until(conn, user_id, place)
    return session if session is not None and place <= session.last else None


def active_session(conn: Connection, user_id: int) -> SessionRecord | None:
    """The user's one active session, if there is one."""
    rows = _ACTIVE.rows(conn, {"user_id": user_id})
    return record_of(rows[0]) if rows else None


_ACTIVE = Statement(
    select(*SESSION_COLUMNS).where(sessions.c.user_id == _user, sessions.c.ended_us.is_(None))
)


def recent_sessions(conn: Connection, user_id: int, limit: int) -> list[SessionRecord]:
    """The latest `limit` sessions, newest first."""
    rows = _RECENT.rows(conn, {"user_id": user_id, "most": limit})
    return [record_of(row) for row in rows]


_RECENT = Statement(
    select(*SESSION_COLUMNS)
    .where(sessions.c.user_id == _user)
    .order_by(sessions.c.started_us.desc(), sessions.c.opened_by.desc())
    .limit(bindparam("most", type_=Integer))
)


def sessions_reaching(conn: Connection, user_id: int, start_us: int, end_us: int) -> list[SessionRecord]:
    """The sessions begun in [start, end) and the last begun before, which may reach into it; oldest first."""
    rows = _REACHING.rows(conn, {"user_id": user_id, "start": start_us, "end": end_us})
    return [record_of(row) for row in rows]


# The instant at which the session begins that may reach into a span; else the span's own begin.
_from_session = func.coalesce(
    select(func.max(sessions.c.started_us))
    .where(sessions.c.user_id == _user, sessions.c.started_us < _start)
    .scalar_subquery(),
    _start,
)

_REACHING = Statement(
    select(*SESSION_COLUMNS)
    .where(sessions.c.user_id == _user, sessions.c.started_us >= _from_session, sessions.c.started_us < _end)
    .order_by(sessions.c.started_us, sessions.c.opened_by)
)


def questions_of_session(conn: Connection, user_id: int, session: SessionRecord) -> list[QuestionRecord]:
    """The closed questions of a session in order, discarded ones included, purged ones not."""
    end = Place(session.last_us, session.last_seq + 1)
    found = closed_between(conn, user_id, session.place, end).values()
    return [question for question in found if not question.purged]


def counted(conn: Connection, user_id: int, start_us: int, end_us: int) -> list[Figures]:
    """The questions that count of the sessions that reach into [start, end), begun before its end; in order."""
    # Plain tuples, in the order of `Figures`: a year has thousands of them, and each is looked at once.
    figures: list[Any] = _COUNTED.rows(conn, {"user_id": user_id, "start": start_us, "end": end_us})
    return figures


_COUNTED = Statement(
    select(
        questions.c.started_us,
        questions.c.opened_by,
        questions.c.ended_us - questions.c.started_us,
        questions.c.ended_us - questions.c.started_us - questions.c.paused_us,
        questions.c.own_target_us,
        questions.c.task_type,
        questions.c.uid,
    )
    .where(
        questions.c.user_id == _user,
        questions.c.purged.is_(False),
        questions.c.started_us >= _from_session,
        questions.c.started_us < _end,
        questions.c.discarded.is_(False),
    )
    .order_by(questions.c.started_us, questions.c.opened_by)
)


def questions_after(
    conn: Connection, user_id: int, after: Place, end: int, limit: int
) -> list[QuestionRecord]:
    """At most `limit` questions, discarded ones included, that began after a place and before `end`."""
    statement = (
        select(*QUESTION_COLUMNS)
        .where(questions.c.user_id == user_id, questions.c.purged.is_(False))
        .where(_question_place > tuple_(*after), questions.c.started_us < end)
        .order_by(questions.c.started_us, questions.c.opened_by)
    )
    return [question_of(row) for row in conn.execute(statement.limit(limit))]


def last_until(conn: Connection, user_id: int, place: Place) -> SessionRecord | None:
    """The session that began last before or at a place."""
    rows = _LAST_UNTIL.rows(conn, {"user_id": user_id, "at_us": place.at_us, "seq": place.seq})
    return record_of(rows[0]) if rows else None


_LAST_UNTIL = Statement(
    select(*SESSION_COLUMNS)
    .where(sessions.c.user_id == _user, _session_place <= tuple_(bindparam("at_us"), bindparam("seq")))
    .order_by(sessions.c.started_us.desc(), sessions.c.opened_by.desc())
    .limit(1)
)


def begun_between(conn: Connection, user_id: int, start: Place, end: Place) -> list[SessionRecord]:
    """The sessions that began from `start` to `end`, both included, in order."""
    span = {**start._asdict(), "last_us": end.at_us, "last_seq": end.seq}
    return [record_of(row) for row in _BEGUN_BETWEEN.rows(conn, {"user_id": user_id, **span})]


_BEGUN_BETWEEN = Statement(
    select(*SESSION_COLUMNS)
    .where(
        sessions.c.user_id == _user,
        _session_place >= tuple_(bindparam("at_us"), bindparam("seq")),
        _session_place <= tuple_(bindparam("last_us"), bindparam("last_seq")),
    )
    .order_by(sessions.c.started_us, sessions.c.opened_by)
)


_ADD = Statement(sessions.insert().values({column.name: bindparam(column.name) for column in sessions.c}))
_CHANGE = Statement(
    update(sessions)
    .where(sessions.c.user_id == bindparam("of_user"), sessions.c.opened_by == bindparam("of_session"))
    .values({name: bindparam(name) for name in _FIELDS if name != "opened_by"})
)


def add(conn: Connection, user_id: int, records: Iterable[SessionRecord]) -> None:
    """Store sessions that are not there."""
    _ADD.run_many(conn, [_values(record) | {"user_id": user_id} for record in records])


def change(conn: Connection, user_id: int, record: SessionRecord) -> None:
    """Store what became of a session that is there."""
    values = _values(record)
    values["of_user"], values["of_session"] = user_id, values.pop("opened_by")
    _CHANGE.run(conn, values)


def remove(conn: Connection, user_id: int, numbers: Sequence[int]) -> None:
    """Delete the sessions opened by the events with these numbers."""
    _REMOVE.run_many(conn, [{"user_id": user_id, "number": number} for number in numbers])


_REMOVE = Statement(
    delete(sessions).where(sessions.c.user_id == _user, sessions.c.opened_by == bindparam("number"))
)


def record_of(row: Sequence[Any]) -> SessionRecord:
    """The session in a row of `SESSION_COLUMNS`."""
    values = list(row)
    if values[_OPEN_QUESTION] is not None:
        values[_OPEN_QUESTION] = load_question(values[_OPEN_QUESTION])
    return SessionRecord(*values)


def _values(record: SessionRecord) -> dict[str, Any]:
    values = {name: getattr(record, name) for name in _FIELDS}
    if record.open_question is not None:
        values["open_question"] = dump_question(record.open_question)
    return values


def dump_question(question: Question) -> str:
    """An open question as JSON; what its task does not say is left out."""
    said = {name: getattr(question.task, name) for name in TASK_FIELDS}
    stored = {name: getattr(question, name) for name in ("opened_by", "started_us", "uid", "paused_us")}
    return _encode(stored | {name: value for name, value in said.items() if value is not None})


def load_question(text: str) -> Question:
    """The question that `dump_question` wrote."""
    stored: dict[str, Any] = json.loads(text)
    task = Task(**{name: stored.pop(name, None) for name in TASK_FIELDS})
    return Question(**stored, task=task)
