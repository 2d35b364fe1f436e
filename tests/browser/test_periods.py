"""The pages of periods, as people use them: by keyboard alone, by touch alone, open while the work goes on."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.pages_support import SCREENS, Worker, look_at, send, worker_with_a_full_day
from tests.recording import event_body
from tests.server import Server

KINDS = ("week", "month", "year", "range")


@pytest.fixture(scope="module")
def worker(server: Server, browser: Browser) -> Worker:
    return worker_with_a_full_day(server, browser)


def address_of(worker: Worker, kind: str) -> str:
    day = worker.full_day
    return (
        f"/dashboard/range?from={day[:4]}-01-01&to={day}"
        if kind == "range"
        else f"/dashboard/{kind}?date={day}"
    )


@pytest.mark.parametrize("screen", SCREENS)
def test_period_is_accessible_and_in_bounds(
    worker: Worker, browser: Browser, tmp_path: Path, screen: str
) -> None:
    context = worker.context(browser, **SCREENS[screen])
    for kind in KINDS:
        page = context.new_page()
        look_at(page, address_of(worker, kind), tmp_path / f"{kind}.png")
        for details in page.locator("details").all():  # the tables and the help, too
            details.evaluate("(element) => { element.open = true; }")
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        page.close()
    context.close()


def opened(worker: Worker, browser: Browser, kind: str, **options: object) -> Page:
    page = worker.context(browser, **options).new_page()
    page.goto(address_of(worker, kind), wait_until="networkidle")
    return page


def test_keys_lead_to_the_period_before_after_and_now(worker: Worker, browser: Browser) -> None:
    page = opened(worker, browser, "month")
    heading = page.get_by_role("heading", level=1)
    shown = heading.inner_text()
    page.keyboard.press("[")
    expect(heading).not_to_have_text(shown)
    page.keyboard.press("]")
    expect(heading).to_have_text(shown)
    page.keyboard.press("[")
    expect(heading).not_to_have_text(shown)
    page.keyboard.press("t")
    page.wait_for_url("**/dashboard/month")
    # As a German keyboard writes it, on Windows.
    page.evaluate(
        "dispatchEvent.call(document, new KeyboardEvent('keydown', { key: '[', ctrlKey: true, altKey: true }))"
    )
    page.wait_for_url("**/dashboard/month?date=*")
    page.context.close()


def test_keys_do_nothing_in_a_field_or_with_a_modifier(worker: Worker, browser: Browser) -> None:
    page = opened(worker, browser, "month")
    address = page.url
    page.get_by_label("Another date").focus()
    page.keyboard.press("t")
    page.keyboard.press("[")
    page.get_by_role("main").focus()
    page.keyboard.press("Control+[")
    page.keyboard.press("Alt+t")
    page.wait_for_timeout(200)
    assert page.url == address
    page.context.close()


def test_chart_is_read_and_followed_by_keyboard_alone(worker: Worker, browser: Browser) -> None:
    page = opened(worker, browser, "week")
    page.get_by_label("Active time of each day").focus()
    page.keyboard.press("Home")
    for _ in range(date.fromisoformat(worker.full_day).weekday()):
        page.keyboard.press("ArrowRight")
    expect(page.locator(".tip.is-shown")).to_contain_text("of the target time")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/dashboard/day?date={worker.full_day}")
    page.context.close()


def test_calendar_goes_by_weeks_with_the_arrows_up_and_down(worker: Worker, browser: Browser) -> None:
    page = opened(worker, browser, "year")
    page.locator(".calendar svg").first.focus()
    page.keyboard.press("Home")
    expect(page.locator(".tip.is-shown")).to_contain_text(" 1 Jan ")
    page.keyboard.press("ArrowDown")
    expect(page.locator(".tip.is-shown")).to_contain_text(" 8 Jan ")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".tip.is-shown")).to_contain_text(" 9 Jan ")
    page.context.close()


def test_first_tap_shows_a_day_and_the_second_opens_it(worker: Worker, browser: Browser) -> None:
    page = opened(worker, browser, "year", has_touch=True, viewport={"width": 360, "height": 740})
    day = page.locator(f'.calendar a[href="/dashboard/day?date={worker.full_day}"]')
    day.scroll_into_view_if_needed()
    day.tap()
    expect(page.locator(".tip.is-shown")).to_contain_text("active")
    assert "/dashboard/year" in page.url
    day.tap()
    page.wait_for_url(f"**/dashboard/day?date={worker.full_day}")
    page.context.close()


def test_figure_says_how_it_is_counted(worker: Worker, browser: Browser) -> None:
    page = opened(worker, browser, "week")
    term = page.locator(".figures .term").first
    term.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    expect(page.locator(".tip.is-shown")).to_contain_text("without pauses")
    page.get_by_text("How these figures are counted").click()
    expect(page.locator("#how")).to_contain_text("Nineteen of twenty questions took at most this long.")
    page.context.close()


def test_page_without_javascript_leads_everywhere(worker: Worker, browser: Browser) -> None:
    page = opened(worker, browser, "week", java_script_enabled=False)
    page.get_by_role("link", name="Month", exact=True).click()
    page.wait_for_url("**/dashboard/month?date=*")
    page.locator("#when summary").click()
    page.locator("#when table a").first.click()
    page.wait_for_url("**/dashboard/day?date=*")
    page.context.close()


def test_page_of_now_follows_the_work(worker: Worker, browser: Browser) -> None:
    page = worker.context(browser).new_page()
    page.goto("/dashboard/year", wait_until="networkidle")
    questions = page.locator("#how-much dd").nth(2)
    before = int(questions.inner_text().replace(",", ""))
    now = datetime.now(UTC)
    send(page.context, [event_body("NEXT", now - timedelta(minutes=3)), event_body("NEXT", now)])
    expect(questions).to_have_text(f"{before + 1:,}")
    expect(page.locator("#live-running")).to_contain_text("A session is running")
    page.context.close()
