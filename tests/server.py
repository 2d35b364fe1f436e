"""The real server in processes of its own, on a free port."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 60  # until it answers
END_SECONDS = 60  # until it is gone


def free_port() -> int:
    """A TCP port on the loopback address that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Server:
    """`python -m app serve`, on a SQLite file in `folder` unless told otherwise; can be stopped and started again."""

    folder: Path
    database_url: str = ""
    workers: int = 1
    secret_key: str = "a-key-for-real-servers-in-tests-0123456789abcdef"
    port: int = field(default_factory=free_port)
    environment: dict[str, str] = field(default_factory=dict)  # more settings
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Its origin."""
        return f"http://localhost:{self.port}"

    @property
    def command(self) -> list[str]:
        """What starts it."""
        options = ["--port", str(self.port), "--workers", str(self.workers)]
        return [sys.executable, "-m", "app", "serve", *options]

    @property
    def log(self) -> str:
        """What it has written so far, over all its lives."""
        return (self.folder / f"server-{self.port}.log").read_text()

    def start(self) -> None:
        """Starts it and waits until it answers (60 s at most)."""
        self.launch()
        self.wait_until_it_answers()

    def launch(self) -> None:
        """Starts it."""
        environment = {
            **os.environ,
            "SECRET_KEY": self.secret_key,
            "DATABASE_URL": self.database_url or f"sqlite:///{self.folder / 'app.db'}",
            "RATE_LIMIT_ENABLED": "false",
            "SESSION_COOKIE_SECURE": "false",
            **self.environment,
        }
        with (self.folder / f"server-{self.port}.log").open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=ROOT,
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,  # a group of its own, which can be killed as one
            )

    def wait_until_it_answers(self) -> None:
        """Returns once it is ready. Raises `RuntimeError` with its log where it ends instead, or after 60 s."""
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self.running.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(self.log)
            time.sleep(0.05)

    @property
    def running(self) -> subprocess.Popen[bytes]:
        """Its process; with several workers the one that looks after them."""
        assert self.process is not None, "not started"
        return self.process

    def worker_ids(self) -> list[int]:
        """The processes that answer requests, where there are several."""
        children = Path(f"/proc/{self.running.pid}/task/{self.running.pid}/children").read_text().split()
        return [int(child) for child in children if b"spawn_main" in _command_of(child)]

    def terminate(self) -> int:
        """Sends SIGTERM, as supervisors do; its exit code."""
        self.running.send_signal(signal.SIGTERM)
        code = self.running.wait(timeout=END_SECONDS)
        self.stop()
        return code

    def stop(self) -> None:
        """Stops it at once with all its workers, as a crash of the machine would. Harmless where it has ended."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(timeout=END_SECONDS)
            self.process = None

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/health", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False


def _command_of(process_id: str) -> bytes:
    """Its command line; empty for a process that has ended."""
    with suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{process_id}/cmdline").read_bytes()
    return b""
