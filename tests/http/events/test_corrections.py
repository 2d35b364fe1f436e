"""Deleting, restoring and targets of what was recorded, over HTTP."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.config import Settings
from app.database import Database
from tests.raters import Rater, new_rater


@pytest.fixture
def sitting(client: TestClient, rater: Rater, send: Callable[..., Any]) -> dict[str, Any]:
    """The summary of a session of three questions."""
    for minutes in (0, 5, 10):
        send("NEXT", minutes)
    uid = send("EXIT", 16).json()["session_id"]
    summary: dict[str, Any] = client.get(f"/summary/{uid}", headers=rater.token).json()
    return summary


def test_deleted_question_is_discarded_and_the_rest_numbered_anew(
    client: TestClient, rater: Rater, sitting: dict[str, Any]
) -> None:
    path = f"/sessions/{sitting['session_id']}/questions/{sitting['questions'][1]['id']}"
    after = client.delete(path, headers=rater.login).json()
    assert [(question["index"], question["id"]) for question in after["questions"]] == [
        (1, sitting["questions"][0]["id"]),
        (2, sitting["questions"][2]["id"]),
    ]
    assert [question["id"] for question in after["discarded"]] == [sitting["questions"][1]["id"]]
    restored = client.post(f"{path}/restore", headers=rater.login).json()
    assert restored == sitting


def test_deleted_session_is_gone_and_comes_back(
    client: TestClient, rater: Rater, sitting: dict[str, Any]
) -> None:
    path = f"/sessions/{sitting['session_id']}"
    assert client.delete(path, headers=rater.login).json() == {
        "status": "deleted",
        "session_id": sitting["session_id"],
    }
    assert client.get(f"{path}/summary", headers=rater.token).status_code == 404
    assert client.delete(path, headers=rater.login).status_code == 404
    assert client.get("/sessions/recent", headers=rater.token).json() == []
    assert client.post(f"{path}/restore", headers=rater.login).json() == sitting


def test_session_deleted_while_it_ran_comes_back_ended_at_its_last_event(
    client: TestClient, rater: Rater, send: Callable[..., Any]
) -> None:
    send("NEXT", 0)
    send("NEXT", 5)
    old = send("PAUSE", 7).json()["session_id"]
    client.delete(f"/sessions/{old}", headers=rater.login)
    new = send("NEXT", 20).json()["session_id"]
    restored = client.post(f"/sessions/{old}/restore", headers=rater.login).json()
    assert (restored["ended_at"], restored["total_questions"], len(restored["discarded"])) == (
        "2026-11-20T09:07:00Z",
        1,
        1,
    )
    now = client.get("/sessions/current", headers=rater.token).json()
    assert (now["session_id"], now["total_questions"]) == (new, 0)


def test_target_of_a_session_leaves_questions_their_own(
    client: TestClient, rater: Rater, send: Callable[..., Any]
) -> None:
    send("NEXT", 0, target_minutes=10)
    send("NEXT", 5)
    uid = send("EXIT", 10).json()["session_id"]
    body = {"target_minutes_per_question": 2.5}
    after = client.patch(f"/sessions/{uid}", json=body, headers=rater.login).json()
    assert [question["target_minutes"] for question in after["questions"]] == [10.0, 2.5]
    assert (after["target_minutes_per_question"], after["pace_ratio"]) == (2.5, 0.8)


@pytest.mark.parametrize("method", ["DELETE", "PATCH", "POST"])
def test_another_users_session_is_not_found(
    client: TestClient, database: Database, settings: Settings, sitting: dict[str, Any], method: str
) -> None:
    other = new_rater(database, settings)
    path = f"/sessions/{sitting['session_id']}" + ("/restore" if method == "POST" else "")
    body = {"target_minutes_per_question": 3} if method == "PATCH" else None
    answers = [
        client.request(method, target, json=body, headers=other.login)
        for target in (path, path.replace(sitting["session_id"], str(uuid.uuid4())), path.replace("-", "~"))
    ]
    assert [(answer.status_code, answer.json()) for answer in answers] == [
        (404, {"detail": "There is no such session."})
    ] * 3
