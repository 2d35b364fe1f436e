"""The page of all parts, in debug mode alone."""

import pytest

from app.config import Settings
from tests.http.browser import Browser

DEBUGGING = [(False, 404), (True, 200)]


@pytest.fixture
def settings(settings: Settings, debug: bool) -> Settings:
    """In debug mode or not."""
    return settings.model_copy(update={"debug": debug})


@pytest.mark.parametrize(("debug", "status"), DEBUGGING)
def test_parts_are_shown_in_debug_mode_alone(browser: Browser, debug: bool, status: int) -> None:
    page = browser.get("/styleguide")
    assert page.status_code == status
    assert ("<h1>All parts</h1>" in page.text) is debug
