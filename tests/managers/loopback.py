"""A proxy between Firefox and the network: the task site, and the tracker's address.

One loopback server is both. As an https proxy it answers for the task site itself, with a certificate made for this
run, and leads nowhere else. As a plain http server it passes requests on to the tracker and notes each, so that a
test sees what really left the browser, in which order and how many at once.
"""

import json
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

HOST = "www.raterhub.com"
TASK = f"https://{HOST}/evaluation/rater/task/show"  # without a task's number: nothing is described later
TASK_PAGE = b"<!doctype html><title>Task</title><h1>How well does the result answer the query?</h1>"
HELD_SECONDS = 15  # at most: the widget gives an answer up after 20
LOST_SECONDS = 60
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length"}


@dataclass
class Sent:
    """A request that Firefox sent to the tracker; `status` 0 while there is no answer."""

    method: str
    path: str
    body: Any
    status: int = 0


@dataclass
class Site:
    """The loopback server. `tracker_port`: where the tracker listens, once it does."""

    folder: Path
    tracker_port: int = 0
    sent: list[Sent] = field(default_factory=list)
    most_at_once: int = 0  # of the requests that carry events
    _under_way: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _open: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._open.set()
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(self._certificate())
        handler = type("Handler", (_Handler,), {"site": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, name="site")
        self._thread.start()

    @property
    def port(self) -> int:
        """Where it listens on the loopback address."""
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """The tracker's origin, as browsers know it."""
        return f"http://localhost:{self.port}"

    def stop(self) -> None:
        """Ends it."""
        self._open.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @contextmanager
    def holding(self) -> Iterator[None]:
        """Meanwhile events that arrive here are kept back."""
        self._open.clear()
        try:
            yield
        finally:
            self._open.set()

    def arrived(self) -> list[Sent]:
        """The requests that carry events, in the order of their arrival here."""
        return [each for each in self.sent if each.method == "POST" and each.path.startswith("/events")]

    @contextmanager
    def noted(self, sent: Sent) -> Iterator[None]:
        """Notes a request while it is answered; one with events waits here while they are held."""
        carries_events = sent.method == "POST" and sent.path.startswith("/events")
        with self._lock:
            self.sent.append(sent)
            self._under_way += carries_events
            self.most_at_once = max(self.most_at_once, self._under_way)
        try:
            if carries_events:
                self._open.wait(HELD_SECONDS)
            yield
        finally:
            with self._lock:
                self._under_way -= carries_events

    def _certificate(self) -> Path:
        key, certificate = self.folder / "site.key", self.folder / "site.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={HOST}",
             "-addext", f"subjectAltName=DNS:{HOST}", "-keyout", str(key), "-out", str(certificate)],
            check=True, capture_output=True,
        )  # fmt: skip
        certificate.write_bytes(certificate.read_bytes() + key.read_bytes())
        return certificate


class _Handler(BaseHTTPRequestHandler):
    """One connection of Firefox."""

    site: Site
    timeout = LOST_SECONDS

    def do_CONNECT(self) -> None:
        """The way to an https site: to the task site, which answers here."""
        if self.path != f"{HOST}:443":
            return self.send_error(502)
        self.send_response(200)
        self.end_headers()
        # Firefox opens connections ahead of need and closes them without a word.
        with suppress(OSError), self.site.context.wrap_socket(self.connection, server_side=True) as secure:
            stream = secure.makefile("rwb")
            while stream.readline().strip():
                pass  # whatever is asked for, the answer is the same page
            head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(TASK_PAGE)}\r\n"
            stream.write(head.encode() + b"Connection: close\r\n\r\n" + TASK_PAGE)
            stream.flush()
        return None

    def do_GET(self) -> None:
        """A request to the tracker, passed on. Without an answer the connection is closed."""
        if not self.path.startswith("/"):
            return self.send_error(502)  # some other site's, by way of the proxy
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        is_json = self.headers.get_content_type() == "application/json"
        sent = Sent(self.command, self.path, json.loads(body) if is_json and body else None)
        # No longer under way once the answer leaves: Firefox may send the next before this thread runs on.
        with self.site.noted(sent):
            answer = self._ask_tracker(body)
            sent.status = answer.status if answer else 0
        if answer:
            self._send(answer.status, answer.getheaders(), answer.read())
        return None

    do_POST = do_DELETE = do_GET  # noqa: N815 - the names that the library calls

    def _ask_tracker(self, body: bytes) -> HTTPResponse | None:
        tracker = HTTPConnection("127.0.0.1", self.site.tracker_port, timeout=LOST_SECONDS)
        try:
            tracker.request(
                self.command, self.path, body, {**dict(self.headers.items()), "Connection": "close"}
            )
            return tracker.getresponse()
        except (OSError, HTTPException):
            tracker.close()
            return None

    def _send(self, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() not in HOP_BY_HOP:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the test has `Site.sent`."""
