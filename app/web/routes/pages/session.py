"""A session: its page, and the forms that correct it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Literal
from uuid import uuid4

from fastapi import APIRouter, Form
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from app.services import corrections, reading
from app.services.accounts.accounts import User
from app.services.corrections import End
from app.services.reading import Running
from app.services.refusals import Refusal
from app.services.validation import target_of
from app.tracking.machine import Refused
from app.tracking.summaries import QuestionSummary, SessionSummary
from app.web.admission import Demands, PageRoute
from app.web.dependencies import AppSettings, CurrentUser, Now, Read, Write
from app.web.routes.pages import charts
from app.web.routes.pages.flash import notice_of
from app.web.routes.pages.form_errors import NOTHING, Shown, number_of, shown
from app.web.routes.pages.forms import EndForm, PageForm, TargetForm
from app.web.templating import (
    clock,
    local_date,
    machine_time,
    minutes_text,
    off_target,
    render,
    seconds_text,
    tone_of,
)
from app.web.texts import Said, gettext

router = APIRouter(prefix="/dashboard/sessions/{session_id}", route_class=PageRoute)

QUESTION_ACTS = {
    "delete": (corrections.discard_question, "question-deleted"),
    "restore": (corrections.restore_question, "question-restored"),
}
TOP = "#content"  # else a browser keeps the fragment of the form's address, and the notice is out of sight
PART = 250  # questions in the list at a time: the page of a long session must not become slow to draw


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of the list of questions."""

    number: int
    first: int
    last: int
    is_shown: bool


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """A counted question as its row shows it."""

    question: QuestionSummary
    began: str  # ISO 8601
    clock: str
    tone: str  # fast, near, slow
    off_target: str
    raw: str
    target: str
    delete: str  # the button's name for screen readers
    address: str  # of the question, for its forms


@dataclass(frozen=True, slots=True)
class SessionPage:
    """What `session.html` receives as `page`."""

    summary: SessionSummary
    zone: str
    day: date  # on which it began
    last_day: date  # on which its last question began
    questions: Sequence[QuestionSummary]  # of the part shown
    part: int
    parts: list[Part]
    gauge: charts.Gauge
    strip: charts.Strip | None
    running: Running | None  # None when it has ended
    end_min: str  # the earliest time to choose for its end
    event_id: str  # for the EXIT of the form that ends it
    refusals: Mapping[str, Said | None]  # by form: target, end

    def rows(self) -> Iterator[QuestionRow]:
        """The questions of the part shown, in the language that is being written."""
        target, delete = gettext("{minutes} min"), gettext("Delete question {number}")
        questions = f"/dashboard/sessions/{self.summary.session_id}/questions"
        for question in self.questions:
            yield QuestionRow(
                question,
                began=machine_time(question.started_at),
                clock=clock(question.started_at, self.zone, self.day),
                tone=tone_of(question),
                off_target=off_target(question),
                raw=seconds_text(question.raw_seconds),
                target=target.format(minutes=minutes_text(question.target_minutes)),
                delete=delete.format(number=question.index),
                address=f"{questions}/{question.id}",
            )


@router.get("")
async def session_page(
    request: Request, session_id: str, user: CurrentUser, read: Read, now: Now, part: int = 1
) -> Response:
    """One session."""
    return await _page(request, session_id, user, read, now, part=part)


@router.post("/target")
@Demands(limit="corrections")
async def change_target(
    request: Request,
    session_id: str,
    form: Annotated[TargetForm, Form()],
    user: CurrentUser,
    read: Read,
    write: Write,
    now: Now,
) -> Response:
    """Minutes per question in this session."""
    try:
        minutes = target_of(number_of("target_minutes", form.target_minutes))
        uid = await write(lambda conn: corrections.set_session_target(conn, user, session_id, minutes))
    except Refusal as refusal:
        return await _page(
            request, session_id, user, read, now, form="target", refused=shown(request, refusal)
        )
    return _to_session(uid, "target-changed", fragment=TOP)


@router.post("/end")
@Demands(limit="corrections")
async def end(
    request: Request,
    session_id: str,
    form: Annotated[EndForm, Form()],
    user: CurrentUser,
    read: Read,
    write: Write,
    now: Now,
    settings: AppSettings,
) -> Response:
    """End it at a chosen time."""
    chosen = End(form.when, form.at, form.event_id)
    try:
        uid = await write(
            lambda conn: corrections.end_session(
                conn, user, session_id, chosen, idle_us=settings.session_idle_us, now=now
            )
        )
    except (Refusal, Refused) as refusal:
        return await _page(request, session_id, user, read, now, form="end", refused=shown(request, refusal))
    return _to_session(uid, "session-ended", fragment=TOP)


@router.post("/delete")
@Demands(limit="corrections")
async def delete(
    session_id: str, _form: Annotated[PageForm, Form()], user: CurrentUser, read: Read, write: Write, now: Now
) -> Response:
    """Take it out of every figure; the next page offers to undo that."""
    summary = await read(lambda conn: reading.session_summary(conn, user, session_id, now))
    uid = await write(lambda conn: corrections.delete_session(conn, user, session_id, now))
    day = local_date(summary.started_at, user.timezone)
    return RedirectResponse(f"/dashboard/today?date={day}&done=session-deleted&session={uid}", 303)


@router.post("/restore")
@Demands(limit="corrections")
async def restore(
    session_id: str, _form: Annotated[PageForm, Form()], user: CurrentUser, write: Write, now: Now
) -> Response:
    """Bring it back."""
    uid = await write(lambda conn: corrections.restore_session(conn, user, session_id, now))
    return _to_session(uid, "session-restored")


@router.post("/questions/{question_id}/{act}")
@Demands(limit="corrections")
async def correct_question(
    session_id: str,
    question_id: str,
    act: Literal["delete", "restore"],
    _form: Annotated[PageForm, Form()],
    user: CurrentUser,
    write: Write,
    now: Now,
    part: int = 1,
) -> Response:
    """Count a question nowhere, or count it again; the next page offers to undo that."""
    correction, done = QUESTION_ACTS[act]
    uid = await write(lambda conn: correction(conn, user, session_id, question_id, now))
    return _to_session(uid, done, question_id, part)


def _to_session(
    uid: str, done: str, question_id: str | None = None, part: int = 1, *, fragment: str = ""
) -> Response:
    undo = f"&session={uid}&question={question_id}" if question_id else ""
    where = f"&part={part}" if part > 1 else ""
    return RedirectResponse(f"/dashboard/sessions/{uid}?done={done}{undo}{where}{fragment}", 303)


async def _page(
    request: Request,
    session_id: str,
    user: User,
    read: Read,
    now: datetime,
    *,
    part: int = 1,
    form: str = "",
    refused: Shown = NOTHING,
) -> Response:
    page = await read(lambda conn: _load(conn, session_id, user, now, part, {form: refused.refusal}))
    return render(
        request,
        "session.html",
        status=refused.status,
        headers=refused.headers,
        section="sessions",
        notice=notice_of(request.query_params),
        page=page,
    )


def _load(
    conn: Connection,
    session_id: str,
    user: User,
    now: datetime,
    asked: int,
    refusals: Mapping[str, Said | None],
) -> SessionPage:
    summary = reading.session_summary(conn, user, session_id, now)
    running = reading.running(conn, user, now) if summary.is_active else None
    closed = (*summary.questions, *summary.discarded)
    last_began = max((item.started_at for item in closed), default=summary.started_at)
    part = min(max(asked, 1), max(1, -(-len(summary.questions) // PART)))
    return SessionPage(
        summary=summary,
        zone=user.timezone,
        day=local_date(summary.started_at, user.timezone),
        last_day=local_date(last_began, user.timezone),
        questions=summary.questions[(part - 1) * PART : part * PART],
        part=part,
        parts=_parts(len(summary.questions), part),
        gauge=charts.gauge(summary.pace_ratio, summary.total_questions),
        strip=charts.strip(summary, user.timezone),
        running=running,
        end_min=corrections.chosen_from(running, user.timezone) if running else "",
        event_id=str(uuid4()),
        refusals=refusals,
    )


def _parts(questions: int, shown: int) -> list[Part]:
    numbers = range(1, -(-questions // PART) + 1)
    return [
        Part(number, (number - 1) * PART + 1, min(number * PART, questions), number == shown)
        for number in numbers
    ]
