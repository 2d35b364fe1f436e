"""The command `purge`: the daily purge of a server, at once."""

import asyncio

import typer

from app.commands.migrate import migrated_database
from app.housekeeping import purge_once


def purge() -> None:
    """Remove what was deleted more than 30 days ago, and expired logins."""
    with migrated_database() as database:
        purged = asyncio.run(purge_once(database))
    typer.echo(
        "Purged: sessions {sessions}, questions {questions}, rows of the log {rows}, expired logins {logins}, "
        "old counts of failed logins {throttles}.".format_map(purged)
    )
