"""The table of cases that the widget's own machine is held against says what the core does."""

import json
from pathlib import Path
from typing import Any

import pytest

from app.tracking.machine import Effect, Event, EventType, replay

CASES = json.loads((Path(__file__).parent / "machine_cases.json").read_text(encoding="utf-8"))
SECOND = 1_000_000


def _after(events: list[list[Any]]) -> dict[str, Any] | None:
    log = [
        Event(EventType(kind), at * SECOND, seq, discard=bool(rest and rest[0]))
        for seq, (kind, at, *rest) in enumerate(events, start=1)
    ]
    state, counted = None, set[int]()
    for event, transition in replay(log):
        if Effect.OPENED in transition.effect:
            counted.clear()
        if transition.closed is not None and not transition.closed.discarded:
            counted.add(event.seq)
        if transition.undoes is not None:
            counted.discard(transition.undoes)
        state = transition.state
    if state is None:
        return None
    return {
        "index": len(counted) + 1,
        "started": state.question.started_at / SECOND,
        "paused": state.question.paused / SECOND,
        "paused_since": None if state.paused_since is None else state.paused_since / SECOND,
    }


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_core_machine_agrees(case: dict[str, Any]) -> None:
    assert _after(case["events"]) == case["after"]
