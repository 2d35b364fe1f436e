"""The answer to an event: all that a widget draws."""

import json
from dataclasses import dataclass, replace
from typing import Any

from pydantic_core import to_json

from app.store.log import Arrival
from app.tracking import pacing
from app.tracking.machine import Event, EventType, Transition
from app.tracking.projection import state_of
from app.tracking.records import QuestionRecord, SessionRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class EventAnswer:
    """The session in which an event landed, as it stands. Instants are microseconds since the epoch, spans seconds.

    It is stored with its event, for a repeated delivery: a field that is renamed or removed needs a migration of
    `events.answer`.
    """

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
    clock_differs: bool = False

    def fields(self) -> dict[str, Any]:
        """Its fields by name."""
        return {name: getattr(self, name) for name in self.__slots__}

    def kept_for(self, arrival: Arrival) -> str | None:
        """What is kept with the event, as JSON: an event without an id is never known again, so nothing."""
        return None if arrival.event_id is None else to_json(self.fields()).decode()


def repeated(text: str) -> EventAnswer:
    """The kept answer, for an event that was delivered again. What only a later version knows is left out."""
    kept = {name: value for name, value in json.loads(text).items() if name in EventAnswer.__slots__}
    return replace(EventAnswer(**kept), duplicate=True)


NOTHING_ACTIVE = EventAnswer(message="No active session. Press NEXT to start one.")


def describe(session: SessionRecord, arrival: Arrival, event: Event, transition: Transition) -> EventAnswer:
    """The answer to an event about its session as it stands at the event's arrival."""
    message = _message_of(session, event, transition)
    return standing(
        session, arrival.received_us, message, transition.closed, clock_differs=arrival.clock_differs
    )


def standing(
    session: SessionRecord,
    now_us: int,
    message: str | None = None,
    closed: QuestionRecord | None = None,
    *,
    clock_differs: bool = False,
) -> EventAnswer:
    """How a session stands at the instant `now_us`; with the question that an event closed, where there is one."""
    count = session.question_count
    pace = pacing.pace_of(session.active_us, session.target_us, count)
    return EventAnswer(
        message=_standing(session) if message is None else message,
        session_id=session.uid,
        is_active=session.is_active,
        total_questions=count,
        last_event_type=session.last_type,
        last_question_index=count,
        avg_active_seconds=pacing.seconds(session.active_us, count),
        avg_active_mmss=pacing.mmss(session.active_us, count),
        pace_label=pace.label,
        pace_emoji=pace.emoji,
        pace_ratio=pace.ratio,
        score=pace.score,
        clock_differs=clock_differs,
        **({} if closed is None else _of_closed(closed)),
        **_of_open(session, now_us),
    )


def _of_closed(closed: QuestionRecord) -> dict[str, Any]:
    return {
        "last_question_raw_seconds": pacing.seconds(closed.raw_us),
        "last_question_active_seconds": pacing.seconds(closed.active_us),
        "last_question_active_mmss": pacing.mmss(closed.active_us),
    }


def _of_open(session: SessionRecord, now_us: int) -> dict[str, Any]:
    state = state_of(session)
    if state is None:
        return {}
    own_minutes = state.question.task.target_minutes
    return {
        "is_paused": state.paused_since_us is not None,
        "forgotten": state.forgotten_at(now_us),
        "current_question_index": session.question_count + 1,
        "current_question_started_at": state.question.started_us,
        "current_target_minutes": session.target_minutes if own_minutes is None else own_minutes,
        "current_question_paused_seconds": pacing.seconds(state.question.paused_us),
        "paused_since": state.paused_since_us,
    }


def _message_of(session: SessionRecord, event: Event, transition: Transition) -> str:
    """What an event did, in a sentence or two for the user who pressed."""
    if transition.opens:
        forgotten = "The forgotten session was ended. " if transition.auto_closed else ""
        return forgotten + "Session started. " + _standing(session)
    if transition.auto_closed:
        return "The forgotten session was ended at its last event."
    match event.type:
        case EventType.PAUSE:
            return "Paused." if transition.state and transition.state.paused_since_us else "Resumed."
        case EventType.UNDO:
            return "Undone. " + _standing(session)
        case EventType.EXIT:
            return "Session ended." + _discarded(transition.closed)
        case _:
            return _standing(session) + _discarded(transition.closed)


def _discarded(closed: QuestionRecord | None) -> str:
    return " The last one was discarded." if closed is not None and closed.discarded else ""


def _standing(session: SessionRecord) -> str:
    if not session.is_active:
        return f"The session has {session.question_count} questions."
    paused = ", paused" if session.paused_since_us is not None else ""
    return f"Question {session.question_count + 1} is open{paused}."
