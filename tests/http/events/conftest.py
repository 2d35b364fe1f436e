"""A rater, and functions that send the rater's events."""

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.config import Settings
from app.database import Database
from tests.http.events.presses import at
from tests.raters import Rater, new_rater


@pytest.fixture
def database(client: TestClient) -> Database:
    """The database of the app behind `client`."""
    opened: Database = client.app.state.database  # type: ignore[attr-defined]
    return opened


@pytest.fixture
def rater(database: Database, settings: Settings) -> Rater:
    return new_rater(database, settings)


@pytest.fixture
def send(client: TestClient, rater: Rater) -> Callable[..., Any]:
    """Send one event; the answer."""

    def post(kind: str, minutes: float | None = None, **fields: Any) -> Any:
        body = {"type": kind, **fields} | ({} if minutes is None else {"timestamp": at(minutes)})
        return client.post("/events", json=body, headers=rater.token)

    return post


@pytest.fixture
def batch(client: TestClient, rater: Rater) -> Callable[..., Any]:
    """Send a batch; its results."""

    def post(events: list[Any], **fields: Any) -> list[dict[str, Any]]:
        answer = client.post("/events/batch", json={"events": events, **fields}, headers=rater.token)
        assert answer.status_code == 200, answer.text
        results: list[dict[str, Any]] = answer.json()["results"]
        return results

    return post
