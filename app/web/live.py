"""Open pages that are told of changes: the streams of this process (`GET /live`, docs/decisions/live.md).

The database says whose rows were committed (`Database.watch`). What has changed is read for all streams together, and
a stream says so where the version is another than the one it said last.
"""

import asyncio
import signal
import threading
from collections.abc import AsyncIterator, Callable, Hashable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from types import FrameType
from typing import TypeVar

import structlog
from sqlalchemy import Connection
from starlette.requests import Request

from app.services import live
from app.services.live import Standing
from app.services.refusals import Busy, Throttled
from app.web.dependencies import Database, Unavailable, current_time

MOST_OF_A_USER = 5
MOST = 500
# Some 60 KB, which the system takes even if the page does not read: so a stream can always be ended at once.
MOST_EVENTS = 500  # of a stream; then its page opens another one
RETRY_SECONDS = 20
TOO_MANY_OF_A_USER = "You have too many pages open. Close some of them."
TOO_MANY = "Too many pages are open at the moment."

TOGETHER_SECONDS = 0.05  # changes that come meanwhile are read by one statement
LINGER_SECONDS = 10.0  # that the database is still watched after the last stream: a page may be reloaded
OPENING_SECONDS = 5.0  # for the database to say how things stand
AWAY_SECONDS = 1.0  # until a database that does not answer is asked again

T = TypeVar("T")

log = structlog.get_logger(__name__)


class Stream:
    """One open page: what it has been told, and what it has not been told yet."""

    def __init__(self, login_id: str, version: str | None) -> None:
        self.login_id = login_id
        self._knows = asyncio.Event()  # how things stand
        self._version = version  # that the page shows
        self._news: Standing | None = None
        self._something = asyncio.Event()
        self._ended = False

    async def wait_until_it_knows(self) -> None:
        """Return once it knows how things stand: what changes from now on is told. Raises `Unavailable`."""
        try:
            await asyncio.wait_for(self._knows.wait(), OPENING_SECONDS)
        except TimeoutError:
            raise Unavailable("The database did not say how things stand.") from None

    def offer(self, standing: Standing) -> None:
        """How things stand now; of several, the page is told the last."""
        if self._version is None:
            self._version = standing.version
        if standing.version != self._version:
            self._version, self._news = standing.version, standing
            self._something.set()
        self._knows.set()

    def end(self) -> None:
        """Let the stream end."""
        self._ended = True
        self._something.set()
        self._knows.set()

    async def changes(self) -> AsyncIterator[Standing]:
        """How things stand, after each change, until the stream ends."""
        for _ in range(MOST_EVENTS):
            await self._something.wait()
            self._something.clear()
            if self._ended:
                return
            if self._news is not None:
                yield self._news


class Live:
    """The streams of one application."""

    def __init__(self, logins_seconds: float = 60.0) -> None:
        self.logins_seconds = logins_seconds  # between two looks at the logins of the streams
        self._streams: dict[int, set[Stream]] = {}  # by user
        self._told: set[Hashable] = set()  # whose changes are not read yet
        self._is_told = asyncio.Event()
        self._database: Database | None = None  # while there are streams to be had
        self._watching: asyncio.Task[None] | None = None
        self._linger: asyncio.TimerHandle | None = None

    @property
    def count(self) -> int:
        """How many streams are open."""
        return sum(map(len, self._streams.values()))

    @asynccontextmanager
    async def running(self, database: Database) -> AsyncIterator[None]:
        """Meanwhile there are streams to be had. They end with this, or when a signal is about to end the server."""
        self._database = database
        tasks = [asyncio.create_task(self._read_changes()), asyncio.create_task(self._check_logins())]
        try:
            with before_the_server_ends(self.end):
                yield
        finally:
            self.end()
            self._stop_watching()
            for task in tasks:
                task.cancel()

    @asynccontextmanager
    async def stream(self, user_id: int, login_id: str, version: str | None) -> AsyncIterator[Stream]:
        """A stream of the user's changes since `version`; None: from now on.

        Raises `Throttled` and `Busy` where there are too many, `Unavailable` where the database does not answer.
        """
        if len(self._streams.get(user_id, ())) >= MOST_OF_A_USER:
            raise Throttled(TOO_MANY_OF_A_USER, RETRY_SECONDS, "live")
        if self.count >= MOST or self._database is None:
            raise Busy(TOO_MANY, RETRY_SECONDS, "live")
        opened = Stream(login_id, version)
        self._streams.setdefault(user_id, set()).add(opened)
        self._watch(self._database)
        self.tell(user_id)
        try:
            await opened.wait_until_it_knows()
            yield opened
        finally:
            self._streams[user_id].discard(opened)
            if not self._streams[user_id]:
                del self._streams[user_id]
            if not self._streams:
                self._linger = asyncio.get_running_loop().call_later(LINGER_SECONDS, self._stop_watching)

    def tell(self, owner: Hashable) -> None:
        """The rows of this user may have changed; None: anybody's."""
        if owner in self._streams or (owner is None and self._streams):
            self._told.add(owner)
            self._is_told.set()

    def end(self) -> None:
        """End every stream, and open none any more."""
        self._database = None
        for stream in self._all():
            stream.end()

    def _all(self) -> list[Stream]:
        return [stream for streams in self._streams.values() for stream in streams]

    def _watch(self, database: Database) -> None:
        if self._linger is not None:
            self._linger.cancel()
        if self._watching is None or self._watching.done():
            self._watching = asyncio.create_task(database.watch(self.tell))

    def _stop_watching(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
            self._watching = None

    async def _read_changes(self) -> None:
        while True:
            await self._is_told.wait()
            await asyncio.sleep(TOGETHER_SECONDS)
            self._is_told.clear()
            told, self._told = self._told, set()
            users = [user_id for user_id in self._streams if user_id in told or None in told]
            if (found := await self._read(partial(live.standings, user_ids=users))) is None:
                await asyncio.sleep(AWAY_SECONDS)
                for owner in told:
                    self.tell(owner)
                continue
            for user_id in users:
                for stream in self._streams.get(user_id, ()):
                    if user_id in found:
                        stream.offer(found[user_id])
                    else:
                        stream.end()  # there is no such account any more

    async def _check_logins(self) -> None:
        while True:
            await asyncio.sleep(self.logins_seconds)
            asked = self._all()
            ids = {stream.login_id for stream in asked}
            if not ids:
                continue
            living = await self._read(partial(live.living, login_ids=ids, now=current_time()))
            for stream in asked:
                if living is not None and stream.login_id not in living:
                    stream.end()

    async def _read(self, fn: Callable[[Connection], T]) -> T | None:
        """What `fn` returns; None where the database does not answer, or there is nothing to serve any more."""
        try:
            return None if self._database is None else await self._database.read(fn)
        except Unavailable:
            return None
        except Exception:
            # No caller waits for the result, and the streams must go on.
            log.exception("changes could not be read")
            return None


@contextmanager
def before_the_server_ends(then: Callable[[], None]) -> Iterator[None]:
    """Meanwhile call `then` when a signal is about to end the server.

    uvicorn waits until connections are closed before it tells the application that it ends, and an open stream would
    keep it waiting. What handled the signal before handles it afterwards.
    """
    loop, handlers = asyncio.get_running_loop(), {}
    if threading.current_thread() is threading.main_thread():  # signals come to no other
        found = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
        handlers = {number: handler for number, handler in found.items() if callable(handler)}

    def handle(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(then)
        handlers[signal.Signals(number)](number, frame)

    for number in handlers:
        signal.signal(number, handle)
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


def live_of(request: Request) -> Live:
    """The streams of the application that answers."""
    found: Live = request.app.state.live
    return found
