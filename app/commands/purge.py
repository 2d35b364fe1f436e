"""The command `purge`: the daily purge of a server, at once."""

import asyncio
from datetime import UTC, datetime

import typer

from app.commands.migrate import migrated_database
from app.services.purging import purge_all


def purge() -> None:
    """Remove what was deleted more than 30 days ago, and expired logins."""
    with migrated_database() as database:
        purged = asyncio.run(purge_all(database.read, database.write, datetime.now(UTC)))
    typer.echo(
        "Purged: sessions {sessions}, questions {questions}, rows of the log {rows}, expired logins {logins}, "
        "old counts of failed logins {throttles}.".format_map(purged)
    )
