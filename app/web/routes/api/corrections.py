"""Corrections: a session's target; deleting and restoring sessions and questions.

Each answers with the session as it stands after the correction, read in the same transaction.
"""

from collections.abc import Callable
from datetime import datetime

from fastapi import APIRouter
from sqlalchemy import Connection

from app.models import DeletedOut, SessionSummaryOut, TargetIn
from app.services import corrections, reading
from app.services.accounts.accounts import User
from app.web.admission import Demands, GuardedRoute
from app.web.dependencies import CurrentUser, Now, Write

router = APIRouter(prefix="/sessions/{session_id}", tags=["sessions"], route_class=GuardedRoute)


@router.patch("")
@Demands(limit="corrections")
async def set_target(
    session_id: str, body: TargetIn, user: CurrentUser, write: Write, now: Now
) -> SessionSummaryOut:
    """Give the session a target of its own; questions with one of theirs keep it."""
    minutes = body.target_minutes_per_question
    return await _corrected(
        write, user, now, lambda conn: corrections.set_session_target(conn, user, session_id, minutes)
    )


@router.delete("")
@Demands(limit="corrections")
async def delete_session(session_id: str, user: CurrentUser, write: Write, now: Now) -> DeletedOut:
    """Take the events that it has by now out of every figure. It can be restored for 30 days."""
    uid = await write(lambda conn: corrections.delete_session(conn, user, session_id, now))
    return DeletedOut(session_id=uid)


@router.post("/restore")
@Demands(limit="corrections")
async def restore_session(session_id: str, user: CurrentUser, write: Write, now: Now) -> SessionSummaryOut:
    """Bring a deleted session back, ended at its last event."""
    return await _corrected(
        write, user, now, lambda conn: corrections.restore_session(conn, user, session_id, now)
    )


@router.delete("/questions/{question_id}")
@Demands(limit="corrections")
async def discard_question(
    session_id: str, question_id: str, user: CurrentUser, write: Write, now: Now
) -> SessionSummaryOut:
    """Take the question out of every figure; the others are numbered anew."""
    return await _corrected(
        write,
        user,
        now,
        lambda conn: corrections.discard_question(conn, user, session_id, question_id, now),
    )


@router.post("/questions/{question_id}/restore")
@Demands(limit="corrections")
async def restore_question(
    session_id: str, question_id: str, user: CurrentUser, write: Write, now: Now
) -> SessionSummaryOut:
    """Count the question again."""
    return await _corrected(
        write,
        user,
        now,
        lambda conn: corrections.restore_question(conn, user, session_id, question_id, now),
    )


async def _corrected(
    write: Write, user: User, now: datetime, correction: Callable[[Connection], str]
) -> SessionSummaryOut:
    summary = await write(
        lambda conn: reading.session_summary(conn, user, correction(conn), now),
    )
    return SessionSummaryOut.model_validate(summary)
