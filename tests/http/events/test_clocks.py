"""The server's clock set back, and clocks that are far apart."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import time_machine
from starlette.testclient import TestClient

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
