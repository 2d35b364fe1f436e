"""Too much, too deep, too many, and lies about how much: refused by a real server before it costs anything."""

import os
import socket
import time
from contextlib import closing, suppress
from pathlib import Path

import httpx2
import pytest

from tests.attack.world import World
from tests.server import Server

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)

KIB, MIB = 1024, 1024 * 1024
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
HASH_SECONDS = 0.02  # of a core, for one Argon2id hash on a fast machine
GROWTH_BYTES = 48 * MIB  # what the process may have grown by: far less than what is sent to it


def memory_of(server: Server) -> int:
    """Bytes that the process holds at this moment."""
    assert server.process is not None
    pages = int(Path(f"/proc/{server.process.pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def cpu_of(server: Server) -> float:
    """Seconds of a core that the process has used."""
    assert server.process is not None
    fields = Path(f"/proc/{server.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Flood:
    """A request as raw bytes: its head says what it likes, its body is sent until the server has had enough."""

    def __init__(self, server: Server, path: str, *headers: str) -> None:
        self.connection = socket.create_connection(("localhost", server.port), timeout=30)
        head = [f"POST {path} HTTP/1.1", f"Host: localhost:{server.port}", *headers]
        self.connection.sendall("\r\n".join(head).encode() + b"\r\n\r\n")

    def pour(self, piece: bytes, times: int) -> int:
        """How many bytes could be sent before the connection was closed or an answer came."""
        sent, rest = 0, b""
        self.connection.setblocking(False)
        deadline = time.monotonic() + 60
        while sent < len(piece) * times and time.monotonic() < deadline:
            rest = rest or piece
            try:
                number = self.connection.send(rest)
                sent, rest = sent + number, rest[number:]
            except BlockingIOError:
                time.sleep(0.001)
            except OSError:
                break
            with suppress(BlockingIOError):
                with suppress(ConnectionError):
                    self.connection.recv(1, socket.MSG_PEEK)
                break
        self.connection.setblocking(True)
        return sent

    def status(self) -> int:
        """The answer's; 0 when the connection was cut before it could be read."""
        self.connection.settimeout(30)
        with closing(self.connection), suppress(ConnectionError):
            line = self.connection.recv(64)
            return int(line.split(b" ")[1]) if line else 0
        return 0


def chunk(size: int) -> bytes:
    return f"{size:x}\r\n".encode() + b"x" * size + b"\r\n"


def test_endless_body_is_413_and_costs_no_memory(server: Server, world: World) -> None:
    credential = f"Authorization: Bearer {world.login}"
    before = memory_of(server)
    for path in ("/auth/login", "/login", "/events", "/events/batch", "/profile", "/nowhere", "/me"):
        # Where nothing reads the body, the address or the method is refused first.
        expected = {413, 404, 405} if path in ("/nowhere", "/me") else {400, 413, 422}
        for kind in ("Transfer-Encoding: chunked", f"Content-Length: {10 * 1024 * MIB}"):
            for _ in range(3):
                flood = Flood(server, path, kind, credential, f"Content-Type: {JSON}")
                flood.pour(chunk(64 * KIB) if "chunked" in kind else b"x" * 64 * KIB, 1600)
                assert (path, kind, flood.status() in {*expected, 0}) == (path, kind, True)
    assert memory_of(server) - before < GROWTH_BYTES
    assert httpx2.get(f"{server.url}/health").status_code == 200


def test_wrong_content_length_is_refused(server: Server, world: World) -> None:
    credential, kind = f"Authorization: Bearer {world.login}", f"Content-Type: {JSON}"
    # Less than what comes: the rest is no request, and nothing of it is read as one.
    more = Flood(server, "/events", "Content-Length: 2", credential, kind)
    more.connection.sendall(b"{}" + b"POST /auth/logout HTTP/1.1\r\n\r\n")
    assert more.status() == 422
    assert httpx2.get(f"{server.url}/me", headers=world.bearer).status_code == 200
    # Both ways of saying it at once, or no number: the way into somebody else's request behind a proxy.
    for lie in (
        ("Content-Length: 2", "Transfer-Encoding: chunked"),
        ("Content-Length: 2", "Content-Length: 20"),
        ("Content-Length: -1",),
        ("Content-Length: +2",),
        ("Content-Length: 0x2",),
        ("Content-Length: 99999999999999999999999",),
        ("Transfer-Encoding: chunked, identity",),
    ):
        flood = Flood(server, "/events", *lie, credential, kind)
        flood.connection.sendall(b"0\r\n\r\n" if "chunked" in lie[-1] else b"{}")
        assert (lie, flood.status() in {400, 413, 422}) == (lie, True)
    # More than what comes: it waits, and others do not.
    waiting = [Flood(server, "/events", "Content-Length: 1000", credential, kind) for _ in range(100)]
    for flood in waiting:
        flood.connection.sendall(b'{"type":')
    assert httpx2.get(f"{server.url}/me", headers=world.bearer).status_code == 200
    for flood in waiting:
        flood.connection.close()
    assert httpx2.get(f"{server.url}/me", headers=world.bearer).status_code == 200


def test_long_passwords_are_refused_before_they_are_hashed(server: Server, world: World) -> None:
    with closing(httpx2.Client(base_url=server.url)) as client:
        token = client.get("/auth/csrf").json()["csrf_token"]
        headers = {"x-csrf-token": token}
        sizes = {2 * MIB: 413, 60_000: 422, 129: 422}
        memory, cpu = memory_of(server), cpu_of(server)
        for size, status in sizes.items():
            for _ in range(20):
                for path in ("/auth/login", "/auth/register"):
                    body = {"email": world.email, "password": "Aa1!" + "x" * (size - 4)}
                    answer = client.post(path, json=body, headers=headers)
                    assert (size, path, answer.status_code) == (size, path, status)
        # 120 hashes would have taken seconds of a core and, four at a time, 76 MiB.
        assert cpu_of(server) - cpu < 120 * HASH_SECONDS / 2
        assert memory_of(server) - memory < GROWTH_BYTES
