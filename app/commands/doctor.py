"""The command `doctor`: checks settings, database and Redis."""

import sqlite3
from pathlib import Path
from typing import Annotated

import psycopg
import typer
from pydantic import ValidationError
from sqlalchemy import URL, make_url
from sqlalchemy.exc import DBAPIError

from app.commands import doctor_checks_database, doctor_facts
from app.commands.doctor_checks import ServeOptions, check_settings
from app.commands.doctor_checks_values import check_names
from app.commands.doctor_findings import Finding, error
from app.config import ROOT, Settings, invalid_settings_message, setting_names
from app.database import open_engine
from app.schema import migrations, stored_revision

ENV_FILE = ROOT / ".env"
DRIVERS = ("sqlite", "sqlite+pysqlite", "postgresql+psycopg")


def doctor(
    host: Annotated[str, typer.Option(help="The address that `serve` listens on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port that `serve` listens on.")] = 8000,
    workers: Annotated[int, typer.Option(min=1, help="The processes that `serve` starts.")] = 1,
) -> None:
    """Check settings, database and Redis and print what is wrong; change nothing.

    Use the options of `serve`. Exit code 0: nothing is wrong. 1: there are findings.
    """
    found = find_all(ENV_FILE, ServeOptions(host, port, workers))
    if not found:
        typer.echo("Nothing is wrong.")
        return
    for finding in found:
        typer.echo(f"{finding}\n")
    errors = sum(finding.level == "Error" for finding in found)
    typer.echo(f"Errors: {errors}. Warnings: {len(found) - errors}.")
    raise typer.Exit(1)


def find_all(env_file: Path, options: ServeOptions) -> list[Finding]:
    """The findings about a server that is started with these options, errors first."""
    found = _check_env_file(env_file)
    try:
        settings = Settings(_env_file=env_file)
    except ValidationError as problem:
        found.append(
            error(
                invalid_settings_message(problem),
                "Nothing else could be looked at.",
                "Correct it in .env or in the environment; documentation.md has every setting.",
            )
        )
    except UnicodeDecodeError:
        found.append(
            error(
                f"{env_file} is not in UTF-8.",
                "It cannot be read. Windows PowerShell 5 writes UTF-16 with its >.",
                "Save it as UTF-8 with an editor.",
            )
        )
    else:
        found += check_settings(settings, options)
        found += _check_storage(settings)
        found += _check_database(make_url(settings.database_url), options)
    return sorted(found, key=lambda finding: finding.level)


def _check_env_file(env_file: Path) -> list[Finding]:
    try:
        names = doctor_facts.read_env_names(env_file)
    except UnicodeDecodeError:
        return []  # reported when the settings are read
    why = "Whoever reads SECRET_KEY in it can log in as anybody."
    return [
        *doctor_checks_database.check_file_mode(doctor_facts.read_file_facts(env_file), why),
        *check_names(names, setting_names()),
    ]


def _check_storage(settings: Settings) -> list[Finding]:
    why = (
        doctor_facts.read_storage_failure(settings.rate_limit_storage_uri)
        if settings.rate_limit_enabled
        else None
    )
    if why is None:
        return []
    return [
        error(
            f"RATE_LIMIT_STORAGE_URI cannot be used: {why}.",
            "Each process counts for itself meanwhile, so more is let through than the limits say.",
            "Start Redis, or correct the address: redis://:password@host:6379/0.",
        )
    ]


def _check_database(url: URL, options: ServeOptions) -> list[Finding]:
    if url.drivername not in DRIVERS:
        return [
            error(
                f"DATABASE_URL begins with {url.drivername}://.",
                "There is no driver for it here.",
                "Write sqlite:///./app.db or postgresql+psycopg://user:password@host/database.",
            )
        ]
    if url.get_backend_name() == "sqlite":
        return _check_sqlite(Path(str(url.database)))
    return _check_postgresql(url, options)


def _check_sqlite(path: Path) -> list[Finding]:
    found = [
        *doctor_checks_database.check_mount(path.resolve(), doctor_facts.read_mounts()),
        *doctor_checks_database.check_database_file(doctor_facts.read_file_facts(path)),
    ]
    if not path.exists():
        return found
    try:
        return found + _check_revision(doctor_facts.read_sqlite_revision(path))
    except sqlite3.Error as failure:
        return [
            *found,
            error(
                f"{path} cannot be read: {failure}.",
                "It is no SQLite database, is damaged, or is not this user's to read.",
                "Correct DATABASE_URL, or restore a backup.",
            ),
        ]


def _check_postgresql(url: URL, options: ServeOptions) -> list[Finding]:
    engine = open_engine(url.render_as_string(hide_password=False))
    try:
        facts = doctor_facts.read_postgres_facts(engine)
        with engine.connect() as connection:
            revision = stored_revision(connection)
    except (DBAPIError, psycopg.Error) as failure:
        return [_unreachable(doctor_facts.first_line(failure, url))]
    finally:
        engine.dispose()
    needed = options.workers * doctor_facts.max_connections(engine)
    return [
        *doctor_checks_database.check_postgresql(facts, connections_needed=needed),
        *_check_revision(revision),
    ]


def _unreachable(message: str) -> Finding:
    if "unsupported startup parameter" in message:
        return error(
            f"The pooler refuses the connection: {message}",
            "Each connection asks for time limits of its own when it begins.",
            "PgBouncer: ignore_startup_parameters = options, and set both limits on the role: "
            "ALTER ROLE … SET statement_timeout = '15s'; ALTER ROLE … SET lock_timeout = '8s'.",
        )
    return error(
        f"The database does not answer: {message}",
        "Without it nothing is served but 503.",
        "Start it, or correct DATABASE_URL: postgresql+psycopg://user:password@host/database "
        "(with @ : / % in the password percent-encoded).",
    )


def _check_revision(current: str | None) -> list[Finding]:
    known = [revision.revision for revision in migrations().walk_revisions()]
    return doctor_checks_database.check_revision(current, known)
