"""A session: its page, and the forms that correct it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Annotated, Literal
from uuid import uuid4

from fastapi import APIRouter, Form, Query
from sqlalchemy import Connection
from starlette.responses import RedirectResponse, Response

from app.services import corrections, live, reading
from app.services.corrections import End
from app.services.reading import Running
from app.services.refusals import InvalidInput, Refusal
from app.services.validation import target_of
from app.tracking.machine import Refused, Sentence
from app.tracking.summaries import ClosedQuestion, QuestionSummary, SessionSummary
from app.web import texts
from app.web.admission import Demands, PageRoute
from app.web.dependencies import Context, UserContext
from app.web.flash import TOP
from app.web.routes.pages import charts
from app.web.routes.pages.forms import NOTHING, EndForm, PageForm, Shown, TargetForm
from app.web.routes.pages.session_view import View, part_of, question_of, stretch_of
from app.web.templating import local_date, minutes_value

router = APIRouter(prefix="/dashboard/sessions/{session_id}", route_class=PageRoute)

VIEW = View()
PART = 250  # questions in the list at a time: the page of a long session must not become slow to draw


@dataclass(frozen=True, slots=True)
class SessionPage:
    """What `session.html` receives as `page`."""

    summary: SessionSummary
    day: date  # on which it began
    last_day: date  # on which its last question began
    questions: Sequence[QuestionSummary]  # of the part shown
    part: int
    parts: Sequence[tuple[int, int]]  # the first and the last question of each
    strip: charts.Strip | None
    stretch: charts.Stretch | None  # of the session in the strip; None: all of it
    chosen: ClosedQuestion | None  # the question to which the address leads
    typed: View  # for the fields of what was refused
    running: Running | None  # None when it has ended
    target: str  # minutes per question, as typed or as stored
    end_at: str  # the time that was chosen, if it was refused
    event_id: str  # for the EXIT of the form that ends it
    refusals: Mapping[str, Sentence]  # by form: target, end, question, from, to
    version: str  # of what it shows


@router.get("")
async def session_page(
    context: UserContext,
    session_id: str,
    part: int = 1,
    question: Annotated[str, Query(description="A number in the session, or an id.")] = "",
    first: Annotated[str, Query(alias="from", description="The drawing begins with this question.")] = "",
    last: Annotated[str, Query(alias="to", description="The drawing ends with this question.")] = "",
) -> Response:
    """One session."""
    view = View(part, question, first, last)
    try:
        return await _page(context, session_id, view=view)
    except InvalidInput as refusal:
        refused = Shown.of(context.request, refusal.field, refusal)
        return await _page(context, session_id, refused, view=View(part), typed=view)


@router.post("/target")
@Demands(limit="corrections")
async def change_target(
    context: UserContext, session_id: str, form: Annotated[TargetForm, Form()]
) -> Response:
    """Minutes per question in this session."""
    try:
        minutes = target_of(form.minutes("target_minutes"))
        uid = await context.write(corrections.set_session_target, context.user, session_id, minutes)
    except Refusal as refusal:
        return await _page(context, session_id, Shown.of(context.request, "target", refusal), form=form)
    return _to_session(uid, "target-changed", fragment=TOP)


@router.post("/end")
@Demands(limit="corrections")
async def end(context: UserContext, session_id: str, form: Annotated[EndForm, Form()]) -> Response:
    """End it at a chosen time."""
    try:
        uid = await context.write(
            corrections.end_session,
            context.user,
            session_id,
            End(form.when, form.at, form.event_id),
            idle_us=context.settings.session_idle_us,
            now=context.now,
        )
    except (Refusal, Refused) as refusal:
        return await _page(context, session_id, Shown.of(context.request, "end", refusal), form=form)
    return _to_session(uid, "session-ended", fragment=TOP)


@router.post("/delete")
@Demands(limit="corrections")
async def delete(context: UserContext, session_id: str, _form: Annotated[PageForm, Form()]) -> Response:
    """Take it out of every figure; the next page offers to undo that."""
    user, now = context.user, context.now

    def delete_and_date(conn: Connection) -> tuple[str, date]:
        began = reading.session_summary(conn, user, session_id, now).started_at
        return corrections.delete_session(conn, user, session_id, now), local_date(began, user.zone)

    uid, day = await context.write(delete_and_date)
    return RedirectResponse(f"/dashboard/today?date={day}&done=session-deleted&session={uid}", 303)


@router.post("/restore")
@Demands(limit="corrections")
async def restore(context: UserContext, session_id: str, _form: Annotated[PageForm, Form()]) -> Response:
    """Bring it back."""
    uid = await context.write(corrections.restore_session, context.user, session_id, context.now)
    return _to_session(uid, "session-restored")


@router.post("/questions/{question_id}/{act}")
@Demands(limit="corrections")
async def correct_question(
    context: UserContext,
    session_id: str,
    question_id: str,
    act: Literal["delete", "restore"],
    _form: Annotated[PageForm, Form()],
    part: int = 1,
) -> Response:
    """Count a question nowhere, or count it again; the next page offers to undo that."""
    mark = partial(corrections.mark_question, discard=act == "delete")
    uid = await context.write(mark, context.user, session_id, question_id, context.now)
    return _to_session(uid, f"question-{act}d", question_id, part)


def _to_session(
    uid: str, done: str, question_id: str | None = None, part: int = 1, *, fragment: str = ""
) -> Response:
    undo = f"&session={uid}&question={question_id}" if question_id else ""
    where = f"&part={part}" if part > 1 else ""
    return RedirectResponse(f"/dashboard/sessions/{uid}?done={done}{undo}{where}{fragment}", 303)


async def _page(
    context: Context,
    session_id: str,
    refused: Shown = NOTHING,
    *,
    view: View = VIEW,
    typed: View = VIEW,
    form: TargetForm | EndForm | None = None,
) -> Response:
    page = await context.read(_load, context, session_id, view, typed, form, refused.refusals)
    return await refused.render_long(context.request, "session.html", "sessions", page)


def _load(
    conn: Connection,
    context: Context,
    session_id: str,
    view: View,
    typed: View,
    form: TargetForm | EndForm | None,
    refusals: Mapping[str, Sentence],
) -> SessionPage:
    user, now = context.user, context.now
    summary = reading.session_summary(conn, user, session_id, now)
    running = reading.running(conn, user, now) if summary.is_active else None
    closed = (*summary.questions, *summary.discarded)
    last_began = max((item.started_at for item in closed), default=summary.started_at)
    count = len(summary.questions)
    parts = [(first + 1, min(first + PART, count)) for first in range(0, count, PART)]
    chosen, stretch = question_of(view, summary), stretch_of(view, summary)
    part = max(1, min(part_of(view, chosen, PART), len(parts)))
    return SessionPage(
        summary=summary,
        day=local_date(summary.started_at, user.zone),
        last_day=local_date(last_began, user.zone),
        questions=summary.questions[(part - 1) * PART : part * PART],
        part=part,
        parts=parts,
        strip=charts.strip(summary, user.zone, stretch),
        stretch=stretch,
        chosen=chosen,
        typed=typed,
        running=running,
        target=form.target_minutes
        if isinstance(form, TargetForm)
        else minutes_value(summary.target_minutes_per_question, texts.language_of(context.request)),
        end_at=form.at if isinstance(form, EndForm) else "",
        event_id=str(uuid4()),
        refusals=refusals,
        version=live.version(conn, user),
    )
