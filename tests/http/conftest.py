"""Fixtures of the tests of the pages: a user at a browser, at noon of a known day."""

from collections.abc import Callable, Iterator
from functools import partial

import pytest
import time_machine
from starlette.testclient import TestClient

from app.config import Settings
from app.database import Database
from app.store import users
from tests.http.browser import EMAIL, NOON, Browser
from tests.http.periods import Counted, new_counted
from tests.raters import Rater


@pytest.fixture
def browser(client: TestClient) -> Iterator[Browser]:
    """A browser in which a user from Vienna has just registered."""
    with time_machine.travel(NOON, tick=True):
        browser = Browser(client)
        browser.register()
        yield browser


@pytest.fixture
def rater(browser: Browser, database: Database) -> Rater:
    """That user, whose events are recorded without the browser."""
    account = database.read_now(lambda conn: users.find_by_email(conn, EMAIL))
    assert account is not None
    return Rater(database, account.user)


@pytest.fixture
def new_user(client: TestClient, settings: Settings) -> Callable[..., Counted]:
    """A maker of users without history, whose periods are asked for; its arguments are fields of their profiles."""
    return partial(new_counted, client, settings)
