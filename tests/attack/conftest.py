"""A running application in which user A has one of everything."""

from collections.abc import Iterator

import pytest
from pydantic import SecretStr
from starlette.testclient import TestClient

from app.config import Settings
from app.database import Database
from app.main import create_app
from tests.attack.sending import Attacker
from tests.attack.world import new_world


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Every route there is, and logins that live longer than a CSRF token."""
    metrics = SecretStr("a-token-for-whoever-collects-metrics")
    return settings.model_copy(update={"access_token_expire_minutes": 3 * 1440, "metrics_token": metrics})


@pytest.fixture
def attacker(settings: Settings, database: Database) -> Iterator[Attacker]:
    """Somebody who knows every route, and what user A has."""
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        yield Attacker(client, database, new_world(database, settings))
