"""Raters at work over real connections, and a journal of what they were promised.

The journal shares nothing with the application: it notes each event before it is sent and each acknowledgement when
it has arrived. Held against the table of events afterwards, it shows what was lost or doubled.
"""

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
from sqlalchemy import select

from app.database import Database
from app.db_models import events
from app.services.verification import differences
from tests.raters import Rater
from tests.recording import event_body

START = datetime(2024, 3, 4, 6, tzinfo=UTC)
PATIENCE_SECONDS = 60.0  # for one answer; far more than any may take
BATCH = 5  # events; every fourth delivery of a sender is one
WAIT_SECONDS = 120  # for a load to have got somewhere
AGAIN_AFTER_SECONDS = 0.02  # when nobody listens

Body = dict[str, Any]


@dataclass(frozen=True)
class Reply:
    """One request as its sender saw it: when it left and when it was answered (monotonic seconds), and with what.

    `status` 0 is a connection that was refused or broke.
    """

    sent: float
    answered: float
    status: int
    headers: dict[str, str]

    @property
    def seconds(self) -> float:
        return self.answered - self.sent


@dataclass
class Journal:
    """What was sent for one rater, and what was acknowledged. Kept by one thread, read by others."""

    rater: Rater
    sent: dict[str, Body] = field(default_factory=dict)
    acknowledged: set[str] = field(default_factory=set)
    replies: list[Reply] = field(default_factory=list)

    def next_event(self) -> Body:
        """A NEXT a second after the one before it, noted as sent."""
        event = event_body("NEXT", START + timedelta(seconds=len(self.sent)))
        self.sent[event["event_id"]] = event
        return event

    @property
    def unacknowledged(self) -> list[Body]:
        return [event for event_id, event in self.sent.items() if event_id not in self.acknowledged]


async def post(client: httpx2.AsyncClient, journal: Journal, bodies: Sequence[Body]) -> Reply:
    """Send one event by itself, several as a batch; what was acknowledged stands in the journal afterwards."""
    single = len(bodies) == 1
    path, body = ("/events", bodies[0]) if single else ("/events/batch", {"events": list(bodies)})
    left = time.monotonic()
    try:
        answer = await client.post(path, json=body, headers=journal.rater.token)
    except httpx2.TransportError:
        reply = Reply(left, time.monotonic(), 0, {})
    else:
        reply = Reply(left, time.monotonic(), answer.status_code, dict(answer.headers))
        if answer.status_code == 200:
            results = [{"status": "recorded"}] if single else answer.json()["results"]
            kept = [result["status"] in ("recorded", "duplicate") for result in results]
            journal.acknowledged.update(
                event["event_id"] for event, is_kept in zip(bodies, kept, strict=True) if is_kept
            )
    journal.replies.append(reply)
    return reply


class Load:
    """Senders that press NEXT as fast as they are answered, in a thread of their own, each on its own connection.

    Several share a rater, so that the events of one user meet. An event whose answer never came is left behind, as
    a widget leaves it in its queue; `resend` delivers those.
    """

    def __init__(self, url: str, raters: Sequence[Rater], senders: int = 4) -> None:
        self.url = url
        self.journals = [Journal(rater) for rater in raters]
        self._senders = senders
        self._ending = threading.Event()
        self._failures: list[BaseException] = []
        self._thread: threading.Thread | None = None

    @property
    def acknowledged(self) -> int:
        """Events acknowledged so far."""
        return sum(len(journal.acknowledged) for journal in self.journals)

    @property
    def replies(self) -> list[Reply]:
        return [reply for journal in self.journals for reply in journal.replies]

    @property
    def statuses(self) -> Counter[int]:
        """How often each status came; 0 is a connection that was refused or broke."""
        return Counter(reply.status for reply in self.replies)

    @contextmanager
    def running(self) -> Iterator["Load"]:
        """Senders at work meanwhile; the requests under way at the end are waited for."""
        self._ending.clear()
        self._thread = threading.Thread(target=self._run, name="load")
        self._thread.start()
        try:
            yield self
        finally:
            self._ending.set()
            self._thread.join()
        if self._failures:
            raise self._failures[0]

    def wait_for(self, more: int) -> None:
        """Return once `more` further events are acknowledged."""
        goal = self.acknowledged + more
        self._wait_until(lambda: self.acknowledged >= goal)

    def wait_for_status(self, status: int, more: int) -> None:
        """Return once `more` further requests were answered with this status."""
        goal = self.statuses[status] + more
        self._wait_until(lambda: self.statuses[status] >= goal)

    def _wait_until(self, is_so: Callable[[], bool]) -> None:
        assert self._thread is not None, "not running"
        deadline = time.monotonic() + WAIT_SECONDS
        while not is_so():
            assert self._thread.is_alive(), "the senders have stopped"
            assert time.monotonic() < deadline, f"{self.acknowledged} acknowledged: {self.statuses}"
            time.sleep(0.01)

    def resend(self) -> None:
        """Deliver everything that was never acknowledged, last first: order must not matter."""

        async def deliver(journal: Journal) -> None:
            async with self._client() as client:
                waiting = journal.unacknowledged[::-1]
                for first in range(0, len(waiting), 200):
                    reply = await post(client, journal, waiting[first : first + 200])
                    assert reply.status == 200, f"resending: {reply}"

        async def deliver_all() -> None:
            await asyncio.gather(*(deliver(journal) for journal in self.journals))

        asyncio.run(deliver_all())
        assert [len(journal.unacknowledged) for journal in self.journals] == [0] * len(self.journals)

    def _run(self) -> None:
        try:
            asyncio.run(self._send_all())
        except BaseException as failure:  # for the thread that waits
            self._failures.append(failure)

    async def _send_all(self) -> None:
        await asyncio.gather(*(self._send(number) for number in range(self._senders)))

    async def _send(self, number: int) -> None:
        journal, turn = self.journals[number % len(self.journals)], 0
        async with self._client() as client:
            while not self._ending.is_set():
                turn += 1
                bodies = [journal.next_event() for _ in range(BATCH if turn % 4 == 0 else 1)]
                reply = await post(client, journal, bodies)
                if reply.status != 200:
                    await asyncio.sleep(AGAIN_AFTER_SECONDS)

    def _client(self) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(base_url=self.url, timeout=PATIENCE_SECONDS)


def assert_nothing_lost(database: Database, journals: Sequence[Journal]) -> None:
    """Each acknowledged event is in the table once, none is there that nobody sent, and all follows from the log."""
    for journal in journals:
        recorded = Counter(recorded_ids(database, journal.rater))
        assert journal.acknowledged - recorded.keys() == set()
        assert recorded.keys() - journal.sent.keys() == set()
        assert [event_id for event_id, times in recorded.items() if times > 1] == []
        assert database.read_now(lambda conn, user=journal.rater.user: differences(conn, user.id)) == []  # type: ignore[misc]


def recorded_ids(database: Database, rater: Rater) -> list[str]:
    """The ids of a rater's recorded events."""
    query = select(events.c.event_id).where(events.c.user_id == rater.user.id)
    return [str(event_id) for event_id in database.read_now(lambda conn: conn.execute(query).scalars().all())]
