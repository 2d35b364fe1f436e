"""Events that were purged, as a client meets them."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.testclient import TestClient

from app.config import Settings
from app.database import Database
from app.services.purging import purge_some
from tests.people import Rater, new_rater

SENTENCE = "This event was recorded, and deleted for good since."


def sent(client: TestClient, rater: Rater, kind: str, minutes_ago: int, **fields: Any) -> dict[str, Any]:
    """An event that was recorded, as sent."""
    at = datetime.now(UTC) - timedelta(minutes=minutes_ago)
    body = {"type": kind, "timestamp": at.isoformat(), "event_id": str(uuid.uuid4()), **fields}
    answer = client.post("/events", json=body, headers=rater.token)
    assert answer.status_code == 200, answer.text
    return {"sent": body, **answer.json()}


def a_month_passes(database: Database, rater: Rater) -> None:
    later = datetime.now(UTC) + timedelta(days=31)
    while database.write_now(lambda conn: purge_some(conn, rater.user.id, later)):
        pass


def test_event_that_left_is_refused_with_422_and_known(
    client: TestClient, database: Database, settings: Settings
) -> None:
    rater = new_rater(database, settings)
    event = sent(client, rater, "NEXT", 9)
    client.delete(f"/sessions/{event['session_id']}", headers=rater.login)
    a_month_passes(database, rater)
    again = client.post("/events", json=event["sent"], headers=rater.token)
    assert (again.status_code, again.json()["detail"][0]["msg"]) == (422, SENTENCE)
    batch = client.post("/events/batch", json={"events": [event["sent"]]}, headers=rater.token)
    event_id = event["sent"]["event_id"]
    assert batch.json() == {"results": [{"status": "refused", "event_id": event_id, "detail": SENTENCE}]}
    known = client.post("/events/known", json={"event_ids": [event_id]}, headers=rater.token)
    assert known.json() == {"known": [event_id]}
    restored = client.post(f"/sessions/{event['session_id']}/restore", headers=rater.login)
    assert restored.status_code == 404


def test_question_that_left_is_404_and_in_no_answer(
    client: TestClient, database: Database, settings: Settings
) -> None:
    rater = new_rater(database, settings)
    session = sent(client, rater, "NEXT", 9, task_id="leaves")["session_id"]
    sent(client, rater, "NEXT", 6, task_id="stays", discard=True)
    sent(client, rater, "EXIT", 2)
    before = client.get(f"/summary/{session}", headers=rater.login).json()
    a_month_passes(database, rater)
    after = client.get(f"/summary/{session}", headers=rater.login).json()
    assert after == {**before, "discarded": []}
    question = f"/sessions/{session}/questions/{before['discarded'][0]['id']}"
    assert client.delete(question, headers=rater.login).status_code == 404
    assert client.post(f"{question}/restore", headers=rater.login).status_code == 404
    assert "leaves" not in client.get("/export/questions.csv", headers=rater.login).text
