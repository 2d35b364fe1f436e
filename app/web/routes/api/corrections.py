"""Corrections: a session's target; deleting and restoring sessions and questions.

Each answers with the session as it stands after the correction, read in the same transaction.
"""

from collections.abc import Callable
from typing import Concatenate, ParamSpec

from fastapi import APIRouter
from sqlalchemy import Connection

from app.models import DeletedOut, SessionSummaryOut, TargetIn
from app.services import corrections, reading
from app.services.accounts.accounts import User
from app.tracking.summaries import SessionSummary
from app.web.admission import Demands, GuardedRoute
from app.web.dependencies import Context, UserContext

P = ParamSpec("P")

router = APIRouter(prefix="/sessions/{session_id}", tags=["sessions"], route_class=GuardedRoute)


@router.patch("")
@Demands(limit="corrections")
async def set_target(context: UserContext, session_id: str, body: TargetIn) -> SessionSummaryOut:
    """Give the session a target of its own; questions with one of theirs keep it."""
    minutes = body.target_minutes_per_question
    return await _corrected(context, corrections.set_session_target, session_id, minutes)


@router.delete("")
@Demands(limit="corrections")
async def delete_session(context: UserContext, session_id: str) -> DeletedOut:
    """Take the events that it has by now out of every figure. It can be restored for 30 days."""
    uid = await context.write(corrections.delete_session, context.user, session_id, context.now)
    return DeletedOut(session_id=uid)


@router.post("/restore")
@Demands(limit="corrections")
async def restore_session(context: UserContext, session_id: str) -> SessionSummaryOut:
    """Bring a deleted session back, ended at its last event."""
    return await _corrected(context, corrections.restore_session, session_id, context.now)


@router.delete("/questions/{question_id}")
@Demands(limit="corrections")
async def discard_question(context: UserContext, session_id: str, question_id: str) -> SessionSummaryOut:
    """Take the question out of every figure; the others are numbered anew."""
    change = corrections.mark_question
    return await _corrected(context, change, session_id, question_id, context.now, discard=True)


@router.post("/questions/{question_id}/restore")
@Demands(limit="corrections")
async def restore_question(context: UserContext, session_id: str, question_id: str) -> SessionSummaryOut:
    """Count the question again."""
    change = corrections.mark_question
    return await _corrected(context, change, session_id, question_id, context.now, discard=False)


async def _corrected(
    context: Context,
    correct: Callable[Concatenate[Connection, User, P], str],
    *args: P.args,
    **named: P.kwargs,
) -> SessionSummaryOut:
    def correct_and_read(conn: Connection) -> SessionSummary:
        uid = correct(conn, context.user, *args, **named)
        return reading.session_summary(conn, context.user, uid, context.now)

    return SessionSummaryOut.model_validate(await context.write(correct_and_read))
