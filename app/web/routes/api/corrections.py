"""Corrections: a session's target; deleting and restoring sessions and questions.

Each answers with the session as it stands after the correction, read in the same transaction.
"""

from collections.abc import Callable
from functools import partial

from fastapi import APIRouter
from sqlalchemy import Connection

from app.models import DeletedOut, SessionSummaryOut, TargetIn
from app.services import corrections, reading
from app.tracking.summaries import SessionSummary
from app.web.admission import Demands, GuardedRoute
from app.web.dependencies import Context, UserContext

router = APIRouter(prefix="/sessions/{session_id}", tags=["sessions"], route_class=GuardedRoute)


@router.patch("")
@Demands(limit="corrections")
async def set_target(context: UserContext, session_id: str, body: TargetIn) -> SessionSummaryOut:
    """Give the session a target of its own; questions with one of theirs keep it."""
    minutes = body.target_minutes_per_question
    correct = partial(corrections.set_session_target, user=context.user, uid=session_id, minutes=minutes)
    return await _corrected(context, correct)


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
    correct = partial(corrections.restore_session, user=context.user, uid=session_id, now=context.now)
    return await _corrected(context, correct)


@router.delete("/questions/{question_id}")
@Demands(limit="corrections")
async def discard_question(context: UserContext, session_id: str, question_id: str) -> SessionSummaryOut:
    """Take the question out of every figure; the others are numbered anew."""
    mark = partial(corrections.mark_question, user=context.user, session_uid=session_id)
    return await _corrected(context, partial(mark, question_uid=question_id, now=context.now, discard=True))


@router.post("/questions/{question_id}/restore")
@Demands(limit="corrections")
async def restore_question(context: UserContext, session_id: str, question_id: str) -> SessionSummaryOut:
    """Count the question again."""
    mark = partial(corrections.mark_question, user=context.user, session_uid=session_id)
    return await _corrected(context, partial(mark, question_uid=question_id, now=context.now, discard=False))


async def _corrected(context: Context, correct: Callable[[Connection], str]) -> SessionSummaryOut:
    def correct_and_read(conn: Connection) -> SessionSummary:
        return reading.session_summary(conn, context.user, correct(conn), context.now)

    return SessionSummaryOut.model_validate(await context.write(correct_and_read))
