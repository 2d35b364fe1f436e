"""Backup and restore, on both databases, with their own tools."""

import os
import resource
import sqlite3
import stat
import threading
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert, inspect, select, text

from app.database import Database
from app.db_models import throttles
from app.schema import prepare
from app.sqlite_copy import private_file
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


def test_backup_replaces_nothing_but_a_file(run: Run, filled: Database, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    result = run("backup", pipe, "--force")
    assert (result.exit_code, pipe.is_fifo()) == (1, True)
    assert result.output == f"No backup was written: {pipe} is not a file.\n"


def test_backup_to_a_link_replaces_the_file_behind_it(run: Run, filled: Database, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    behind, link = tmp_path / "there" / "copy", tmp_path / "link"
    behind.write_text("old")
    link.symlink_to(behind)
    assert run("backup", link, "--force").exit_code == 0
    assert (link.is_symlink(), behind.read_bytes()[:3] == b"old") == (True, False)
    assert (behind.stat().st_mode & 0o777, list(tmp_path.glob("**/*.unfinished"))) == (0o600, [])


def links_to(database: Path, folder: Path) -> dict[str, Path]:
    """Other paths of a file."""
    (folder / "symbolic").symlink_to(database)
    (folder / "hard").hardlink_to(database)
    (folder / "deeper").mkdir()
    return {
        "path": database,
        "relative": Path(os.path.relpath(database)),
        "detour": folder / "deeper" / ".." / database.name,
        "symbolic": folder / "symbolic",
        "hard": folder / "hard",
    }


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
@pytest.mark.parametrize("way", ["path", "relative", "detour", "symbolic", "hard"])
def test_backup_onto_its_own_database_is_refused_by_whatever_path(
    run: Run, filled: Database, tmp_path: Path, way: str
) -> None:
    target = links_to(tmp_path / "app.db", tmp_path)[way]
    result = run("backup", target, "--force")
    assert (result.exit_code, result.output) == (
        1,
        f"No backup was written: {target} belongs to the configured database itself.\n",
    )
    add(filled, "later@example.org")
    with closing(sqlite3.connect(tmp_path / "app.db")) as other:
        assert other.execute("SELECT count(*) FROM throttles").fetchone() == (len(KEYS) + 1,)


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
@pytest.mark.parametrize("way", ["path", "relative", "detour", "symbolic", "hard"])
def test_restore_from_its_own_database_is_refused_by_whatever_path(
    run: Run, filled: Database, tmp_path: Path, way: str
) -> None:
    file = links_to(tmp_path / "app.db", tmp_path)[way]
    result = run("restore", file, "--force")
    assert (result.exit_code, result.output) == (
        1,
        f"Nothing was restored: {file} belongs to the configured database itself.\n",
    )
    assert keys(filled) == KEYS


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
@pytest.mark.parametrize("suffix", ["-wal", "-shm", "-journal"])
def test_backup_onto_a_file_beside_its_own_database_is_refused(
    run: Run, filled: Database, tmp_path: Path, suffix: str
) -> None:
    (tmp_path / "link.db").symlink_to(tmp_path / "app.db")
    target = tmp_path / f"app.db{suffix}"
    result = run("backup", target, "--force", on=f"sqlite:///{tmp_path}/link.db")
    assert result.output == (f"No backup was written: {target} belongs to the configured database itself.\n")
    assert keys(filled) == KEYS


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_backup_onto_another_database_in_use_is_refused(run: Run, filled: Database, tmp_path: Path) -> None:
    used = tmp_path / "used.db"
    other = Database(f"sqlite:///{used}")
    prepare(other)
    add(other, "dear")
    result = run("backup", used, "--force")
    assert result.output == f"No backup was written: {used} is a database in use, with a log beside it.\n"
    assert keys(other) == ["dear"]
    other.close()


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_backup_leaves_a_database_that_is_named_like_its_own_unfinished_file(
    run: Run, filled: Database, tmp_path: Path
) -> None:
    database = tmp_path / "copy.unfinished"
    assert run("backup", database).exit_code == 0
    assert run("backup", tmp_path / "copy", on=f"sqlite:///{database}").exit_code == 0
    assert database.is_file()


def test_backups_to_one_file_at_once_do_not_meet(tmp_path: Path) -> None:
    target = tmp_path / "copy"
    with private_file(target) as slow:
        slow.write_text("slow")
        with private_file(target) as quick:
            quick.write_text("quick")
        assert target.read_text() == "quick"
    assert (target.read_text(), list(tmp_path.iterdir())) == ("slow", [target])


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
@pytest.mark.parametrize("way", ["file", "link"])
def test_restored_sqlite_file_is_readable_by_its_owner_alone_from_its_first_byte(
    run: Run, filled: Database, tmp_path: Path, way: str
) -> None:
    run("backup", tmp_path / "copy")
    new = path = tmp_path / "new.db"
    if way == "link":
        path = tmp_path / "link.db"
        path.symlink_to(new)
    umask, limits = os.umask(0), resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, limits[1]))  # the copy is cut short
        assert run("restore", tmp_path / "copy", on=f"sqlite:///{path}").exit_code == 1
        assert stat.S_IMODE(new.stat().st_mode) == 0o600
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        assert run("restore", tmp_path / "copy", on=f"sqlite:///{path}").exit_code == 0
    finally:
        os.umask(umask)
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert {stat.S_IMODE(each.stat().st_mode) for each in tmp_path.glob("new.db*")} == {0o600}


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
def test_restore_replaces_tables_of_any_name_in_any_encoding_of_the_client(
    run: Run, own_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGCLIENTENCODING", "LATIN1")
    assert run("backup", tmp_path / "copy", on=own_database_url).exit_code == 0
    database = Database(own_database_url)
    database.write_now(lambda connection: connection.execute(text('CREATE TABLE "größer als" (id integer)')))
    result = run("restore", tmp_path / "copy", "--force", on=own_database_url)
    assert (result.exit_code, result.exception) == (0, None), result.output
    assert "größer als" not in database.read_now(lambda connection: inspect(connection).get_table_names())
    database.close()


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
def test_backup_without_the_client_tools_says_so(
    run: Run, filled: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    result = run("backup", tmp_path / "copy")
    assert result.output == (
        "No backup was written: pg_dump was not found; it comes with PostgreSQL's client tools.\n"
    )
