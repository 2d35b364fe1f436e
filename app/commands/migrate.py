"""The command `migrate`, and the database with migrated tables that other commands use."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from app.config import get_settings
from app.database import Database, Unavailable, name_of
from app.schema import BrokenReferences, UnknownSchema, prepare
from app.services.refusals import Refusal


def migrate() -> None:
    """Create or migrate the tables, as every start of the server does."""
    with migrated_database() as database:
        typer.echo(f"{name_of(database.engine.url)} has the tables of this version.")


@contextmanager
def migrated_database() -> Iterator[Database]:
    """The configured database with migrated tables. Exits with one sentence if it cannot be migrated or used."""
    database = Database(get_settings().database_url)
    try:
        prepare(database)
        yield database
    except (UnknownSchema, BrokenReferences, Unavailable, Refusal) as problem:
        sys.exit(str(problem))
    finally:
        database.close()
