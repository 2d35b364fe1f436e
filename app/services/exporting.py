"""Questions as CSV, any range of days, page by page: no transaction waits for a client that reads slowly."""

import csv
import io
import re
from collections.abc import AsyncIterator, Callable, Iterable
from functools import partial

from sqlalchemy import Connection

from app.services import Transact
from app.services.periods import range_of
from app.services.reading import day_of
from app.store import sessions
from app.store.users import User
from app.tracking.days import FIRST_DAY, LAST_DAY, date_of, local_time
from app.tracking.pacing import seconds
from app.tracking.periods import Period
from app.tracking.records import Place, QuestionRecord, SessionRecord, target_us_of
from app.tracking.summaries import session_index, target_minutes_of
from app.tracking.timestamps import moment_of

PAGE = 1000  # questions read at a time

# With these a spreadsheet takes a text for a formula, which may reach out to the network.
FORMULA_STARTS = "=+\\-@\t\r\n＝＋－＠"  # full-width signs count as well
# Where lists are separated by semicolons, as in German, a cell begins after each of them too.
FORMULA = re.compile(f"(^|[;|\t])([{FORMULA_STARTS}])")
# Digits that a spreadsheet would not write as they are: it drops zeros at the beginning and what follows 15 digits,
# takes 12e5 for a power of ten, and reads the digits of other scripts.
CHANGED_NUMBER = re.compile(r"(?!(?:0|[1-9][0-9]{0,14})\Z)\s*\d+(?:[eE]\d+)?\s*")
BYTE_ORDER_MARK = "\ufeff"  # without it, Excel reads UTF-8 as the code page of its country


def range_asked_for(first: str | None, last: str | None) -> Period:
    """Days written as YYYY-MM-DD; without one, the range is open there. Raises `InvalidInput`."""
    return range_of(
        FIRST_DAY if first is None else day_of("from", first),
        LAST_DAY if last is None else day_of("to", last),
    )


def file_name_of(period: Period) -> str:
    """What a download of its questions is called."""
    since = f"-from-{period.first}" if period.first != FIRST_DAY else ""
    until = f"-to-{period.last}" if period.last != LAST_DAY else ""
    return f"raterhub-questions{since}{until}.csv"


async def question_rows(read: Transact, user: User, period: Period) -> AsyncIterator[str]:
    """A byte order mark and a line of column names with the first page, then page by page the questions of the period.

    The oldest question comes first.
    """
    start_us, end_us = period.bounds(user.zone)
    header = BYTE_ORDER_MARK + text_of([COLUMNS])
    after: Place | None = Place(start_us, -1)  # numbers of events begin at 1
    while after is not None:
        text, after = await read(partial(question_page, user=user, after=after, end_us=end_us))
        yield header + text
        header = ""


def question_page(conn: Connection, user: User, after: Place, end_us: int) -> tuple[str, Place | None]:
    """The rows of at most `PAGE` questions that began after a place and before `end_us`.

    With the place where the next page goes on; None after the last.
    """
    questions = sessions.questions_after(conn, user.id, after, end_us, PAGE)
    if not questions:
        return "", None
    around = sessions.sessions_reaching(conn, user.id, questions[0].started_us, questions[-1].started_us + 1)
    beginnings = [session.place for session in around]
    rows = []
    for question in questions:
        session = around[session_index(beginnings, question.place)]
        rows.append([cell(question, session, user.zone) for cell in COLUMNS.values()])
    return text_of(rows), questions[-1].place if len(questions) == PAGE else None


def harmless(text: str | None) -> str:
    """Text that no spreadsheet takes for a formula or a number, marked by an apostrophe where it would be one."""
    text = text or ""
    return f"'{text}" if CHANGED_NUMBER.fullmatch(text) else FORMULA.sub(r"\1'\2", text)


def text_of(rows: Iterable[Iterable[object]]) -> str:
    """Rows as CSV."""
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows(rows)
    return buffer.getvalue()


def _local(micros: int, zone: str) -> str:
    # Without an offset spreadsheets take it for a time; the UTC column tells apart what comes twice a year.
    return local_time(micros, zone).replace(tzinfo=None).isoformat(" ", "milliseconds")


def _utc(micros: int) -> str:
    return moment_of(micros).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


# The cells of a question, by the names of their columns in the order of the file. New ones stand last.
COLUMNS: dict[str, Callable[[QuestionRecord, SessionRecord, str], object]] = {
    # The user's day to which it belongs.
    "date": lambda question, _, zone: date_of(question.started_us, zone),
    "started_local": lambda question, _, zone: _local(question.started_us, zone),
    "ended_local": lambda question, _, zone: _local(question.ended_us, zone),
    "timezone": lambda _, __, zone: zone,
    "started_utc": lambda question, *_: _utc(question.started_us),
    "ended_utc": lambda question, *_: _utc(question.ended_us),
    "raw_seconds": lambda question, *_: seconds(question.raw_us),
    "active_seconds": lambda question, *_: seconds(question.active_us),
    "paused_seconds": lambda question, *_: seconds(question.paused_us),
    "target_seconds": lambda question, session, _: seconds(
        target_us_of(target_minutes_of(question, session))
    ),
    "target_minutes": lambda question, session, _: target_minutes_of(question, session),
    "status": lambda question, *_: "discarded" if question.discarded else "counted",
    "task_id": lambda question, *_: harmless(question.task.task_id),
    "task_type": lambda question, *_: harmless(question.task.task_type),
    "session_id": lambda _, session, __: session.uid,
    "question_id": lambda question, *_: question.uid,
}
