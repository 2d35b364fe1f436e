"""A page with the panel alone on it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page

from tests.browser.parts.conftest import part
from tests.browser.parts.panel.model import ShowPanel, draw

HARNESS = Path(__file__).with_name("harness.js").read_text(encoding="utf-8").split("\n", 1)[1]


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that can import the parts."""
    opened = browser.new_page(viewport={"width": 800, "height": 600}, locale="en-GB")
    opened.route("https://widget.test/**", part)
    opened.goto("https://widget.test/")
    yield opened
    opened.close()


@pytest.fixture
def show_panel(page: Page) -> ShowPanel:
    """Puts the panel on the page, with these choices; `drawn`: where the model differs from a browser at rest."""

    def put(choices: dict[str, Any] | None = None, **drawn: Any) -> Locator:
        page.evaluate(HARNESS, choices or {})
        draw(page, **drawn)
        return page.locator("#raterhub-tracker .panel")

    return put
