"""A page that loads the widget's parts as modules, without a server and without a userscript manager."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route

WIDGET = Path(__file__).resolve().parents[3] / "app" / "widget"


def part(route: Route) -> None:
    """Answers for a part, or for the empty page that imports parts."""
    name = route.request.url.rsplit("/", 1)[1]
    if name:
        route.fulfill(path=WIDGET / name, content_type="text/javascript")
    else:
        route.fulfill(body="<!doctype html>", content_type="text/html")


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    """A page that can import the parts; they keep nothing between calls."""
    opened = browser.new_page()
    opened.route("https://widget.test/**", part)
    opened.goto("https://widget.test/")
    yield opened
    opened.close()
