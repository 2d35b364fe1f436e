"""Every page in a real browser: accessible, in bounds, quiet, and of use without JavaScript."""

import os
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from tests.browser.pages_support import SCREENS, ZONE, Worker, look_at, worker_with_a_full_day
from tests.raters import PASSWORD
from tests.server import Server

PAGES = (
    "day",
    "empty day",
    "deleted",
    "sessions",
    "session",
    "running session",
    "profile",
    "widget",
    "unknown",
    "refused",
)
PUBLIC = ("/login", "/register", "/widget", "/nowhere")


@pytest.fixture(scope="module")
def worker(server: Server, browser: Browser) -> Worker:
    return worker_with_a_full_day(server, browser)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where each page's picture goes; PICTURES names a folder of one's own."""
    chosen = os.environ.get("PICTURES")
    return Path(chosen) if chosen else tmp_path_factory.mktemp("pictures")


@pytest.mark.parametrize("screen", SCREENS)
def test_page_is_accessible_and_in_bounds(
    worker: Worker, browser: Browser, pictures: Path, screen: str
) -> None:
    context = worker.context(browser, **SCREENS[screen])
    for name in PAGES:
        page = context.new_page()
        look_at(page, worker.addresses[name], pictures / f"{name.replace(' ', '-')}-{screen}.png")
        page.close()
    context.close()


@pytest.mark.parametrize("screen", SCREENS)
def test_public_page_is_accessible_and_in_bounds(
    server: Server, browser: Browser, pictures: Path, screen: str
) -> None:
    context = browser.new_context(base_url=server.url, **SCREENS[screen])
    for address in PUBLIC:
        page = context.new_page()
        look_at(page, address, pictures / f"public-{address.strip('/')}-{screen}.png")
        page.close()
    context.close()


def test_first_day_and_refused_forms_are_accessible(server: Server, browser: Browser, pictures: Path) -> None:
    context = browser.new_context(
        base_url=server.url, timezone_id=ZONE, viewport={"width": 360, "height": 740}
    )
    page = context.new_page()
    page.goto("/register")
    page.get_by_label("E-mail address").fill("first@example.org")
    page.get_by_label("Password").fill("too short")
    page.get_by_role("main").get_by_role("button", name="Register").click()
    expect(page.locator(".wrong")).to_have_count(1)
    expect(page.get_by_label("E-mail address")).to_have_value("first@example.org")
    expect(page.get_by_label("Password")).to_have_value("")
    assert Axe().run(page).response["violations"] == []
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Register").click()
    page.wait_for_url("**/dashboard/**")
    expect(page.get_by_role("heading", name="Three steps")).to_be_visible()
    look_at(page, "/dashboard/today", pictures / "first-day.png")
    context.close()


def test_register_takes_the_browsers_time_zone(server: Server, browser: Browser) -> None:
    context = browser.new_context(base_url=server.url, timezone_id="Pacific/Auckland")
    page = context.new_page()
    page.goto("/register")
    expect(page.get_by_label("Time zone")).to_have_value("Pacific/Auckland")
    context.close()


def test_register_leaves_out_a_time_zone_that_the_server_does_not_know(
    server: Server, browser: Browser
) -> None:
    """A browser that cannot tell says Etc/Unknown; one with newer data may know a newer zone."""
    context = browser.new_context(base_url=server.url, timezone_id="Pacific/Auckland")
    context.add_init_script(
        "Intl.DateTimeFormat.prototype.resolvedOptions = () => ({ timeZone: 'Etc/Unknown' });"
    )
    page = context.new_page()
    page.goto("/register", wait_until="networkidle")
    expect(page.get_by_label("Time zone")).to_have_value("UTC")
    context.close()


def test_correction_and_undo_work_without_javascript(worker: Worker, browser: Browser) -> None:
    context = worker.context(browser, java_script_enabled=False)
    page = context.new_page()
    page.goto(worker.addresses["session"])
    questions = page.locator("#questions tbody tr")
    before = questions.count()
    page.get_by_role("button", name="Delete question 2", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("The question is deleted")
    expect(questions).to_have_count(before - 1)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("status")).to_contain_text("The question counts again.")
    expect(questions).to_have_count(before)
    page.get_by_role("button", name="Delete the session").click()
    expect(page.get_by_role("status")).to_contain_text("The session is deleted.")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("status")).to_contain_text("The session is back.")
    expect(questions).to_have_count(before)
    context.close()


def test_keyboard_reaches_the_content_first(worker: Worker, browser: Browser) -> None:
    context = worker.context(browser)
    page = context.new_page()
    page.goto(worker.addresses["day"])
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()
    context.close()


def test_next_and_previous_day_lead_to_each_other(worker: Worker, browser: Browser) -> None:
    context = worker.context(browser)
    page = context.new_page()
    page.goto(worker.addresses["day"])
    heading = page.get_by_role("heading", level=1)
    today = heading.inner_text()
    page.locator('a[rel="prev"]').click()
    expect(heading).not_to_have_text(today)
    page.locator('a[rel="next"]').click()
    expect(heading).to_have_text(today)
    context.close()
