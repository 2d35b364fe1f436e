"""The widget without its face: presses, and what describes them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.parts.alone import SLOW, TRACKER, answer, kind_of, reading

HALF_AN_HOUR = 1_800_000  # ms


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
      for (const action of ["NEXT", "DISCARD", "UNDO"]) { await tracker.press(action); await arrived(); }
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


@pytest.mark.parametrize("away", ["hidden: true", "hasFocus: () => false"], ids=["hidden", "another window"])
@pytest.mark.parametrize("comes_back", [False, True], ids=["elsewhere", "back"])
def test_question_is_described_by_the_tab_that_she_is_at(page: Page, comes_back: bool, away: str) -> None:
    shown = reading("8")
    described = ["UNDO", "NEXT"] if comes_back else []
    work = f"""
      await tracker.read({shown}, true, null);
      await tracker.press("NEXT");
      await tracker.read({reading("7")}, true, null);
      await tracker.press("NEXT");
      await tracker.press("NEXT");
      const [[name, value]] = Object.entries({{ {away} }});
      Object.defineProperty(document, name, {{ configurable: true, value }});
      try {{
        await tracker.read({shown}, true, null);
        await wait(300);
      }} finally {{
        delete document[name];
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


def test_press_that_cannot_be_kept_is_told(page: Page) -> None:
    work = 'refuse(1); const kept = await tracker.press("NEXT"); return [kept, model().view.index, model().notice];'
    found = page.evaluate(TRACKER, {"answers": {}, "work": work})
    assert found["full"] == []
    assert found["found"] == [False, 0, "NEXT could not be kept by the userscript manager. Press again."]


def test_undo_is_not_kept_without_the_next_after_it(page: Page) -> None:
    work = f"""
      for (const task of ["6", "7"]) await tracker.closeTask(task, false, Date.now() - {HALF_AN_HOUR});
      refuse(2);
      await tracker.closeTask("7", false, Date.now());
      return [model().view.index, model().notice];
    """
    found = page.evaluate(TRACKER, {"answers": {}, "work": work})
    assert [kind_of(event) for event in found["full"]] == ["NEXT", "NEXT"]
    assert found["found"] == [2, "NEXT could not be kept by the userscript manager. Press again."]


def test_description_that_cannot_be_kept_asks_for_no_press(page: Page) -> None:
    work = f"""
      await tracker.read({reading("7")}, true, null);
      for (let i = 0; i < 2; i += 1) await tracker.press("NEXT");
      refuse(2);
      await tracker.read({reading("8")}, true, null);
      return [model().view.index, model().notice];
    """
    found = page.evaluate(TRACKER, {"answers": {}, "work": work})
    assert [kind_of(event) for event in found["full"]] == ["NEXT 7", "NEXT"]
    assert found["found"] == [2, None]


GONE = {"is_active": False, "current_question_started_at": None}


@pytest.mark.parametrize(
    ("account", "counted", "seconds", "told", "kinds"),
    [
        ("a", 1, 0, None, ["UNDO", "NEXT 8"]),
        ("b", 1, 0, None, []),
        ("a", 0, 0, None, []),
        ("a", 1, 30, None, []),
        ("a", 1, 30, {}, ["UNDO", "NEXT 8"]),
        ("a", 1, 30, GONE, []),
    ],
    ids=[
        "just answered", "of another account", "the one before was deleted", "nobody answers", "as it was",
        "the session was deleted",
    ],
)  # fmt: skip
def test_acknowledged_question_is_described_only_as_it_stands_now(
    page: Page, account: str, counted: int, seconds: int, told: dict[str, Any] | None, kinds: list[str]
) -> None:
    """`counted` before it, by an answer; `seconds` later the page shows its task. `told`: what the server says then."""
    now = datetime.now(UTC)
    started = (now - timedelta(minutes=10)).isoformat(timespec="microseconds")
    begun = {"event_id": "00000000-0000-4000-8000-000000000001", "type": "NEXT", "timestamp": started}
    opened = {"id": begun["event_id"], "account": account, "event": begun, "opening": False, "count": 1}
    current = answer(started, total_questions=counted, server_timestamp=now.isoformat())
    work = f"""
      while (!model().adopted) await wait(10);
      const now = Date.now;
      Date.now = () => now() + {1000 * seconds};
      try {{
        await tracker.read({reading("8")}, true, null);
        await settled({len(kinds)});
      }} finally {{
        Date.now = now;
      }}
    """
    answers = {"/sessions/current": [current, *([] if told is None else [current | told])]}
    held = {"tasks": [{**opened, "task": None, "after": "7", "times": 0}]}
    found = page.evaluate(TRACKER, {"answers": answers, "held": held, "work": work})
    assert [kind_of(event) for event in found["full"]] == kinds


def test_press_takes_away_no_refusal_that_is_another_accounts(page: Page) -> None:
    event = {"event_id": "b", "type": "PAUSE", "timestamp": "2026-05-01T10:00:00.000000Z"}
    refused = {"event": event, "account": "b", "reason": "of b", "fresh": True}
    key = f"refused:{event['timestamp']}:{event['event_id']}"
    work = f'await tracker.press("NEXT"); await wait(100); return values.has("{key}");'
    found = page.evaluate(TRACKER, {"answers": {}, "held": {key: refused}, "work": work})
    assert found["found"] is True
