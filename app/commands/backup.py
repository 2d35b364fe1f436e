"""The commands `backup` and `restore`, for SQLite and PostgreSQL."""

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import structlog
import typer
from sqlalchemy import make_url

from app.commands import CommandError, postgresql_backup, sqlite_backup
from app.config import get_settings
from app.sqlite_copy import DamagedFile

log = structlog.get_logger(__name__)


def backup(
    file: Annotated[
        Path | None,
        typer.Argument(help="The file to write. Default: a name with the time, in the current directory."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace FILE if it exists.")] = False,
) -> None:
    """Write the whole database to one file, while the server runs."""
    url = make_url(get_settings().database_url)
    sqlite = url.get_backend_name() == "sqlite"
    suffix = "db" if sqlite else "dump"
    target = file or Path(f"raterhub-tracker-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.{suffix}")
    with _exit_on_failure("No backup was written"):
        if target.exists() and not force:
            raise CommandError(f"{target} exists already; --force replaces it.")
        if target.exists() and not target.is_file():
            raise CommandError(f"{target} is not a file.")
        if not target.absolute().parent.is_dir():
            raise CommandError(f"The directory of {target} does not exist.")
        (sqlite_backup if sqlite else postgresql_backup).backup(url, target)
    typer.echo(f"{target} ({target.stat().st_size:,} bytes)")


def restore(
    file: Annotated[Path, typer.Argument(help="A file that `backup` wrote.")],
    force: Annotated[
        bool, typer.Option("--force", help="Replace the data of the database. Stop the server first.")
    ] = False,
) -> None:
    """Restore a backup into the configured database, completely or not at all."""
    url = make_url(get_settings().database_url)
    sqlite = url.get_backend_name() == "sqlite"
    with _exit_on_failure("Nothing was restored"):
        if not file.is_file():
            raise CommandError(f"{file} does not exist.")
        (sqlite_backup if sqlite else postgresql_backup).restore(url, file, force=force)
    log.info("database restored", file=str(file), replaced=force)
    typer.echo(f"Restored {file}. The next start brings its tables to this version.")


@contextmanager
def _exit_on_failure(consequence: str) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        sys.exit(f"{consequence}: SQLite says: {error}.")
    except (CommandError, DamagedFile, OSError) as problem:
        sys.exit(f"{consequence}: {problem}")
