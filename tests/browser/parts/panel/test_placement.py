"""The panel by itself: its place and size, and what does not move."""

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.parts.panel.model import (
    COUNTED,
    MINUTE_MS,
    NOW,
    RUNNING,
    TASK,
    ShowPanel,
    calls,
    draw,
    inside,
    kept,
)


def test_still_panel_does_nothing(page: Page, show_panel: ShowPanel) -> None:
    panel = show_panel(view=RUNNING | {"pausedSince": NOW - MINUTE_MS})
    inside(
        panel,
        "globalThis.stirred = 0, new MutationObserver((all) => { stirred += all.length })"
        ".observe(root, { childList: true, subtree: true, attributes: true, characterData: true })",
    )
    page.evaluate(
        "globalThis.waits = 0, (wait => { setTimeout = (...all) => { waits++; return wait(...all); } })(setTimeout)"
    )
    # A panel of another height is put in its place with the next frame.
    placed = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
    draw(page)
    page.wait_for_timeout(1300)
    draw(page, view={"active": False})
    page.evaluate(placed)
    page.evaluate("stirred = 0")
    page.wait_for_timeout(1300)
    assert page.evaluate("[stirred, waits]") == [0, 0]
    draw(page, view=RUNNING | {"pausedSince": None})
    page.evaluate(placed)
    page.evaluate("waits = stirred = 0, globalThis.began = performance.now()")
    page.wait_for_timeout(1300)
    # The clock stands still here: woken once a second, and nothing to change.
    assert page.evaluate("stirred") == 0
    waits, seconds = page.evaluate("[waits, (performance.now() - began) / 1000]")
    assert 1 <= waits <= seconds + 1


AWAY = {"id": "1", "from": NOW - 20 * MINUTE_MS, "to": NOW, "account": "a"}
HIGH = {"anchor": {"right": True, "bottom": False, "x": 20, "y": 20}}


def test_button_stays_where_it_is_while_it_is_down(page: Page, show_panel: ShowPanel) -> None:
    """Held down, and let go where it was, it is pressed, whatever there is to be told meanwhile."""
    panel = show_panel(HIGH, view=RUNNING | {"pausedSince": None})
    following, asked = panel.locator(".press.next"), panel.get_by_role("group", name="You were away")
    before = following.bounding_box()
    assert before is not None
    page.mouse.move(before["x"] + 30, before["y"] + 30)
    page.mouse.down()
    draw(page, away=AWAY)
    assert following.bounding_box() == before
    page.mouse.up()
    assert [call[:2] for call in calls(page)] == [["press", "NEXT"]]
    expect(asked).to_be_visible()
    assert following.bounding_box() != before
    page.mouse.down()
    draw(page, away=None)
    page.mouse.move(0, 0)
    page.mouse.up()  # outside it: no click
    expect(asked).to_be_hidden()


def edges(buttons: Locator) -> list[float]:
    """Left, upper, right and lower edge of each."""
    found: list[list[float]] = buttons.evaluate_all(
        "(all) => all.map((each) => each.getBoundingClientRect()).map((box) => [box.x, box.y, box.right, box.bottom])"
    )
    return [edge for each in found for edge in each]


@pytest.mark.parametrize("choices", [{}, HIGH], ids=["low", "high"])
def test_buttons_stay_where_they_are_whatever_there_is_to_be_told(
    page: Page, show_panel: ShowPanel, choices: dict[str, Any]
) -> None:
    """They are pressed without looking for them."""
    page.set_viewport_size({"width": 800, "height": 900})
    panel = show_panel(choices, view=RUNNING | COUNTED | {"pausedSince": None})
    buttons = panel.locator(".press.next, .press.leave")
    before = edges(buttons)
    event = {"event_id": "1", "type": "PAUSE", "timestamp": "2026-05-01T10:00:00.000000Z"}
    told: list[dict[str, Any]] = [
        {"waiting": 3, "trouble": "The tracker cannot be reached."},
        {"refused": [{"fresh": False, "reason": "It is too old.", "event": event}]},
        {"notice": "No question is open."},
        {"reading": TASK},
        {"arrivedAt": NOW, "check": "All that was sent is there: 2 of 2 presses."},
        {"connected": False},
    ]
    for changes in told:
        draw(page, **changes)
        page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        assert edges(buttons) == pytest.approx(before, abs=1), (
            changes
        )  # a height is not a whole number of pixels


def test_width_by_keyboard_and_by_pointer(page: Page, show_panel: ShowPanel) -> None:
    panel = show_panel(view=RUNNING)
    edge = panel.get_by_role("slider", name="Width of the panel")
    edge.focus()
    page.keyboard.press("ArrowRight")
    assert kept(page, "width") == inside(panel, "panel.offsetWidth") == 280
    for _ in range(5):
        page.keyboard.press("ArrowLeft")
    assert kept(page, "width") == inside(panel, "panel.offsetWidth") == 220
    expect(edge).to_have_attribute("aria-valuenow", "220")
    at = edge.bounding_box()
    assert at is not None
    page.mouse.move(at["x"] + 4, at["y"] + 100)
    page.mouse.down()
    page.mouse.move(at["x"] - 76, at["y"] + 100, steps=3)
    page.mouse.up()
    assert kept(page, "width") == inside(panel, "panel.offsetWidth") == 300
    right = inside(panel, "innerWidth - panel.getBoundingClientRect().right")
    assert right == pytest.approx(20, abs=1)


def test_small_window_shows_all_of_it(page: Page, show_panel: ShowPanel) -> None:
    panel = show_panel({"width": 480}, view=RUNNING, away={"from": NOW - MINUTE_MS, "to": NOW})
    page.set_viewport_size({"width": 320, "height": 240})
    page.wait_for_function(
        """() => {
          const panel = document.querySelector("#raterhub-tracker").shadowRoot.querySelector(".panel");
          const { left, top, right, bottom } = panel.getBoundingClientRect();
          return left >= 0 && top >= 0 && right <= 320 && bottom <= 240;
        }"""
    )
    for name in ["It was work", "Next", "Did everything arrive?"]:
        panel.get_by_role("button", name=name).click()
    assert [call[0] for call in calls(page)] == ["away", "press", "check"]


def test_right_to_left_page_does_not_turn_the_panel_round(page: Page, show_panel: ShowPanel) -> None:
    page.evaluate("document.documentElement.dir = 'rtl'")
    panel = show_panel(view=RUNNING)
    assert inside(panel, "getComputedStyle(panel).direction") == "ltr"
    assert inside(panel, "innerWidth - panel.getBoundingClientRect().right") == pytest.approx(20, abs=1)
