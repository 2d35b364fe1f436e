"""Events over HTTP: what an answer holds, what is refused and how, repetitions, how things stand."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient
from starlette.types import Message, Scope

from app.config import Settings
from app.database import Database
from tests.http.events.presses import at
from tests.raters import Rater, new_rater

# --- One event -----------------------------------------------------------------------------------


def test_first_next_opens_question_1_and_closes_nothing(send: Callable[..., Any]) -> None:
    answer = send("NEXT", 0).json()
    assert answer | {"server_timestamp": "", "session_id": ""} == {
        "status": "ok",
        "duplicate": False,
        "message": "Session started. Question 1 is open.",
        "server_timestamp": "",
        "session_id": "",
        "is_active": True,
        "is_paused": False,
        "forgotten": True,  # it began days ago by its time stamp
        "current_question_index": 1,
        "current_question_started_at": "2026-11-20T09:00:00Z",
        "current_target_minutes": 5.5,
        "current_question_paused_seconds": 0.0,
        "paused_since": None,
        "total_questions": 0,
        "last_event_type": "NEXT",
        "last_question_index": 0,
        "last_question_active_seconds": None,
        "last_question_raw_seconds": None,
        "last_question_active_mmss": None,
        "avg_active_seconds": 0.0,
        "avg_active_mmss": "00:00",
        "pace_label": "No questions",
        "pace_emoji": "😴",
        "pace_ratio": 0.0,
        "score": 0,
        "clock_differs": False,
    }


def test_answer_tells_all_that_a_widget_draws(send: Callable[..., Any]) -> None:
    send("NEXT", 0)
    send("PAUSE", 1)
    send("PAUSE", 2)
    send("NEXT", 6.5, target_minutes=3)
    answer = send("PAUSE", 7).json()
    assert {name: answer[name] for name in ("is_paused", "paused_since", "total_questions")} == {
        "is_paused": True,
        "paused_since": "2026-11-20T09:07:00Z",
        "total_questions": 1,
    }
    assert (answer["current_question_index"], answer["current_target_minutes"]) == (2, 3.0)
    assert (answer["avg_active_mmss"], answer["pace_ratio"], answer["score"]) == ("05:30", 1.0, 100)
    assert answer["last_question_active_seconds"] is None
    ended = send("EXIT", 10).json()
    assert (ended["last_question_raw_seconds"], ended["last_question_active_seconds"]) == (210.0, 30.0)
    assert (ended["is_active"], ended["current_question_index"], ended["last_event_type"]) == (
        False,
        None,
        "EXIT",
    )


def test_event_without_a_session_is_refused_and_leaves_no_row(
    send: Callable[..., Any], database: Database
) -> None:
    answer = send("PAUSE", 0)
    assert (answer.status_code, answer.json()) == (
        400,
        {"detail": "No active session. Press NEXT to start a session before sending PAUSE events."},
    )
    tables = ("events", "trackers", "sessions")
    with database.engine.connect() as connection:
        counts = [connection.exec_driver_sql(f"SELECT count(*) FROM {name}").scalar() for name in tables]
    assert counts == [0, 0, 0]


@pytest.mark.parametrize(
    "fields",
    [
        {"type": "next"},
        {"type": None},
        {"timestamp": 1_700_000_000},
        {"timestamp": "1700000000"},
        {"timestamp": "2026-11-20"},
        {"timestamp": "2026-02-30T09:00:00Z"},
        {"timestamp": "9999-12-31T23:59:59-14:00"},
        {"timestamp": "1999-12-31T23:59:59Z"},
        {"timestamp": "2999-01-01T00:00:00Z"},
        {"sent_at": "yesterday"},
        {"event_id": "1"},
        {"event_id": "3f0c8a526c1e4f0e9d5b2a7c1e9b4d10"},
        {"discard": "yes"},
        {"discard": 1},
        {"target_minutes": 0},
        {"target_minutes": 600.1},
        {"target_minutes": True},
        {"target_minutes": "5"},
        {"task_id": "x" * 65},
        {"task_id": "a\u0000b"},
        {"task_id": 7},
        {"task_type": "x" * 41},
        {"task_content": "the query that was rated"},
        {"user_id": 1},
    ],
    ids=str,
)
def test_malformed_event_is_refused_by_its_field(
    client: TestClient, rater: Rater, fields: dict[str, Any]
) -> None:
    answer = client.post("/events", json={"type": "NEXT", **fields}, headers=rater.token)
    assert answer.status_code == 422
    problems = answer.json()["detail"]
    assert [sorted(problem) for problem in problems] == [["loc", "msg", "type"]] * len(problems)
    assert problems[0]["loc"][-1] == next(iter(fields))


def test_fields_of_older_clients_are_accepted_without_effect(send: Callable[..., Any]) -> None:
    answer = send("NEXT", 0, session_id="s-1", current_question_index=7)
    assert (answer.status_code, answer.json()["current_question_index"]) == (200, 1)


@pytest.mark.parametrize(
    ("sent", "as_utc"),
    [
        ("2026-11-20T09:00:00", "2026-11-20T09:00:00Z"),
        ("2026-11-20T10:00:00.125+01:00", "2026-11-20T09:00:00.125000Z"),
        ("2026-11-20T09:00:00.000001Z", "2026-11-20T09:00:00.000001Z"),
    ],
)
def test_time_stamp_is_utc_where_it_has_no_offset(send: Callable[..., Any], sent: str, as_utc: str) -> None:
    assert send("NEXT", timestamp=sent).json()["current_question_started_at"] == as_utc


@pytest.mark.parametrize(("off", "corrected"), [(59, False), (3 * 3600, True), (-3 * 3600, True)])
def test_clock_that_is_off_is_corrected(send: Callable[..., Any], off: int, corrected: bool) -> None:
    clock = datetime.now(UTC) + timedelta(seconds=off)
    pressed = clock - timedelta(minutes=5)
    answer = send("NEXT", timestamp=pressed.isoformat(), sent_at=clock.isoformat()).json()
    placed = datetime.fromisoformat(answer["current_question_started_at"])
    error = abs((placed - (datetime.now(UTC) - timedelta(minutes=5))).total_seconds())
    assert (error < 30) == corrected


# --- Repetitions ---------------------------------------------------------------------------------


def test_repeated_event_gets_the_first_answer(send: Callable[..., Any]) -> None:
    first = send("NEXT", 0, event_id=(name := str(uuid.uuid4()))).json()
    send("NEXT", 3)
    again = send("NEXT", 0, event_id=name.upper(), sent_at=at(60)).json()
    assert again == first | {"duplicate": True, "server_timestamp": again["server_timestamp"]}


@pytest.mark.parametrize("same", ["2026-11-20T09:00:00Z", "2026-11-20T09:00:00", "2026-11-20T10:00+01:00"])
def test_one_instant_written_differently_is_the_same_event(send: Callable[..., Any], same: str) -> None:
    name = str(uuid.uuid4())
    send("NEXT", timestamp="2026-11-20T09:00:00+00:00", event_id=name)
    again = send("NEXT", timestamp=same, event_id=name, discard=False, task_id=None)
    assert (again.status_code, again.json()["duplicate"]) == (200, True)


@pytest.mark.parametrize(
    "changed",
    [
        {"type": "EXIT"},
        {"timestamp": at(1)},
        {"timestamp": None},
        {"discard": True},
        {"target_minutes": 4},
        {"task_id": "t-2"},
        {"task_type": "other"},
    ],
    ids=str,
)
def test_same_id_with_different_content_is_an_error(
    client: TestClient, rater: Rater, send: Callable[..., Any], changed: dict[str, Any]
) -> None:
    name = str(uuid.uuid4())
    send("NEXT", 0, event_id=name)
    body = {"type": "NEXT", "timestamp": at(0), "event_id": name} | changed
    answer = client.post("/events", json=body, headers=rater.token)
    assert (answer.status_code, answer.json()["detail"][0]["loc"]) == (422, ["body", "event_id"])


def test_type_that_no_unicode_version_knows_yet_does_not_cost_the_press(
    client: TestClient, rater: Rater, send: Callable[..., Any]
) -> None:
    answer = send("NEXT", 0, task_type="\U0001fae9 hard \U000e03ff", task_id="\u0645\u06cc\u200c\u062e")
    assert answer.status_code == 200
    send("EXIT", 1)
    summary = client.get(f"/summary/{answer.json()['session_id']}", headers=rater.token).json()
    [question] = summary["questions"]
    assert question["task_type"] == "\U0001fae9 hard \U000e03ff"
    assert question["task_id"] == "\u0645\u06cc\u200c\u062e"


def test_type_with_another_kind_of_space_is_the_same_event(send: Callable[..., Any]) -> None:
    name = str(uuid.uuid4())
    send("NEXT", 0, event_id=name, task_type="\u5e83\u544a \u8a55\u4fa1")
    again = send("NEXT", 0, event_id=name, task_type="\u5e83\u544a\u3000\u8a55\u4fa1")
    assert (again.status_code, again.json()["duplicate"]) == (200, True)


def test_one_id_of_two_users_is_two_events(
    client: TestClient, database: Database, settings: Settings, send: Callable[..., Any]
) -> None:
    name = str(uuid.uuid4())
    send("NEXT", 0, event_id=name)
    other = new_rater(database, settings)
    body = {"type": "NEXT", "timestamp": at(5), "event_id": name}
    assert client.post("/events", json=body, headers=other.token).json()["duplicate"] is False


def test_known_tells_which_events_arrived(client: TestClient, rater: Rater, send: Callable[..., Any]) -> None:
    arrived, lost = str(uuid.uuid4()).upper(), str(uuid.uuid4())
    send("NEXT", 0, event_id=arrived)
    answer = client.post("/events/known", json={"event_ids": [lost, arrived]}, headers=rater.token)
    assert answer.json() == {"known": [arrived]}


# --- How things stand ----------------------------------------------------------------------------


def test_current_without_a_session(client: TestClient, rater: Rater) -> None:
    answer = client.get("/sessions/current", headers=rater.token).json()
    assert (answer["session_id"], answer["is_active"], answer["message"]) == (
        None,
        False,
        "No active session. Press NEXT to start one.",
    )


def test_current_is_the_answer_as_things_stand(
    client: TestClient, rater: Rater, send: Callable[..., Any]
) -> None:
    send("NEXT", 0)
    send("NEXT", 5)
    told = send("PAUSE", 6).json()
    now = client.get("/sessions/current", headers=rater.token).json()
    apart = {"server_timestamp": "", "message": ""}
    assert now | apart == told | apart


def test_late_event_leaves_the_running_session_alone(
    send: Callable[..., Any], database: Database, rater: Rater
) -> None:
    send("NEXT", 0)
    running = send("NEXT", 5).json()
    late = send("NEXT", -24 * 60).json()
    send("EXIT", -24 * 60 + 10)
    assert late["session_id"] != running["session_id"]
    now = send("PAUSE", 6).json()
    assert (now["session_id"], now["total_questions"]) == (running["session_id"], 1)
    assert rater.differences() == []


def test_late_next_before_a_session_keeps_its_id(send: Callable[..., Any]) -> None:
    first = send("NEXT", 10).json()
    earlier = send("NEXT", 0).json()
    assert (earlier["session_id"], earlier["total_questions"]) == (first["session_id"], 1)


@pytest.mark.parametrize("path", ["/events", "/auth/logout"])
def test_sender_who_hangs_up_too_early_is_no_failure_of_the_server(
    client: TestClient, rater: Rater, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    start: Message = {"type": "http.request", "body": b"{", "more_body": True}
    messages = iter([start, {"type": "http.disconnect"}])
    sent: list[Message] = []
    headers = rater.login | {"content-type": "application/json"}

    async def receive() -> Message:
        return next(messages)

    async def send(message: Message) -> None:
        sent.append(message)

    scope: Scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": path,
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("192.0.2.1", 1),
        "server": ("testserver", 80),
    }
    assert client.portal is not None
    client.portal.call(client.app, scope, receive, send)
    assert sent == []
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []
