"""Fixtures of the services' tests."""

from collections.abc import Iterator

import pytest

from app.config import Settings
from app.database import Database
from tests.leaving import Sitting
from tests.unit.services.account_services import AccountServices


@pytest.fixture
def sitting(database: Database) -> Iterator[Sitting]:
    with database.engine.connect() as connection:
        yield Sitting(connection)
        connection.rollback()


@pytest.fixture
def services(database: Database, settings: Settings) -> AccountServices:
    return AccountServices(database, settings)
