"""Facts for the checks of `doctor`, read from files, the database and Redis. Reading changes nothing."""

import os
import shutil
import sqlite3
import stat
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import psycopg
from dotenv import dotenv_values
from limits.errors import ConfigurationError
from limits.storage import storage_from_string
from psycopg.errors import DuplicatePreparedStatement, InvalidSqlStatementName
from sqlalchemy import URL, Connection, Engine, QueuePool, text
from sqlalchemy.exc import DBAPIError

MOUNTS = Path("/proc/mounts")
STORAGE_TIMEOUT_SECONDS = 1
SQLITE_TIMEOUT_SECONDS = 5
MIN_MASKED_CHARACTERS = 6


@dataclass(frozen=True, slots=True)
class FileFacts:
    """A file, which may not exist, and its directory."""

    path: Path
    exists: bool
    mode: int | None  # permission bits; None on Windows
    may_write: bool
    directory_exists: bool
    may_write_directory: bool
    free_bytes: int | None


@dataclass(frozen=True, slots=True)
class PostgresFacts:
    """Version, configuration and role of a PostgreSQL server."""

    version: int  # server_version_num: 170002
    synchronous_commit: str
    fsync: str
    encoding: str
    is_replica: bool
    is_superuser: bool
    connections: int  # that an ordinary role can open
    skew_seconds: float  # its clock minus this machine's clock
    loses_prepared: bool  # a pooler loses prepared statements between transactions


def read_file_facts(path: Path) -> FileFacts:
    """Mode, access and free space of a file and its directory."""
    folder = path.parent
    exists = path.exists()
    return FileFacts(
        path=path,
        exists=exists,
        # Windows has no permission bits; Python reports invented ones.
        mode=stat.S_IMODE(path.stat().st_mode) if path.is_file() and os.name != "nt" else None,
        may_write=not exists or os.access(path, os.W_OK),
        directory_exists=folder.is_dir(),
        may_write_directory=os.access(folder, os.W_OK | os.X_OK),
        free_bytes=shutil.disk_usage(folder).free if folder.is_dir() else None,
    )


def read_mounts() -> str:
    """The text of /proc/mounts; "" on systems without that file."""
    return MOUNTS.read_text(encoding="utf-8", errors="replace") if MOUNTS.is_file() else ""


def read_env_names(env_file: Path) -> list[str]:
    """The names that `.env` sets. Raises `UnicodeDecodeError`."""
    return list(dotenv_values(env_file, interpolate=False)) if env_file.is_file() else []


def read_storage_failure(uri: str) -> str | None:
    """Why the storage of the rate limits cannot be used; None if it answers."""
    try:
        storage = storage_from_string(
            uri, socket_timeout=STORAGE_TIMEOUT_SECONDS, socket_connect_timeout=STORAGE_TIMEOUT_SECONDS
        )
    except (ConfigurationError, ValueError, ImportError):
        return "it is no address of a Redis"
    return None if storage.check() else "nothing answers there, or the password is not the right one"


def read_sqlite_revision(path: Path) -> str | None:
    """The schema revision of a SQLite file; None if it has none. Raises `sqlite3.Error`.

    A file without a write-ahead log is opened as immutable, because SQLite would otherwise create that log.
    """
    log = path.with_name(path.name + "-wal")
    mode = "mode=ro" if log.exists() and log.stat().st_size else "immutable=1"
    with closing(
        sqlite3.connect(f"{path.absolute().as_uri()}?{mode}", uri=True, timeout=SQLITE_TIMEOUT_SECONDS)
    ) as connection:
        tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if "alembic_version" not in tables:
            return None
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return str(row[0]) if row else None


POSTGRES_FACTS = text(
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


def read_postgres_facts(engine: Engine) -> PostgresFacts:
    """Facts about the server behind `engine`. Raises `DBAPIError` and `psycopg.Error`."""
    with engine.connect() as connection, connection.begin():
        before = time.time()
        row = connection.execute(POSTGRES_FACTS).mappings().one()
        local_now = (before + time.time()) / 2
    return PostgresFacts(
        **{name: value for name, value in row.items() if name != "now"},
        skew_seconds=row["now"] - local_now,
        loses_prepared=_loses_prepared(engine),
    )


def _loses_prepared(engine: Engine) -> bool:
    """Whether a statement prepared in one transaction is missing or belongs to others in the next transaction.

    A pooler gives a server connection to another client between transactions. This function provokes it with a second
    connection that starts a transaction between two transactions of the first.
    """
    try:
        with engine.connect() as one, engine.connect() as other:
            with one.begin():
                _run_prepared(one)
            with other.begin():
                _run_prepared(other)
                with one.begin():
                    _run_prepared(one)
    except (InvalidSqlStatementName, DuplicatePreparedStatement):
        return True
    return False


def _run_prepared(connection: Connection) -> None:
    driver = connection.connection.driver_connection
    assert driver is not None
    driver.execute("SELECT 1", prepare=True)


def first_line(failure: DBAPIError | psycopg.Error, url: URL) -> str:
    """The first line of the driver's message, without the password of `url`."""
    cause = failure.orig if isinstance(failure, DBAPIError) else failure
    lines = str(cause).strip().splitlines() or [type(cause).__name__]
    password = str(url.password or "")
    # A mask over a word of a few letters would reveal that word.
    return lines[0].replace(password, "…") if len(password) >= MIN_MASKED_CHARACTERS else lines[0]


def max_connections(engine: Engine) -> int:
    """The largest number of connections that the pool of one process opens."""
    pool = engine.pool
    assert isinstance(pool, QueuePool)
    return pool.size() + pool._max_overflow  # SQLAlchemy has no public name for it
