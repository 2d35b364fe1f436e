"""Compiled statements give and take what SQLAlchemy Core gives and takes."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from app.database import Database
from app.db_models import users
from app.store.statements import Statement
from tests.raters import add_user

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
QUERY = (
    select(users)
    .where(users.c.created_at < bindparam("now"), users.c.is_active == bindparam("active"))
    .limit(1)
)
PARAMETERS = {"now": datetime(2100, 1, 1, tzinfo=UTC), "active": True}


def test_rows_are_those_of_core(database: Database) -> None:
    """Truth values, instants, floats, nulls."""
    database.write_now(add_user)
    compiled = Statement(QUERY)

    def compare(connection: Connection) -> None:
        (found,), expected = (
            compiled.rows(connection, PARAMETERS),
            connection.execute(QUERY, PARAMETERS).one(),
        )
        assert tuple(found) == tuple(expected)
        assert [type(value) for value in found] == [type(value) for value in expected]
        assert compiled.run(connection, PARAMETERS).fetchall() == [found]

    database.read_now(compare)


def test_errors_are_those_of_core(database: Database) -> None:
    database.write_now(add_user)
    adding = Statement(insert(users).from_select(list(users.c), select(users)))
    with pytest.raises(IntegrityError):
        database.write_now(lambda connection: adding.run(connection, {}))


def test_many_run_once_for_each(database: Database) -> None:
    numbers = [database.write_now(add_user).id for _ in range(3)]
    renaming = Statement(
        update(users).where(users.c.id == bindparam("number")).values(first_name=bindparam("name"))
    )
    names = {number: f"Ada {number}" for number in numbers}
    rows = [{"number": number, "name": name} for number, name in names.items()]
    database.write_now(lambda connection: renaming.run_many(connection, rows))
    found = database.read_now(
        lambda connection: connection.execute(select(users.c.id, users.c.first_name)).all()
    )
    assert {number: name for number, name in found if number in names} == names
