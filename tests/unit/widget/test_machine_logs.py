"""The machine that the widget draws is the core's: on random logs, and from any answer of the server on."""

import json
import random
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from app.tracking.projection import LogRow
from app.tracking.timestamps import moment_of
from tests.unit.widget.sessions import SECOND, USUAL_MINUTES, answer_to_last, logged, micros, row, steps

pytestmark = pytest.mark.node

VIEWS = Path(__file__).with_name("views.js")
BEGIN = 1_795_000_000  # seconds: times as large as real ones, for the precision of a double


def _drawn(logs: Sequence[tuple[dict[str, Any] | None, Sequence[LogRow]]]) -> list[list[dict[str, Any]]]:
    """The view after each of a log's events, in the tables' words."""
    sent = [{"adopted": adopted, "events": [_sent(each) for each in events]} for adopted, events in logs]
    command = ["node", str(VIEWS)]
    done = subprocess.run(command, input=json.dumps(sent), capture_output=True, text=True, check=True)
    views: list[list[dict[str, Any]]] = json.loads(done.stdout)
    for view in (view for each in views for view in each):
        view["pace"][1] = round(view["pace"][1], 6)
    return views


def _adopted(answer: dict[str, Any] | None = None) -> dict[str, Any]:
    nothing = {"is_active": False, "total_questions": 0, "avg_active_seconds": 0, "pace_ratio": 0}
    return {"answer": answer or nothing, "shift": 0, "covers": [], "usualMinutes": USUAL_MINUTES}


def _answer(log: Sequence[LogRow]) -> dict[str, Any]:
    """The server's answer to the last event of a log, put together by the server's own code."""
    answer_or_none = answer_to_last(log)
    if answer_or_none is None:
        return dict(_adopted()["answer"])
    answer = answer_or_none.fields()
    for name in ("current_question_started_at", "paused_since"):
        answer[name] = None if answer[name] is None else _iso(answer[name])
    return answer


def _iso(at: int) -> str:
    return moment_of(at).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _sent(each: LogRow) -> dict[str, Any]:
    event = each.event
    fields = {"discard": event.discard, "target_minutes": event.task.target_minutes}
    set_fields = {name: value for name, value in fields.items() if value is not None}
    return {"event_id": str(event.seq), "type": event.type, "timestamp": _iso(event.at_us), **set_fields}


def _log(seed: int) -> list[LogRow]:
    """1 to 40 presses, up to minutes or only microseconds apart."""
    chance, at = random.Random(seed), BEGIN * SECOND
    events = list[LogRow]()
    for seq in range(1, chance.randint(1, 40) + 1):
        at += chance.choice([0, 1, chance.randint(0, 999), chance.randint(0, 400 * SECOND)])
        kind = chance.choices(["NEXT", "PAUSE", "UNDO", "EXIT"], [8, 4, 4, 1])[0]
        fields: dict[str, Any] = {}
        if kind in ("NEXT", "EXIT") and chance.random() < 0.3:
            fields["discard"] = True
        if kind == "NEXT" and chance.random() < 0.5:
            fields["target_minutes"] = chance.choice([1.5, 2, 0.0333, 7.1234, 600, chance.randint(1, 99) / 7])
        events.append(row(kind, at, seq, **fields))
    return events


def test_machine_agrees_with_the_core_on_random_logs() -> None:
    logs = {seed: _log(seed) for seed in range(300)}
    drawn = _drawn([(_adopted(), log) for log in logs.values()])
    for (seed, log), views in zip(logs.items(), drawn, strict=True):
        for step, (view, after) in enumerate(zip(views, steps(log), strict=True)):
            assert (seed, step, view) == (seed, step, after)


def test_machine_goes_on_from_any_answer_of_the_server() -> None:
    """Without UNDO after it: only the server knows the questions before."""
    logs = {seed: _log(seed) for seed in range(150)}
    cases, expected = [], []
    for seed, log in logs.items():
        cut = random.Random(-seed).randint(1, len(log))
        rest = [each for each in log[cut:] if each.event.type != "UNDO"]
        answer = _answer(log[:cut])
        # Where all of them together took no time, no target follows from the ratio.
        if not rest or (answer["total_questions"] and not answer["pace_ratio"]):
            continue
        cases.append((_adopted(answer), rest))
        expected.append((seed, list(steps([*log[:cut], *rest]))[cut:]))
    assert len(cases) > 90
    for (seed, after), views in zip(expected, _drawn(cases), strict=True):
        for step, (view, each) in enumerate(zip(views, after, strict=True)):
            assert (seed, step, view) == (seed, step, each)


def test_undo_right_after_an_answer_to_next_brings_its_question_back() -> None:
    pressed = [("NEXT", 0), ("NEXT", 300), ("PAUSE", 310), ("PAUSE", 350), ("NEXT", 390.000001)]
    log = logged([[kind, BEGIN + at] for kind, at in pressed])
    undo = row("UNDO", micros(BEGIN + 400), 6)
    assert _drawn([(_adopted(_answer(log)), [undo])]) == [list(steps([*log, undo]))[-1:]]


def test_undo_right_after_an_answer_to_discard_brings_the_discarded_question_back() -> None:
    log = logged([["NEXT", BEGIN], ["NEXT", BEGIN + 300, {"discard": True}]])
    undo = row("UNDO", micros(BEGIN + 400), 3)
    adopted = {**_adopted(_answer(log)), "discarded": True}
    assert _drawn([(adopted, [undo])]) == [list(steps([*log, undo]))[-1:]]


def test_undo_beyond_what_the_browser_knows_is_not_guessed() -> None:
    log = logged([["NEXT", BEGIN], ["NEXT", BEGIN + 300], ["PAUSE", BEGIN + 310], ["PAUSE", BEGIN + 350]])
    rest = [row("UNDO", micros(BEGIN + 400), 5), row("NEXT", micros(BEGIN + 500), 6)]
    undone, after = _drawn([(_adopted(_answer(log)), rest)])[0]
    unknown = ["not known yet", 0]
    assert undone == {
        "open": {"index": 1, "started": None, "paused": 40, "paused_since": None, "target": None},
        "counted": {"count": 0, "active": None, "target": None},
        "pace": ["No questions", 0],
    }
    assert (after["counted"], after["pace"]) == ({"count": 1, "active": None, "target": None}, unknown)
