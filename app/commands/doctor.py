"""`raterhub-tracker doctor`: looks at the configuration and says what is wrong with it, in plain words."""

import sqlite3
from pathlib import Path
from typing import Annotated

import psycopg
import typer
from pydantic import ValidationError
from sqlalchemy import URL, make_url
from sqlalchemy.exc import DBAPIError

from app.commands import checkup_database, looking
from app.commands.checkup import Serving, settings_findings
from app.commands.checkup_values import check_names
from app.commands.finding import Finding, error
from app.config import ROOT, Settings, problems_of
from app.database import open_engine
from app.schema import migrations, stored_revision

ENV_FILE = ROOT / ".env"
DRIVERS = ("sqlite", "sqlite+pysqlite", "postgresql+psycopg")


def register(cli: typer.Typer) -> None:
    """Add the command to the tool."""
    cli.command()(doctor)


def doctor(
    host: Annotated[str, typer.Option(help="The address that `serve` listens on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port that `serve` listens on.")] = 8000,
    workers: Annotated[int, typer.Option(min=1, help="The processes that `serve` starts.")] = 1,
) -> None:
    """Look at settings, database and Redis, and say what is wrong; it changes nothing.

    Takes the options that `serve` is started with. Exit code 0: nothing is wrong. 1: something is.
    """
    found = examine(ENV_FILE, Serving(host, port, workers))
    if not found:
        typer.echo("Nothing is wrong.")
        return
    for finding in found:
        typer.echo(f"{finding}\n")
    errors = sum(finding.level == "Error" for finding in found)
    typer.echo(f"Errors: {errors}. Warnings: {len(found) - errors}.")
    raise typer.Exit(1)


def examine(env_file: Path, serving: Serving) -> list[Finding]:
    """Everything that is wrong with a server started here, errors first."""
    found = _examine_env_file(env_file)
    try:
        settings = Settings(_env_file=env_file)
    except ValidationError as problem:
        found.append(
            error(
                problems_of(problem),
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
        found += settings_findings(settings, serving)
        found += _examine_storage(settings)
        found += _examine_database(make_url(settings.database_url), serving)
    return sorted(found, key=lambda finding: finding.level)


def _examine_env_file(env_file: Path) -> list[Finding]:
    try:
        names = looking.names_in(env_file)
    except UnicodeDecodeError:
        return []  # reading the settings meets the same, and says so
    why = "Whoever reads SECRET_KEY in it can log in as anybody."
    return [
        *checkup_database.check_readers(looking.file_facts(env_file), why),
        *check_names(names, [field.upper() for field in Settings.model_fields]),
    ]


def _examine_storage(settings: Settings) -> list[Finding]:
    why = looking.why_storage_fails(settings.rate_limit_storage_uri) if settings.rate_limit_enabled else None
    if why is None:
        return []
    return [
        error(
            f"RATE_LIMIT_STORAGE_URI cannot be used: {why}.",
            "Each process counts for itself meanwhile, so more is let through than the limits say.",
            "Start Redis, or correct the address: redis://:password@host:6379/0.",
        )
    ]


def _examine_database(url: URL, serving: Serving) -> list[Finding]:
    if url.drivername not in DRIVERS:
        return [
            error(
                f"DATABASE_URL begins with {url.drivername}://.",
                "There is no driver for it here.",
                "Write sqlite:///./app.db or postgresql+psycopg://user:password@host/database.",
            )
        ]
    if url.get_backend_name() == "sqlite":
        return _examine_sqlite(Path(str(url.database)))
    return _examine_postgresql(url, serving)


def _examine_sqlite(path: Path) -> list[Finding]:
    found = [
        *checkup_database.check_mount(path.resolve(), looking.mounts()),
        *checkup_database.check_database_file(looking.file_facts(path)),
    ]
    if not path.exists():
        return found
    try:
        return found + _check_revision(looking.sqlite_revision(path))
    except sqlite3.Error as failure:
        return [
            *found,
            error(
                f"{path} cannot be read: {failure}.",
                "It is no SQLite database, is damaged, or is not this user's to read.",
                "Correct DATABASE_URL, or restore a backup.",
            ),
        ]


def _examine_postgresql(url: URL, serving: Serving) -> list[Finding]:
    engine = open_engine(url.render_as_string(hide_password=False))
    try:
        facts = looking.postgres_facts(engine)
        with engine.connect() as connection:
            revision = stored_revision(connection)
    except (DBAPIError, psycopg.Error) as failure:
        return [_unreachable(looking.sentence_of(failure, url))]
    finally:
        engine.dispose()
    needed = serving.workers * looking.most_connections(engine)
    return [
        *checkup_database.check_postgresql(facts, connections_needed=needed),
        *_check_revision(revision),
    ]


def _unreachable(said: str) -> Finding:
    if "unsupported startup parameter" in said:
        return error(
            f"The pooler refuses the connection: {said}",
            "Each connection asks for time limits of its own when it begins.",
            "PgBouncer: ignore_startup_parameters = options, and set both limits on the role: "
            "ALTER ROLE … SET statement_timeout = '15s'; ALTER ROLE … SET lock_timeout = '8s'.",
        )
    return error(
        f"The database does not answer: {said}",
        "Without it nothing is served but 503.",
        "Start it, or correct DATABASE_URL: postgresql+psycopg://user:password@host/database "
        "(with @ : / % in the password percent-encoded).",
    )


def _check_revision(current: str | None) -> list[Finding]:
    known = [revision.revision for revision in migrations().walk_revisions()]
    return checkup_database.check_revision(current, known)
