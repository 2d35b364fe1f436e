"""Numbers as people type them: with a point or a comma, whatever the browser's language."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.pages_support import Worker, worker_with_a_full_day
from tests.browser.widget_user import WidgetUser
from tests.server import Server


@pytest.fixture(scope="module")
def worker(server: Server, browser: Browser) -> Worker:
    return worker_with_a_full_day(server, browser)


@pytest.mark.parametrize(
    ("name", "label", "button"),
    [
        ("profile", "Target, minutes per question", "Save"),
        ("running session", "Minutes per question in this session", "Change"),
    ],
)
def test_target_typed_with_a_comma_is_that_target(
    worker: Worker, browser: Browser, name: str, label: str, button: str
) -> None:
    context = worker.context(browser)
    page = context.new_page()
    page.goto(worker.addresses[name])
    page.get_by_label(label).fill("")
    page.get_by_label(label).press_sequentially("4,25")
    page.get_by_role("button", name=button, exact=True).click()
    page.wait_for_url("**?done=**")
    expect(page.get_by_label(label)).to_have_value("4.25")
    context.close()


def test_target_that_is_no_number_is_told(worker: Worker, browser: Browser) -> None:
    context = worker.context(browser)
    page = context.new_page()
    page.goto("/profile")
    page.get_by_label("Target, minutes per question").fill("five")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(
        page.get_by_text("This is not a number; write one like 5.5 or 5,5, without separating thousands.")
    ).to_be_visible()
    expect(page.get_by_label("Target, minutes per question")).to_have_value("five")
    context.close()


def test_minutes_of_the_widget_with_a_comma_are_those_minutes(
    rater: WidgetUser, open_page: Callable[[], Page]
) -> None:
    page = open_page()
    minutes = page.get_by_label("Ask what I did after so many minutes")
    minutes.fill("")
    minutes.press_sequentially("1,5")
    page.get_by_role("button", name="Save the settings").click()
    expect(page.locator("[data-settings-status]")).to_have_text("Saved. Open panels follow.")
    assert rater.manager.values["preferences"] == {"idleMinutes": 1.5}


@pytest.mark.parametrize("typed", ["1.500,5", "-1", "601", "ten", ""])
def test_minutes_of_the_widget_that_are_no_number_are_told(open_page: Callable[[], Page], typed: str) -> None:
    page = open_page()
    minutes = page.get_by_label("Ask what I did after so many minutes")
    minutes.fill("")
    minutes.press_sequentially(typed)
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#idleMinutes-wrong")).to_have_text("Write a number of minutes, 0 to 600.")
