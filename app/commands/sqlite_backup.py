"""Backup and restore of a SQLite database with SQLite's online backup."""

import sqlite3
from pathlib import Path

from sqlalchemy import URL

from app.commands import CommandError
from app.engines.sqlite import create_private
from app.sqlite_copy import check_integrity, connect, copy_database


def backup(url: URL, target: Path) -> None:
    """Write a snapshot of the database at `url` to `target`. The server may write meanwhile.

    Raises `CommandError`, `DamagedFile` and `sqlite3.Error`; `target` is then unchanged.
    """
    database = Path(str(url.database))
    if not database.is_file():
        raise CommandError(f"there is no database at {database}.")
    _refuse_own_file(database, target)
    # To a file in its place SQLite would apply the log of the one that was there.
    if any(log.exists() for log in _files_of(target)[1:]):
        raise CommandError(f"{target} is a database in use, with a log beside it.")
    copy_database(database, target)


def restore(url: URL, file: Path, *, force: bool) -> None:
    """Restore the backup `file` into the database at `url`, in one transaction.

    Raises `CommandError`, `DamagedFile` and `sqlite3.Error`; the database is then unchanged.
    """
    database = Path(str(url.database))
    _refuse_own_file(database, file)
    with connect(file) as source:
        check_integrity(source)
        if not _count_tables(source):
            raise CommandError(f"{file} holds no tables.")
        create_private(database)
        with connect(database) as target:
            if _count_tables(target) and not force:
                raise CommandError("the database holds data already; --force replaces all of it.")
            # The file is not overwritten directly: its write-ahead log would belong to the old pages.
            source.backup(target)


def _files_of(database: Path) -> list[Path]:
    """The file of a database and those that SQLite puts beside it, of which some may not exist."""
    real = database.resolve()
    return [real.with_name(real.name + suffix) for suffix in ("", "-wal", "-shm", "-journal")]


def _refuse_own_file(database: Path, file: Path) -> None:
    """Raise `CommandError` if `file` belongs to the database, by whatever path or link."""
    for own in _files_of(database):
        if file.resolve() == own or (file.exists() and own.exists() and file.samefile(own)):
            raise CommandError(f"{file} belongs to the configured database itself.")


def _count_tables(connection: sqlite3.Connection) -> int:
    count: int = connection.execute("SELECT count(*) FROM sqlite_master WHERE type = 'table'").fetchone()[0]
    return count
