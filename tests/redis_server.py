"""A real, empty Redis in a process of its own, on a free port."""

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from redis import Redis
from redis.exceptions import ConnectionError as RedisAway

from tests.server import free_port


@dataclass(frozen=True)
class RedisServer:
    """It is there until the test is over, unless the test ends it."""

    process: subprocess.Popen[bytes]
    port: int

    @property
    def url(self) -> str:
        """What `RATE_LIMIT_STORAGE_URI` takes."""
        return f"redis://127.0.0.1:{self.port}/0"

    def answers(self) -> bool:
        """Whether it takes commands."""
        try:
            with Redis(port=self.port) as client:
                return bool(client.ping())
        except RedisAway:
            return False

    def configure(self, name: str, value: str) -> None:
        """Change a line of its configuration."""
        with Redis(port=self.port) as client:
            client.config_set(name, value)


@contextmanager
def redis_server() -> Iterator[RedisServer]:
    """One that has started."""
    program = shutil.which("redis-server")
    assert program is not None, "redis-server is needed here"
    port = free_port()
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    server = RedisServer(process, port)
    try:
        for _ in range(200):
            if server.answers():
                break
            time.sleep(0.05)
        yield server
    finally:
        process.kill()  # one that was stopped hears nothing else
        process.wait()
