"""Checks of `doctor` for private files and a SQLite database. Nothing is changed."""

import os
import re
import shutil
import sqlite3
import stat
from contextlib import closing
from pathlib import Path
from shlex import quote

from app.commands.doctor_checks import Finding, Findings, error, warning
from app.commands.doctor_stored import check_stored

NETWORK_FILE_SYSTEMS = re.compile(
    r"9p|afs|ceph|cifs|gfs2|glusterfs|lustre|nfs4?|ocfs2|smb3|smbfs|virtiofs|fuse\.(glusterfs|rclone|s3fs|sshfs)"
)
MOUNTS = Path("/proc/mounts")
WARNING_FREE_MIB = 500
ERROR_FREE_MIB = 50
SQLITE_TIMEOUT_SECONDS = 5


def check_file_mode(path: Path, why: str) -> Findings:
    """Whether other users of the machine can read a private file. `why` says what is in it."""
    if not path.is_file() or os.name == "nt":  # Windows has no permission bits; Python reports invented ones
        return
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        yield warning(
            f"{path} is open to other users of this machine (mode {mode:03o}).",
            why,
            f"chmod 600 {quote(str(path))}",
        )


def check_sqlite(path: Path) -> Findings:
    """All checks of a SQLite file, which may not exist."""
    path = path.resolve()  # SQLite puts its log beside the file itself, not beside a link to it
    # Systems without /proc/mounts get no finding.
    mounts = MOUNTS.read_text(encoding="utf-8", errors="replace") if MOUNTS.is_file() else ""
    yield from check_mount(path, mounts)
    yield from check_database_file(path)
    try:
        yield from _check_content(path)
    except sqlite3.Error as failure:
        yield error(
            f"{path} cannot be read: {failure}.",
            "It is no SQLite database, is damaged, or is not this user's to read.",
            "Correct DATABASE_URL, or restore a backup.",
        )


def _check_content(path: Path) -> Findings:
    """Whether what a SQLite file holds is in order, if there is one. Raises `sqlite3.Error`.

    A file without a write-ahead log is opened as immutable, because SQLite would otherwise create that log.
    """
    if path.exists():
        log = path.with_name(path.name + "-wal")
        mode = "mode=ro" if log.exists() and log.stat().st_size else "immutable=1"
        address = f"{path.absolute().as_uri()}?{mode}"
        with closing(sqlite3.connect(address, uri=True, timeout=SQLITE_TIMEOUT_SECONDS)) as connection:
            if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'trackers'").fetchone():
                yield from check_stored(lambda query: connection.execute(query).fetchall())


def check_mount(path: Path, mounts: str) -> Findings:
    """Whether an absolute `path` of a SQLite file is on a local disk. `mounts` is the text of /proc/mounts."""
    point, kind = "", ""
    for _device, escaped, other_kind in re.findall(r"^(\S+) (\S+) (\S+) ", mounts, re.MULTILINE):
        other = re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), escaped)
        # Of two mounts on one point the later one hides the earlier one.
        if path.is_relative_to(other) and len(other) >= len(point):
            point, kind = other, other_kind
    if NETWORK_FILE_SYSTEMS.fullmatch(kind):
        yield error(
            f"{path} is on a network file system ({kind} at {point}).",
            "SQLite's write-ahead log needs shared memory and locks that such a file system does not give: "
            "the database can be damaged.",
            "Write into DATABASE_URL a path on a local disk, or use PostgreSQL.",
        )


def check_database_file(path: Path) -> Findings:
    """Whether a SQLite file, which may not exist, can be written, and only by its owner."""
    folder = path.parent
    if not folder.is_dir():
        yield error(
            f"The directory {folder} does not exist.",
            "The database cannot be made there.",
            f"Make it (mkdir -p {quote(str(folder))}), or write another path into DATABASE_URL.",
        )
        return
    may_write = not path.exists() or os.access(path, os.W_OK)
    if not may_write or not os.access(folder, os.W_OK | os.X_OK):
        yield error(
            f"This user may not write to {folder if may_write else path}.",
            "SQLite writes the file and puts a log beside it; without either nothing is recorded.",
            "Run doctor and the server as the file's owner, or give file and directory to that user (chown).",
        )
    for suffix in ("", "-wal", "-journal"):
        beside = path.with_name(path.name + suffix)
        yield from check_file_mode(beside, "Working days and password hashes are in it.")
    free_mib = shutil.disk_usage(folder).free // 2**20
    if free_mib < WARNING_FREE_MIB:
        yield Finding(
            "Error" if free_mib < ERROR_FREE_MIB else "Warning",
            f"The disk of {folder} has {free_mib} MiB left.",
            "When it is full, events are refused with 503 until there is room.",
            "Make room, or move the database to a larger disk.",
        )
