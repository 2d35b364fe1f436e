"""Several server processes on one database: nothing is doubled, nothing is lost, one session is active."""

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
import pytest

from app.config import Settings
from app.database import Database
from app.services.verification import differences
from tests.people import Rater, new_rater
from tests.server import Server

AT_ONCE = 12


@pytest.fixture
def server(tmp_path: Path, settings: Settings) -> Iterator[Server]:
    """A server of four processes."""
    running = Server(tmp_path, settings.database_url, workers=4, secret_key=settings.secret)
    running.start()
    yield running
    running.stop()


@pytest.fixture
def rater(database: Database, settings: Settings) -> Rater:
    return new_rater(database, settings)


def post(server: Server, rater: Rater, body: dict[str, Any]) -> httpx2.Response:
    """Send an event over a connection of its own, so that any of the processes may take it."""
    return httpx2.post(f"{server.url}/events", json=body, headers=rater.token, timeout=30)


def test_simultaneous_events_of_one_user_through_four_processes(
    server: Server, rater: Rater, database: Database
) -> None:
    """Laws 1 and 5: twelve first NEXT at once, each sent twice, make one session of twelve openings."""
    events = [
        {"type": "NEXT", "timestamp": f"2026-11-20T09:00:{number:02d}Z", "event_id": str(uuid.uuid4())}
        for number in range(AT_ONCE)
    ]
    with ThreadPoolExecutor(AT_ONCE) as threads:
        answers = list(threads.map(lambda event: post(server, rater, event), events * 2))
    assert [answer.status_code for answer in answers] == [200] * (2 * AT_ONCE)
    assert sorted(answer.json()["duplicate"] for answer in answers) == [False] * AT_ONCE + [True] * AT_ONCE
    recent = httpx2.get(f"{server.url}/sessions/recent", headers=rater.token).json()
    assert [session["current_question_index"] for session in recent] == [AT_ONCE]
    assert database.read_now(lambda conn: differences(conn, rater.user.id)) == []
