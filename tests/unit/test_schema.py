"""The tables at the start: created, migrated, refused."""

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import IntegrityError

from app import schema
from app.database import Database
from app.db_models import metadata
from app.schema import (
    MIGRATIONS,
    UnknownSchema,
    copy_before_migration,
    exclusive_transaction,
    prepare,
    revisions,
)
from app.store.users import change
from tests import revision_0002
from tests.raters import add_user
from tests.recording import press

ROOT = Path(__file__).resolve().parents[2]
START = """
import sys
from app.database import Database
from app.schema import prepare

database = Database(sys.argv[1])
prepare(database)
database.close()
"""


@pytest.fixture
def database(own_database_url: str) -> Iterator[Database]:
    """An open database whose tables a test may drop."""
    opened = Database(own_database_url)
    yield opened
    opened.close()


def empty(database: Database) -> None:
    """Drop every table."""
    with database.engine.begin() as connection:
        metadata.drop_all(connection)
        connection.execute(text("DROP TABLE alembic_version"))


def drift(database: Database) -> list[object]:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        return list(compare_metadata(context, metadata))


def test_models_and_migrations_agree(database: Database) -> None:
    empty(database)
    with exclusive_transaction(database.engine) as connection:
        revision_0002.create_tables(connection)
    prepare(database)
    assert drift(database) == []


@pytest.mark.parametrize("migrated", [False, True])
def test_week_begins_on_one_of_seven_days(database: Database, migrated: bool) -> None:
    empty(database)
    if migrated:
        with exclusive_transaction(database.engine) as connection:
            revision_0002.create_tables(connection)
    prepare(database)

    def begin_weeks_on(connection: Connection, day: int) -> None:
        change(connection, add_user(connection).id, week_starts_on=day)

    for day in range(1, 8):
        database.write_now(partial(begin_weeks_on, day=day))
    for day in (0, 8):
        with pytest.raises(IntegrityError):
            database.write_now(partial(begin_weeks_on, day=day))


def test_empty_database_gets_the_tables_and_the_newest_revision(database: Database) -> None:
    empty(database)
    prepare(database)
    with database.engine.connect() as connection:
        revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    assert (revision, drift(database)) == (revisions()[-1], [])


def test_revisions_are_read_from_the_names_of_the_files() -> None:
    newest_first = [script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions()]
    assert revisions() == newest_first[::-1]


def test_start_with_the_newest_revision_opens_no_exclusive_transaction(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare(database)
    monkeypatch.setattr(schema, "exclusive_transaction", None)  # a call would fail
    prepare(database)


def test_four_processes_starting_at_once_make_one_schema(database: Database, own_database_url: str) -> None:
    empty(database)
    starting = [subprocess.Popen([sys.executable, "-c", START, own_database_url], cwd=ROOT) for _ in range(4)]
    assert [process.wait(timeout=60) for process in starting] == [0, 0, 0, 0]
    assert drift(database) == []


EARLIER = "Start an earlier version first, which migrates it to revision 0002."


@pytest.mark.parametrize(
    ("change", "revision", "remedy"),
    [
        (
            "UPDATE alembic_version SET version_num = 'from-the-future'",
            "from-the-future",
            "Start the newer version that made it, or restore a backup.",
        ),
        ("UPDATE alembic_version SET version_num = '0001'", "0001", EARLIER),
        ("DROP TABLE alembic_version", "none", EARLIER),
    ],
)
def test_database_of_an_unknown_revision_is_refused(
    database: Database, change: str, revision: str, remedy: str
) -> None:
    with database.engine.begin() as connection:
        connection.execute(text(change))
    with pytest.raises(UnknownSchema) as refused:
        prepare(database)
    assert str(refused.value) == (
        f"The database has schema revision {revision}, which this version of RaterHub Tracker does not know. {remedy}"
    )


def test_older_database_is_copied_and_migrated(database: Database, tmp_path: Path) -> None:
    later = tmp_path / "later"
    shutil.copytree(MIGRATIONS, later)
    (later / "versions" / "9999_later.py").write_text(
        f"""import sqlalchemy as sa
from alembic import op

revision, down_revision = "9999", "{revisions()[-1]}"


def upgrade():
    op.create_table("later", sa.Column("id", sa.Integer(), primary_key=True))
    with op.batch_alter_table("users") as users:
        users.alter_column("first_name", type_=sa.String(200))
"""
    )

    def record(connection: Connection) -> None:
        press(connection, add_user(connection), "NEXT", datetime(2026, 3, 2, 9, tzinfo=UTC))

    database.write_now(record)
    prepare(database, later)
    assert inspect(database.engine).has_table("later")
    with database.engine.connect() as connection:
        counts = [connection.scalar(text(f"SELECT count(*) FROM {name}")) for name in ("users", "events")]
        foreign_keys = connection.scalar(text("PRAGMA foreign_keys")) if database.is_sqlite else 1
    assert (counts, foreign_keys) == ([1, 1], 1)
    assert [path.name for path in tmp_path.glob("own.db.backup-*")] == (
        [f"own.db.backup-{revisions()[-1]}"] if database.is_sqlite else []
    )


def test_copy_before_migration_holds_the_old_tables(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    database = Database(f"sqlite:///{path}")
    prepare(database)
    with exclusive_transaction(database.engine) as connection:
        copy_before_migration(connection, "before")
    database.close()
    with closing(sqlite3.connect(f"{path}.backup-before")) as copy:
        tables = {name for (name,) in copy.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert tables == {*metadata.tables, "alembic_version"}
