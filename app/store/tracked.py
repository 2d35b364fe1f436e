"""All that is stored of a user's tracking, to be held against the log."""

from sqlalchemy import Connection, select

from app.db_models import questions, sessions, trackers
from app.store import sessions as session_store
from app.store.questions import QUESTION_COLUMNS, record_of
from app.tracking.records import QuestionRecord, SessionRecord


def user_ids(connection: Connection) -> list[int]:
    """The users who have a log, in order of their ids."""
    return list(connection.execute(select(trackers.c.user_id).order_by(trackers.c.user_id)).scalars())


def last_seq(connection: Connection, user_id: int) -> int:
    """The number that the last row of the user's log was given."""
    statement = select(trackers.c.last_seq).where(trackers.c.user_id == user_id)
    return connection.execute(statement).scalar_one_or_none() or 0


def all_questions(connection: Connection, user_id: int) -> dict[int, QuestionRecord]:
    """Every stored question, by the event that closed it."""
    rows = connection.execute(select(*QUESTION_COLUMNS).where(questions.c.user_id == user_id))
    return {row.closed_by: record_of(row) for row in rows}


def own_targets(connection: Connection, user_id: int) -> dict[int, int | None]:
    """The stored own target of each question in microseconds, by the event that closed it."""
    rows = connection.execute(
        select(questions.c.closed_by, questions.c.own_target_us).where(questions.c.user_id == user_id)
    )
    return {row.closed_by: row.own_target_us for row in rows}


def all_sessions(connection: Connection, user_id: int) -> dict[int, SessionRecord]:
    """Every stored session, by the opening event."""
    rows = connection.execute(select(*session_store.SESSION_COLUMNS).where(sessions.c.user_id == user_id))
    return {row.opened_by: session_store.record_of(row) for row in rows}
