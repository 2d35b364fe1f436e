"""The panel on pages that mean no good, or do as they like: what they cannot see, press, hide or delay."""

import time
from collections.abc import Callable
from datetime import datetime

import pytest
from playwright.sync_api import Route, expect

from tests.browser.widget_user import TASK_PAGE, WidgetUser, is_on_screen, panel

REBUILT_AFTER_MS = 100  # as in panel.js
HOSTILE_CSS = (
    "<style>* { all: unset !important; --paper: red !important; --ink: red !important }"
    " html, body { transform: scale(1) }</style>"
)


def test_untrusted_events_do_nothing(rater: WidgetUser, presses: Callable[[], list[str]]) -> None:
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


def test_shadow_root_is_closed_to_the_page(new_rater: Callable[..., WidgetUser]) -> None:
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


def test_page_that_defines_the_panels_element_stays_outside(new_rater: Callable[..., WidgetUser]) -> None:
    defining = """<script>customElements.define("raterhub-tracker", class extends HTMLElement {
      constructor() { super(); window.inside = this.attachInternals(); }
    });</script></head>"""
    rater = new_rater(open_shadow=False)
    page = rater.open_task(TASK_PAGE.replace("</head>", defining))
    rater.key(page, "NEXT")
    rater.everything_arrived(page)
    assert page.evaluate("window.inside?.shadowRoot ?? null") is None


def test_page_cannot_make_the_widget_ask_the_server(rater: WidgetUser) -> None:
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


def test_page_that_is_busy_delays_no_time_stamp(rater: WidgetUser) -> None:
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
def test_page_that_makes_its_document_anew_keeps_panel_and_keys(rater: WidgetUser, anew: str) -> None:
    page = rater.open_task()
    page.evaluate(anew)
    rater.click(page, "NEXT")
    rater.key(page, "NEXT")
    expect(panel(page).locator(".title")).to_have_text("Question 2")
    rater.everything_arrived(page)


def test_page_that_takes_the_panel_away_at_once_does_not_hang(
    rater: WidgetUser, presses: Callable[[], list[str]]
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
    rater: WidgetUser, html: str, headers: dict[str, str]
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
