"""Creates or migrates a database's tables at every start. Several processes may start at once.

- An empty database gets its tables from the metadata and is stamped with the newest revision.
- An older database is migrated. A SQLite file is copied first.
- A database of a newer version is refused: an older program must not write into it.

Most starts find the newest revision and do not load Alembic, because its import is slow.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import OperationalError

from app.database import Database, Unavailable
from app.db_models import metadata
from app.sqlite_copy import copy_database

if TYPE_CHECKING:
    from alembic.script import ScriptDirectory

MIGRATIONS = Path(__file__).resolve().parent / "migrations"
SCHEMA_LOCK = 7_241_003_977  # key of a PostgreSQL advisory lock; no other lock of the application uses it


class BrokenReferences(Exception):
    """A migration left rows with broken foreign keys. It was rolled back."""


class SchemaTooNew(Exception):
    """A later version of this program created the database."""


def prepare(database: Database, folder: Path = MIGRATIONS) -> None:
    """Create or migrate the tables. Raises `SchemaTooNew`, `BrokenReferences` and `Unavailable`."""
    try:
        with database.engine.connect() as connection:
            if stored_revision(connection) == newest_revision(folder):
                return
        script = migrations(folder)
        with exclusive_transaction(database.engine) as connection:
            _create_or_migrate(connection, script)
    except OperationalError as error:
        raise Unavailable("The database does not answer at the moment.") from error


def stored_revision(connection: Connection) -> str | None:
    """The revision of the database's tables; None if it has none."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return revision


def newest_revision(folder: Path = MIGRATIONS) -> str:
    """The newest revision in `folder`, from the names of its files: `0002_….py` is revision 0002."""
    return max(path.stem.partition("_")[0] for path in (folder / "versions").glob("*.py"))


def migrations(folder: Path = MIGRATIONS) -> "ScriptDirectory":
    """The revisions in `folder`."""
    from alembic.script import ScriptDirectory

    return ScriptDirectory(str(folder))


@contextmanager
def exclusive_transaction(engine: Engine) -> Iterator[Connection]:
    """A transaction for schema changes that only one process can hold at a time.

    SQLite has one writer. PostgreSQL gets an advisory lock, which ends with the transaction even if the process
    is killed. Raises `BrokenReferences` if the transaction leaves broken foreign keys on SQLite.
    """
    if engine.dialect.name == "sqlite":
        engine = engine.execution_options(begin="BEGIN IMMEDIATE")
    with (
        engine.connect() as connection,
        _foreign_keys_off(connection),
        _answer_timeout_off(connection),
        connection.begin(),
    ):
        if connection.dialect.name == "postgresql":
            # A migration, or the wait for the migration of another process, may take longer than the limits.
            connection.execute(text("SET LOCAL lock_timeout = 0"))
            connection.execute(text("SET LOCAL statement_timeout = 0"))
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": SCHEMA_LOCK})
        yield connection
        if connection.dialect.name == "sqlite":
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
            if broken:
                raise BrokenReferences(f"The migration would leave rows that refer to nothing: {broken[:3]}.")


@contextmanager
def _foreign_keys_off(connection: Connection) -> Iterator[None]:
    """Switch the foreign keys of SQLite off.

    SQLite alters a table by copying it and dropping the old one, which deletes its rows: with foreign keys on, a
    change of `users` would delete every event. The switch has no effect within a transaction.
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    driver: Any = connection.connection.driver_connection
    driver.execute("PRAGMA foreign_keys = OFF")
    try:
        yield
    finally:
        driver.execute("PRAGMA foreign_keys = ON")


@contextmanager
def _answer_timeout_off(connection: Connection) -> Iterator[None]:
    """Wait without limit for the answers of PostgreSQL."""
    if connection.dialect.name != "postgresql":
        yield
        return
    from app.engines.postgresql import ANSWER_SECONDS  # loads the driver

    driver: Any = connection.connection.driver_connection
    driver.timeout_seconds = None
    try:
        yield
    finally:
        driver.timeout_seconds = ANSWER_SECONDS


def _create_or_migrate(connection: Connection, script: "ScriptDirectory") -> None:
    from alembic.runtime.migration import MigrationContext

    current = stored_revision(connection)
    if current == script.get_current_head():
        return
    if current is None and not inspect(connection).has_table("users"):
        metadata.create_all(connection)
        MigrationContext.configure(connection).stamp(script, "head")
        return
    known = {revision.revision for revision in script.walk_revisions()}
    if current is not None and current not in known:
        raise SchemaTooNew(
            f"The database has schema revision {current}, which this version of RaterHub Tracker does not know. "
            "Start the newer version that made it, or restore a backup."
        )
    if connection.dialect.name == "sqlite":
        copy_before_migration(connection, current)
    upgrade(connection, script)


def upgrade(connection: Connection, script: "ScriptDirectory") -> None:
    """Run the revisions that the database lacks, in the caller's transaction."""
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", script.dir.replace("%", "%%"))
    command.upgrade(config, "head")


def copy_before_migration(connection: Connection, revision: str | None) -> None:
    """Copy a SQLite file to `<name>.backup-<revision>` beside it. An existing copy is kept."""
    path = Path(str(connection.engine.url.database))
    copy = path.with_name(f"{path.name}.backup-{revision or 'unversioned'}")
    # The copy reads through another connection, and the migrating transaction has not written anything yet.
    if not copy.exists():
        copy_database(path, copy)
