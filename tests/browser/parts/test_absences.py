"""What becomes of the stretches without key or pointer."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.parts.alone import SLOW, TRACKER, answer, kind_of, reading


def test_away_is_answered_for_before_what_was_pressed_on_return(call: Callable[..., Any]) -> None:
    away = {"from": 1000, "to": 601_000}
    assert call("absences.awayEvents", away, "work") == []
    assert call("absences.awayEvents", away, "pause") == [["PAUSE", 1000], ["PAUSE", 600_999]]
    assert call("absences.awayEvents", away, "end") == [["EXIT", 1000]]
    clock = {"last": 5000, "offset": 2000}
    assert (
        call("absences.awayFrom", 2500, 2600.25, clock) == 3001
    )  # the last press, 5000 by the widget's clock
    assert call("absences.awayFrom", 9000, 0, clock) == 9001


def test_press_on_another_device_answers_for_the_time_away(call: Callable[..., Any]) -> None:
    def stands(started: int, paused: int | None = None) -> dict[str, Any]:
        return {
            "current_question_started_at": f"1970-01-01T00:{started:02d}:00.000000Z",
            "paused_since": None if paused is None else f"1970-01-01T00:{paused:02d}:00.000000Z",
        }

    away = {"from": 600_000, "to": 1_200_000}  # minutes 10 to 20
    answers = [stands(5), stands(15), stands(25), stands(5, 15), stands(5, 25)]
    assert [call("absences.isAnsweredElsewhere", away, answer, 0) for answer in answers] == [
        False, True, False, True, False,
    ]  # fmt: skip
    assert call("absences.isAnsweredElsewhere", away, stands(25), 600_000) is True


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
    # Nothing of this tab in them: another that still asks would answer byte for byte the same.
    assert [event["timestamp"][-4:] for event in found["full"]] == ["000Z", "000Z"]


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


def test_answer_that_cannot_be_kept_is_asked_for_again(page: Page) -> None:
    work = """
      refuse(2);
      await tracker.answerAway("pause");
      return [model().away !== null, values.get("away").length, model().notice];
    """
    found = page.evaluate(TRACKER, {"answers": {}, "held": {"away": [away("a", 20)]}, "work": work})
    assert found["full"] == []
    assert found["found"] == [True, 1, "PAUSE could not be kept by the userscript manager. Press again."]


def test_end_of_a_session_before_the_last_submit_counts_what_was_worked_until_then(page: Page) -> None:
    """She answers on the list, after the submit: what is open now is about nothing, what was open then is not."""
    work = """
      const minutes = (n) => Date.now() - n * 60_000;
      await tracker.press("NEXT", minutes(40));
      await tracker.wasAway(minutes(30), minutes(5));
      await tracker.closeTask("7", false, minutes(1));
      await tracker.read({place: "list", task: null, fields: {}, estimate: "", checks: []}, true, null);
      await tracker.answerAway("end");
    """
    found = page.evaluate(TRACKER, {"answers": {}, "work": work})
    assert [kind_of(event) for event in found["full"]] == ["NEXT", "EXIT", "NEXT"]


def test_session_that_was_ended_is_asked_about_no_more(page: Page) -> None:
    work = """
      const minutes = (n) => Date.now() - n * 60_000;
      await tracker.press("NEXT", minutes(40));
      await tracker.wasAway(minutes(30), minutes(20));
      await tracker.wasAway(minutes(15), minutes(5));
      const asked = model().away.from;
      await tracker.answerAway("end");
      return [asked < minutes(25), model().away, values.get("away")];
    """
    found = page.evaluate(TRACKER, {"answers": {}, "work": work})
    assert found["found"] == [True, None, []]
    assert [kind_of(event) for event in found["full"]] == ["NEXT", "EXIT"]


def test_absence_is_not_forgotten_by_a_reading_that_was_under_way(page: Page) -> None:
    work = """
      await tracker.press("NEXT", Date.now() - 600_000);
      await wait(1000);
      changed();
      await wait(20);
      void tracker.wasAway(Date.now() - 300_000, Date.now());
      const asked = [];
      for (let i = 0; i < 30; i += 1) { asked.push(model().away !== null); await wait(20); }
      return asked.every(Boolean);
    """
    assert page.evaluate(TRACKER, {"answers": {}, "slow": SLOW, "work": work})["found"] is True
