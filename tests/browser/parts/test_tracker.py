"""The widget without its face, on a storage and a network of the test's own."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page

HALF_AN_HOUR = 1_800_000

TRACKER = """
async ({ answers, work }) => {
  const { createTracker } = await import("/tracker.js");
  const values = new Map([["link", { token: "t", account: "a", since: "now" }]]);
  const storage = {
    get: async (key) => values.get(key), set: async (key, value) => void values.set(key, structuredClone(value)),
    remove: async (key) => void values.delete(key), keys: async () => [...values.keys()], onChange: () => undefined,
  };
  let model;
  const transport = async (method, path) => (
    path in answers ? { status: 200, text: JSON.stringify(answers[path].shift()), retryAfter: null }
      : { status: 0, text: "", retryAfter: null });
  const tracker = createTracker(storage, transport, (drawn) => (model = drawn));
  const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  await tracker.start();
  await wait(50);
  await (new Function("tracker", "wait", `return (async () => {${work}})()`))(tracker, wait);
  await wait(100);
  const events = [...values].filter(([key]) => /^(event|done):/.test(key)).map(([, { event }]) => event);
  return {
    events: events.map(({ type, timestamp }) => [type, Date.parse(timestamp)]).sort((a, b) => a[1] - b[1]),
    now: Date.now(), index: model.view.index, waiting: model.waiting, clock: tracker.now(),
  };
}
"""


def reading(task: str) -> str:
    """Of the page of that task, in JavaScript."""
    return f'{{place: "task", task: "{task}", fields: {{task_id: "{task}"}}, estimate: "", checks: []}}'


def answer(started: str, **more: Any) -> dict[str, Any]:
    """A good answer of the server: question 1 is open."""
    fields = {
        "status": "ok",
        "server_timestamp": started,
        "session_id": "s",
        "is_active": True,
        "is_paused": False,
    }
    fields |= {
        "current_question_index": 1,
        "current_question_started_at": started,
        "current_target_minutes": 5,
    }
    fields |= {"current_question_paused_seconds": 0, "paused_since": None, "total_questions": 0}
    fields |= {
        "last_event_type": "NEXT",
        "last_question_active_seconds": None,
        "last_question_raw_seconds": None,
    }
    return fields | {"avg_active_seconds": 0, "pace_ratio": 0} | more


@pytest.mark.parametrize("active", [False, True], ids=["the first task", "between two tasks"])
def test_task_that_was_asked_for_before_the_last_press_is_begun_right_after_it(
    page: Page, active: bool
) -> None:
    before = 'await tracker.press("NEXT");' + ("" if active else 'await tracker.press("EXIT");')
    work = f"""
      {before}
      const task = {{ place: "task", task: "7", fields: {{}}, estimate: "", checks: [] }};
      await tracker.read(task, true, Date.now() - {HALF_AN_HOUR});
      await wait(20);
      await tracker.press("PAUSE");
    """
    found = page.evaluate(TRACKER, {"answers": {}, "work": work})
    types, times = zip(*found["events"], strict=True)
    assert types == (("NEXT",) if active else ("NEXT", "EXIT")) + ("NEXT", "PAUSE")
    assert all(found["now"] - 60_000 < at <= found["now"] for at in times)
    assert abs(found["clock"] - found["now"]) < 60_000  # and not half an hour


def test_undo_of_a_discard_is_drawn_and_sent(page: Page) -> None:
    started = "2026-05-01T10:00:00.000000Z"
    discarded = answer(started, last_question_active_seconds=60, last_question_raw_seconds=60)
    answers = {
        "/events": [answer(started), discarded, answer(started, last_event_type="UNDO")],
        "/sessions/current": [answer(started, is_active=False, current_question_started_at=None)],
    }
    work = """
      for (const action of ["NEXT", "DISCARD", "UNDO"]) { await tracker.press(action); await wait(100); }
    """
    found = page.evaluate(TRACKER, {"answers": answers, "work": work})
    assert (found["index"], found["waiting"]) == (1, 0)


@pytest.mark.parametrize(
    ("between", "types"),
    [
        ("", ["NEXT", "NEXT", "UNDO", "NEXT"]),
        # Should she end the session there, the second NEXT opens one: UNDO would find nothing to reopen.
        ("await tracker.wasAway(Date.now() + 60_000, Date.now() + 360_000);", ["NEXT", "NEXT"]),
    ],
    ids=["known", "an absence in question"],
)
def test_question_is_described_only_where_undo_certainly_reopens_the_one_before(
    page: Page, between: str, types: list[str]
) -> None:
    work = f"""
      await tracker.read({reading("7")}, true, null);
      for (let i = 0; i < 2; i += 1) await tracker.press("NEXT");
      {between}
      await tracker.read({reading("8")}, true, null);
      await wait(300);
    """
    found = page.evaluate(TRACKER, {"answers": {}, "work": work})
    assert [kind for kind, _ in found["events"]] == types


@pytest.mark.parametrize("comes_back", [False, True], ids=["in the background", "back in front"])
def test_question_is_described_by_a_tab_that_she_sees(page: Page, comes_back: bool) -> None:
    shown = reading("8")
    work = f"""
      await tracker.read({shown}, true, null);
      await tracker.press("NEXT");
      await tracker.read({reading("7")}, true, null);
      await tracker.press("NEXT");
      await tracker.press("NEXT");
      Object.defineProperty(document, "hidden", {{ configurable: true, value: true }});
      try {{
        await tracker.read({shown}, true, null);
        await wait(300);
      }} finally {{
        delete document.hidden;
      }}
      if ({"true" if comes_back else "false"}) await tracker.read({shown}, true, null);
      await wait(300);
    """
    found = page.evaluate(TRACKER, {"answers": {}, "work": work})
    described = ["UNDO", "NEXT"] if comes_back else []
    assert [kind for kind, _ in found["events"]] == ["NEXT", "NEXT", "NEXT", *described]


@pytest.mark.parametrize(
    ("hours", "types"), [(0, ["NEXT", "NEXT", "UNDO", "NEXT"]), (3, ["NEXT", "NEXT"])], ids=["right", "off"]
)
def test_unanswered_next_is_described_only_by_a_clock_that_is_right(
    page: Page, hours: int, types: list[str]
) -> None:
    here = datetime.now(UTC) + timedelta(hours=hours)
    current = answer((here - timedelta(minutes=1)).isoformat(), server_timestamp=here.isoformat())
    work = f"""
      await tracker.read({reading("7")}, true, null);
      for (let i = 0; i < 2; i += 1) await tracker.press("NEXT");
      await tracker.read({reading("8")}, true, null);
      await wait(300);
    """
    found = page.evaluate(TRACKER, {"answers": {"/sessions/current": [current]}, "work": work})
    assert [kind for kind, _ in found["events"]] == types
