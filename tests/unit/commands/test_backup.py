"""Backup and restore, on both databases, with their own tools."""

import sqlite3
import stat
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from app.database import Database
from app.db_models import throttles
from app.schema import prepare
from tests.unit.commands.conftest import Run

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
KEYS = [f"{name}@example.org" for name in ("ada", "grace", "rózsa")]


def add(database: Database, key: str) -> None:
    row = insert(throttles).values(key=key, failures=1, last_failure_at=NOW, blocked_until=NOW)
    database.write_now(lambda connection: connection.execute(row))


def keys(database: Database) -> list[str]:
    rows = select(throttles.c.key)
    return sorted(database.read_now(lambda connection: connection.execute(rows).scalars().all()))


@pytest.fixture
def filled(database: Database) -> Database:
    for key in KEYS:
        add(database, key)
    return database


def test_backup_and_restore_bring_every_row_back(run: Run, filled: Database, tmp_path: Path) -> None:
    file = tmp_path / "copy"
    assert run("backup", file).exit_code == 0
    add(filled, "later@example.org")
    result = run("restore", file, "--force")
    assert (result.exit_code, result.stdout) == (
        0,
        f"Restored {file}. The next start brings its tables to this version.\n",
    )
    assert keys(filled) == KEYS


def test_backup_is_readable_by_its_owner_alone(run: Run, filled: Database, tmp_path: Path) -> None:
    run("backup", tmp_path / "copy")
    assert stat.S_IMODE((tmp_path / "copy").stat().st_mode) == 0o600


def test_backup_without_a_name_goes_to_this_directory(
    run: Run, filled: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    assert run("backup").exit_code == 0
    assert [path.name[:17] for path in here.iterdir()] == ["raterhub-tracker-"]


def test_backup_never_replaces_a_file_unasked(run: Run, filled: Database, tmp_path: Path) -> None:
    file = tmp_path / "copy"
    file.write_text("dear")
    result = run("backup", file)
    assert (result.exit_code, file.read_text()) == (1, "dear")
    assert result.output == f"No backup was written: {file} exists already; --force replaces it.\n"
    assert run("backup", file, "--force").exit_code == 0
    assert file.read_bytes() != b"dear"


def test_backup_to_a_missing_directory_is_refused(run: Run, filled: Database, tmp_path: Path) -> None:
    result = run("backup", tmp_path / "nowhere" / "copy")
    assert result.exit_code == 1
    assert result.output == (
        f"No backup was written: The directory of {tmp_path / 'nowhere' / 'copy'} does not exist.\n"
    )


def test_restore_into_a_database_with_data_needs_force(run: Run, filled: Database, tmp_path: Path) -> None:
    run("backup", tmp_path / "copy")
    add(filled, "later@example.org")
    result = run("restore", tmp_path / "copy")
    assert (result.exit_code, keys(filled)) == (1, sorted([*KEYS, "later@example.org"]))
    assert result.output == (
        "Nothing was restored: the database holds data already; --force replaces all of it.\n"
    )


@pytest.mark.parametrize("content", [b"", b"not a backup at all", b"PGDMP cut", b"SQLite format 3\0cut"])
def test_restore_of_what_is_no_backup_changes_nothing(
    run: Run, filled: Database, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "copy").write_bytes(content)
    assert run("restore", tmp_path / "copy", "--force").exit_code == 1
    assert keys(filled) == KEYS


def test_restore_of_a_missing_file_is_refused(run: Run, filled: Database, tmp_path: Path) -> None:
    result = run("restore", tmp_path / "copy", "--force")
    assert result.output == f"Nothing was restored: {tmp_path / 'copy'} does not exist.\n"


def test_backup_while_others_write_holds_all_that_was_there_before(
    run: Run, filled: Database, tmp_path: Path
) -> None:
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            add(filled, f"{number:06}")
            number += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert run("backup", tmp_path / "copy").exit_code == 0
    finally:
        stop.set()
        writer.join()
    assert run("restore", tmp_path / "copy", "--force").exit_code == 0
    assert set(KEYS) <= set(keys(filled))


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_restore_into_a_new_sqlite_file_makes_a_working_database(
    run: Run, filled: Database, tmp_path: Path
) -> None:
    run("backup", tmp_path / "copy")
    other = f"sqlite:///{tmp_path / 'other.db'}"
    assert run("restore", tmp_path / "copy", on=other).exit_code == 0
    opened = Database(other)
    prepare(opened)
    assert keys(opened) == KEYS
    opened.close()


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_backup_of_sqlite_is_one_file_by_itself(run: Run, filled: Database, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    run("backup", folder / "copy")
    with sqlite3.connect(folder / "copy") as copy:
        assert copy.execute("SELECT count(*) FROM throttles").fetchone() == (3,)
    copy.close()
    assert [path.name for path in folder.iterdir()] == ["copy"]


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_backup_of_a_missing_sqlite_file_is_refused(run: Run, tmp_path: Path) -> None:
    missing = tmp_path / "missing.db"
    result = run("backup", tmp_path / "copy", on=f"sqlite:///{missing}")
    assert result.output == f"No backup was written: there is no database at {missing}.\n"
    assert not missing.exists()


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
def test_backup_without_the_client_tools_says_so(
    run: Run, filled: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    result = run("backup", tmp_path / "copy")
    assert result.output == (
        "No backup was written: pg_dump was not found; it comes with PostgreSQL's client tools.\n"
    )
