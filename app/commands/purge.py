"""`raterhub-tracker purge`: what a server does by itself once a day, at once."""

import asyncio

import typer

from app.commands.migrate import prepared
from app.config import get_settings
from app.housekeeping import keep_house_once


def register(cli: typer.Typer) -> None:
    """Add the command to the tool."""
    cli.command()(purge)


def purge() -> None:
    """Let what was deleted more than 30 days ago leave for good, and expired logins too."""
    with prepared(get_settings().database_url) as database:
        left = asyncio.run(keep_house_once(database))
    typer.echo(
        f"Purged for good: sessions {left.sessions}, questions {left.questions}, rows of the log {left.rows}, "
        f"expired logins {left.logins}, old counts of failed logins {left.throttles}."
    )
