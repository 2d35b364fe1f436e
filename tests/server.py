"""The real server in a process of its own, on a free port."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


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
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Its origin."""
        return f"http://localhost:{self.port}"

    def start(self) -> None:
        """Starts it and waits until it answers (60 s at most)."""
        environment = {
            **os.environ,
            "SECRET_KEY": self.secret_key,
            "DATABASE_URL": self.database_url or f"sqlite:///{self.folder / 'app.db'}",
            "RATE_LIMIT_ENABLED": "false",
            "SESSION_COOKIE_SECURE": "false",
        }
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "app",
                    "serve",
                    "--port",
                    str(self.port),
                    "--workers",
                    str(self.workers),
                ],
                cwd=ROOT,
                env=environment,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + 60
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((self.folder / "server.log").read_text())
            time.sleep(0.1)

    def stop(self) -> None:
        """Stops it at once, as a crash would."""
        if self.process is not None:
            # Workers outlive a parent that is killed: those get a chance to leave.
            self.process.kill() if self.workers == 1 else self.process.terminate()
            self.process.wait(timeout=30)
            self.process = None

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/health", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False
