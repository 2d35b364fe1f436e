"""Whether the service works."""

from datetime import UTC, datetime, timedelta

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from app.database import Database


def test_health_answers_ok_and_the_time(client: TestClient) -> None:
    answer = client.get("/health")
    assert answer.status_code == 200
    body = answer.json()
    assert body.keys() == {"status", "timestamp"}
    assert body["status"] == "ok"
    timestamp = datetime.fromisoformat(body["timestamp"])
    assert timestamp.utcoffset() == timedelta(0)
    assert abs(datetime.now(UTC) - timestamp) < timedelta(minutes=1)


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "gone", ["sqlite:////nowhere/at/all.db", "postgresql+psycopg://rater@127.0.0.1:1/none"]
)
def test_health_is_503_when_the_database_does_not_answer(app: FastAPI, gone: str) -> None:
    with TestClient(app) as client:
        app.state.database.close()
        app.state.database = Database(gone)
        answer = client.get("/health")
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "5"
        assert answer.json().keys() == {"detail"}
        assert client.get("/health/live").json() == {"status": "ok"}
        app.state.database.close()
