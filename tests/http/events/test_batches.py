"""Batches of events over HTTP: their order, what is refused in them, repetitions."""

import json
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.http.events.presses import at, event
from tests.raters import Rater


def test_batch_is_taken_in_the_order_of_its_times(
    batch: Callable[..., Any], client: TestClient, rater: Rater
) -> None:
    events = [event("EXIT", 20), event("NEXT", 10), event("NEXT", 0)]
    assert batch(events) == [{"status": "recorded", "event_id": sent["event_id"]} for sent in events]
    day = client.get("/sessions/today?date=2026-11-20", headers=rater.token).json()
    assert (day["total_sessions"], day["total_questions"], day["total_active_mmss"]) == (1, 2, "20:00")


def test_refused_event_does_not_stop_the_rest_of_a_batch(batch: Callable[..., Any]) -> None:
    events = [
        event("PAUSE", 0),
        event("NEXT", 1),
        "nonsense",
        event("NEXT", 2, task_content="secret"),
        {"type": "NEXT", "timestamp": at(3)},
        event("NEXT", 3_000_000),
        event("EXIT", 4),
    ]
    results = batch(events)
    assert [result["status"] for result in results] == [
        "refused",
        "recorded",
        "refused",
        "refused",
        "refused",
        "refused",
        "recorded",
    ]
    assert "secret" not in str(results)
    assert results[5]["detail"] == "The time stamp lies more than 24 hours in the future."


def test_batch_knows_what_was_recorded_before_and_within_itself(
    batch: Callable[..., Any], send: Callable[..., Any]
) -> None:
    first, second = event("NEXT", 0), event("NEXT", 5)
    send("NEXT", 0, event_id=first["event_id"])
    results = batch([second, first, second, second | {"discard": True}, first | {"type": "EXIT"}])
    assert [result["status"] for result in results] == [
        "recorded",
        "duplicate",
        "duplicate",
        "refused",
        "refused",
    ]


def test_id_of_a_refused_event_is_free_within_the_same_batch(batch: Callable[..., Any]) -> None:
    pause = event("PAUSE", 0)
    start = event("NEXT", 1) | {"event_id": pause["event_id"]}
    assert [result["status"] for result in batch([pause, start])] == ["refused", "recorded"]


def test_refusal_in_a_batch_names_no_internal(batch: Callable[..., Any]) -> None:
    results = batch([5, {"type": "NEXT", "event_id": str(uuid.uuid4()), "timestamp": "soon"}])
    assert [result["detail"] for result in results] == [
        "event: Input should be a JSON object",
        "timestamp: a time stamp is ISO 8601, such as 2026-11-21T09:41:07.250Z",
    ]


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_largest_batch_of_the_longest_events_fits_however_json_writes_it(
    client: TestClient, rater: Rater
) -> None:
    longest = {"discard": False, "target_minutes": 123.456, "session_id": str(uuid.uuid4())}
    longest |= {
        "current_question_index": 10_000,
        "task_id": "\U0001f422" * 64,
        "task_type": "\U0001f407" * 40,
    }
    body = {"events": [event("NEXT", minute, **longest) for minute in range(500)]}
    content = json.dumps(body, indent=4)  # beyond ASCII it writes \ud83d\udc22
    assert len(content) > 800_000
    answer = client.post(
        "/events/batch", content=content, headers=rater.token | {"content-type": "application/json"}
    )
    assert answer.status_code == 200, answer.text
    assert {result["status"] for result in answer.json()["results"]} == {"recorded"}


@pytest.mark.parametrize(
    "content",
    [b"[" * 10_000 + b"]" * 10_000, b'{"type": "\xff"}', b"9" * 5_000],
    ids=["deep", "bytes", "digits"],
)
def test_body_that_cannot_be_read_is_refused_for_good(
    client: TestClient, rater: Rater, content: bytes
) -> None:
    headers = {**rater.token, "content-type": "application/json"}
    answer = client.post("/events", content=content, headers=headers)
    assert answer.status_code == 422


def test_event_of_a_batch_sent_again_alone_gets_an_answer(
    batch: Callable[..., Any], client: TestClient, rater: Rater
) -> None:
    events = [event("NEXT", 0), event("NEXT", 5), event("EXIT", 9)]
    batch(events)
    answers = [client.post("/events", json=events[1], headers=rater.token).json() for _ in range(2)]
    assert (answers[0]["duplicate"], answers[0]["last_question_active_mmss"]) == (True, "05:00")
    assert answers[0] | {"server_timestamp": ""} == answers[1] | {"server_timestamp": ""}


@pytest.mark.parametrize("body", [{"events": []}, {"events": [{}] * 501}, {"events": {}}, {}, []], ids=repr)
def test_batch_of_the_wrong_size_is_refused(client: TestClient, rater: Rater, body: Any) -> None:
    assert client.post("/events/batch", json=body, headers=rater.token).status_code == 422


def test_clock_of_a_batch_is_the_outer_one(
    batch: Callable[..., Any], client: TestClient, rater: Rater
) -> None:
    clock = datetime.now(UTC) - timedelta(hours=3)
    pressed = event("NEXT", 0, sent_at=datetime.now(UTC).isoformat())
    batch([pressed | {"timestamp": clock.isoformat()}], sent_at=clock.isoformat())
    now = client.get("/sessions/current", headers=rater.token).json()
    started = datetime.fromisoformat(now["current_question_started_at"])
    assert abs((datetime.now(UTC) - started).total_seconds()) < 30
