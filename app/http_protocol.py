"""HTTP as uvicorn parses it, with a bounded head and bounded waiting (docs/decisions/request-heads.md).

uvicorn keeps whatever is sent as a request's head, and waits for it as long as the connection lasts. Both are limited
here, before any of the application sees the request.
"""

from asyncio import TimerHandle, Transport

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

MAX_HEAD_BYTES = 64 * 1024
REFUSAL = b'{"detail":"The head of the request is too large."}'


class HeadTooLarge(Exception):
    """The parser reports it as an error of the request."""


class BoundedProtocol(HttpToolsProtocol):
    """A connection that is closed when a request's head is larger than 64 KiB, after a 431, or arrives too slowly."""

    silent_seconds = 10.0  # from the connection, or from the last response, to the first byte of a request
    head_seconds = 10.0  # from there to the end of the head
    body_seconds = 60.0  # from there to the end of the body

    _deadline: TimerHandle | None = None
    _in_head = False
    _head_bytes = 0  # of the head, as far as it came; without the piece that an unfinished one began in

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]  # as in uvicorn
        super().connection_made(transport)
        self._close_after(self.silent_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        was_in_head = self._in_head
        super().data_received(data)
        if was_in_head and self._in_head:
            # The parser hands a line on when it is complete: one without an end is counted here.
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES and not self.transport.is_closing():
                self._refuse_head()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head, self._head_bytes = True, 0
        self._close_after(self.head_seconds)

    def on_headers_complete(self) -> None:
        """Raises `HeadTooLarge` for a head that came in one piece."""
        self._head_bytes = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
        if self._head_bytes > MAX_HEAD_BYTES:
            raise HeadTooLarge  # uvicorn then calls `send_400_response`
        self._in_head = False
        self._close_after(self.body_seconds)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._stop_waiting()
        super().on_message_complete()
        if self.cycle.response_complete:  # before all of its request had come
            self._close_after(self.silent_seconds)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        # Not while a request that was sent ahead waits for its turn.
        if self._deadline is None and self.cycle.response_complete and not self.transport.is_closing():
            self._close_after(self.silent_seconds)

    def send_400_response(self, msg: str) -> None:
        if self._head_bytes > MAX_HEAD_BYTES:
            self._refuse_head()
        else:
            super().send_400_response(msg)

    def _refuse_head(self) -> None:
        head = [STATUS_LINE[431], b"content-type: application/json\r\nconnection: close\r\n"]
        head += [b"content-length: %d\r\n\r\n" % len(REFUSAL), REFUSAL]
        self.transport.write(b"".join(head))
        self.transport.close()

    def _close_after(self, seconds: float) -> None:
        self._stop_waiting()
        self._deadline = self.loop.call_later(seconds, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
