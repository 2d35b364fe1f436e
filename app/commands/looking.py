"""What `doctor` finds when it looks at files, the database and Redis. Nothing here changes anything."""

import os
import shutil
import sqlite3
import stat
import time
from contextlib import closing
from pathlib import Path

import psycopg
from dotenv import dotenv_values
from limits.errors import ConfigurationError
from limits.storage import storage_from_string
from psycopg.errors import DuplicatePreparedStatement, InvalidSqlStatementName
from sqlalchemy import URL, Connection, Engine, QueuePool, text
from sqlalchemy.exc import DBAPIError

from app.commands.checkup_database import FileFacts, PostgresFacts

MOUNTS = Path("/proc/mounts")
STORAGE_SECONDS = 1
SHORTEST_HIDDEN = 6


def file_facts(path: Path) -> FileFacts:
    """What the system says about a file and its directory."""
    folder = path.parent
    exists = path.exists()
    return FileFacts(
        path=path,
        exists=exists,
        # Windows has no such bits, and Python makes some up.
        mode=stat.S_IMODE(path.stat().st_mode) if path.is_file() and os.name != "nt" else None,
        may_write=not exists or os.access(path, os.W_OK),
        directory_exists=folder.is_dir(),
        may_write_directory=os.access(folder, os.W_OK | os.X_OK),
        free_bytes=shutil.disk_usage(folder).free if folder.is_dir() else None,
    )


def mounts() -> str:
    """The mounted file systems as Linux lists them; "" elsewhere."""
    return MOUNTS.read_text(encoding="utf-8", errors="replace") if MOUNTS.is_file() else ""


def names_in(env_file: Path) -> list[str]:
    """The names that `.env` sets. Raises `UnicodeDecodeError`."""
    return list(dotenv_values(env_file, interpolate=False)) if env_file.is_file() else []


def why_storage_fails(uri: str) -> str | None:
    """Why the storage of the rate limits cannot be used; None when it answers."""
    try:
        storage = storage_from_string(
            uri, socket_timeout=STORAGE_SECONDS, socket_connect_timeout=STORAGE_SECONDS
        )
    except (ConfigurationError, ValueError, ImportError):
        return "it is no address of a Redis"
    return None if storage.check() else "nothing answers there, or the password is not the right one"


def sqlite_revision(path: Path) -> str | None:
    """The revision of a SQLite file's tables; None when it has none. Raises `sqlite3.Error`.

    Without a log beside it the file is all there is, and is read as it lies: SQLite would otherwise make that log.
    """
    log = path.with_name(path.name + "-wal")
    how = "mode=ro" if log.exists() and log.stat().st_size else "immutable=1"
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?{how}", uri=True, timeout=5)) as connection:
        tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if "alembic_version" not in tables:
            return None
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return str(row[0]) if row else None


FACTS = text(
    "SELECT current_setting('server_version_num')::int AS version,"
    " current_setting('synchronous_commit') AS synchronous_commit,"
    " current_setting('fsync') AS fsync,"
    " pg_encoding_to_char((SELECT encoding FROM pg_database WHERE datname = current_database())) AS encoding,"
    " pg_is_in_recovery() AS is_replica,"
    " (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS is_superuser,"
    " current_setting('max_connections')::int"
    " - current_setting('superuser_reserved_connections')::int AS connections,"
    " extract(epoch FROM clock_timestamp())::float8 AS now"
)


def postgres_facts(engine: Engine) -> PostgresFacts:
    """What the server behind `engine` says about itself. Raises `DBAPIError` and `psycopg.Error`."""
    with engine.connect() as connection, connection.begin():
        before = time.time()
        row = connection.execute(FACTS).mappings().one()
        here = (before + time.time()) / 2
    return PostgresFacts(
        **{name: value for name, value in row.items() if name != "now"},
        skew=row["now"] - here,
        loses_prepared=_loses_prepared(engine),
    )


def _loses_prepared(engine: Engine) -> bool:
    """Whether a statement prepared in one transaction is unknown, or another's, in the next of the same connection.

    A pooler hands the server's connection on between transactions. So another transaction takes it first.
    """
    try:
        with engine.connect() as one, engine.connect() as other:
            with one.begin():
                _prepared(one)
            with other.begin():
                _prepared(other)
                with one.begin():
                    _prepared(one)
    except (InvalidSqlStatementName, DuplicatePreparedStatement):
        return True
    return False


def _prepared(connection: Connection) -> None:
    driver = connection.connection.driver_connection
    assert driver is not None
    driver.execute("SELECT 1", prepare=True)


def sentence_of(failure: DBAPIError | psycopg.Error, url: URL) -> str:
    """The first line of what the driver says, without the password."""
    cause = failure.orig if isinstance(failure, DBAPIError) else failure
    said = str(cause).strip().splitlines() or [type(cause).__name__]
    password = str(url.password or "")
    # A word of a few letters would be seen by the hole that it leaves.
    return said[0].replace(password, "…") if len(password) >= SHORTEST_HIDDEN else said[0]


def most_connections(engine: Engine) -> int:
    """How many connections the pool of one process opens at most."""
    pool = engine.pool
    assert isinstance(pool, QueuePool)
    return pool.size() + pool._max_overflow  # SQLAlchemy has no public name for it
