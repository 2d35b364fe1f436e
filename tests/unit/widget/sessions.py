"""What the core says a log comes to, in the words of the tables: the last session, active or just ended. Seconds."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

from app.services.recording.response import EventAnswer, describe
from app.store.log import Arrival
from app.tracking.machine import Event, EventType, Refused
from app.tracking.pacing import pace_of
from app.tracking.projection import LogRow, Projection
from app.tracking.records import SessionRecord, Task

SECOND = 1_000_000
USUAL_MINUTES = 5.0  # the target of a question that brings none


def micros(seconds: float) -> int:
    """Seconds as whole microseconds."""
    return round(seconds * SECOND)


def logged(events: Sequence[Sequence[Any]]) -> list[LogRow]:
    """`[type, seconds, {"discard", "target_minutes"}?]` as rows of the log."""
    return [
        row(kind, micros(at), seq, **(fields[0] if fields else {}))
        for seq, (kind, at, *fields) in enumerate(events, start=1)
    ]


def row(
    kind: str, at_us: int, seq: int, discard: bool | None = None, target_minutes: float | None = None
) -> LogRow:
    """One row of the log."""
    event = Event(EventType(kind), at_us, seq, discard, task=Task(target_minutes=target_minutes))
    return LogRow(event, USUAL_MINUTES)


def steps(log: Sequence[LogRow]) -> Iterator[dict[str, Any]]:
    """After each event: the open question (`open`, null without one), `counted` and `pace` of the session."""
    projection = Projection()
    for each in log:
        projection.settle(each)
        yield _described(_latest(projection))


def answer_to_last(log: Sequence[LogRow]) -> EventAnswer | None:
    """The server's answer to the last event of a log that had an effect; None where none had."""
    projection, answer = Projection(), None
    for each in log:
        with suppress(Refused):
            transition, session = projection.take(each)
            answer = describe(projection.sessions[session], Arrival(each.event.at_us), each.event, transition)
    return answer


def _latest(projection: Projection) -> SessionRecord | None:
    return next(reversed(projection.sessions.values()), None)


def _described(session: SessionRecord | None) -> dict[str, Any]:
    count, active_us, target_us = (
        (0, 0, 0) if session is None else (session.question_count, session.active_us, session.target_us)
    )
    pace = pace_of(active_us, target_us, count)
    return {
        "open": None if session is None or session.open_question is None else _open(session),
        "counted": {"count": count, "active": active_us / SECOND, "target": target_us / SECOND},
        "pace": [pace.label, round(pace.ratio, 6)],
    }


def _open(session: SessionRecord) -> dict[str, Any]:
    question, paused_since_us = session.open_question, session.paused_since_us
    assert question is not None, "only an active session has an open question"
    return {
        "index": session.question_count + 1,
        "started": question.started_us / SECOND,
        "paused": question.paused_us / SECOND,
        "paused_since": None if paused_since_us is None else paused_since_us / SECOND,
        "target": question.task.target_minutes or USUAL_MINUTES,
    }
