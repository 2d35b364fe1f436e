"""A running application in which user A has one of everything."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from app.config import Settings
from app.database import Database
from app.main import create_app
from tests.attack.sending import Attacker
from tests.attack.world import new_world


@pytest.fixture
def attacker(settings: Settings, database: Database) -> Iterator[Attacker]:
    """Somebody who knows every route, and what user A has."""
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        yield Attacker(client, database, new_world(database, settings))
