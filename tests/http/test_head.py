"""HEAD is GET without the body."""

import socket
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tests.server import Server

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/health", 200),
        ("/login", 200),
        ("/static/style.css", 200),
        ("/me", 401),
        ("/nowhere", 404),
        ("/auth/login", 405),
    ],
)
def test_head_answers_as_get_does_without_the_body(client: TestClient, path: str, status: int) -> None:
    head, get = client.head(path), client.get(path)
    assert (head.status_code, get.status_code) == (status, status)
    assert head.content == b""
    assert get.content != b""
    assert head.headers["content-length"] == get.headers["content-length"]
    assert head.headers["content-type"] == get.headers["content-type"]


def test_server_sends_no_body_to_head(tmp_path: Path, database_url: str) -> None:
    server = Server(tmp_path, database_url)
    server.start()
    try:
        with socket.create_connection(("localhost", server.port), timeout=30) as connection:
            connection.sendall(b"HEAD /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
    finally:
        server.stop()
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert answer.endswith(b"\r\n\r\n")
