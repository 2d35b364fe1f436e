"""A running application in which user A has one of everything."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr
from starlette.testclient import TestClient

from app.config import Settings
from app.database import Database
from app.main import create_app
from app.web import live
from tests.attack.sending import Attacker
from tests.attack.world import World, new_world
from tests.server import Server


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Every route there is, and logins that live longer than a CSRF token."""
    metrics = SecretStr("a-token-for-whoever-collects-metrics")
    update = {"access_token_expire_minutes": 3 * 1440, "metrics_token": metrics, "debug": True}
    return settings.model_copy(update=update)


@pytest.fixture
def attacker(settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Attacker]:
    """Somebody who knows every route, and what user A has."""
    monkeypatch.setattr(live, "MAX_STREAMS_PER_USER", 0)
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        yield Attacker(client, database, new_world(database, settings))


@pytest.fixture
def server(tmp_path: Path, settings: Settings) -> Iterator[Server]:
    """A server in a process of its own, on the test's database."""
    running = Server(tmp_path, settings.database_url, secret_key=settings.secret)
    running.start()
    yield running
    running.stop()


@pytest.fixture
def world(database: Database, settings: Settings) -> World:
    """A user A with one of everything."""
    return new_world(database, settings)
