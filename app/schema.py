"""Bringing a database's tables up to what the code knows, at every start, safely by several processes at once.

- An empty database gets its tables from the metadata and is stamped with the newest revision.
- An older one is migrated (a SQLite file after a copy of it was set aside).
- A newer one than this code knows is refused: an older program must not write into it.

Nearly every start finds the tables as they are to be. That takes one look; Alembic, which is slow to load, is
left aside until there is something to do.
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
SCHEMA_LOCK = 7_241_003_977  # any number that nothing else of ours locks


class BrokenReferences(Exception):
    """A migration left rows that refer to rows which are gone; it was undone."""


class SchemaTooNew(Exception):
    """The database was made by a later version of this program."""


def prepare(database: Database, folder: Path = MIGRATIONS) -> None:
    """Make or migrate the tables. Raises `SchemaTooNew`, `BrokenReferences` and `Unavailable`."""
    try:
        with database.engine.connect() as connection:
            if stored_revision(connection) == newest_revision(folder):
                return
        script = migrations(folder)
        with exclusively(database.engine) as connection:
            bring_up(connection, script)
    except OperationalError as error:
        raise Unavailable("The database does not answer at the moment.") from error


def stored_revision(connection: Connection) -> str | None:
    """The revision of the database's tables; None where it names none."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return revision


def newest_revision(folder: Path = MIGRATIONS) -> str:
    """The last revision in `folder`, by the names of its files: `0002_leaving_for_good.py` is 0002."""
    return max(path.stem.partition("_")[0] for path in (folder / "versions").glob("*.py"))


def migrations(folder: Path = MIGRATIONS) -> "ScriptDirectory":
    """Alembic's view of the revisions in `folder`."""
    from alembic.script import ScriptDirectory

    return ScriptDirectory(str(folder))


@contextmanager
def exclusively(engine: Engine) -> Iterator[Connection]:
    """A transaction that no other starting process can hold at the same time.

    Four processes may start on one empty database: the first makes the tables, the others wait
    and then find them made. SQLite has one writer anyway; PostgreSQL gets an advisory lock, which ends
    with the transaction whatever becomes of the process.
    """
    if engine.dialect.name == "sqlite":
        engine = engine.execution_options(begin="BEGIN IMMEDIATE")
    with (
        engine.connect() as connection,
        without_cascades(connection),
        without_hurry(connection),
        connection.begin(),
    ):
        if connection.dialect.name == "postgresql":
            # A migration takes as long as it takes, and so does waiting for another process's.
            connection.execute(text("SET LOCAL lock_timeout = 0"))
            connection.execute(text("SET LOCAL statement_timeout = 0"))
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": SCHEMA_LOCK})
        yield connection
        if connection.dialect.name == "sqlite":
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
            if broken:
                raise BrokenReferences(f"The migration would leave rows that refer to nothing: {broken[:3]}.")


@contextmanager
def without_cascades(connection: Connection) -> Iterator[None]:
    """Switch SQLite's foreign keys off for a while.

    SQLite alters a table by making it anew and dropping the old one, and to drop a table is to delete its rows: with
    foreign keys on, a change to `users` would take every event along. They cannot be switched within a transaction.
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
def without_hurry(connection: Connection) -> Iterator[None]:
    """Wait as long as it takes for PostgreSQL's answers meanwhile."""
    if connection.dialect.name != "postgresql":
        yield
        return
    from app.engines.timeout_connection import ANSWER_SECONDS  # and with it the driver

    driver: Any = connection.connection.driver_connection
    driver.timeout_seconds = None
    try:
        yield
    finally:
        driver.timeout_seconds = ANSWER_SECONDS


def bring_up(connection: Connection, script: "ScriptDirectory") -> None:
    """Bring the tables to the newest revision within the caller's transaction."""
    from alembic.runtime.migration import MigrationContext

    current = MigrationContext.configure(connection).get_current_revision()
    newest = script.get_current_head()
    if current == newest:
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
        set_aside(connection, current)
    upgrade(connection, script)


def upgrade(connection: Connection, script: "ScriptDirectory") -> None:
    """Run the revisions that the database does not have yet."""
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext

    config = Config()
    config.attributes["connection"] = connection
    head = script.get_current_head()
    assert head is not None
    with EnvironmentContext(
        config,
        script,
        fn=lambda revision, _context: script._upgrade_revs(head, revision),
        destination_rev=head,
    ):
        script.run_env()


def set_aside(connection: Connection, revision: str | None) -> None:
    """Copy a SQLite file beside itself before it is migrated; a copy made earlier is kept."""
    path = Path(str(connection.engine.url.database))
    copy = path.with_name(f"{path.name}.backup-{revision or 'unversioned'}")
    # The migrating transaction has written nothing yet: another connection reads what was there before it.
    if not copy.exists():
        copy_database(path, copy)
