"""What the tests of the widget's page have in common."""

from typing import Any

from playwright.sync_api import Page, expect


def status(page: Page) -> Any:
    """What came of connecting, as an expectation."""
    return expect(page.locator("[data-widget-status]"))


def saved(page: Page) -> Any:
    """What came of saving, as an expectation."""
    return expect(page.locator("[data-settings-status]"))


def save(page: Page) -> None:
    page.get_by_role("button", name="Save the settings").click()
