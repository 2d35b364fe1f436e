"""Backup and restore of a PostgreSQL database with PostgreSQL's client tools."""

import os
import subprocess
from pathlib import Path

from sqlalchemy import URL

from app.commands import CommandError
from app.sqlite_copy import private_file

# Options of PostgreSQL's client library that are secret and, other than the password, have no variable.
SECRETS = {"sslpassword", "oauth_client_secret", "scram_client_key", "scram_server_key"}


def backup(url: URL, target: Path) -> None:
    """Write a snapshot of the database at `url` to `target` in the custom format of pg_dump.

    Raises `CommandError`; `target` is then unchanged.
    """
    with private_file(target) as unfinished:
        options = ["--format=custom", "--no-owner", "--no-privileges", f"--file={unfinished}"]
        _run("pg_dump", [*options, f"--dbname={_address(url)}"], url)


def restore(url: URL, file: Path, *, force: bool) -> None:
    """Restore the backup `file` into the database at `url`, in one transaction.

    Raises `CommandError`; the database is then unchanged.
    """
    query = "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = current_schema()"
    options = ["--no-psqlrc", f"--dbname={_address(url)}"]
    tables = (
        _run("psql", [*options, "--tuples-only", "--no-align", f"--command={query}"], url)
        .decode()
        .splitlines()
    )
    if tables and not force:
        raise CommandError("the database holds data already; --force replaces all of it.")
    script = _run("pg_restore", ["--no-owner", "--no-privileges", "--file=-", str(file.absolute())], url)
    # An older backup may lack some of these tables, so all of them are dropped.
    drop = f"DROP TABLE {', '.join(tables)} CASCADE;\n".encode() if tables else b""
    options += [
        "--quiet",
        "--single-transaction",
        "--set=ON_ERROR_STOP=1",
        "--file=-",
        f"--output={os.devnull}",
    ]
    _run("psql", options, url, drop + script)


def _address(url: URL) -> str:
    """The connection that the application opens, as a string for the arguments of a process.

    All users of the machine can read them, so it holds no secret. Raises `CommandError` where it would.
    """
    from psycopg.conninfo import make_conninfo  # loads the driver

    if secrets := ", ".join(sorted(SECRETS & url.query.keys())):
        raise CommandError(
            f"{secrets} in DATABASE_URL would stand in the arguments of pg_dump, pg_restore and psql; write it into a "
            "service file of PostgreSQL, and service=<its name> into DATABASE_URL."
        )
    url = url.set(password="")  # `_run` hands it over
    return make_conninfo(**url.get_dialect()().create_connect_args(url)[1])


def _run(tool: str, arguments: list[str], url: URL, standard_input: bytes = b"") -> bytes:
    environment = {**os.environ, "PGCONNECT_TIMEOUT": "10", "PGCLIENTENCODING": "UTF8"}
    if url.password:
        environment["PGPASSWORD"] = str(url.password)
    try:
        done = subprocess.run(
            [tool, *arguments], input=standard_input, capture_output=True, env=environment, check=False
        )
    except FileNotFoundError as error:
        raise CommandError(f"{tool} was not found; it comes with PostgreSQL's client tools.") from error
    if done.returncode != 0:
        raise CommandError(f"{tool} says: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout
