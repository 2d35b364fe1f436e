"""What is pressed on a session's page: by mouse, by keyboard alone, by touch alone, and without JavaScript."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.pages_support import ZONE, Worker, send, worker_with_a_full_day
from tests.recording import event_body
from tests.server import Server

LONG = 260  # questions: two parts of the list
TOUCH = {"has_touch": True, "is_mobile": True, "viewport": {"width": 390, "height": 800}}

Open = Callable[..., Page]


@pytest.fixture(scope="module")
def worker(server: Server, browser: Browser) -> Worker:
    """Who also has a session with more questions than a part of the list."""
    made = worker_with_a_full_day(server, browser)
    context = made.context(browser)
    start = datetime.now(ZoneInfo(ZONE)) - timedelta(days=9)
    events = [event_body("NEXT", start + timedelta(seconds=20 * number)) for number in range(LONG)]
    send(context, [*events, event_body("EXIT", start + timedelta(seconds=20 * LONG))])
    long = context.request.get("/sessions/recent?limit=50").json()[-1]["session_id"]
    made.addresses["long session"] = f"/dashboard/sessions/{long}"
    context.close()
    return made


@pytest.fixture
def open_session(worker: Worker, browser: Browser) -> Iterator[Open]:
    """Opens the session's page, or the long session's, in a browser with the options given."""
    contexts = []

    def opened(query: str = "", name: str = "session", **options: Any) -> Page:
        contexts.append(worker.context(browser, **options))
        page: Page = contexts[-1].new_page()
        page.goto(worker.addresses[name] + query, wait_until="networkidle")
        return page

    yield opened
    for context in contexts:
        context.close()


def strip_of(page: Page) -> Locator:
    return page.locator("#course [data-marks]")


def block(page: Page, number: int) -> Locator:
    return page.locator(f"#course a[href$='#q-{number}']")


def middle_of(page: Page, number: int) -> tuple[float, float]:
    """Where the block of a question is, in the window."""
    strip_of(page).scroll_into_view_if_needed()
    box = block(page, number).locator(".q").bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] - 1


def blocks_of(page: Page) -> list[str]:
    links = page.locator("#course a[href*='#q-']").evaluate_all(
        "all => all.map((a) => a.getAttribute('href'))"
    )
    return [number for link in links for number in re.findall(r"#q-(\d{1,3})$", link)]


def numbers(first: int, last: int) -> list[str]:
    return [str(number) for number in range(first, last + 1)]


def expect_zoom(page: Page, first: int, last: int) -> None:
    expect(page.locator("[data-stretch]")).to_contain_text(f"questions {first} to {last} of")
    assert blocks_of(page) == numbers(first, last)
    assert re.search(rf"\?from={first}&to={last}$", page.url)


def expect_all(page: Page) -> None:
    expect(page.locator("[data-stretch]")).to_have_count(0)
    assert blocks_of(page)[0] == "1"
    assert "from=" not in page.url


def marked(page: Page) -> list[str]:
    found: list[str] = page.locator("tr.is-marked").evaluate_all("all => all.map((row) => row.id)")
    return found


def test_mouse_zooms_by_a_selection_and_goes_back(open_session: Open) -> None:
    page = open_session()
    font = strip_of(page).locator("text").first
    size = font.bounding_box()
    before = [strip_of(page).locator("text").all_inner_texts(), page.locator("#questions tbody tr").count()]
    page.mouse.move(*middle_of(page, 4))
    scrolled = page.evaluate("scrollY")
    page.mouse.down()
    page.mouse.move(*middle_of(page, 7), steps=4)
    expect(page.locator("#course .selection")).to_be_visible()
    page.mouse.up()
    expect_zoom(page, 4, 7)
    zoomed = [strip_of(page).locator("text").all_inner_texts(), page.locator("#questions tbody tr").count()]
    assert (zoomed[0] != before[0], zoomed[1] == before[1]) == (True, True)
    assert size
    after = strip_of(page).locator("text").first.bounding_box()
    assert after
    assert after["height"] == size["height"]
    assert page.evaluate("scrollY") == scrolled  # it was no click, which goes to the row
    # Backwards, and out of the drawing.
    page.mouse.move(*middle_of(page, 6))
    page.mouse.down()
    page.mouse.move(5, 300, steps=4)
    page.mouse.up()
    expect_zoom(page, 4, 6)
    page.go_back()
    expect_zoom(page, 4, 7)
    page.reload()
    expect_zoom(page, 4, 7)
    page.get_by_role("link", name="Show all").click()
    expect_all(page)


def test_selection_given_up_is_none(open_session: Open) -> None:
    page = open_session()
    page.mouse.move(*middle_of(page, 4))
    page.mouse.down()
    page.mouse.move(*middle_of(page, 7), steps=4)
    page.keyboard.press("Escape")
    expect(page.locator("#course .selection")).to_be_hidden()
    page.mouse.up()
    expect_all(page)


def test_keyboard_alone_selects_zooms_and_goes_back(open_session: Open) -> None:
    page = open_session()
    page.locator("#course").evaluate("section => section.scrollIntoView()")
    while not strip_of(page).evaluate("strip => strip === document.activeElement"):
        page.keyboard.press("Tab")
    expect(page.locator(".tip.is-shown")).to_contain_text("Question 1,")
    for key in ("ArrowRight", "ArrowRight", "Shift+ArrowRight", "Shift+ArrowRight"):
        page.keyboard.press(key)
    expect(page.locator("[data-said]")).to_have_text("Questions 3 to 5 are selected. Enter shows them.")
    page.keyboard.press("Enter")
    expect_zoom(page, 3, 5)
    expect(page.locator("[data-said]")).to_contain_text("questions 3 to 5 of")
    expect(strip_of(page)).to_be_focused()
    for key in ("Home", "Shift+End", "Shift+ArrowLeft", "Enter"):
        page.keyboard.press(key)
    expect_zoom(page, 3, 4)
    page.keyboard.press("Shift+ArrowRight")
    expect(page.locator("#course .selection")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#course .selection")).to_be_hidden()
    expect_zoom(page, 3, 4)
    page.keyboard.press("Escape")
    expect_zoom(page, 3, 5)
    page.keyboard.press("Escape")
    expect_all(page)
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".tip.is-shown")).to_contain_text(re.compile("Question|Not counted"))


def test_escape_leaves_a_zoom_that_was_opened_as_such(open_session: Open) -> None:
    page = open_session("?from=3&to=5")
    strip_of(page).focus()
    page.keyboard.press("Escape")
    expect_all(page)


def test_keyboard_alone_goes_from_block_to_row_and_back(open_session: Open) -> None:
    page = open_session()
    strip_of(page).focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    assert marked(page) == ["q-2"]
    page.keyboard.press("Enter")
    expect(page.locator("#q-2 a")).to_be_focused()
    expect(page.locator("#q-2")).to_be_in_viewport()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.locator("#q-3 a")).to_be_focused()
    assert marked(page) == ["q-3"]
    expect(block(page, 3)).to_have_class(re.compile("is-marked"))
    page.keyboard.press("Enter")
    expect(strip_of(page)).to_be_focused()
    expect(strip_of(page)).to_be_in_viewport()
    expect(page.locator(".tip.is-shown")).to_contain_text("Question 3,")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".tip.is-shown")).to_contain_text("Question 4,")


def test_mouse_over_a_row_marks_its_block_and_over_a_block_its_row(open_session: Open) -> None:
    page = open_session(viewport={"width": 1200, "height": 1600})
    page.mouse.move(*middle_of(page, 5))
    assert marked(page) == ["q-5"]
    page.locator("#q-2").hover()
    expect(block(page, 2)).to_have_class(re.compile("is-marked"))
    assert marked(page) == ["q-2"]
    cursor = page.locator("#course .cursor path").bounding_box()
    assert cursor
    assert abs(cursor["x"] + cursor["width"] / 2 - middle_of(page, 2)[0]) < 1
    page.get_by_role("heading", level=1).hover()
    assert marked(page) == []
    expect(page.locator("#course .cursor")).to_be_hidden()
    page.mouse.click(*middle_of(page, 6))
    expect(page.locator("#q-6 a")).to_be_focused()
    page.get_by_role("heading", level=1).hover()
    assert marked(page) == ["q-6"]
    page.locator("#q-4 a").click()
    expect(page.locator(".tip.is-shown")).to_contain_text("Question 4,")


def test_touch_alone_selects_taps_and_goes_to_the_row(open_session: Open) -> None:
    page = open_session(**TOUCH)
    page.touchscreen.tap(*middle_of(page, 5))
    expect(page.locator(".tip.is-shown")).to_contain_text("Question 5,")
    assert marked(page) == ["q-5"]
    expect(strip_of(page)).to_be_in_viewport()
    page.touchscreen.tap(*middle_of(page, 5))
    expect(page.locator("#q-5")).to_be_in_viewport()
    expect(page.locator("#q-5 a")).to_be_focused()
    page.locator("#q-7").tap(position={"x": 150, "y": 8})
    expect(block(page, 7)).to_have_class(re.compile("is-marked"))
    page.locator("#q-8 a").tap()
    expect(strip_of(page)).to_be_in_viewport()
    expect(page.locator(".tip.is-shown")).to_contain_text("Question 8,")
    swipe(page, middle_of(page, 8), middle_of(page, 11))
    expect_zoom(page, 8, 11)
    page.get_by_role("link", name="Show all").tap()
    expect_all(page)
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def swipe(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """A finger drawn across, as the browser itself gets it: Playwright has taps alone."""
    chromium = page.context.new_cdp_session(page)
    steps = [tuple(a + (b - a) * step / 6 for a, b in zip(start, end, strict=True)) for step in range(7)]
    for step, (x, y) in enumerate(steps):
        kind = "touchMove" if step else "touchStart"
        chromium.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
    chromium.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_block_leads_to_a_row_in_another_part_and_keeps_the_zoom(open_session: Open) -> None:
    page = open_session("?from=240&to=260", "long session")
    expect(page.locator("#q-255")).to_have_count(0)
    page.mouse.click(*middle_of(page, 255))
    page.wait_for_url("**/dashboard/sessions/*?from=240&to=260&question=255#q-255")
    expect(page.locator("#q-255")).to_be_in_viewport()
    assert marked(page) == ["q-255"]
    assert blocks_of(page) == numbers(240, 260)
    # A row whose block is not in the zoom shows it in the whole.
    page.get_by_role("link", name="1–250").click()
    page.locator("#q-9 a").click()
    page.wait_for_url("**/dashboard/sessions/*?question=9#course")
    expect(block(page, 9)).to_have_class(re.compile("is-marked"))
    assert len(blocks_of(page)) == LONG


@pytest.mark.parametrize("script", [True, False])
def test_question_by_its_number_and_zoom_by_its_form(open_session: Open, script: bool) -> None:
    page = open_session(name="long session", java_script_enabled=script)
    page.get_by_label("Question no.").fill("252")
    page.get_by_role("button", name="Show").click()
    page.wait_for_url("**?question=252#question")
    expect(page.locator("#q-252")).to_be_in_viewport()
    expect(page.locator("#q-252")).to_have_class("is-marked")
    page.get_by_label("Question no.").fill("999")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("alert")).to_be_in_viewport()
    expect(page.get_by_label("Question no.")).to_have_value("999")
    page.get_by_label("Zoom to questions").fill("251")
    page.get_by_label("to", exact=True).fill("253")
    page.get_by_role("button", name="Zoom").click()
    expect(page.locator("[data-stretch]")).to_have_text("questions 251 to 253 of 260")
    expect(page.locator("#course a[href*='#q-']")).to_have_count(3)
    page.get_by_role("link", name="Show all").click()
    expect(page.locator("#course a[href*='#q-']")).to_have_count(LONG)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_zoomed_and_marked_page_is_accessible(open_session: Open, scheme: str) -> None:
    page = open_session("?from=3&to=9&question=5", color_scheme=scheme)
    strip_of(page).focus()
    page.keyboard.press("Shift+ArrowRight")
    assert Axe().run(page).response["violations"] == []
    refused = open_session("?question=99", color_scheme=scheme)
    assert Axe().run(refused).response["violations"] == []
