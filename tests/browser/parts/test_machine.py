"""The machine that the widget draws is the core's: by the table of cases, by random logs, and from any answer on."""

import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from app.tracking.projection import LogRow
from app.tracking.timestamps import moment_of
from tests.widget.sessions import SECOND, USUAL_MINUTES, answer_to_last, logged, micros, row, steps

TABLE = Path(__file__).parents[2] / "widget" / "machine_cases.json"
CASES = json.loads(TABLE.read_text(encoding="utf-8"))
BEGIN = 1_795_000_000  # seconds: times as long as real ones, for what a double holds of them

# The view after each of a log's events, in the tables' words.
DRAWN = """async (text) => {
  const { project, sessionPace } = await import("/machine.js");
  const seconds = (ms) => ms === null ? null : Math.round(ms * 1000) / 1e6;
  const told = (view) => ({
    open: view.active ? {
      index: view.index, started: seconds(view.startedAt), paused: seconds(view.pausedMs),
      paused_since: seconds(view.pausedSince), target: view.targetMinutes,
    } : null,
    counted: { count: view.count, active: seconds(view.activeSumMs), target: seconds(view.targetSumMs) },
    pace: (({ label, ratio }) => [label, ratio])(sessionPace(view)),
  });
  return JSON.stringify(JSON.parse(text).map(
    ({ adopted, events }) => events.map((_, i) => told(project(adopted, events.slice(0, i + 1))))));
}"""


def _drawn(
    page: Page, logs: Sequence[tuple[dict[str, Any] | None, Sequence[LogRow]]]
) -> list[list[dict[str, Any]]]:
    # As text: thousands of small objects take the driver longer than the machine.
    sent = [{"adopted": adopted, "events": [_sent(each) for each in events]} for adopted, events in logs]
    views: list[list[dict[str, Any]]] = json.loads(page.evaluate(DRAWN, json.dumps(sent)))
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


def test_machine_agrees_with_the_core_in_every_case(page: Page) -> None:
    logs = [logged([[kind, BEGIN + at, *fields] for kind, at, *fields in case["events"]]) for case in CASES]
    drawn = _drawn(page, [(_adopted(), log) for log in logs])
    for case, views in zip(CASES, drawn, strict=True):
        if not views:
            continue
        after = views[-1]
        for key in ("started", "paused_since"):
            if after["open"] and after["open"][key] is not None:
                after["open"][key] = (micros(after["open"][key]) - BEGIN * SECOND) / SECOND
        assert {"name": case["name"], "events": case["events"], **after} == case


def test_machine_agrees_with_the_core_on_random_logs(page: Page) -> None:
    logs = {seed: _log(seed) for seed in range(300)}
    drawn = _drawn(page, [(_adopted(), log) for log in logs.values()])
    for (seed, log), views in zip(logs.items(), drawn, strict=True):
        for step, (view, after) in enumerate(zip(views, steps(log), strict=True)):
            assert (seed, step, view) == (seed, step, after)


def test_machine_goes_on_from_any_answer_of_the_server(page: Page) -> None:
    """Without UNDO after it: what lay below is told by the server alone."""
    logs = {seed: _log(seed) for seed in range(150)}
    cases, expected = [], []
    for seed, log in logs.items():
        cut = random.Random(-seed).randint(1, len(log))
        rest = [each for each in log[cut:] if each.event.type != "UNDO"]
        answer = _answer(log[:cut])
        # Where all of them together took no time, the ratio tells no target.
        if not rest or (answer["total_questions"] and not answer["pace_ratio"]):
            continue
        cases.append((_adopted(answer), rest))
        expected.append((seed, list(steps([*log[:cut], *rest]))[cut:]))
    assert len(cases) > 90
    for (seed, after), views in zip(expected, _drawn(page, cases), strict=True):
        for step, (view, each) in enumerate(zip(views, after, strict=True)):
            assert (seed, step, view) == (seed, step, each)


def test_undo_right_after_an_answer_to_next_brings_its_question_back(page: Page) -> None:
    pressed = [("NEXT", 0), ("NEXT", 300), ("PAUSE", 310), ("PAUSE", 350), ("NEXT", 390.000001)]
    log = logged([[kind, BEGIN + at] for kind, at in pressed])
    undo = row("UNDO", micros(BEGIN + 400), 6)
    assert _drawn(page, [(_adopted(_answer(log)), [undo])]) == [list(steps([*log, undo]))[-1:]]


def test_undo_right_after_an_answer_to_discard_brings_the_discarded_question_back(page: Page) -> None:
    log = logged([["NEXT", BEGIN], ["NEXT", BEGIN + 300, {"discard": True}]])
    undo = row("UNDO", micros(BEGIN + 400), 3)
    adopted = {**_adopted(_answer(log)), "discarded": True}
    assert _drawn(page, [(adopted, [undo])]) == [list(steps([*log, undo]))[-1:]]


def test_undo_beyond_what_the_browser_knows_is_not_guessed(page: Page) -> None:
    log = logged([["NEXT", BEGIN], ["NEXT", BEGIN + 300], ["PAUSE", BEGIN + 310], ["PAUSE", BEGIN + 350]])
    rest = [row("UNDO", micros(BEGIN + 400), 5), row("NEXT", micros(BEGIN + 500), 6)]
    undone, after = _drawn(page, [(_adopted(_answer(log)), rest)])[0]
    unknown = ["not known yet", 0]
    assert undone == {
        "open": {"index": 1, "started": None, "paused": 40, "paused_since": None, "target": None},
        "counted": {"count": 0, "active": None, "target": None},
        "pace": ["No questions", 0],
    }
    assert (after["counted"], after["pace"]) == ({"count": 1, "active": None, "target": None}, unknown)


def test_target_is_unknown_until_the_usual_one_is_known(page: Page) -> None:
    log = logged([["NEXT", BEGIN], ["NEXT", BEGIN + 60, {"target_minutes": 2}], ["NEXT", BEGIN + 180]])
    adopted = {**_adopted(), "usualMinutes": None}
    views = _drawn(page, [(adopted, log), (None, log[1:])])
    assert [view["open"]["target"] for view in views[0]] == [None, 2, None]
    assert views[0][-1]["pace"] == ["not known yet", 0]
    # Before this browser was ever connected, with targets from the pages.
    assert views[1][-1]["pace"] == ["on target", 1]


def test_stamps_are_shifted_to_the_servers_clock(page: Page) -> None:
    adopted = {**_adopted(), "shift": -3 * 3600 * 1000}
    views = _drawn(page, [(adopted, logged([["NEXT", BEGIN + 3 * 3600 + 0.000123]]))])
    assert views[0][0]["open"]["started"] == BEGIN + 0.000123
