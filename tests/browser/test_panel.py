"""The panel on the pages of others: keys, pointer, place, and hosts that mean no good."""

import os
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FloatRect, Page, Route, expect

from tests.browser.manager import Manager
from tests.browser.rater import TASK_PAGE, Rater, panel

REBUILT_AFTER_MS = 100  # as in panel.js
HOSTILE_CSS = (
    "<style>* { all: unset !important; --paper: red !important; --ink: red !important }"
    " html, body { transform: scale(1) }</style>"
)


@pytest.fixture
def presses(rater: Rater) -> Callable[[], list[str]]:
    """The types of everything recorded so far, sent or waiting."""

    def recorded() -> list[str]:
        waiting = [rater.manager.values[key]["event"]["type"] for key in rater.manager.keys("event:")]
        return [sent.body["type"] for sent in rater.manager.sent if sent.method == "POST"] + waiting

    return recorded


def box(page: Page) -> FloatRect:
    """Where the panel stands."""
    found = panel(page).bounding_box()
    assert found is not None
    return found


def is_on_screen(page: Page) -> bool:
    """Whether the panel is wholly within the window."""
    size, at = page.viewport_size, box(page)
    assert size is not None
    return (
        at["x"] >= 0
        and at["y"] >= 0
        and at["x"] + at["width"] <= size["width"]
        and at["y"] + at["height"] <= size["height"]
    )


def test_keys_are_silent_while_typing(rater: Rater, presses: Callable[[], list[str]]) -> None:
    page = rater.open_task()
    for field in ["#comment", "#rich"]:
        page.locator(field).click()
        page.keyboard.press("Alt+Shift+KeyN")
    page.wait_for_timeout(200)
    assert presses() == []
    page.locator("#good").check()
    page.keyboard.press("Alt+Shift+KeyN")
    rater.everything_arrived(page)
    assert presses() == ["NEXT"]


def test_click_leaves_the_focus_where_it_was(rater: Rater) -> None:
    page = rater.open_task()
    page.locator("#comment").click()
    rater.click(page, "NEXT")
    page.keyboard.type("good")
    expect(page.locator("#comment")).to_have_value("good")


def test_untrusted_events_do_nothing(rater: Rater, presses: Callable[[], list[str]]) -> None:
    page = rater.open_task()
    page.evaluate(
        """() => {
          const init = { code: "KeyN", altKey: true, shiftKey: true, bubbles: true, composed: true };
          for (const target of [window, document, document.body]) {
            target.dispatchEvent(new KeyboardEvent("keydown", init));
          }
          const button = document.querySelector("#raterhub-tracker").shadowRoot.querySelector(".next");
          button.click();
          button.dispatchEvent(new MouseEvent("click", { bubbles: true }));
        }"""
    )
    page.wait_for_timeout(300)
    assert presses() == []


def test_held_key_counts_once(rater: Rater, presses: Callable[[], list[str]]) -> None:
    page = rater.open_task()
    page.keyboard.down("Alt")
    page.keyboard.down("Shift")
    for _ in range(4):
        page.keyboard.down("KeyN")  # after the first, repeats
    page.keyboard.up("KeyN")
    rater.everything_arrived(page)
    assert presses() == ["NEXT"]


def test_shadow_root_is_closed_to_the_page(new_rater: Callable[..., Rater]) -> None:
    rater = new_rater(open_shadow=False)
    page = rater.open_task()
    rater.key(page, "NEXT")
    rater.everything_arrived(page)
    assert page.evaluate("document.querySelector('#raterhub-tracker').shadowRoot") is None
    seen = page.evaluate(
        "document.documentElement.outerHTML + JSON.stringify({...localStorage, ...sessionStorage})"
    )
    assert rater.manager.values["link"]["token"] not in seen
    assert "Question 1" not in seen


def test_page_that_defines_the_panels_element_stays_outside(new_rater: Callable[..., Rater]) -> None:
    defining = """<script>customElements.define("raterhub-tracker", class extends HTMLElement {
      constructor() { super(); window.inside = this.attachInternals(); }
    });</script></head>"""
    rater = new_rater(open_shadow=False)
    page = rater.open_task(TASK_PAGE.replace("</head>", defining))
    rater.key(page, "NEXT")
    rater.everything_arrived(page)
    assert page.evaluate("window.inside?.shadowRoot ?? null") is None


def test_page_cannot_make_the_widget_ask_the_server(rater: Rater) -> None:
    page = rater.open_task()
    page.wait_for_timeout(500)
    asked = len(rater.manager.sent)
    page.evaluate(
        """() => {
          for (const type of ["focus", "online", "visibilitychange"]) {
            window.dispatchEvent(new Event(type));
            document.dispatchEvent(new Event(type, { bubbles: true }));
          }
        }"""
    )
    page.wait_for_timeout(500)
    assert len(rater.manager.sent) == asked


def test_page_that_is_busy_delays_no_time_stamp(rater: Rater) -> None:
    page = rater.open_task()
    for key in ("Alt", "Shift"):
        page.keyboard.down(key)
    pressed: list[float] = []
    freed: list[float] = []

    def hold(route: Route) -> None:
        while not pressed:
            page.wait_for_timeout(50)
        page.wait_for_timeout(2000)
        freed.append(time.time())
        route.fulfill(body="")

    rater.context.route("**/busy", hold)
    with page.expect_request("**/busy"):
        page.evaluate(
            """() => void setTimeout(() => {
              const busy = new XMLHttpRequest();
              busy.open("GET", "/busy", false);
              busy.send();
            })"""
        )
    pressed.append(time.time())
    page.keyboard.down("KeyN")
    rater.everything_arrived(page)
    [sent] = [each.body for each in rater.manager.sent if each.method == "POST"]
    assert pressed[0] - 0.01 <= datetime.fromisoformat(sent["timestamp"]).timestamp() < freed[0]


@pytest.mark.parametrize(
    "anew",
    [
        "document.replaceChild(document.createElement('html'), document.documentElement)",
        "document.documentElement.remove(), setTimeout(() => document.append(document.createElement('html')), 500)",
    ],
    ids=["at once", "a while later"],
)
def test_page_that_makes_its_document_anew_keeps_panel_and_keys(rater: Rater, anew: str) -> None:
    page = rater.open_task()
    page.evaluate(anew)
    rater.click(page, "NEXT")
    rater.key(page, "NEXT")
    expect(panel(page).locator(".title")).to_have_text("Question 2")
    rater.everything_arrived(page)


def test_page_that_takes_the_panel_away_at_once_does_not_hang(
    rater: Rater, presses: Callable[[], list[str]]
) -> None:
    page = rater.open_task()
    page.evaluate(
        """() => {
          window.taken = 0;
          window.began = performance.now();
          const away = () => {
            const panel = document.querySelector("#raterhub-tracker");
            window.taken += Boolean(panel);
            panel?.remove();
          };
          new MutationObserver(away).observe(document.documentElement, { childList: true });
          away();
        }"""
    )
    rater.key(page, "NEXT")
    rater.everything_arrived(page)
    assert presses() == ["NEXT"]
    page.wait_for_function("taken > 5")
    taken, passed = page.evaluate("[taken, performance.now() - began]")
    assert taken <= passed / REBUILT_AFTER_MS + 2


@pytest.mark.parametrize(
    ("html", "headers"),
    [
        (TASK_PAGE.replace("</head>", HOSTILE_CSS + "</head>"), {}),
        (TASK_PAGE, {"content-security-policy": "default-src 'none'"}),
    ],
    ids=["unset", "csp"],
)
def test_hostile_page_changes_nothing_about_the_panel(
    rater: Rater, html: str, headers: dict[str, str]
) -> None:
    look = """() => {
      const root = document.querySelector("#raterhub-tracker").shadowRoot;
      return ["header", ".clock", ".press.next", ".press.exit", ".state"].map((each) => {
        const { width, height } = root.querySelector(each).getBoundingClientRect();
        const { color, backgroundColor, fontSize, display } = getComputedStyle(root.querySelector(each));
        return [each, Math.round(width), Math.round(height), color, backgroundColor, fontSize, display];
      });
    }"""
    plain = rater.open_task()
    expected = plain.evaluate(look)
    plain.close()
    page = rater.open_task(html, headers)
    assert page.evaluate(look) == expected
    assert is_on_screen(page)
    rater.click(page, "NEXT")
    rater.key(page, "NEXT")
    expect(panel(page).locator(".title")).to_have_text("Question 2")
    rater.everything_arrived(page)


def test_discarding_and_leaving_count_nothing(rater: Rater) -> None:
    page = rater.open_task()
    for kind in ["NEXT", "DISCARD", "NEXT", "LEAVE"]:
        rater.click(page, kind)
    rater.everything_arrived(page)
    expect(panel(page).locator(".title")).to_have_text("No session")
    assert [question["index"] for question in rater.questions()] == [1]


def test_time_away_becomes_a_pause_when_she_says_so(rater: Rater) -> None:
    rater.manager.clock_shift, rater.manager.offline = -1800, True
    before = rater.open_task()
    before.mouse.move(10, 10)
    rater.key(before, "NEXT")
    before.wait_for_timeout(300)
    before.close()
    rater.manager.clock_shift, rater.manager.offline = 0, False
    page = rater.open_task()
    rater.everything_arrived(page)
    page.mouse.move(30, 30)
    page.mouse.move(40, 40)
    asked = panel(page).get_by_role("group", name="You were away")
    expect(asked).to_contain_text("(30 min). Was that work?")
    asked.get_by_role("button", name="Pause from").click()
    expect(asked).to_be_hidden()
    rater.click(page, "EXIT")
    rater.everything_arrived(page)
    [question] = rater.questions()
    assert question["raw_seconds"] > 1790
    assert question["active_seconds"] < 900


def test_panel_stays_on_the_screen(rater: Rater) -> None:
    page = rater.open_task()
    assert is_on_screen(page)
    header = panel(page).locator(".title").bounding_box()
    assert header is not None
    page.mouse.move(header["x"] + 20, header["y"] + 5)
    page.mouse.down()
    page.mouse.move(-300, -300, steps=4)
    page.mouse.up()
    assert is_on_screen(page)
    assert (box(page)["x"], box(page)["y"]) == (8, 8)
    page.reload()
    expect(panel(page)).to_be_visible()
    assert (box(page)["x"], box(page)["y"]) == (8, 8)

    panel(page).get_by_label("Move the panel").focus()
    for _ in range(20):
        page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("ArrowDown")
    assert is_on_screen(page)
    assert box(page)["x"] + box(page)["width"] == 1280 - 8
    assert box(page)["y"] == 24
    page.set_viewport_size({"width": 320, "height": 400})
    page.wait_for_timeout(100)
    assert is_on_screen(page)
    page.set_viewport_size({"width": 1280, "height": 800})
    page.wait_for_timeout(100)
    assert box(page)["x"] + box(page)["width"] == 1280 - 8


def test_what_a_press_came_to_is_seen_in_a_low_window(rater: Rater) -> None:
    page = rater.open_task()
    page.set_viewport_size({"width": 640, "height": 300})
    page.keyboard.press("Alt+Shift+KeyD")
    told = panel(page).locator(".alert")
    expect(told).to_be_in_viewport(ratio=1)
    at, edge = told.bounding_box(), panel(page).bounding_box()
    assert at is not None
    assert edge is not None
    assert at["y"] + at["height"] < edge["y"] + edge["height"]


def test_panel_as_one_line_is_remembered(rater: Rater) -> None:
    page = rater.open_task()
    rater.key(page, "NEXT")
    rater.everything_arrived(page)
    panel(page).get_by_role("button", name="Show one line").click()
    assert box(page)["height"] < 45
    page.reload()
    expect(panel(page).locator(".title")).to_contain_text("Q1 · 00:0")
    assert box(page)["height"] < 45
    assert is_on_screen(page)
    panel(page).get_by_role("button", name="Show all").click()
    expect(panel(page).locator(".press.next")).to_be_visible()
    assert is_on_screen(page)


def test_changed_keys_hold_at_once(rater: Rater, presses: Callable[[], list[str]]) -> None:
    page = rater.open_task()
    settings = rater.context.new_page()
    settings.goto(f"{rater.server.url}/widget#settings")
    settings.get_by_label("Next", exact=True).focus()
    settings.keyboard.press("Control+Alt+KeyK")
    settings.get_by_role("button", name="Save").click()
    expect(panel(page).locator(".press.next kbd")).to_have_text("Ctrl+Alt+K")
    page.bring_to_front()
    page.keyboard.press("Alt+Shift+KeyN")
    page.keyboard.press("Control+Alt+KeyK")
    rater.everything_arrived(page)
    assert presses() == ["NEXT"]


def test_widget_page_without_the_script_says_so(rater: Rater, browser: Browser) -> None:
    plain = browser.new_context(storage_state=rater.context.storage_state())
    page = plain.new_page()
    page.goto(f"{rater.server.url}/widget")
    expect(page.locator("[data-widget-found]")).to_contain_text("does not run on this page yet")
    page.get_by_role("button", name="Connect this browser").click()
    expect(page.locator("[data-widget-status]")).to_contain_text("does not run in this browser yet")
    plain.close()


def test_token_never_touches_the_widget_page(new_rater: Callable[..., Rater]) -> None:
    rater = new_rater()
    page = rater.context.new_page()
    page.goto(f"{rater.server.url}/widget")
    expect(page.locator("[data-widget-status]")).to_contain_text(
        "This browser is connected as “Chrome on Linux”"
    )
    page.evaluate("document.querySelector('[data-widget-connect]').click()")  # untrusted
    page.wait_for_timeout(200)
    before = rater.manager.values["link"]
    page.get_by_role("button", name="Connect this browser").click()
    expect(page.locator("[data-widget-status]")).to_contain_text("Connected as “Chrome on Linux”")
    after = rater.manager.values["link"]
    assert after["token"] != before["token"]
    assert [token["id"] for token in rater.json("/tokens")] == [after["id"]]
    seen = page.evaluate(
        "document.documentElement.outerHTML + JSON.stringify({...localStorage, ...sessionStorage})"
    )
    assert after["token"] not in seen


def test_pictures(browser: Browser, rater: Rater, script: str, tmp_path: Path) -> None:
    """For people to look at: set PICTURES to a folder to keep them."""
    folder = Path(os.environ.get("PICTURES", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    dark = TASK_PAGE.replace("<body>", '<body bgcolor="#202124" text="#dddddd">')
    shots = [
        ("light", "light", TASK_PAGE, 900),
        ("dark", "dark", dark, 900),
        ("narrow", "light", TASK_PAGE, 340),
    ]
    for name, scheme, html, width in shots:
        context = browser.new_context(
            viewport={"width": width, "height": 560},
            color_scheme="dark" if scheme == "dark" else "light",
            storage_state=rater.context.storage_state(),
        )
        manager = Manager(script, values=dict(rater.manager.values))
        manager.install(context)
        other = Rater(rater.server, context, manager, rater.email)
        page = other.open_task(html)
        other.key(page, "NEXT")
        page.wait_for_timeout(300)
        page.screenshot(path=folder / f"{name}.png")
        other.key(page, "PAUSE")
        page.wait_for_timeout(200)
        page.screenshot(path=folder / f"{name}-paused.png")
        other.key(page, "PAUSE")
        other.everything_arrived(page)
        if name != "narrow":
            page.goto(f"{rater.server.url}/widget")
            page.screenshot(path=folder / f"{name}-page.png", full_page=True)
        context.close()
    assert len(list(folder.glob("*.png"))) >= 8
