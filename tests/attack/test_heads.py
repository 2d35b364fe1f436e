"""Heads without an end, silence and slowness: bounded by a real server before the application sees the request."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from typing import Any

import httpx2
import pytest
import uvicorn

from app.http_protocol import MAX_HEAD_BYTES, BoundedProtocol
from tests.attack.test_size import GROWTH_BYTES, KIB, MIB, memory_of
from tests.server import Server, free_port

PATIENCE_SECONDS = 30


class QuickProtocol(BoundedProtocol):
    """The limits of time, short enough for a test; far enough apart to tell them from each other."""

    silent_seconds = 0.5
    head_seconds = 0.5
    body_seconds = 0.5


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Answers with the length of the body once all of it is there."""
    length, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        length, more = length + len(message.get("body", b"")), message.get("more_body", False)
    body = str(length).encode()
    headers = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@contextmanager
def serving(protocol: type[asyncio.Protocol], app: Any = echo, **options: Any) -> Iterator[int]:
    """The port of a server with this protocol, in a thread."""
    port = free_port()
    config = uvicorn.Config(app, port=port, http=protocol, lifespan="off", log_config=None, **options)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        yield port
    finally:
        server.should_exit = True
        thread.join()


@contextmanager
def connected(port: int) -> Iterator[socket.socket]:
    with closing(socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS)) as connection:
        yield connection


def answer(connection: socket.socket) -> bytes:
    """All that is sent until the server closes the connection; fails where it does not."""
    received = b""
    with suppress(ConnectionResetError):  # closed while something more was on its way to it
        while piece := connection.recv(65536):
            received += piece
    return received


def pour(connection: socket.socket, piece: bytes, times: int) -> int:
    """How many bytes could be sent before the server closed the connection."""
    sent = 0
    with suppress(ConnectionError):
        for _ in range(times):
            connection.sendall(piece)
            sent += len(piece)
    return sent


ENDLESS: dict[str, Callable[[socket.socket], int]] = {
    "one header": lambda c: (
        pour(c, b"GET / HTTP/1.1\r\nX: " + b"x" * 64 * KIB, 1) + pour(c, b"x" * 64 * KIB, 800)
    ),
    "many headers": lambda c: pour(c, b"GET / HTTP/1.1\r\n", 1) + pour(c, b"a: b\r\n" * 10_000, 800),
    "the request line": lambda c: pour(c, b"GET /" + b"x" * 64 * KIB, 1) + pour(c, b"x" * 64 * KIB, 800),
    "a header's name": lambda c: pour(c, b"GET / HTTP/1.1\r\n", 1) + pour(c, b"x" * 64 * KIB, 800),
}


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_endless_heads_are_refused_while_they_arrive(server: Server) -> None:
    before = memory_of(server)
    for what, send in ENDLESS.items():
        with connected(server.port) as connection:
            sent = send(connection)
            assert (what, sent < 16 * MIB) == (what, True)  # the buffers of both sides, not the fifty of it
            assert (what, answer(connection)[:12] in (b"HTTP/1.1 431", b"")) == (what, True)
    assert memory_of(server) - before < GROWTH_BYTES
    assert httpx2.get(f"{server.url}/health").status_code == 200


def head_of(size: int, line: Callable[[int], bytes]) -> bytes:
    """A request whose head, without line ends and separators, is that large."""
    start, end = b"GET / HTTP/1.1\r\nConnection: close\r\n", b"\r\n"
    counted = len(b"/") + len(b"Connectionclose") + 4
    return start + line(size - counted) + end


@pytest.mark.parametrize("pieces", [1, 3])
def test_head_of_64_kib_is_served_and_a_larger_one_is_431(pieces: int) -> None:
    def one_header(size: int) -> bytes:
        return b"x: " + b"y" * (size - 5) + b"\r\n"

    with serving(BoundedProtocol) as port:
        for size, status in ((MAX_HEAD_BYTES, 200), (MAX_HEAD_BYTES + 1, 431), (3 * MAX_HEAD_BYTES, 431)):
            head = head_of(size, one_header)
            with connected(port) as connection:
                for begin in range(0, len(head), -(-len(head) // pieces)):
                    with suppress(ConnectionError):
                        connection.sendall(head[begin : begin - (-len(head) // pieces)])
                    time.sleep(0.05)
                expected = {b"200"} if status == 200 else {b"431", b""}  # cut before it could be read
                assert (size, answer(connection)[9:12] in expected) == (size, True)


def test_body_of_a_small_head_is_not_counted() -> None:
    body = b"x" * 4 * MAX_HEAD_BYTES
    with serving(BoundedProtocol) as port:
        for _ in range(2):
            assert httpx2.post(f"http://127.0.0.1:{port}/", content=body).text == str(len(body))


@pytest.mark.parametrize(
    "begun",
    [
        b"",
        b"\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n12345",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n",
    ],
    ids=["silent", "empty lines", "half a head", "no body", "half a body", "half the chunks"],
)
def test_what_does_not_go_on_is_closed(begun: bytes) -> None:
    with serving(QuickProtocol, timeout_keep_alive=PATIENCE_SECONDS * 2) as port:
        with connected(port) as connection:
            connection.sendall(begun)
            assert answer(connection) == b""
        with connected(port) as connection:  # the same after a whole request
            connection.sendall(b"GET / HTTP/1.1\r\n\r\n" + begun)
            assert answer(connection).startswith(b"HTTP/1.1 200")


def test_trickling_does_not_prolong_the_time() -> None:
    with serving(QuickProtocol) as port, connected(port) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n")
        begun = time.monotonic()
        with suppress(ConnectionError):
            while time.monotonic() < begun + PATIENCE_SECONDS:
                connection.sendall(b"a: b\r\n")
                time.sleep(0.02)
        assert time.monotonic() < begun + PATIENCE_SECONDS, "a slow head was never closed"


def test_request_sent_ahead_has_its_time() -> None:
    slow = QuickProtocol.silent_seconds * 3

    async def answer_slowly(scope: Any, receive: Any, send: Any) -> None:
        await asyncio.sleep(slow if scope["path"] == "/slow" else 0)
        await echo(scope, receive, send)

    with serving(QuickProtocol, answer_slowly) as port, connected(port) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n\r\nGET /slow HTTP/1.1\r\nConnection: close\r\n\r\n")
        assert answer(connection).count(b"HTTP/1.1 200") == 2


def test_connections_beyond_the_limit_are_503() -> None:
    with serving(BoundedProtocol, limit_concurrency=5) as port:
        held = [socket.create_connection(("127.0.0.1", port)) for _ in range(5)]
        try:
            assert httpx2.get(f"http://127.0.0.1:{port}/").status_code == 503
        finally:
            for connection in held:
                connection.close()
