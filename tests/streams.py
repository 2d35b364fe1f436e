"""Streams of `GET /live`, and a server in a thread for them: Starlette's test client cannot read one."""

import http.client
import json
import queue
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

import uvicorn
from fastapi import FastAPI

from tests.server import free_port
from tests.waiting import wait_until

OPEN_SECONDS = 30  # for a head
Headers = dict[str, str]


class Stream:
    """An open stream; what comes is taken in by a thread."""

    def __init__(self, url: str, headers: Headers, path: str = "/live") -> None:
        address = urlsplit(url)
        self._connection = http.client.HTTPConnection(
            str(address.hostname), address.port, timeout=OPEN_SECONDS
        )
        self._connection.request("GET", path, headers=headers)
        self._socket = self._connection.sock  # the connection gives it to an answer without a length
        answer = self._connection.getresponse()
        self.status = answer.status
        self.headers = {name.lower(): value for name, value in answer.getheaders()}
        self.lines: queue.Queue[str | None] = queue.Queue()  # None: it has ended
        self.body = b"" if self.status == 200 else answer.read()
        self._reader = threading.Thread(target=self._read, args=(answer,), daemon=True)
        if self.status == 200:
            self._socket.settimeout(None)
            self._reader.start()

    def _read(self, answer: http.client.HTTPResponse) -> None:
        try:
            for line in answer:
                self.lines.put(line.decode().rstrip("\n"))
        except (OSError, ValueError, http.client.HTTPException):
            pass  # cut off
        self.lines.put(None)

    def event(self, seconds: float = 20) -> dict[str, Any]:
        """The data of the next event. Raises `queue.Empty` where none comes, `EOFError` where the stream ends."""
        name = ""
        while True:
            line = self.lines.get(timeout=seconds)
            if line is None:
                raise EOFError
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            if line.startswith("data: "):
                assert name == "changed"
                data: dict[str, Any] = json.loads(line.removeprefix("data: "))
                return data

    def ends(self, seconds: float = 20) -> bool:
        """Whether it ends in time, in good order or cut off."""
        self._reader.join(seconds)
        return not self._reader.is_alive()

    def close(self) -> None:
        """Go away, as a closed page does."""
        if self.status == 200:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
            self._reader.join()
        self._connection.close()
        self._socket.close()


@contextmanager
def opened(url: str, headers: Headers, path: str = "/live") -> Iterator[Stream]:
    """A stream for as long as the block lasts."""
    with closing(Stream(url, headers, path)) as stream:
        yield stream


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """The origin of a server of this application, in a thread."""
    port = free_port()
    config = uvicorn.Config(app, port=port, log_config=None, access_log=False, timeout_graceful_shutdown=5)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        wait_until(lambda: server.started)
        yield f"http://127.0.0.1:{port}"
    finally:
        app.state.live.end()
        server.should_exit = True
        thread.join()
