"""Streams that notify open pages of changes: those of this process (`GET /live`, docs/decisions/live.md).

The database notifies of the users whose rows were committed (`Database.watch`). The states of these users are read by
one statement, and each subscribed stream sends a state whose version differs from the one it sent last.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Hashable
from contextlib import asynccontextmanager
from functools import partial
from typing import TypeVar

import structlog
from sqlalchemy import Connection
from starlette.requests import Request

from app.services import live
from app.services.live import UserState
from app.services.refusals import Busy, Throttled
from app.web.dependencies import Database, Unavailable, current_time

MAX_STREAMS_PER_USER = 5
MAX_STREAMS = 500
# Of one stream; then its page opens a new one. Some 60 KB, which fit into the socket's buffers: a stream can be ended
# at once even if its client does not read.
MAX_EVENTS = 500
RETRY_SECONDS = 20
TOO_MANY_OF_A_USER = "You have too many pages open. Close some of them."
TOO_MANY = "Too many pages are open at the moment."

BATCH_SECONDS = 0.05  # notifications of this time are handled by one statement
GRACE_SECONDS = 10.0  # the database is watched for this long after the last stream: a page may be reloaded
READY_SECONDS = 5.0  # limit of the first read of a new stream
READ_RETRY_SECONDS = 1.0  # after a read that failed

T = TypeVar("T")

log = structlog.get_logger(__name__)


class Stream:
    """The subscriber of one open page."""

    def __init__(self, login_id: str, version: str | None) -> None:
        self.login_id = login_id
        self._version = version  # sent last, or that of the page; None until the first state is published
        self._pending: UserState | None = None  # to be sent
        self._ready = asyncio.Event()  # the first state was published, or the stream has ended
        self._wake_up = asyncio.Event()  # a state is pending, or the stream has ended
        self._ended = False

    async def wait_until_ready(self) -> None:
        """Return when the first state is published: every later change is sent. Raises `Unavailable`."""
        try:
            await asyncio.wait_for(self._ready.wait(), READY_SECONDS)
        except TimeoutError:
            raise Unavailable("The state of the user could not be read in time.") from None

    def publish(self, state: UserState) -> None:
        """Make the state pending if its version is new; it replaces a pending one."""
        if self._version is None:
            self._version = state.version
        if state.version != self._version:
            self._version, self._pending = state.version, state
            self._wake_up.set()
        self._ready.set()

    def end(self) -> None:
        """Let the stream end."""
        self._ended = True
        self._wake_up.set()
        self._ready.set()

    async def changes(self) -> AsyncIterator[UserState]:
        """The state after each change, until the stream ends."""
        for _ in range(MAX_EVENTS):
            await self._wake_up.wait()
            self._wake_up.clear()
            if self._ended:
                return
            if self._pending is not None:
                yield self._pending


class Live:
    """The streams of one application."""

    def __init__(self, login_check_seconds: float = 60.0) -> None:
        self.login_check_seconds = login_check_seconds  # interval
        self._streams: dict[int, set[Stream]] = {}  # by user
        self._pending: set[Hashable] = set()  # owners whose changes are not read yet; None: every owner
        self._wake_up = asyncio.Event()  # owners are pending
        self._database: Database | None = None  # None: no stream can be opened
        self._watching: asyncio.Task[None] | None = None
        self._grace_timer: asyncio.TimerHandle | None = None

    @property
    def count(self) -> int:
        """The number of open streams."""
        return sum(map(len, self._streams.values()))

    @asynccontextmanager
    async def running(self, database: Database) -> AsyncIterator[None]:
        """Accept streams within the block. All of them end with it."""
        self._database = database
        tasks = [asyncio.create_task(self._publish_changes()), asyncio.create_task(self._check_logins())]
        try:
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
        if len(self._streams.get(user_id, ())) >= MAX_STREAMS_PER_USER:
            raise Throttled(TOO_MANY_OF_A_USER, RETRY_SECONDS, "live")
        if self.count >= MAX_STREAMS or self._database is None:
            raise Busy(TOO_MANY, RETRY_SECONDS, "live")
        opened = Stream(login_id, version)
        self._streams.setdefault(user_id, set()).add(opened)
        self._watch(self._database)
        self.notify(user_id)
        try:
            await opened.wait_until_ready()
            yield opened
        finally:
            self._streams[user_id].discard(opened)
            if not self._streams[user_id]:
                del self._streams[user_id]
            if not self._streams:
                self._grace_timer = asyncio.get_running_loop().call_later(GRACE_SECONDS, self._stop_watching)

    def notify(self, owner: Hashable) -> None:
        """Read the user's state again, because the user's rows may have changed; None: those of every user."""
        if owner in self._streams or (owner is None and self._streams):
            self._pending.add(owner)
            self._wake_up.set()

    def end(self) -> None:
        """End every stream and accept no more."""
        self._database = None
        for stream in self._all():
            stream.end()

    def _all(self) -> list[Stream]:
        return [stream for streams in self._streams.values() for stream in streams]

    def _watch(self, database: Database) -> None:
        if self._grace_timer is not None:
            self._grace_timer.cancel()
        if self._watching is None or self._watching.done():
            self._watching = asyncio.create_task(database.watch(self.notify))

    def _stop_watching(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
            self._watching = None

    async def _publish_changes(self) -> None:
        while True:
            await self._wake_up.wait()
            await asyncio.sleep(BATCH_SECONDS)
            self._wake_up.clear()
            owners, self._pending = self._pending, set()
            users = [user_id for user_id in self._streams if user_id in owners or None in owners]
            if (states := await self._read(partial(live.user_states, user_ids=users))) is None:
                await asyncio.sleep(READ_RETRY_SECONDS)
                for owner in owners:
                    self.notify(owner)
                continue
            for user_id in users:
                for stream in self._streams.get(user_id, ()):
                    if user_id in states:
                        stream.publish(states[user_id])
                    else:
                        stream.end()  # the account was deleted

    async def _check_logins(self) -> None:
        while True:
            await asyncio.sleep(self.login_check_seconds)
            streams = self._all()
            ids = {stream.login_id for stream in streams}
            if not ids:
                continue
            valid = await self._read(partial(live.valid_logins, login_ids=ids, now=current_time()))
            for stream in streams:
                if valid is not None and stream.login_id not in valid:
                    stream.end()

    async def _read(self, fn: Callable[[Connection], T]) -> T | None:
        """What `fn` returns; None where the read fails, or streams are not accepted any more."""
        try:
            return None if self._database is None else await self._database.read(fn)
        except Unavailable:
            return None
        except Exception:
            # No caller waits for the result, and the streams must go on.
            log.exception("changes could not be read")
            return None


def live_of(request: Request) -> Live:
    """The streams of the application that answers."""
    found: Live = request.app.state.live
    return found
