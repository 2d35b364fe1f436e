"""Servers to be measured, each a process of its own on the loopback address."""

import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SECRET = secrets.token_urlsafe(48)
TICKS = os.sysconf("SC_CLK_TCK")
START_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Server:
    """A server that answers."""

    port: int
    process: subprocess.Popen[bytes]
    seconds_to_answer: float  # from its start

    @property
    def url(self) -> str:
        """Its origin."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def cpu_seconds(self) -> float:
        """What the process has computed so far, in its own code and in the kernel."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    @property
    def resident_mib(self) -> float:
        """Its resident memory."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
        return int(line.split()[1]) / 1024


@contextmanager
def bare() -> Iterator[Server]:
    """The bare endpoint, served as the application is."""
    port = free_port()
    options = ["--host", "127.0.0.1", "--port", str(port), "--no-access-log", "--no-server-header"]
    with _running(["-m", "uvicorn", "bench.bare:app", *options], port, "/openapi.json", {}) as server:
        yield server


@contextmanager
def tracker(
    database_url: str, *, workers: int = 1, settings: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """The application on a database, without limits; `settings`: more of them, by their names in the environment."""
    port = free_port()
    environment = {"DATABASE_URL": database_url, "RATE_LIMIT_ENABLED": "false", **(settings or {})}
    command = ["-m", "app", "serve", "--port", str(port), "--workers", str(workers)]
    with _running(command, port, "/health", environment) as server:
        yield server


def free_port() -> int:
    """A port on the loopback address on which nobody listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port


@contextmanager
def _running(command: list[str], port: int, path: str, environment: dict[str, str]) -> Iterator[Server]:
    begun = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, *command],
        cwd=ROOT,
        env={**os.environ, "SECRET_KEY": SECRET, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while not _answers(f"http://127.0.0.1:{port}{path}"):
            if process.poll() is not None or time.monotonic() > begun + START_SECONDS:
                sys.exit("A server did not start: `python -m app serve` says why.")
            time.sleep(0.01)
        yield Server(port, process, time.monotonic() - begun)
    finally:
        process.terminate()
        process.wait()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
