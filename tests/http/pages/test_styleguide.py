"""The page of all parts, in debug mode alone."""

import pytest
from starlette.testclient import TestClient

from app.config import Settings
from app.database import Database
from app.main import create_app


@pytest.mark.parametrize(("debug", "status"), [(False, 404), (True, 200)])
def test_parts_are_shown_in_debug_mode_alone(
    settings: Settings, database: Database, debug: bool, status: int
) -> None:
    with TestClient(create_app(settings.model_copy(update={"debug": debug}))) as client:
        page = client.get("/styleguide", headers={"accept": "text/html"})
    assert page.status_code == status
    assert ("<h1>All parts</h1>" in page.text) is debug
