"""A copy of a SQLite database while others use it, made by SQLite's own online backup."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

BUSY_SECONDS = 30


class Damaged(Exception):
    """The file fails SQLite's integrity check; the text says where."""


def copy_database(database: Path, target: Path) -> None:
    """Copy `database`, as it stands at one moment, to `target`: complete and on the disk, or not at all.

    Raises `sqlite3.Error` and `Damaged`; `target` is then as it was.
    """
    unfinished = target.with_name(target.name + ".unfinished")
    unfinished.unlink(missing_ok=True)
    # The copy holds people's working days: nobody but its owner may read it, from its first byte on.
    os.close(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        with opened(database) as source, opened(unfinished) as copy:
            source.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, complete by itself
            check(copy)
        _reach_the_disk(unfinished)
        unfinished.replace(target)
        _reach_the_disk(target.absolute().parent)
    finally:
        unfinished.unlink(missing_ok=True)


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection to the file at `path`; what it commits reaches the disk."""
    with closing(sqlite3.connect(path, timeout=BUSY_SECONDS)) as connection:
        connection.execute("PRAGMA synchronous = FULL")
        yield connection


def check(connection: sqlite3.Connection) -> None:
    """Raise `Damaged` unless SQLite finds the file whole."""
    found = connection.execute("PRAGMA integrity_check").fetchone()[0]
    if found != "ok":
        raise Damaged(str(found))


def _reach_the_disk(path: Path) -> None:
    if os.name == "nt":  # Windows syncs no handle that was opened for reading, and no directory at all
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
