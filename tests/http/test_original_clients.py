"""The userscript and the extension of the original RaterHub Tracker, request by request."""

from datetime import UTC, datetime

import pytest
from starlette.testclient import TestClient

from app.config import Settings
from tests.http.logins import client_of
from tests.raters import PASSWORD

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)

EMAIL = "rater@example.com"
ORIGIN = {"origin": "https://www.raterhub.com"}
PAGE_LOADS = 15  # within a minute


def log_in(client: TestClient) -> dict[str, str]:
    """What both do at every page load: a CSRF token, then the password. The browser keeps no cookie between sites."""
    token = client.get("/auth/csrf", headers=ORIGIN).json()["csrf_token"]
    client.cookies.clear()
    form = {"email": EMAIL, "password": PASSWORD}
    answer = client.post("/auth/login", json=form, headers=ORIGIN | {"x-csrf-token": token})
    assert answer.status_code == 200, answer.text
    return ORIGIN | {"authorization": f"Bearer {answer.json()['access_token']}"}


def press(client: TestClient, headers: dict[str, str], kind: str, **more: object) -> dict[str, object]:
    stamp = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    answer = client.post("/events", json={"type": kind, "timestamp": stamp, **more}, headers=headers)
    assert answer.status_code == 200, answer.text
    shown: dict[str, object] = answer.json()
    return shown


def test_clients_of_the_original_can_log_in_at_every_page_load(settings: Settings) -> None:
    with client_of(settings, rate_limit_enabled=True) as client:
        token = client.get("/auth/csrf").json()["csrf_token"]
        form = {"email": EMAIL, "password": PASSWORD}
        assert client.post("/auth/register", json=form, headers={"x-csrf-token": token}).status_code == 201
        for turn in range(PAGE_LOADS):
            headers = log_in(client)
            recent = client.get("/sessions/recent?limit=5", headers=headers).json()
            assert [session["is_active"] for session in recent] == [True] * bool(turn)
            shown = press(client, headers, "NEXT", session_id="any", current_question_index=7)
            assert shown["total_questions"] == turn  # the first NEXT closes nothing
            summary = client.get(f"/sessions/{shown['session_id']}/summary", headers=headers)
            assert summary.json()["total_questions"] == turn
        press(client, headers, "PAUSE")
        press(client, headers, "UNDO")
        assert press(client, headers, "EXIT")["total_questions"] == PAGE_LOADS - 1
        assert len(client.get("/sessions/recent/?limit=500", headers=headers).json()) == 1
        today = datetime.now(UTC)
        day = client.get(f"/sessions/today?date={today.year}-{today.month}-{today.day}", headers=headers)
        assert day.status_code == 200
