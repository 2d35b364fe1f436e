"""Fixtures of the services' tests."""

from collections.abc import Iterator

import pytest

from app.config import Settings
from app.database import Database
from tests.leaving import Sitting
from tests.unit.services.accounts_world import World


@pytest.fixture
def sitting(database: Database) -> Iterator[Sitting]:
    with database.engine.connect() as connection:
        yield Sitting(connection)
        connection.rollback()


@pytest.fixture
def world(database: Database, settings: Settings) -> World:
    return World(database, settings)
