"""Backup and restore of a SQLite database with SQLite's online backup."""

import sqlite3
from pathlib import Path

from sqlalchemy import URL

from app.commands import CommandError
from app.sqlite_copy import check_integrity, connect, copy_database


def backup(url: URL, target: Path) -> None:
    """Write a snapshot of the database at `url` to `target`. The server may write meanwhile.

    Raises `CommandError`, `DamagedFile` and `sqlite3.Error`; `target` is then unchanged.
    """
    database = Path(str(url.database))
    if not database.is_file():
        raise CommandError(f"there is no database at {database}.")
    copy_database(database, target)


def restore(url: URL, file: Path, *, force: bool) -> None:
    """Restore the backup `file` into the database at `url`, in one transaction.

    Raises `CommandError`, `DamagedFile` and `sqlite3.Error`; the database is then unchanged.
    """
    database = Path(str(url.database))
    with connect(file) as source:
        check_integrity(source)
        if not _count_tables(source):
            raise CommandError(f"{file} holds no tables.")
        with connect(database) as target:
            if _count_tables(target) and not force:
                raise CommandError("the database holds data already; --force replaces all of it.")
            # The file is not overwritten directly: its write-ahead log would belong to the old pages.
            source.backup(target)


def _count_tables(connection: sqlite3.Connection) -> int:
    count: int = connection.execute("SELECT count(*) FROM sqlite_master WHERE type = 'table'").fetchone()[0]
    return count
