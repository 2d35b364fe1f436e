"""What tests of the pages begin with: somebody at a browser, at noon of a known day."""

from collections.abc import Iterator

import pytest
import time_machine
from starlette.testclient import TestClient

from app.database import Database
from tests.http.pages_rater import NOON, Rater
from tests.http.pages_support import Browser


@pytest.fixture
def browser(client: TestClient) -> Iterator[Browser]:
    """A browser in which somebody from Vienna has just registered."""
    with time_machine.travel(NOON, tick=True):
        browser = Browser(client)
        browser.register()
        yield browser


@pytest.fixture
def rater(browser: Browser, database: Database) -> Rater:
    """What that person presses."""
    return Rater(database)
