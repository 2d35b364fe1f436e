"""A TCP connection that can be made to fail: it stands between two programs and does what networks do."""

import asyncio
import random
import socket
import struct
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Self

from sqlalchemy import URL

CHUNK_BYTES = 65536
LINGER_AND_RESET = struct.pack("ii", 1, 0)  # closing then sends RST instead of FIN

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Connect = Callable[[], Awaitable[Streams]]


class Proxy:
    """Forwards connections to wherever `connect` leads, until it is told to behave badly.

    It works in a thread of its own; its methods may be called from any other and return once they have effect.
    """

    def __init__(self, connect: Connect, *, cut_after: Callable[[], int] | None = None) -> None:
        """`cut_after`: drawn for each connection, the number of bytes to let through before it is reset."""
        self._connect = connect
        self._cut_after = cut_after
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy")
        self._server: asyncio.Server | None = None
        self._pairs: set[tuple[asyncio.StreamWriter, asyncio.StreamWriter]] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._flowing = asyncio.Event()
        self.port = 0
        self.cuts = 0  # connections that were reset on the way

    def __enter__(self) -> Self:
        self._thread.start()
        self.open()
        self.thaw()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
        self.thaw()
        self.reset()
        self._call(self._finish)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def open(self) -> None:
        """Accept connections, always at the same port."""
        self._call(self._open)

    def close(self) -> None:
        """Refuse connections from now on. Those that stand go on."""
        self._call(self._close)

    def freeze(self) -> None:
        """Accept connections still, but let not a byte pass, in either direction."""
        self._call(self._freeze)

    def thaw(self) -> None:
        """Let pass what has waited, and all that follows."""
        self._call(self._thaw)

    def reset(self) -> None:
        """Break every connection that stands."""
        self._call(self._reset)

    def _call(self, work: Callable[[], Awaitable[None]]) -> None:
        async def done() -> None:
            await work()

        asyncio.run_coroutine_threadsafe(done(), self._loop).result(timeout=30)

    async def _open(self) -> None:
        if self._server is not None:
            return
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port, reuse_address=True)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    async def _freeze(self) -> None:
        self._flowing.clear()

    async def _thaw(self) -> None:
        self._flowing.set()

    async def _reset(self) -> None:
        for near, far in self._pairs:
            _break(near)
            _break(far)

    async def _finish(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, near: asyncio.StreamWriter) -> None:
        task = self._loop.create_task(self._serve(reader, near))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, near: asyncio.StreamWriter) -> None:
        try:
            far_reader, far = await self._connect()
        except OSError:
            _break(near)
            return
        pair = (near, far)
        self._pairs.add(pair)
        budget = [self._cut_after()] if self._cut_after is not None else []
        try:
            await asyncio.gather(
                self._forward(reader, far, pair, budget), self._forward(far_reader, near, pair, budget)
            )
        finally:
            self._pairs.discard(pair)
            for writer in pair:
                writer.close()

    async def _forward(
        self,
        source: asyncio.StreamReader,
        target: asyncio.StreamWriter,
        pair: tuple[asyncio.StreamWriter, asyncio.StreamWriter],
        budget: list[int],
    ) -> None:
        with suppress(OSError):
            while data := await source.read(CHUNK_BYTES):
                await self._flowing.wait()
                if budget and len(data) > budget[0]:
                    target.write(data[: budget[0]])
                    await target.drain()
                    self.cuts += 1
                    _break(pair[0])
                    _break(pair[1])
                    return
                if budget:
                    budget[0] -= len(data)
                target.write(data)
                await target.drain()
            if target.can_write_eof():
                target.write_eof()


def _break(writer: asyncio.StreamWriter) -> None:
    connection: Any = writer.get_extra_info("socket")
    with suppress(OSError):
        if connection is not None and connection.family == socket.AF_INET:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_AND_RESET)
    writer.transport.abort()


def to_postgresql(url: URL) -> Connect:
    """How to reach the PostgreSQL server of `url`, which may listen on a socket in a folder."""
    folder = str(url.query.get("host", ""))
    if folder.startswith("/"):
        return lambda: asyncio.open_unix_connection(f"{folder}/.s.PGSQL.{url.port or 5432}")
    return lambda: asyncio.open_connection(url.host or "127.0.0.1", url.port or 5432)


def to_port(port: int) -> Connect:
    """How to reach a server on this machine."""
    return lambda: asyncio.open_connection("127.0.0.1", port)


def through(proxy: Proxy, url: URL) -> str:
    """The URL of the same database, reached through the proxy."""
    query = {name: value for name, value in url.query.items() if name not in ("host", "port")}
    near = url.set(host="127.0.0.1", port=proxy.port, query=query)
    return near.render_as_string(hide_password=False)


def random_cuts(seed: int, least: int, most: int) -> Callable[[], int]:
    """After how many bytes each connection breaks: drawn anew for each, the same in every run."""
    chance = random.Random(seed)
    return lambda: chance.randint(least, most)
