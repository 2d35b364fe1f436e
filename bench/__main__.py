"""How many events a second one server process records, and how long each sender waits for its answer.

The server is the real one, on a new SQLite database that is thrown away; every answer counted here has
reached the disk. Senders are threads with a connection each, one account each.
"""

import http.client
import json
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SENDERS = 8
SECONDS = 10.0
PASSWORD = "Quiet-Harbour 4711 lantern"


class Sender:
    """One account and its connection."""

    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        csrf = self.ask("GET", "/auth/csrf")["csrf_token"]
        account = {"email": f"{secrets.token_hex(8)}@example.org", "password": PASSWORD}
        token = self.ask("POST", "/auth/register", account, {"x-csrf-token": csrf})["access_token"]
        self.identity = {"authorization": f"Bearer {token}"}
        self.waits: list[float] = []

    def ask(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> dict[str, Any]:
        """The answer's JSON; anything but success ends the measurement."""
        sent = {"content-type": "application/json", **(headers or {})}
        self.connection.request(method, path, None if body is None else json.dumps(body), sent)
        answer = self.connection.getresponse()
        content = answer.read()
        if answer.status >= 300:
            sys.exit(f"{method} {path}: {answer.status} {content.decode()}")
        parsed: dict[str, Any] = json.loads(content)
        return parsed

    def press_next(self, until: float) -> None:
        """Press NEXT over and over."""
        while time.monotonic() < until:
            before = time.monotonic()
            self.ask("POST", "/events", {"type": "NEXT"}, self.identity)
            self.waits.append(time.monotonic() - before)


@contextmanager
def server() -> Iterator[int]:
    """The port of a server that lives as long as the block."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(
            [sys.executable, "-m", "app", "serve", "--port", str(port)],
            cwd=ROOT,
            env={
                **os.environ,
                "SECRET_KEY": secrets.token_urlsafe(48),
                "DATABASE_URL": f"sqlite:///{folder}/bench.db",
                "RATE_LIMIT_ENABLED": "false",
            },
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            wait_for(port, process)
            yield port
        finally:
            process.terminate()
            process.wait()


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    """Return when the server listens."""
    while process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    sys.exit("The server did not start: `python -m app serve` says why.")


def milliseconds(waits: list[float], share: float) -> str:
    """The wait that `share` of all waits do not exceed."""
    return f"{1000 * sorted(waits)[round(share * (len(waits) - 1))]:.1f} ms"


def main() -> None:
    """Measure and print."""
    with server() as port:
        senders = [Sender(port) for _ in range(SENDERS)]
        until = time.monotonic() + SECONDS
        threads = [threading.Thread(target=sender.press_next, args=[until]) for sender in senders]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        waits = [wait for sender in senders for wait in sender.waits]
        print(f"{len(waits) / SECONDS:.0f} events/s from {SENDERS} senders for {SECONDS:.0f} s, each on disk")
        print(f"answered within {milliseconds(waits, 0.5)} (half), {milliseconds(waits, 0.99)} (99 %)")

        before = time.monotonic()
        day = senders[0].ask("GET", "/dashboard/today/json", headers=senders[0].identity)
        print(f"a day of {day['total_questions']} questions: {1000 * (time.monotonic() - before):.0f} ms")


if __name__ == "__main__":
    main()
