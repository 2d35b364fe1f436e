"""The command `doctor`: checks settings, database and Redis."""

from pathlib import Path
from typing import Annotated

import typer
from dotenv import dotenv_values
from limits.errors import ConfigurationError
from limits.storage import storage_from_string
from pydantic import ValidationError
from sqlalchemy import URL, make_url

from app.commands.doctor_checks import Findings, check_names, check_settings, error
from app.commands.doctor_files import check_file_mode, check_sqlite
from app.config import ROOT, Settings, invalid_settings_message

ENV_FILE = ROOT / ".env"


def doctor(
    host: Annotated[str, typer.Option(help="The address that `serve` listens on.")] = "127.0.0.1",
    workers: Annotated[int, typer.Option(min=1, help="The processes that `serve` starts.")] = 1,
) -> None:
    """Check settings, database and Redis and print what is wrong; change nothing.

    Use the options of `serve`, without the port. Exit code 0: nothing is wrong. 1: there are findings.
    """
    findings = sorted(find_all(ENV_FILE, host, workers), key=lambda each: each.level)
    if not findings:
        typer.echo("Nothing is wrong.")
        return
    for finding in findings:
        typer.echo(f"{finding}\n")
    errors = sum(finding.level == "Error" for finding in findings)
    typer.echo(f"Errors: {errors}. Warnings: {len(findings) - errors}.")
    raise typer.Exit(1)


def find_all(env_file: Path, host: str, workers: int) -> Findings:
    """The findings about a server of `workers` processes that listens on `host`."""
    try:
        names = dotenv_values(env_file, interpolate=False)
    except UnicodeDecodeError:
        yield error(
            f"{env_file} is not in UTF-8.",
            "It cannot be read. Windows PowerShell 5 writes UTF-16 with its >.",
            "Save it as UTF-8 with an editor.",
        )
        return
    yield from check_file_mode(env_file, "Whoever reads SECRET_KEY in it can log in as anybody.")
    yield from check_names(names)
    try:
        settings = Settings(_env_file=env_file)
    except ValidationError as problem:
        yield error(
            invalid_settings_message(problem),
            "Nothing else could be looked at.",
            "Correct it in .env or in the environment; documentation.md has every setting.",
        )
        return
    yield from check_settings(settings, host, workers)
    if settings.rate_limit_enabled:
        yield from _check_storage(settings.rate_limit_storage_uri)
    yield from _check_database(make_url(settings.database_url), workers)


def _check_storage(uri: str) -> Findings:
    """Whether the storage of the rate limits answers."""
    try:
        storage = storage_from_string(uri, socket_timeout=1, socket_connect_timeout=1)  # seconds
    except (ConfigurationError, ValueError, ImportError):
        failure = "it is no address of a Redis"
    else:
        if storage.check():
            return
        failure = "nothing answers there, or the password is not the right one"
    yield error(
        f"RATE_LIMIT_STORAGE_URI cannot be used: {failure}.",
        "Each process counts for itself meanwhile, so more is let through than the limits say.",
        "Start Redis, or correct the address: redis://:password@host:6379/0.",
    )


def _check_database(url: URL, workers: int) -> Findings:
    match url.drivername:
        case "sqlite" | "sqlite+pysqlite":
            yield from check_sqlite(Path(str(url.database)))
        case "postgresql+psycopg":
            from app.commands.doctor_postgresql import check_postgresql  # loads the driver

            yield from check_postgresql(url, workers)
        case other:
            yield error(
                f"DATABASE_URL begins with {other}://.",
                "There is no driver for it here.",
                "Write sqlite:///./app.db or postgresql+psycopg://user:password@host/database.",
            )
