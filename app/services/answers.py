"""What a widget is told after an event: all that it draws, in one answer."""

import json
from dataclasses import dataclass, replace
from typing import Any

from pydantic_core import to_json

from app.tracking import pacing
from app.tracking.machine import Closing, Effect, Event, EventType, State, Transition
from app.tracking.records import MICROS_PER_SECOND, SessionRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class EventAnswer:
    """The session in which an event landed, as it stands. Instants are microseconds since the epoch, spans seconds."""

    message: str
    duplicate: bool = False
    session_id: str | None = None
    is_active: bool = False
    is_paused: bool = False
    forgotten: bool = False
    current_question_index: int | None = None
    current_question_started_at: int | None = None
    current_target_minutes: float | None = None
    current_question_paused_seconds: float | None = None
    paused_since: int | None = None
    total_questions: int = 0
    last_event_type: str | None = None
    last_question_index: int = 0
    last_question_active_seconds: float | None = None
    last_question_raw_seconds: float | None = None
    last_question_active_mmss: str | None = None
    avg_active_seconds: float = 0.0
    avg_active_mmss: str = "00:00"
    pace_label: str = pacing.NO_PACE.label
    pace_emoji: str = pacing.NO_PACE.emoji
    pace_ratio: float = pacing.NO_PACE.ratio
    score: int = pacing.NO_PACE.score

    def fields(self) -> dict[str, Any]:
        """Its fields by name."""
        return {name: getattr(self, name) for name in self.__slots__}

    def dumps(self) -> str:
        """As text, to be kept with the event."""
        return to_json(self.fields()).decode()


def repeated(text: str) -> EventAnswer:
    """The kept answer, for an event that was delivered again."""
    return replace(EventAnswer(**json.loads(text)), duplicate=True)


NOTHING_ACTIVE = EventAnswer(message="No active session. Press NEXT to start one.")


def describe(
    session: SessionRecord, state: State | None, *, now: int, closed: Closing | None = None, message: str
) -> EventAnswer:
    """The answer for a session; `state` is the machine's, None where the session has ended."""
    count = session.question_count
    pace = pacing.pace_of(session.active, session.target, count)
    return EventAnswer(
        message=message,
        session_id=session.uid,
        is_active=session.is_active,
        total_questions=count,
        last_event_type=session.last_type,
        last_question_index=count,
        avg_active_seconds=pacing.seconds(session.active, count),
        avg_active_mmss=pacing.mmss(session.active, count),
        pace_label=pace.label,
        pace_emoji=pace.emoji,
        pace_ratio=pace.ratio,
        score=pace.score,
        **({} if closed is None else _of_closed(closed)),
        **({} if state is None else _of_open(session, state, now)),
    )


def _of_closed(closed: Closing) -> dict[str, Any]:
    raw = closed.ended_at - closed.question.started_at
    active = raw - closed.question.paused
    return {
        "last_question_raw_seconds": raw / MICROS_PER_SECOND,
        "last_question_active_seconds": active / MICROS_PER_SECOND,
        "last_question_active_mmss": pacing.mmss(active),
    }


def _of_open(session: SessionRecord, state: State, now: int) -> dict[str, Any]:
    question = state.question
    return {
        "is_paused": state.paused_since is not None,
        "forgotten": state.forgotten_at(now),
        "current_question_index": session.question_count + 1,
        "current_question_started_at": question.started_at,
        "current_target_minutes": (
            session.target_minutes if question.target_minutes is None else question.target_minutes
        ),
        "current_question_paused_seconds": question.paused / MICROS_PER_SECOND,
        "paused_since": state.paused_since,
    }


def message_of(event: Event, transition: Transition, session: SessionRecord, state: State | None) -> str:
    """What an event did, in a sentence or two for the person who pressed."""
    effect = transition.effect
    if effect & Effect.OPENED:
        forgotten = "The forgotten session was ended. " if effect & Effect.AUTO_CLOSED else ""
        return forgotten + "Session started. " + standing(session, state)
    if effect & Effect.AUTO_CLOSED:
        return "The forgotten session was ended at its last event."
    match event.type:
        case EventType.PAUSE:
            return "Paused." if transition.state and transition.state.paused_since else "Resumed."
        case EventType.UNDO:
            return "Undone. " + standing(session, state)
        case EventType.EXIT:
            return "Session ended." + _closed(transition.closed)
        case _:
            return standing(session, state) + _closed(transition.closed)


def _closed(closed: Closing | None) -> str:
    return " The last one was discarded." if closed is not None and closed.discarded else ""


def standing(session: SessionRecord, state: State | None) -> str:
    """How a session stands, in a sentence."""
    if state is None:
        return f"The session has {session.question_count} questions."
    paused = ", paused" if state.paused_since is not None else ""
    return f"Question {session.question_count + 1} is open{paused}."
