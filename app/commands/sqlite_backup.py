"""Copies of a SQLite database, made by SQLite's own online backup."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL

from app.commands.problem import NOT_EMPTY, CommandProblem
from app.sqlite_copy import Damaged, check, copy_database, opened

HEADER = b"SQLite format 3\0"


def backup(url: URL, target: Path) -> None:
    """Write the database at `url` to `target`, as it stands at one moment; the server may go on writing.

    Raises `CommandProblem`; `target` is then as it was.
    """
    database = Path(str(url.database))
    if not database.is_file():
        raise CommandProblem(f"there is no database at {database}.")
    with _sqlite_sentences():
        copy_database(database, target)


def restore(url: URL, file: Path, *, force: bool) -> None:
    """Put the backup `file` into the database at `url`, in one transaction.

    Raises `CommandProblem`; the database is then as it was.
    """
    with file.open("rb") as head:
        if head.read(len(HEADER)) != HEADER:
            raise CommandProblem(f"{file} is no backup of a SQLite database.")
    database = Path(str(url.database))
    with _sqlite_sentences(), opened(file) as source:
        check(source)
        if not _tables(source):
            raise CommandProblem(f"{file} holds no tables.")
        with opened(database) as target:
            if _tables(target) and not force:
                raise CommandProblem(NOT_EMPTY)
            # Through SQLite, not over the file: a write-ahead log beside it belongs to the old pages.
            source.backup(target)


def _tables(connection: sqlite3.Connection) -> int:
    count: int = connection.execute("SELECT count(*) FROM sqlite_master WHERE type = 'table'").fetchone()[0]
    return count


@contextmanager
def _sqlite_sentences() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise CommandProblem(f"SQLite says: {error}.") from error
    except Damaged as damage:
        raise CommandProblem(f"the file is damaged ({damage}).") from damage
