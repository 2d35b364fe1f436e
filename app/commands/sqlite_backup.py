"""Copies of a SQLite database, made by SQLite's own online backup."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import URL

from app.commands.problem import NOT_EMPTY, CommandProblem

HEADER = b"SQLite format 3\0"
BUSY_SECONDS = 30


def backup(url: URL, target: Path) -> None:
    """Write the database at `url` to `target`, as it stands at one moment; the server may go on writing.

    Raises `CommandProblem`; `target` is then as it was.
    """
    database = _path_of(url)
    if not database.is_file():
        raise CommandProblem(f"there is no database at {database}.")
    unfinished = target.with_name(target.name + ".unfinished")
    unfinished.unlink(missing_ok=True)
    # The copy holds people's working days: nobody but its owner may read it, from its first byte on.
    os.close(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        with _sqlite_sentences(), _opened(database) as source, _opened(unfinished) as copy:
            source.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, complete by itself
            _check(copy)
        _reach_the_disk(unfinished)
        unfinished.replace(target)
        _reach_the_disk(target.absolute().parent)
    finally:
        unfinished.unlink(missing_ok=True)


def restore(url: URL, file: Path, *, force: bool) -> None:
    """Put the backup `file` into the database at `url`, in one transaction.

    Raises `CommandProblem`; the database is then as it was.
    """
    with file.open("rb") as opened:
        if opened.read(len(HEADER)) != HEADER:
            raise CommandProblem(f"{file} is no backup of a SQLite database.")
    database = _path_of(url)
    with _sqlite_sentences(), _opened(file) as source:
        _check(source)
        if not _tables(source):
            raise CommandProblem(f"{file} holds no tables.")
        with _opened(database) as target:
            if _tables(target) and not force:
                raise CommandProblem(NOT_EMPTY)
            # Through SQLite, not over the file: a write-ahead log beside it belongs to the old pages.
            source.backup(target)


def _path_of(url: URL) -> Path:
    if not url.database or url.database == ":memory:":
        raise CommandProblem("the configured database lives in memory alone.")
    return Path(url.database)


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path, timeout=BUSY_SECONDS)) as connection:
        connection.execute("PRAGMA synchronous = FULL")
        yield connection


def _check(connection: sqlite3.Connection) -> None:
    found = connection.execute("PRAGMA integrity_check").fetchone()[0]
    if found != "ok":
        raise CommandProblem(f"the file is damaged ({found}).")


def _tables(connection: sqlite3.Connection) -> int:
    count: int = connection.execute("SELECT count(*) FROM sqlite_master WHERE type = 'table'").fetchone()[0]
    return count


@contextmanager
def _sqlite_sentences() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise CommandProblem(f"SQLite says: {error}.") from error


def _reach_the_disk(path: Path) -> None:
    if os.name == "nt":  # Windows syncs no handle that was opened for reading, and no directory at all
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
