"""Fixtures of the services' tests."""

from collections.abc import Iterator

import pytest

from app.database import Database
from tests.leaving import Sitting


@pytest.fixture
def sitting(database: Database) -> Iterator[Sitting]:
    with database.engine.connect() as connection:
        yield Sitting(connection)
        connection.rollback()
