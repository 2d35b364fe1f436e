"""Creates or migrates a database's tables at every start. Several processes may start at once.

- An empty database gets its tables from the metadata and is stamped with the newest revision.
- An older database is migrated. A SQLite file is copied first.
- A database of a revision that this program does not know is refused.

Most starts find the newest revision and do not load Alembic, because its import is slow.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import OperationalError

from app.database import Database, Unavailable
from app.db_models import metadata
from app.sqlite_copy import copy_database

MIGRATIONS = Path(__file__).resolve().parent / "migrations"
SCHEMA_LOCK = 7_241_003_977  # key of a PostgreSQL advisory lock; no other lock of the application uses it


class BrokenReferences(Exception):
    """A migration left rows with broken foreign keys. It was rolled back."""


class UnknownSchema(Exception):
    """The tables are of a later version of this program, or of one too old to be migrated by it."""


def prepare(database: Database, folder: Path = MIGRATIONS) -> None:
    """Create or migrate the tables. Raises `UnknownSchema`, `BrokenReferences` and `Unavailable`."""
    try:
        with database.engine.connect() as connection:
            if stored_revision(connection) == revisions(folder)[-1]:
                return
        with exclusive_transaction(database.engine) as connection:
            _create_or_migrate(connection, folder)
    except OperationalError as error:
        raise Unavailable("The database does not answer at the moment.") from error


def stored_revision(connection: Connection) -> str | None:
    """The revision of the database's tables; None if it has none."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return revision


def revisions(folder: Path = MIGRATIONS) -> list[str]:
    """The revisions in `folder`, oldest first, from the names of its files: `0002_….py` is revision 0002."""
    return sorted(path.stem.partition("_")[0] for path in (folder / "versions").glob("*.py"))


def exclusive_transaction(engine: Engine) -> AbstractContextManager[Connection]:
    """A transaction for schema changes that only one process can hold at a time.

    Raises `BrokenReferences` if the transaction leaves broken foreign keys on SQLite.
    """
    return (_sqlite_transaction if engine.dialect.name == "sqlite" else _postgresql_transaction)(engine)


@contextmanager
def _sqlite_transaction(engine: Engine) -> Iterator[Connection]:
    """A transaction that holds SQLite's write lock, without foreign keys.

    SQLite alters a table by copying it and dropping the old one, which deletes its rows: with foreign keys on, a
    change of `users` would delete every event. The switch has no effect within a transaction.
    """
    with engine.execution_options(begin="BEGIN IMMEDIATE").connect() as connection:
        driver: Any = connection.connection.driver_connection
        driver.execute("PRAGMA foreign_keys = OFF")
        try:
            with connection.begin():
                yield connection
                broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
                if broken:
                    raise BrokenReferences(
                        f"The migration would leave rows that refer to nothing: {broken[:3]}."
                    )
        finally:
            driver.execute("PRAGMA foreign_keys = ON")


@contextmanager
def _postgresql_transaction(engine: Engine) -> Iterator[Connection]:
    """A transaction with an advisory lock, which ends with the transaction even if the process is killed.

    A migration, or the wait for the migration of another process, may take longer than the limits, so there are none.
    """
    with engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        limit_seconds, driver.timeout_seconds = driver.timeout_seconds, None
        try:
            with connection.begin():
                connection.execute(text("SET LOCAL lock_timeout = 0"))
                connection.execute(text("SET LOCAL statement_timeout = 0"))
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": SCHEMA_LOCK})
                yield connection
        finally:
            driver.timeout_seconds = limit_seconds


def _create_or_migrate(connection: Connection, folder: Path) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    current, known = stored_revision(connection), revisions(folder)
    if current == known[-1]:
        return  # another process was first
    if current is None and not inspect(connection).has_table("users"):
        metadata.create_all(connection)
        command.stamp(config, "head")
        return
    if current is None or current not in known:
        is_older = current is None or current < known[0]
        older = f"Start an earlier version first, which migrates it to revision {known[0]}."
        newer = "Start the newer version that made it, or restore a backup."
        raise UnknownSchema(
            f"The database has schema revision {current or 'none'}, which this version of RaterHub Tracker does not "
            f"know. {older if is_older else newer}"
        )
    if connection.dialect.name == "sqlite":
        copy_before_migration(connection, current)
    command.upgrade(config, "head")


def copy_before_migration(connection: Connection, revision: str) -> None:
    """Copy a SQLite file to `<name>.backup-<revision>` in its directory. An existing copy is kept."""
    path = Path(str(connection.engine.url.database))
    copy = path.with_name(f"{path.name}.backup-{revision}")
    # The copy reads through another connection, and the migrating transaction has not written anything yet.
    if not copy.exists():
        copy_database(path, copy)
