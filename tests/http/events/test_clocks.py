"""The server's clock set back, and clocks that are far apart."""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from starlette.testclient import TestClient

from app.services import corrections
from tests.http.events.presses import NINE
from tests.raters import Rater


def at_clock(minutes: float) -> time_machine.travel:
    """The server's clock, so many minutes after nine."""
    return time_machine.travel(NINE + timedelta(minutes=minutes), tick=False)


def test_events_without_time_stamps_go_on_when_the_clock_is_set_back(
    send: Callable[..., Any], client: TestClient, rater: Rater
) -> None:
    answers = []
    for kind, minutes in [
        ("NEXT", 0),
        ("NEXT", 10),
        ("PAUSE", -50),
        ("PAUSE", -40),
        ("NEXT", -30),
        ("NEXT", 15),
    ]:
        with at_clock(minutes):
            answers.append(send(kind))
            assert answers[-1].status_code == 200, (kind, minutes, answers[-1].text)
    assert len({answer.json()["session_id"] for answer in answers}) == 1
    summary = client.get(f"/sessions/{answers[0].json()['session_id']}/summary", headers=rater.token).json()
    assert [question["raw_seconds"] for question in summary["questions"]] == [600, 0, 300]
    assert rater.differences() == []


def test_batch_without_time_stamps_goes_on_when_the_clock_is_set_back(
    send: Callable[..., Any], batch: Callable[..., Any], client: TestClient, rater: Rater
) -> None:
    with at_clock(0):
        session_id = send("NEXT").json()["session_id"]
    with at_clock(-60):
        ids = [f"00000000-0000-4000-8000-{number:012}" for number in range(2)]
        events = [{"type": kind, "event_id": id_} for kind, id_ in zip(("NEXT", "EXIT"), ids, strict=True)]
        assert [result["status"] for result in batch(events)] == ["recorded", "recorded"]
    summary = client.get(f"/sessions/{session_id}/summary", headers=rater.token).json()
    assert (summary["total_questions"], summary["ended_at"]) == (2, "2026-11-20T09:00:00Z")
    assert rater.differences() == []


HOUR, DAY = timedelta(hours=1), timedelta(days=1)
A_MOMENT = timedelta(seconds=1)
AGE = timedelta(minutes=5)  # of an event when it is sent
ACCOUNT_MADE = datetime.fromisoformat("2026-01-01T00:00:00Z")

# How far the client's clock is ahead of the server's -> whether the event stands as sent, and whether the answer says
# that the clocks differ.
APART = {
    "a minute": (timedelta(minutes=1), True, False),
    "an hour": (HOUR, False, False),
    "twelve hours": (12 * HOUR, False, False),
    "twelve hours behind": (-12 * HOUR, False, False),
    "more than twelve hours": (12 * HOUR + A_MOMENT, True, True),
    "more than twelve hours behind": (-12 * HOUR - A_MOMENT, True, True),
    "as far as a time stamp may lie ahead": (24 * HOUR + AGE, True, True),
    "farther": (24 * HOUR + AGE + A_MOMENT, False, True),
    "days": (3 * DAY, False, True),
    "days behind": (-3 * DAY, True, True),
    "back to when the account was made": (ACCOUNT_MADE - NINE + AGE, True, True),
    "before the account was made": (ACCOUNT_MADE - NINE + AGE - A_MOMENT, False, True),
    "an empty battery": (datetime.fromisoformat("1970-01-01T00:10:00Z") - NINE, False, True),
}


@pytest.mark.parametrize(("ahead", "stands", "differs"), APART.values(), ids=APART)
def test_correction_of_more_than_twelve_hours_is_not_made_silently(
    send: Callable[..., Any], ahead: timedelta, stands: bool, differs: bool
) -> None:
    with at_clock(0):
        clock = NINE + ahead
        answer = send("NEXT", timestamp=(clock - AGE).isoformat(), sent_at=clock.isoformat()).json()
    placed = datetime.fromisoformat(answer["current_question_started_at"])
    assert (placed, answer["clock_differs"]) == ((clock if stands else NINE) - AGE, differs)


@pytest.mark.parametrize(("ahead", "stands", "differs"), APART.values(), ids=APART)
def test_results_of_a_batch_say_that_the_clocks_differ(
    batch: Callable[..., Any], rater: Rater, client: TestClient, ahead: timedelta, stands: bool, differs: bool
) -> None:
    clock = NINE + ahead
    pressed = {"type": "NEXT", "event_id": str(uuid.uuid4()), "timestamp": (clock - AGE).isoformat()}
    refused = pressed | {"event_id": str(uuid.uuid4()), "type": "UNDO"}
    said = {"clock_differs": True} if differs else {}
    with at_clock(0):
        results = batch([pressed, pressed, refused], sent_at=clock.isoformat())
        assert results[0] == {"status": "recorded", "event_id": pressed["event_id"]} | said
        assert results[1] == {"status": "duplicate", "event_id": pressed["event_id"]} | said
        assert (results[2]["status"], "clock_differs" in results[2]) == ("refused", False)
        # The clock was put right meanwhile: what was recorded keeps its place, and its answer.
        again = batch([pressed], sent_at=NINE.isoformat())
        assert again == [results[0] | {"status": "duplicate"}]
        alone = client.post(
            "/events", json=pressed | {"sent_at": NINE.isoformat()}, headers=rater.token
        ).json()
    assert (alone["duplicate"], alone["clock_differs"]) == (True, differs)
    placed = datetime.fromisoformat(alone["current_question_started_at"])
    assert placed == (clock if stands else NINE) - AGE


def test_event_without_a_time_stamp_says_that_the_clocks_differ(send: Callable[..., Any]) -> None:
    with at_clock(0):
        answer = send("NEXT", sent_at=(NINE - 2 * DAY).isoformat()).json()
    assert (answer["current_question_started_at"], answer["clock_differs"]) == ("2026-11-20T09:00:00Z", True)


def test_session_goes_on_at_a_clock_that_differs(
    send: Callable[..., Any], client: TestClient, rater: Rater
) -> None:
    """The server's clock is days slow, and the client's is right."""
    answers = []
    for kind, minutes in [("NEXT", 0), ("NEXT", 5), ("PAUSE", 6), ("PAUSE", 8), ("EXIT", 10)]:
        with at_clock(minutes):
            clock = NINE + 20 * HOUR + timedelta(minutes=minutes)
            answers.append(send(kind, timestamp=clock.isoformat(), sent_at=clock.isoformat()).json())
    assert [answer["clock_differs"] for answer in answers] == [True] * 5
    summary = client.get(f"/sessions/{answers[0]['session_id']}/summary", headers=rater.token).json()
    assert [question["active_seconds"] for question in summary["questions"]] == [300, 180]
    assert summary["started_at"] == "2026-11-21T05:00:00Z"


def test_session_of_a_clock_ahead_that_was_restored_moves_no_later_event(
    send: Callable[..., Any], client: TestClient, rater: Rater
) -> None:
    """The EXIT that restoring adds was not placed by the server's clock."""
    with at_clock(0):
        ahead = (NINE + timedelta(hours=20)).isoformat()
        session_id = send("NEXT", timestamp=ahead, sent_at=ahead).json()["session_id"]
        for correct in (corrections.delete_session, corrections.restore_session):
            rater.database.write_now(
                lambda connection, correct=correct: correct(connection, rater.user, session_id, NINE)  # type: ignore[misc]
            )
    for kind, minutes in [("NEXT", 1), ("NEXT", 10), ("EXIT", 30)]:
        with at_clock(minutes):
            answer = send(kind)
            assert answer.status_code == 200, answer.text
    summary = client.get(f"/sessions/{answer.json()['session_id']}/summary", headers=rater.token).json()
    assert [question["raw_seconds"] for question in summary["questions"]] == [540, 1200]
