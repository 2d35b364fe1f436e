"""What the core says a log comes to, in the words of the tables: the last session, open or just ended. Seconds."""

from collections.abc import Iterator, Sequence
from typing import Any

from app.tracking.machine import Closing, Effect, Event, EventType, State, replay
from app.tracking.pacing import pace_of
from app.tracking.records import target_micros

SECOND = 1_000_000
USUAL_MINUTES = 5.0  # the target of a question that brings none


def micros(seconds: float) -> int:
    """Seconds as whole microseconds."""
    return round(seconds * SECOND)


def logged(events: Sequence[Sequence[Any]]) -> list[Event]:
    """`[type, seconds, {"discard", "target_minutes"}?]` as rows of the log."""
    return [
        Event(EventType(kind), micros(at), seq, **(fields[0] if fields else {}))
        for seq, (kind, at, *fields) in enumerate(events, start=1)
    ]


def _minutes(closing: Closing) -> float:
    return closing.question.target_minutes or USUAL_MINUTES


def steps(events: Sequence[Event]) -> Iterator[dict[str, Any]]:
    """After each event: the open question (`open`, null without one), `counted` and `pace` of the session."""
    counted: dict[int, Closing] = {}
    for event, transition in replay(events):
        if Effect.OPENED in transition.effect:
            counted = {}
        if transition.closed is not None and not transition.closed.discarded:
            counted[event.seq] = transition.closed
        if transition.undoes is not None:
            counted.pop(transition.undoes, None)
        yield _described(transition.state, list(counted.values()))


def _described(state: State | None, counted: list[Closing]) -> dict[str, Any]:
    active = sum(each.ended_at - each.question.started_at - each.question.paused for each in counted)
    target = sum(target_micros(_minutes(each)) for each in counted)
    pace = pace_of(active, target, len(counted))
    return {
        "open": None if state is None else _open(state, len(counted) + 1),
        "counted": {"count": len(counted), "active": active / SECOND, "target": target / SECOND},
        "pace": [pace.label, round(pace.ratio, 6)],
    }


def _open(state: State, index: int) -> dict[str, Any]:
    return {
        "index": index,
        "started": state.question.started_at / SECOND,
        "paused": state.question.paused / SECOND,
        "paused_since": None if state.paused_since is None else state.paused_since / SECOND,
        "target": state.question.target_minutes or USUAL_MINUTES,
    }
