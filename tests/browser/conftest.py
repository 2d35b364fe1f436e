"""A real Chromium, the real server and a rater who is registered and connected."""

import urllib.request
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

from bench.chromium import ARGUMENTS
from tests.browser.manager import Flavour, Manager
from tests.browser.task_site import TaskSite
from tests.browser.widget_user import WidgetUser
from tests.server import Server

CHROMIUM = "/usr/bin/chromium"
PATIENCE_MS = 40_000  # for whatever is awaited on a machine with much else to do
OPTIONS: dict[str, Any] = {
    "viewport": {"width": 1280, "height": 800},
    "timezone_id": "Europe/Berlin",
    "locale": "en-GB",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder needs Chromium."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server, for all tests of this process."""
    started = Server(tmp_path_factory.mktemp("server"))
    started.start()
    yield started
    started.stop()


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """What drives Chromium; a process has one."""
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """Chromium without a window."""
    chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
    yield chromium
    chromium.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A fresh profile."""
    made = browser.new_context(**OPTIONS)
    made.set_default_timeout(PATIENCE_MS)
    yield made
    made.close()


@pytest.fixture(scope="session")
def script(server: Server) -> str:
    """The userscript as the server sends it."""
    with urllib.request.urlopen(f"{server.url}/raterhub-tracker.user.js") as answer:
        return str(answer.read().decode())


@pytest.fixture
def new_rater(server: Server, context: BrowserContext, script: str) -> Callable[..., WidgetUser]:
    """Makes raters with a browser of their own; `connected=False`: with the widget installed and nothing else done."""

    def make(*, connected: bool = True, flavour: Flavour = "GM_", open_shadow: bool = True) -> WidgetUser:
        manager = Manager(script, flavour=flavour, open_shadow=open_shadow)
        manager.install(context)
        rater = WidgetUser(server, context, manager, email=f"rater-{uuid.uuid4().hex[:12]}@example.com")
        if connected:
            rater.arrive()
        return rater

    return make


@pytest.fixture
def rater(new_rater: Callable[..., WidgetUser]) -> WidgetUser:
    """Registered and connected."""
    return new_rater()


@pytest.fixture
def site(rater: WidgetUser) -> TaskSite:
    """Served to the rater."""
    made = TaskSite()
    made.serve(rater)
    return made


@pytest.fixture
def prefer(rater: WidgetUser) -> Callable[..., None]:
    """Sets the choices of the user."""

    def choose(**choices: Any) -> None:
        rater.manager.values["preferences"] = choices

    return choose


@pytest.fixture
def presses(rater: WidgetUser) -> Callable[[], list[str]]:
    """The types of everything recorded so far, sent or waiting."""

    def recorded() -> list[str]:
        waiting = [rater.manager.values[key]["event"]["type"] for key in rater.manager.keys("event:")]
        return [sent.body["type"] for sent in rater.manager.sent if sent.method == "POST"] + waiting

    return recorded


@pytest.fixture
def open_page(rater: WidgetUser) -> Callable[[], Page]:
    """Opens the widget's page in a tab of its own, with the script."""

    def opened() -> Page:
        page = rater.context.new_page()
        page.goto(f"{rater.server.url}/widget")
        expect(page.locator("[data-widget-found]")).to_contain_text("installed in this browser (version")
        return page

    return opened
