"""The command `migrate`, and the database with migrated tables that other commands use."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer
from sqlalchemy import make_url

from app.config import get_settings
from app.database import Database, Unavailable
from app.schema import BrokenReferences, SchemaTooNew, prepare


def migrate() -> None:
    """Create or migrate the tables, as every start of the server does."""
    url = get_settings().database_url
    with migrated_database(url):
        typer.echo(f"{make_url(url).render_as_string()} has the tables of this version.")


@contextmanager
def migrated_database(url: str) -> Iterator[Database]:
    """The database at `url` with migrated tables. Exits with one sentence if it cannot be migrated."""
    database = Database(url)
    try:
        prepare(database)
        yield database
    except (SchemaTooNew, BrokenReferences, Unavailable) as problem:
        sys.exit(str(problem))
    finally:
        database.close()
