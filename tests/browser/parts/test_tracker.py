"""The widget without its face, on a storage and a network of the test's own."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page

HALF_AN_HOUR = 1_800_000

TRACKER = """
async ({ answers, work, slow = 0, held = {} }) => {
  const { createTracker } = await import("/tracker.js");
  const values = new Map(Object.entries({ link: { token: "t", account: "a", since: "now" }, ...held }));
  const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  // A value can be read as soon as it was set, and is told to be kept, or to be what was read, only a while later.
  const storage = {
    get: async (key) => { const value = structuredClone(values.get(key)); await wait(slow); return value; },
    set: async (key, value) => { values.set(key, structuredClone(value)); await wait(slow); },
    remove: async (key) => void values.delete(key), keys: async () => [...values.keys()],
    onChange: (key, listener) => listeners.push(listener),
  };
  const listeners = [];
  const changed = () => { for (const listener of listeners) listener(); };
  let model;
  const transport = async (method, path) => (
    path in answers ? { status: 200, text: JSON.stringify(answers[path].shift()), retryAfter: null }
      : { status: 0, text: "", retryAfter: null });
  const tracker = createTracker(storage, transport, (drawn) => (model = drawn));
  await tracker.start();
  await wait(50);
  const kept = () => [...values.keys()].filter((key) => /^(event|done):/.test(key)).length;
  // So many events and, some time later, no more.
  const settled = async (count) => {
    for (let i = 0; i < 200 && kept() < count; i += 1) await wait(50);
    await wait(300);
  };
  const context = { tracker, wait, values, settled, changed, model: () => model };
  const run = new Function(...Object.keys(context), `return (async () => {${work}})()`);
  const found = await run(...Object.values(context));
  await wait(100 + 4 * slow);
  const events = [...values].filter(([key]) => /^(event|done):/.test(key)).map(([, { event }]) => event)
    .sort((a, b) => (a.timestamp < b.timestamp ? -1 : 1));
  return {
    events: events.map(({ type, timestamp }) => [type, Date.parse(timestamp)]), full: events, found,
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
      await settled({len(types)});
    """
    found = page.evaluate(TRACKER, {"answers": {}, "work": work})
    assert [kind for kind, _ in found["events"]] == types


@pytest.mark.parametrize("comes_back", [False, True], ids=["in the background", "back in front"])
def test_question_is_described_by_a_tab_that_she_sees(page: Page, comes_back: bool) -> None:
    shown = reading("8")
    described = ["UNDO", "NEXT"] if comes_back else []
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
      await settled({3 + len(described)});
    """
    found = page.evaluate(TRACKER, {"answers": {}, "work": work})
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
      await settled({len(types)});
    """
    found = page.evaluate(TRACKER, {"answers": {"/sessions/current": [current]}, "work": work})
    assert [kind for kind, _ in found["events"]] == types


SLOW = 150  # ms until the storage says that it holds a value


@pytest.mark.parametrize(
    ("work", "kinds"),
    [
        ('void tracker.press("NEXT"); await wait(40); void tracker.press("DISCARD");', ["NEXT", "NEXT!"]),
        (
            'for (const pause of [40, 0]) { void tracker.closeTask("7", false, Date.now()); await wait(pause); }',
            ["NEXT"],
        ),
        ('void tracker.press("NEXT"); await wait(40); void tracker.press("NEXT");', ["NEXT 7", "NEXT"]),
    ],
    ids=["discarded at once", "submitted twice", "the task that is open"],
)
def test_press_under_way_to_the_storage_counts_for_the_next_one(
    page: Page, work: str, kinds: list[str]
) -> None:
    shown = 'place: "list", task: null' if "DISCARD" in work else 'place: "task", task: "7"'
    fields = '{task_id: "7"}' if "NEXT 7" in kinds else "{}"
    begin = f'await tracker.read({{{shown}, fields: {fields}, estimate: "", checks: []}}, true, null);'
    found = page.evaluate(TRACKER, {"answers": {}, "slow": SLOW, "work": f"{begin} {work}"})
    assert [kind_of(event) for event in found["full"]] == kinds


def kind_of(event: dict[str, Any]) -> str:
    """Type, mark of a discard, and task."""
    task = f" {event['task_id']}" if "task_id" in event else ""
    return f"{event['type']}{'!' if event.get('discard') else ''}{task}"


def test_press_is_drawn_when_it_is_kept(page: Page) -> None:
    work = """
      void tracker.press("NEXT");
      await wait(20);
      const before = model().view.index;
      await wait(400);
      return [before, model().view.index];
    """
    assert page.evaluate(TRACKER, {"answers": {}, "slow": SLOW, "work": work})["found"] == [0, 1]


def test_next_while_another_is_described_is_remembered(page: Page) -> None:
    work = f"""
      await tracker.read({reading("7")}, true, null);
      await tracker.press("NEXT");
      await tracker.press("NEXT");
      await tracker.read({{...{reading("8")}, fields: {{}}}}, true, null);
      await wait(500);
      void tracker.read({reading("8")}, true, null);
      await wait(40);
      await tracker.press("NEXT");
      await wait(600);
      await tracker.read({{place: "list", task: null, fields: {{}}, estimate: "", checks: []}}, true, null);
      await tracker.press("EXIT");
      return values.get("tasks").map(({{ task, after }}) => [task, after]);
    """
    found = page.evaluate(TRACKER, {"answers": {}, "slow": SLOW, "work": work})
    assert found["found"][-1] == [None, "8"]
    assert kind_of(found["full"][-1]) == "EXIT!"


def test_question_is_described_once_though_another_tab_has_not_heard_of_it(page: Page) -> None:
    work = f"""
      await tracker.read({reading("7")}, true, null);
      for (let i = 0; i < 2; i += 1) await tracker.press("NEXT");
      const stale = structuredClone(values.get("tasks"));
      await tracker.read({reading("8")}, true, null);
      await settled(4);
      values.set("tasks", stale);
      changed();
      await wait(500);
    """
    found = page.evaluate(TRACKER, {"answers": {}, "work": work})
    assert [kind_of(event) for event in found["full"]] == ["NEXT 7", "NEXT", "UNDO", "NEXT 8"]


def away(account: str | None, minutes_ago: int) -> dict[str, Any]:
    """An absence of five minutes that was not answered for, of a session that began before it."""
    begin = int(datetime.now(UTC).timestamp() * 1000) - minutes_ago * 60_000
    return {
        "id": f"00000000-0000-4000-8000-0000000000{minutes_ago:02d}",
        "from": begin,
        "to": begin + 300_000,
        "account": account,
    }


def test_answer_to_an_absence_is_kept_with_the_question_gone(page: Page) -> None:
    """Whatever happens after the click: it is not asked again, and if it were, the same answer counts once."""
    work = """
      const asked = values.get("away");
      void tracker.answerAway("pause");
      const left = values.get("away").length;
      const kept = [...values.keys()].filter((key) => key.startsWith("event:")).length;
      values.set("away", asked);
      await wait(600);
      await tracker.answerAway("pause");
      return [left, kept];
    """
    held = {"away": [away("a", 20)]}
    found = page.evaluate(TRACKER, {"answers": {}, "slow": SLOW, "held": held, "work": work})
    assert found["found"] == [0, 2]
    assert len({event["event_id"] for event in found["full"]}) == len(found["full"]) == 2


def test_nothing_of_one_account_is_shown_to_another(page: Page) -> None:
    def refused(account: str) -> dict[str, Any]:
        event = {"event_id": account, "type": "PAUSE", "timestamp": "2026-05-01T10:00:00.000000Z"}
        return {"event": event, "account": account, "reason": f"of {account}", "fresh": False}

    held = {
        "away": [away("b", 30), away("a", 20)],
        "refused:1": refused("b"),
        "refused:2": refused("a"),
    }
    work = """
      const { away, refused } = model();
      const told = [away.account, refused.map(({ reason }) => reason)];
      await tracker.answerAway("work");
      return [...told, model().away, values.get("away").map(({ account }) => account)];
    """
    found = page.evaluate(TRACKER, {"answers": {}, "held": held, "work": work})
    assert found["found"] == ["a", ["of a"], None, ["b"]]


def test_absence_of_another_account_is_left_alone(page: Page) -> None:
    other = away("b", 30)
    during = datetime.fromtimestamp(other["from"] / 1000 + 150, UTC).isoformat()
    work = f"""
      await tracker.read({reading("7")}, true, null);
      for (let i = 0; i < 2; i += 1) await tracker.press("NEXT");
      await tracker.read({reading("8")}, true, null);
      await settled(4);
      return values.get("away").length;
    """
    held = {
        "away": [other],
        "answer": {"answer": answer(during, is_active=False), "shift": 0, "covers": [], "usualMinutes": None},
    }
    found = page.evaluate(TRACKER, {"answers": {}, "held": held, "work": work})
    assert [kind_of(event) for event in found["full"]] == ["NEXT 7", "NEXT", "UNDO", "NEXT 8"]
    assert found["found"] == 1


@pytest.mark.parametrize(("place", "kinds"), [("list", ["NEXT", "EXIT!"]), ("task", ["NEXT", "EXIT"])])
def test_session_that_ended_with_the_last_submit_counts_no_empty_question(
    page: Page, place: str, kinds: list[str]
) -> None:
    work = f"""
      await tracker.closeTask("7", false, Date.now() - 600_000);
      const task = {'"7"' if place == "task" else "null"};
      await tracker.read({{place: "{place}", task, fields: {{}}, estimate: "", checks: []}}, true, null);
      await tracker.wasAway(Date.now() - 500_000, Date.now());
      await tracker.answerAway("end");
    """
    found = page.evaluate(TRACKER, {"answers": {}, "work": work})
    assert [kind_of(event) for event in found["full"]] == kinds
