"""A full disk, as real as the machine allows: a small one where it may be mounted, else a limit on files."""

import resource
import shutil
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.server import Server

SIZE_BYTES = 24 * 1024 * 1024
CHUNK_BYTES = 1024 * 1024


class Disk(ABC):
    """Where a server's SQLite file lies."""

    complaint: str  # of SQLite, when nothing more goes in

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @abstractmethod
    def fill(self, server: Server) -> None:
        """Leave no free space to the server."""

    @abstractmethod
    def free(self, server: Server) -> None:
        """Free the space again."""


class SmallDisk(Disk):
    """A file system of its own, in memory."""

    complaint = "database or disk is full"

    @property
    def _filler(self) -> Path:
        return self.folder / "filler"

    def fill(self, server: Server) -> None:
        with self._filler.open("wb", buffering=0) as filler:
            size = CHUNK_BYTES
            while size:
                try:
                    filler.write(b"\0" * size)
                except OSError:
                    size //= 2  # to the last byte

    def free(self, server: Server) -> None:
        self._filler.unlink()


class LimitedFiles(Disk):
    """No file may grow beyond what the largest has now; the kernel refuses the write as it does on a full disk."""

    complaint = "disk I/O error"

    def fill(self, server: Server) -> None:
        self._limit(server, max(path.stat().st_size for path in self.folder.iterdir()))

    def free(self, server: Server) -> None:
        if server.process is not None:  # the limit ends with the process
            self._limit(server, resource.RLIM_INFINITY)

    @staticmethod
    def _limit(server: Server, size: int) -> None:
        _, hard = resource.prlimit(server.running.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(server.running.pid, resource.RLIMIT_FSIZE, (size, hard))


@contextmanager
def small_disk(folder: Path) -> Iterator[Disk]:
    """The most real of them that this machine allows, at `folder`."""
    if not _mounted(folder):
        yield LimitedFiles(folder)
        return
    try:
        yield SmallDisk(folder)
    finally:
        # Lazily: a server that a failed test has left may still hold files open.
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def _mounted(folder: Path) -> bool:
    mount = shutil.which("mount")
    if mount is None:
        return False
    command = [mount, "-t", "tmpfs", "-o", f"size={SIZE_BYTES},mode=0755", "tmpfs", str(folder)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
