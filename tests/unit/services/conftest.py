"""Fixtures of the services' tests."""

from collections.abc import Iterator

import pytest

from app.config import Settings
from app.database import Database
from tests.unit.services.account_services import AccountServices
from tests.unit.services.user_log import UserLog


@pytest.fixture
def log(database: Database) -> Iterator[UserLog]:
    with database.engine.connect() as connection:
        yield UserLog(connection)
        connection.rollback()


@pytest.fixture
def services(database: Database, settings: Settings) -> AccountServices:
    return AccountServices(database, settings)
