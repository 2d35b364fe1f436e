"""Checks of `doctor` for files and databases. Each check is a pure function of facts from `doctor_facts`."""

import re
import stat
from pathlib import Path

from app.commands.doctor_facts import FileFacts, PostgresFacts
from app.commands.doctor_findings import Finding, error, warning

NETWORK_FILE_SYSTEMS = frozenset(
    {"9p", "afs", "ceph", "cifs", "coda", "davfs", "gfs2", "glusterfs", "lustre", "ncpfs", "nfs", "nfs4"}
    | {"ocfs2", "smb3", "smbfs", "virtiofs"}
    | {f"fuse.{name}" for name in ("davfs2", "gcsfuse", "glusterfs", "rclone", "s3fs", "sshfs")}
)
WARNING_FREE_BYTES = 500 * 2**20
ERROR_FREE_BYTES = 50 * 2**20
MIN_POSTGRESQL_VERSION = 14
MAX_SKEW_SECONDS = 60  # the server corrects clients' clocks beyond this difference


def mount_of(path: Path, mounts: str) -> tuple[str, str] | None:
    """Mount point and file system type of an absolute `path`; None if unknown. `mounts` is the text of /proc/mounts."""
    best: tuple[str, str] | None = None
    for line in mounts.splitlines():
        fields = line.split()
        if len(fields) < 3:
            continue
        point = re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), fields[1])
        # Of two mounts on one point the later one hides the earlier one.
        if path.is_relative_to(point) and (best is None or len(point) >= len(best[0])):
            best = (point, fields[2])
    return best


def check_mount(path: Path, mounts: str) -> list[Finding]:
    """Whether a SQLite file is on a local disk. `mounts` is the text of /proc/mounts."""
    mount = mount_of(path, mounts)
    if mount is None or mount[1] not in NETWORK_FILE_SYSTEMS:
        return []
    return [
        error(
            f"{path} is on a network file system ({mount[1]} at {mount[0]}).",
            "SQLite's write-ahead log needs shared memory and locks that such a file system does not give: "
            "the database can be damaged.",
            "Write into DATABASE_URL a path on a local disk, or use PostgreSQL.",
        )
    ]


def check_database_file(file: FileFacts) -> list[Finding]:
    """Whether a SQLite file can be written, and only by its owner."""
    folder = file.path.parent
    if not file.directory_exists:
        return [
            error(
                f"The directory {folder} does not exist.",
                "The database cannot be made there.",
                f"Make it (mkdir -p {folder}), or write another path into DATABASE_URL.",
            )
        ]
    found = []
    if not file.may_write_directory or not file.may_write:
        found.append(
            error(
                f"This user may not write to {folder if file.may_write else file.path}.",
                "SQLite writes the file and puts a log beside it; without either nothing is recorded.",
                "Run doctor and the server as the file's owner, or give file and directory to that user (chown).",
            )
        )
    return [
        *found,
        *check_file_mode(file, "Working days and password hashes are in it."),
        *check_free_space(file),
    ]


def check_file_mode(file: FileFacts, why: str) -> list[Finding]:
    """Whether other users of the machine can read a private file. `why` says what is in it."""
    if file.mode is None or not file.mode & (stat.S_IRWXG | stat.S_IRWXO):
        return []
    return [
        warning(
            f"{file.path} is open to other users of this machine (mode {file.mode:03o}).",
            why,
            f"chmod 600 {file.path}",
        )
    ]


def check_free_space(file: FileFacts) -> list[Finding]:
    """Whether the disk has free space."""
    if file.free_bytes is None or file.free_bytes >= WARNING_FREE_BYTES:
        return []
    level = error if file.free_bytes < ERROR_FREE_BYTES else warning
    return [
        level(
            f"The disk of {file.path.parent} has {file.free_bytes // 2**20} MiB left.",
            "When it is full, events are refused with 503 until there is room.",
            "Make room, or move the database to a larger disk.",
        )
    ]


def check_revision(current: str | None, known: list[str]) -> list[Finding]:
    """Whether this code knows the revision of the tables. `known` lists all revisions, newest first."""
    if current is None or current == known[0]:
        return []
    if current in known:
        return [
            warning(
                "The tables are of an older version.",
                "The next start migrates them.",
                "Make a backup first: raterhub-tracker backup.",
            )
        ]
    return [
        error(
            f"The database has schema revision {current}, which this version does not know.",
            "A later version made it; this one refuses to start on it.",
            "Start the newer version, or restore a backup.",
        )
    ]


def check_postgresql(facts: PostgresFacts, *, connections_needed: int) -> list[Finding]:
    """Whether a PostgreSQL server is durable and gives enough connections to all processes."""
    return [
        *_check_version(facts),
        *_check_durability(facts),
        *_check_role(facts),
        *_check_connections(facts, connections_needed),
        *_check_clock(facts),
        *_check_pooler(facts),
    ]


def _check_version(facts: PostgresFacts) -> list[Finding]:
    found = []
    major = facts.version // 10_000
    if major < MIN_POSTGRESQL_VERSION:
        found.append(
            error(
                f"PostgreSQL {major} is older than {MIN_POSTGRESQL_VERSION}.",
                "It gets no corrections any more, and nothing here was tried on it.",
                "Upgrade it; the Compose file has 17.",
            )
        )
    if facts.encoding != "UTF8":
        found.append(
            error(
                f"The database's encoding is {facts.encoding}.",
                "Names and notes may hold any character; those that it does not know make requests fail.",
                "Make the database anew: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0.",
            )
        )
    return found


def _check_durability(facts: PostgresFacts) -> list[Finding]:
    off = [
        name
        for name, value in (("synchronous_commit", facts.synchronous_commit), ("fsync", facts.fsync))
        if value == "off"
    ]
    return [
        error(
            f"PostgreSQL: {name} is off.",
            "Events that were acknowledged can be lost when the machine stops.",
            f"ALTER SYSTEM SET {name} = on; SELECT pg_reload_conf(); it may stand on the role or the database as well.",
        )
        for name in off
    ]


def _check_role(facts: PostgresFacts) -> list[Finding]:
    found = []
    if facts.is_replica:
        found.append(
            error(
                "DATABASE_URL names a read replica.",
                "Nothing can be recorded there.",
                "Write the address of the primary into DATABASE_URL.",
            )
        )
    if facts.is_superuser:
        found.append(
            warning(
                "The role in DATABASE_URL is a superuser.",
                "A fault in the application would then reach every database and file of the server.",
                "Make a role that owns this database and nothing else: documentation.md, PostgreSQL.",
            )
        )
    return found


def _check_connections(facts: PostgresFacts, needed: int) -> list[Finding]:
    if needed <= facts.connections:
        return []
    return [
        error(
            f"The processes open up to {needed} connections, and PostgreSQL gives {facts.connections}.",
            "Under load some requests are answered 503.",
            "Raise max_connections in postgresql.conf (and restart it), or use fewer --workers.",
        )
    ]


def _check_clock(facts: PostgresFacts) -> list[Finding]:
    if abs(facts.skew_seconds) <= MAX_SKEW_SECONDS:
        return []
    direction = "ahead of" if facts.skew_seconds > 0 else "behind"
    return [
        warning(
            f"The database's clock is {abs(facts.skew_seconds):.0f} s {direction} this machine's.",
            "One of them is wrong, and by this machine's clock logins expire and late events are judged.",
            "Synchronise both (timedatectl set-ntp true).",
        )
    ]


def _check_pooler(facts: PostgresFacts) -> list[Finding]:
    if not facts.loses_prepared:
        return []
    return [
        error(
            "A pooler between here and PostgreSQL forgets prepared statements.",
            "It gives each transaction another connection, and requests fail now and then.",
            "PgBouncer: max_prepared_statements = 200 (version 1.21 or later), or pool_mode = session.",
        )
    ]
