"""`raterhub-tracker migrate`: the step that every start takes by itself, for those who want it apart."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer
from sqlalchemy import make_url

from app.config import get_settings
from app.database import Database, Unavailable
from app.schema import BrokenReferences, SchemaTooNew, prepare


def register(cli: typer.Typer) -> None:
    """Add the command to the tool."""
    cli.command()(migrate)


def migrate() -> None:
    """Make the tables of an empty database, or bring an older one to this version."""
    url = get_settings().database_url
    with prepared(url):
        typer.echo(f"{make_url(url).render_as_string()} has the tables of this version.")


@contextmanager
def prepared(url: str) -> Iterator[Database]:
    """The database at `url`, its tables made or migrated. Where that cannot be done, one sentence ends the program."""
    database = Database(url)
    try:
        prepare(database)
        yield database
    except (SchemaTooNew, BrokenReferences, Unavailable) as problem:
        sys.exit(str(problem))
    finally:
        database.close()
