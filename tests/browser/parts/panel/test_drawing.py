"""The panel by itself: what it draws of a model, and what it reports."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.parts.panel.model import (
    COUNTED,
    FACE,
    MINUTE_MS,
    NOW,
    PACE,
    RUNNING,
    TASK,
    ShowPanel,
    calls,
    draw,
    inside,
    kept,
)


def test_zone_turns_at_both_edges_by_text_shape_and_colour(page: Page, show_panel: ShowPanel) -> None:
    panel = show_panel(view=RUNNING)
    seen = []
    for active in [215_999, 216_000, 263_999, 264_000]:
        page.evaluate("(at) => { harness.at = at }", NOW - 2 * MINUTE_MS + active)
        draw(page)
        seen.append(
            inside(
                panel,
                "[panel.dataset.zone, root.querySelector('.zone').innerText.trim(),"
                " root.querySelector('.zone path').getAttribute('d'),"
                " getComputedStyle(root.querySelector('.zone')).color]",
            )
        )
    assert [(zone, text) for zone, text, _, _ in seen] == [
        ("early", "00:25 left · fast if submitted now"),
        ("band", "00:24 left · on target"),
        ("band", "00:23 over · on target"),
        ("late", "00:24 over · too slow"),
    ]
    assert len({shape for _, _, shape, _ in seen}) == 3
    assert len({colour for _, _, _, colour in seen}) == 3


def test_zone_is_announced_once_and_a_beginning_is_not(page: Page, show_panel: ShowPanel) -> None:
    panel = show_panel(view=RUNNING)
    inside(
        panel,
        "globalThis.said = [], new MutationObserver(() => said.push(root.querySelector('.announcement').textContent))"
        ".observe(root.querySelector('.announcement'), { childList: true })",
    )
    for active in [150_000, 220_000, 221_000, 230_000, 270_000, 280_000]:
        page.evaluate("(at) => { harness.at = at }", NOW - 2 * MINUTE_MS + active)
        draw(page)
    draw(page, view={"index": 13, "startedAt": page.evaluate("harness.at")})
    assert page.evaluate("said") == ["00:20 left · on target", "00:30 over · too slow"]
    bar = inside(
        panel, "['.edges', '.bar'].map((each) => root.querySelector(each).getBoundingClientRect().toJSON())"
    )
    assert (bar[0]["x"] - bar[1]["x"]) / bar[1]["width"] == pytest.approx(0.9 / 1.5, abs=0.001)
    assert (bar[0]["right"] - bar[1]["x"]) / bar[1]["width"] == pytest.approx(1.1 / 1.5, abs=0.001)


def test_pace_of_the_session(show_panel: ShowPanel) -> None:
    panel = show_panel(view=RUNNING | COUNTED, pace=PACE)
    expect(panel.locator("dl")).to_have_text("Average03:41Pace 102% on target")
    expect(panel.locator("dl .face path")).to_have_attribute("d", FACE)
    expect(panel.locator(".time")).to_have_text("02:00of 04:00")


def test_folded_panel_is_one_line_with_all_that_matters(page: Page, show_panel: ShowPanel) -> None:
    panel = show_panel({"collapsed": True}, view=RUNNING | COUNTED, pace=PACE)
    expect(panel.locator(".title")).to_have_text("Q12 · 02:00 ·  02:00 left ·  102%")
    expect(panel.locator(".title .face path")).to_have_attribute("d", FACE)
    height = inside(panel, "panel.offsetHeight")
    refused = {
        "fresh": False,
        "reason": "No.",
        "event": {"event_id": "1", "type": "UNDO", "timestamp": "2026-11-23"},
    }
    draw(page, waiting=2, connected=False, refused=[refused])
    expect(panel.locator(".title")).to_contain_text("102% · 2 waiting · 1 refused · not connected")
    assert inside(panel, "panel.offsetHeight") == height < 45
    draw(
        page,
        waiting=0,
        connected=True,
        refused=[],
        pace={"face": FACE, "label": "not known yet", "ratio": 0},
    )
    expect(panel.locator(".title")).to_have_text("Q12 · 02:00 ·  02:00 left")
    draw(page, view={"active": False}, pace=PACE)
    expect(panel.locator(".title")).to_have_text("No session")


def test_every_press_is_passed_on(page: Page, show_panel: ShowPanel) -> None:
    panel = show_panel()
    for name in ["next", "pause", "undo", "exit", "discard", "leave"]:
        panel.locator(f".press.{name}").click()
    pressed = ["NEXT", "PAUSE", "UNDO", "EXIT", "DISCARD", "LEAVE"]
    assert [call[:2] for call in calls(page)] == [["press", action] for action in pressed]
    expect(panel.locator(".press.leave")).to_have_text("End without counting")
    expect(panel.locator(".press.discard")).to_have_text("Discard this oneAlt+Shift+D")
    draw(page, view=RUNNING | {"pausedSince": NOW})
    expect(panel.locator(".press.pause")).to_have_text("ResumeAlt+Shift+P")


@pytest.mark.parametrize("folded", [False, True])
def test_away_is_asked_until_it_is_answered(page: Page, show_panel: ShowPanel, folded: bool) -> None:
    panel = show_panel({"collapsed": folded}, view=RUNNING)
    away = page.evaluate(
        "[[14, 2], [14, 27]].map(([hour, minute]) => new Date().setHours(hour, minute, 0, 0))"
    )
    draw(page, away={"from": away[0], "to": away[1]})
    question = "You were away from 14:02 to 14:27 (25 min). Was that work?"
    expect(panel.locator(".announcement")).to_have_text(question)
    asked = panel.get_by_role("group", name="You were away")
    expect(asked.locator("p")).to_have_text(question)
    inside(panel, "root.querySelectorAll('.away button').forEach((each) => each.click())")  # untrusted
    for name in ["It was work", "Pause from 14:02 to 14:27", "End the session at 14:02"]:
        asked.get_by_role("button", name=name).click()
    assert calls(page) == [["away", "work"], ["away", "pause"], ["away", "end"]]
    draw(page, away=None)
    expect(asked).to_be_hidden()


def test_what_waits_and_what_arrived(page: Page, show_panel: ShowPanel) -> None:
    panel = show_panel(view=RUNNING)
    arrived = page.evaluate("new Date().setHours(14, 3, 0, 0)")
    draw(page, arrivedAt=arrived)
    expect(panel.get_by_text("All arrived · 14:03")).to_be_visible()
    draw(page, waiting=3, trouble="The server cannot be reached.")
    expect(panel.get_by_text("Last press arrived 14:03")).to_be_visible()
    expect(
        panel.get_by_text("The server cannot be reached. 3 presses wait and will be sent.")
    ).to_be_visible()
    panel.get_by_role("button", name="Did everything arrive?").click()
    draw(page, check="All 14 presses are on the server.")
    expect(panel.get_by_text("All 14 presses are on the server.")).to_be_visible()
    draw(page, connected=False)
    expect(
        panel.get_by_text("3 presses wait until this browser is connected. Nothing is lost.")
    ).to_be_visible()
    link = panel.get_by_role("link", name="Connect this browser")
    expect(link).to_have_attribute("href", "https://tracker.test/widget")
    assert calls(page) == [["check"]]


def test_refused_presses_are_kept_apart(page: Page, show_panel: ShowPanel) -> None:
    event = {"event_id": "1", "type": "UNDO", "timestamp": "2026-11-23T10:00:00.000001Z"}
    panel = show_panel(view=RUNNING, notice="There is nothing to undo.")
    expect(panel.locator(".alert")).to_have_text("There is nothing to undo.")
    expect(panel.get_by_role("button", name="refused")).to_be_hidden()
    draw(page, notice=None, refused=[{"fresh": False, "reason": "It is too old.", "event": event}])
    expect(panel.locator(".alert")).to_be_hidden()
    panel.get_by_role("button", name="1 press was refused").click()
    expect(panel.locator("li")).to_contain_text("It is too old.")
    panel.get_by_role("button", name="Send again").click()
    panel.get_by_role("button", name="I have read this").click()
    assert calls(page) == [["retry", event], ["dismiss", event]]
    draw(page, refused=[])
    expect(panel.locator(".press.next")).to_be_visible()


def test_forgotten_session_can_be_ended(page: Page, show_panel: ShowPanel) -> None:
    panel = show_panel(adopted={"answer": {"forgotten": True}})
    expect(panel.get_by_text("The last session was left running.")).to_be_visible()
    panel.get_by_role("button", name="End it at its last press").click()
    assert calls(page) == [["press", "EXIT"]]
    draw(page, waiting=1)
    expect(panel.get_by_text("The last session was left running.")).to_be_hidden()


def test_what_was_read_and_what_was_not(page: Page, show_panel: ShowPanel) -> None:
    panel = show_panel({"types": ["Side by side", "Needs met"], "picked": "gone"}, reading=TASK)
    expect(panel.get_by_text("Task 471192 · 2 - 4 minutes → 04:00")).to_be_visible()
    checks = [{"what": "estimated time", "found": False}, {"what": "submit button", "found": False}]
    draw(page, reading=TASK | {"fields": {"task_id": "471192"}, "estimate": "", "checks": checks})
    expect(panel.get_by_text("Task 471192")).to_be_visible()
    expect(
        panel.get_by_text("Cannot read the estimated time on this page; keys and buttons work.")
    ).to_be_visible()
    page.evaluate("harness.preferences.change({ automatic: true })")
    expect(
        panel.get_by_text("Cannot read the estimated time, the submit button on this page;")
    ).to_be_visible()
    page.evaluate("harness.preferences.change({ reading: false })")
    expect(panel.get_by_text("Cannot read")).to_be_hidden()
    draw(page, reading=TASK | {"place": "list"})
    expect(panel.get_by_text("automatic")).to_be_hidden()

    page.evaluate("globalThis.heard = [], addEventListener('keydown', (event) => heard.push(event.key))")
    types = panel.get_by_label("Task type")
    expect(types).to_have_value("")
    types.focus()
    page.keyboard.press("s")
    assert kept(page, "picked") == "Side by side"
    assert calls(page) == []
    assert page.evaluate("heard") == []


def test_changed_keys_stand_on_the_buttons(page: Page, show_panel: ShowPanel) -> None:
    panel = show_panel()
    keys = kept(page, "hotkeys") | {"PAUSE": "", "LEAVE": "Ctrl+Alt+KeyL"}
    page.evaluate("(hotkeys) => harness.preferences.change({ hotkeys })", keys)
    expect(panel.locator(".press.pause")).to_have_text("Pause")
    expect(panel.locator(".press.pause kbd")).to_be_hidden()
    expect(panel.locator(".press.leave kbd")).to_have_text("Ctrl+Alt+L")
    link = panel.get_by_role("link", name="Settings")
    expect(link).to_have_attribute("href", "https://tracker.test/widget#settings")


def test_everything_has_a_name_and_shows_its_focus(page: Page, show_panel: ShowPanel) -> None:
    panel = show_panel({"types": ["A"]}, view=RUNNING, reading=TASK)
    page.keyboard.press("Tab")
    seen = []
    for _ in range(12):
        seen.append(
            inside(
                panel,
                "[root.activeElement?.ariaLabel || root.activeElement?.innerText,"
                " getComputedStyle(root.activeElement).outlineStyle]",
            )
        )
        page.keyboard.press("Tab")
    assert [name.split("\n")[0] for name, _ in seen] == [
        "Move the panel with the arrow keys",
        "Settings",
        "Show one line",
        "Next",
        "Pause",
        "Undo",
        "Exit",
        "Discard this one",
        "End without counting",
        "Task type",
        "Did everything arrive?",
        "Width of the panel",
    ]
    assert {outline for _, outline in seen} == {"solid"}
