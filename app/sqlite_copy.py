"""Copies a SQLite database that is in use, with SQLite's online backup."""

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

BUSY_TIMEOUT_SECONDS = 30


class DamagedFile(Exception):
    """The file fails the integrity check of SQLite. The text is one sentence with the first error."""


def copy_database(database: Path, target: Path) -> None:
    """Copy a snapshot of `database` to `target`, complete and synced to disk, or not at all.

    Raises `sqlite3.Error` and `DamagedFile`; `target` is then unchanged.
    """
    with private_file(target) as unfinished, connect(database) as source, connect(unfinished) as copy:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")  # the copy needs no second file
        check_integrity(copy)


@contextmanager
def private_file(target: Path) -> Iterator[Path]:
    """An empty file that replaces `target`, synced to disk, if the block succeeds.

    Its name is its own, so that it is neither the file that is copied nor that of another copy. It has mode 600.
    """
    target = target.resolve()  # through a link: the file that it leads to is replaced, not the link
    descriptor, name = tempfile.mkstemp(".unfinished", f"{target.name}.", target.parent)
    os.close(descriptor)
    unfinished = Path(name)
    try:
        yield unfinished
        _sync(unfinished)
        unfinished.replace(target)
        _sync(target.absolute().parent)
    finally:
        unfinished.unlink(missing_ok=True)


@contextmanager
def connect(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection to the file at `path` whose commits are synced to disk."""
    with closing(sqlite3.connect(path, timeout=BUSY_TIMEOUT_SECONDS)) as connection:
        connection.execute("PRAGMA synchronous = FULL")
        yield connection


def check_integrity(connection: sqlite3.Connection) -> None:
    """Raise `DamagedFile` if the integrity check of SQLite finds an error."""
    result = connection.execute("PRAGMA integrity_check").fetchone()[0]
    if result != "ok":
        raise DamagedFile(f"the file is damaged ({result}).")


def _sync(path: Path) -> None:
    if os.name == "nt":  # Windows cannot sync a directory or a file that is open for reading
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
