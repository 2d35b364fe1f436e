"""Questions as CSV, any range of days, page by page: no transaction waits for a client that reads slowly."""

import csv
import io
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

from sqlalchemy import Connection

from app.services import Transact
from app.services.reading import day_of
from app.services.refusals import InvalidInput
from app.store import sessions
from app.store.users import User
from app.tracking.days import FIRST_DAY, LAST_DAY, date_of, day_bounds, local_time
from app.tracking.pacing import seconds
from app.tracking.records import Place, QuestionRecord, SessionRecord, target_us_of
from app.tracking.summaries import session_index, target_minutes_of
from app.tracking.timestamps import moment_of

PAGE = 1000  # questions read at a time

COLUMNS = (
    "date",  # the user's day to which it belongs
    "started_local",
    "ended_local",
    "timezone",
    "started_utc",
    "ended_utc",
    "raw_seconds",
    "active_seconds",
    "paused_seconds",
    "target_seconds",
    "target_minutes",
    "status",  # counted or discarded
    "task_id",
    "task_type",
    "session_id",
    "question_id",
)

# With these a spreadsheet takes a text for a formula, which may reach out to the network.
FORMULA_STARTS = "=+\\-@\t\r\n＝＋－＠"  # full-width signs count as well
# Where lists are separated by semicolons, as in German, a cell begins after each of them too.
FORMULA = re.compile(f"(^|[;|\t])([{FORMULA_STARTS}])")


@dataclass(frozen=True, slots=True)
class Range:
    """Local days, both included."""

    first: date = FIRST_DAY
    last: date = LAST_DAY

    @property
    def file_name(self) -> str:
        """What a download of this range is called."""
        parts = ["raterhub-questions"]
        if self.first != FIRST_DAY:
            parts.append(f"from-{self.first}")
        if self.last != LAST_DAY:
            parts.append(f"to-{self.last}")
        return "-".join(parts) + ".csv"


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows as text, and where the next page goes on; None after the last."""

    text: str
    after: Place | None


def range_asked_for(first: str | None, last: str | None) -> Range:
    """Days written as YYYY-MM-DD; without one, the range is open there. Raises `InvalidInput`."""
    days = Range(
        FIRST_DAY if first is None else day_of("from", first),
        LAST_DAY if last is None else day_of("to", last),
    )
    if days.first > days.last:
        raise InvalidInput("from", "The first day of the range lies after the last.")
    return days


async def question_rows(read: Transact, user: User, days: Range) -> AsyncIterator[str]:
    """A line of column names with the first page, then page by page: the questions of the range, oldest first."""
    start, _ = day_bounds(days.first, user.timezone)
    _, end = day_bounds(days.last, user.timezone)
    header = text_of([COLUMNS])
    after: Place | None = Place(start, -1)  # numbers of events begin at 1
    while after is not None:
        page = await read(partial(question_page, user=user, after=after, end=end))
        yield header + page.text
        header, after = "", page.after


def question_page(conn: Connection, user: User, after: Place, end: int) -> Page:
    """The rows of at most `PAGE` questions that began after a place and before `end`."""
    questions = sessions.questions_after(conn, user.id, after, end, PAGE)
    if not questions:
        return Page("", None)
    around = sessions.sessions_reaching(conn, user.id, questions[0].started_us, questions[-1].started_us + 1)
    beginnings = [session.place for session in around]
    rows = [
        row_of(question, around[session_index(beginnings, question.place)], user.timezone)
        for question in questions
    ]
    return Page(text_of(rows), questions[-1].place if len(questions) == PAGE else None)


def row_of(question: QuestionRecord, session: SessionRecord, zone: str) -> tuple[object, ...]:
    """One question in the order of `COLUMNS`."""
    minutes = target_minutes_of(question, session)
    return (
        date_of(question.started_us, zone),
        _local(question.started_us, zone),
        _local(question.ended_us, zone),
        zone,
        _utc(question.started_us),
        _utc(question.ended_us),
        seconds(question.raw_us),
        seconds(question.active_us),
        seconds(question.paused_us),
        seconds(target_us_of(minutes)),
        minutes,
        "discarded" if question.discarded else "counted",
        harmless(question.task.task_id),
        harmless(question.task.task_type),
        session.uid,
        question.uid,
    )


def harmless(text: str | None) -> str:
    """Text that no spreadsheet takes for a formula."""
    if text is None:
        return ""
    return FORMULA.sub(r"\1'\2", text)


def text_of(rows: Sequence[Sequence[object]]) -> str:
    """Rows as CSV."""
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows(rows)
    return buffer.getvalue()


def _local(micros: int, zone: str) -> str:
    # Without an offset spreadsheets take it for a time; the UTC column tells apart what comes twice a year.
    return local_time(micros, zone).replace(tzinfo=None).isoformat(" ", "milliseconds")


def _utc(micros: int) -> str:
    return moment_of(micros).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
