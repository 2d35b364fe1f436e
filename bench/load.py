"""Load by wrk: so many connections, each with one request at a time under way."""

import json
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.servers import Server

SCRIPT = Path(__file__).with_name("load.lua")
CONNECTIONS = 16
EVENT = "event"
LATE = "late"
BATCH = "batch"
BATCH_SIZE = 100


@dataclass(frozen=True, slots=True)
class Window:
    """What was seen in one stretch of load; latencies in microseconds."""

    requests: int
    seconds: float
    p50: float
    p95: float
    p99: float
    cpu: float  # seconds of the server's processor per request

    @property
    def per_second(self) -> float:
        """Requests answered in a second."""
        return self.requests / self.seconds


def run(
    server: Server, kind: str, tokens: Sequence[str], *, seconds: float, connections: int = CONNECTIONS
) -> Window:
    """Put load on a server. `kind` is one of the above or a path to get. Any answer but success ends everything."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("".join(f"{token}\n" for token in tokens))
        file.flush()
        seed = str(secrets.randbelow(10**6))
        options = ["-t1", f"-c{connections}", f"-d{round(seconds)}s", "--timeout", "30s", "-s", str(SCRIPT)]
        before = server.cpu_seconds
        done = subprocess.run(
            [wrk(), *options, server.url, "--", kind, file.name, str(BATCH_SIZE), seed],
            capture_output=True,
            text=True,
            check=False,
        )
        cpu = server.cpu_seconds - before
    line = next((line for line in done.stdout.splitlines() if line.startswith("RESULT ")), None)
    if line is None:
        sys.exit(f"wrk failed: {done.stdout}{done.stderr}")
    result = json.loads(line.removeprefix("RESULT "))
    if result["failed"] or not result["requests"]:
        sys.exit(f"{kind}: {result['failed']} of {result['requests']} requests failed")
    requests = result["requests"]
    return Window(
        requests, result["microseconds"] / 1e6, result["p50"], result["p95"], result["p99"], cpu / requests
    )


def wrk() -> str:
    """Where wrk is."""
    found = shutil.which("wrk")
    if found is None:
        sys.exit("The benchmark needs wrk (Debian: apt-get install wrk).")
    return found
