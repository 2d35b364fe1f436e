"""Tooltips (`app/static/tips.js`) on a page of charts: by mouse, by keyboard alone, by touch alone."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, Route, expect

from tests.server import Server

WEEKS = "".join(
    f'<g data-tip="day {day}"><rect x="{day // 7 * 20}" y="{day % 7 * 20}" width="18" height="18"/></g>'
    for day in range(21)
)
PAGE = f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Charts</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="/static/favicon.svg">
<link rel="stylesheet" href="/static/style.css"><link rel="stylesheet" href="/static/charts.css">
<script type="module" src="/static/tips.js"></script></head><body><main><h1>Charts</h1>
<button>Before</button>
<svg id="bars" class="chart" height="200" data-marks="x" tabindex="0" role="img" aria-label="Bars">
  <g aria-hidden="true">
  <a data-tip href="#first" tabindex="-1"><title>first bar</title><rect x="0" y="190" width="9%" height="10"/></a>
  <a data-tip href="#second" tabindex="-1"><title>second bar</title><rect x="10%" y="20" width="9%" height="180"/></a>
  <a data-tip href="#third" tabindex="-1"><title>third bar</title><rect x="91%" y="100" width="9%" height="100"/></a>
</g></svg>
<p>Between</p>
<svg id="weeks" width="60" height="140" data-marks data-across="7" tabindex="0" role="img" aria-label="Weeks">{WEEKS}
</svg>
<dl><dt tabindex="0" data-tip="how it is counted">active time</dt><dd>00:00</dd></dl>
<button id="draw">After</button></main></body></html>"""
STRICT = "default-src 'self'; script-src 'self'; style-src 'self'"

Open = Callable[..., Page]


@pytest.fixture
def open_charts(server: Server, browser: Browser) -> Iterator[Open]:
    """Opens the page of charts in a browser with the options given."""
    contexts = []

    def answer(route: Route) -> None:
        route.fulfill(body=PAGE, content_type="text/html", headers={"content-security-policy": STRICT})

    def opened(**options: Any) -> Page:
        viewport = {"width": 800, "height": 600}
        contexts.append(browser.new_context(base_url=server.url, **{"viewport": viewport, **options}))
        page = contexts[-1].new_page()
        page.route("**/charts", answer)
        page.goto("/charts", wait_until="networkidle")
        return page

    yield opened
    for context in contexts:
        context.close()


def tip_of(page: Page) -> Locator:
    return page.locator(".tip.is-shown")


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def test_keyboard_visits_the_marks_of_a_chart_that_is_one_tab_stop(open_charts: Open) -> None:
    page = open_charts()
    press(page, "Tab", "Tab")
    expect(page.locator("#bars")).to_be_focused()
    expect(tip_of(page)).to_have_text("first bar")
    seen = []
    for key in ("ArrowRight", "ArrowDown", "ArrowRight", "ArrowLeft", "Home", "End", "ArrowUp"):
        page.keyboard.press(key)
        seen.append(tip_of(page).inner_text())
    assert seen == [
        "second bar",
        "third bar",
        "third bar",
        "second bar",
        "first bar",
        "third bar",
        "second bar",
    ]
    expect(page.locator("[aria-live]")).to_have_text("second bar")
    press(page, "Escape")
    expect(tip_of(page)).to_have_count(0)
    press(page, "ArrowRight", "Enter")
    page.wait_for_url("**/charts#third")
    page.locator("#bars").focus()
    press(page, "Tab")
    expect(page.locator("#weeks")).to_be_focused()
    press(page, "ArrowRight", "ArrowRight", "ArrowDown", "ArrowRight")
    expect(tip_of(page)).to_have_text("day 15")
    press(page, "Tab")
    expect(tip_of(page)).to_have_text("how it is counted")
    expect(page.locator("[aria-live]")).to_have_text("how it is counted")
    press(page, "Tab")
    expect(page.locator("#draw")).to_be_focused()
    expect(tip_of(page)).to_have_count(0)


def test_mouse_shows_the_mark_that_it_is_over_and_a_click_follows_its_link(open_charts: Open) -> None:
    page = open_charts()
    bars = page.locator("#bars")
    box = bars.bounding_box()
    assert box
    page.mouse.move(box["x"] + 5, box["y"] + 5)  # far above the first bar, which is 10 pixels high
    expect(tip_of(page)).to_have_text("first bar")
    page.mouse.move(box["x"] + box["width"] - 2, box["y"] + 150)
    expect(tip_of(page)).to_have_text("third bar")
    tip = tip_of(page).bounding_box()
    assert tip
    assert box["x"] + 0.8 * box["width"] < tip["x"] < tip["x"] + tip["width"] <= 800
    assert tip["y"] + tip["height"] < box["y"] + 100
    page.mouse.click(box["x"] + 5, box["y"] + 5)
    page.wait_for_url("**/charts#first")
    page.get_by_text("Between").hover()
    expect(tip_of(page)).to_have_count(0)
    page.get_by_text("active time").hover()
    expect(tip_of(page)).to_have_text("how it is counted")
    page.locator("#weeks g").nth(9).hover()
    expect(tip_of(page)).to_have_text("day 9")


def test_touch_shows_with_the_first_tap_and_follows_with_the_second(open_charts: Open) -> None:
    page = open_charts(has_touch=True, is_mobile=True, viewport={"width": 360, "height": 740})
    bars = page.locator("#bars")
    bars.tap(position={"x": 50, "y": 60})
    expect(tip_of(page)).to_have_text("second bar")
    assert page.evaluate("location.hash") == ""
    bars.tap(position={"x": 50, "y": 60})
    page.wait_for_url("**/charts#second")
    bars.tap(position={"x": 320, "y": 150})
    expect(tip_of(page)).to_have_text("third bar")
    tip = tip_of(page).bounding_box()
    assert tip
    assert tip["x"] + tip["width"] <= 360
    page.get_by_text("active time").tap()
    expect(tip_of(page)).to_have_text("how it is counted")
    page.get_by_text("Between").tap()
    expect(tip_of(page)).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_chart_that_is_drawn_later_has_one_tooltip_too(open_charts: Open) -> None:
    page = open_charts()
    page.locator("#bars a").first.hover(position={"x": 2, "y": 2})
    page.evaluate(
        """() => {
        const made = new DOMParser().parseFromString(
            '<svg id="late" height="50" data-marks tabindex="0" role="img" aria-label="Late"><g data-tip>'
            + '<title>late bar</title><rect width="40" height="40"/></g></svg>', "text/html");
        document.querySelector("#bars").replaceWith(made.querySelector("#late"));
    }"""
    )
    expect(tip_of(page)).to_have_count(0)
    expect(page.locator("title")).to_have_count(1)  # the page's own
    page.locator("#late g").hover()
    expect(tip_of(page)).to_have_text("late bar")


def test_charts_are_accessible_and_have_titles_without_javascript(open_charts: Open) -> None:
    page = open_charts()
    press(page, "Tab", "Tab", "ArrowRight")
    assert Axe().run(page).response["violations"] == []
    plain = open_charts(java_script_enabled=False)
    expect(plain.locator("#bars title")).to_have_count(3)
    expect(plain.get_by_role("img", name="Bars")).to_have_count(1)
