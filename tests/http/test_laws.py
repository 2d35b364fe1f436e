"""The laws of tracking against the running app, on both databases."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from app.config import Settings
from app.database import Database
from tests.naive import Naive
from tests.raters import Rater, new_rater
from tests.recording import event_body
from tests.summaries import expected_figures, figures, summaries_of

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
TWELVE_HOURS = 12 * 3600
AT_ONCE = 12


@pytest.fixture
def database(client: TestClient) -> Database:
    """The database of the app behind `client`."""
    opened: Database = client.app.state.database  # type: ignore[attr-defined]
    return opened


@pytest.fixture
def fresh(database: Database, settings: Settings) -> Callable[[], Rater]:
    """A maker of raters without history."""
    return lambda: new_rater(database, settings)


def body(kind: str, second: int, **fields: Any) -> dict[str, Any]:
    return event_body(kind, NOON + timedelta(seconds=second), **fields)


def at_once(work: Callable[[int], Any]) -> list[Any]:
    """What `work` returns for 0, 1, … 11, called from as many threads at the same time."""
    with ThreadPoolExecutor(AT_ONCE) as threads:
        return list(threads.map(work, range(AT_ONCE)))


# --- Law 1: exactly once -------------------------------------------------------------------------


def test_event_sent_many_times_at_once_has_one_effect(client: TestClient, fresh: Callable[[], Rater]) -> None:
    rater = fresh()
    client.post("/events", json=body("NEXT", 0), headers=rater.token)
    event = body("NEXT", 60)
    answers = at_once(lambda _: client.post("/events", json=event, headers=rater.token).json())
    assert sorted(answer["duplicate"] for answer in answers) == [False] + [True] * (AT_ONCE - 1)
    assert len({str(answer | {"duplicate": 0, "server_timestamp": 0}) for answer in answers}) == 1
    assert [len(summary["questions"]) for summary in summaries_of(client, rater)] == [1]
    assert rater.differences() == []


def test_batch_sent_many_times_at_once_has_one_effect(client: TestClient, fresh: Callable[[], Rater]) -> None:
    rater = fresh()
    events = [body("NEXT", 10 * number) for number in range(20)]
    answers = at_once(
        lambda _: client.post("/events/batch", json={"events": events}, headers=rater.token).json()
    )
    statuses = [[result["status"] for result in answer["results"]] for answer in answers]
    assert sorted(statuses) == [["duplicate"] * 20] * (AT_ONCE - 1) + [["recorded"] * 20]
    assert [len(summary["questions"]) for summary in summaries_of(client, rater)] == [19]


# --- Law 2: late is not last ---------------------------------------------------------------------

presses = st.lists(
    st.tuples(
        st.sampled_from(["NEXT", "NEXT", "NEXT", "PAUSE", "UNDO", "EXIT"]),
        st.integers(0, 3 * TWELVE_HOURS),
        st.sampled_from([False, False, True]),
    ),
    min_size=1,
    max_size=14,
)


@settings(max_examples=15)
@given(presses=presses, cut=st.integers(0, 14))
def test_events_in_any_order_give_what_the_naive_model_gives(
    client: TestClient,
    fresh: Callable[[], Rater],
    presses: list[tuple[str, int, bool]],
    cut: int,
) -> None:
    """Singles first, the rest in one batch: the figures are those of the book (law 6 with them)."""
    rater, naive = fresh(), Naive()
    for kind, second, discard in presses[:cut]:
        expected = naive.record(kind=kind, at=second, discard=discard, idle=TWELVE_HOURS)
        answer = client.post("/events", json=body(kind, second, discard=discard), headers=rater.token)
        assert answer.status_code == (200 if expected else 400)
    rest = sorted(presses[cut:], key=lambda press: press[1])
    if rest:
        expected_ones = [
            naive.record(kind=kind, at=second, discard=discard, idle=TWELVE_HOURS)
            for kind, second, discard in rest
        ]
        events = [body(kind, second, discard=discard) for kind, second, discard in rest]
        answer = client.post("/events/batch", json={"events": events}, headers=rater.token)
        recorded = [result["status"] == "recorded" for result in answer.json()["results"]]
        assert recorded == expected_ones
    assert figures(client, rater, NOON) == expected_figures(naive)
    assert rater.differences() == []


@settings(max_examples=10)
@given(data=st.data())
def test_recorded_events_in_another_order_give_the_same_sessions(
    client: TestClient, fresh: Callable[[], Rater], data: st.DataObject
) -> None:
    kinds = data.draw(st.lists(st.sampled_from(["NEXT", "NEXT", "PAUSE", "UNDO", "EXIT"]), max_size=12))
    first, second = fresh(), fresh()
    recorded = []
    for number, kind in enumerate(["NEXT", *kinds]):
        event = body(kind, 600 * number)
        if client.post("/events", json=event, headers=first.token).status_code == 200:
            recorded.append(event)
    # As a queue does it: what is refused for now is sent again after the others, until nothing more goes in.
    waiting, naive = data.draw(st.permutations(recorded)), Naive()
    progress = True
    while waiting and progress:
        refused = []
        for event in waiting:
            second_of = (datetime.fromisoformat(event["timestamp"]) - NOON).seconds
            expected = naive.record(kind=event["type"], at=second_of, idle=TWELVE_HOURS)
            status = client.post("/events", json=event, headers=second.token).status_code
            assert status == (200 if expected else 400)
            if not expected:
                refused.append(event)
        waiting, progress = refused, len(refused) < len(waiting)
    found = figures(client, second, NOON)
    assert found == expected_figures(naive)
    if not waiting:
        assert found == figures(client, first, NOON)


# --- Laws 3 and 4 --------------------------------------------------------------------------------


@settings(max_examples=10)
@given(presses=presses)
def test_closed_questions_tile_each_session(
    client: TestClient, fresh: Callable[[], Rater], presses: list[tuple[str, int, bool]]
) -> None:
    rater = fresh()
    events = [body(kind, second, discard=discard) for kind, second, discard in presses]
    client.post("/events/batch", json={"events": events}, headers=rater.token)
    for summary in summaries_of(client, rater):
        closed = sorted(
            summary["questions"] + summary["discarded"],
            key=lambda question: (question["started_at"], question["ended_at"]),
        )
        edges = [summary["started_at"], *(question["ended_at"] for question in closed)]
        assert [question["started_at"] for question in closed] == edges[:-1]
        assert summary["ended_at"] in (None, edges[-1])


@pytest.mark.parametrize("discard", [False, True])
def test_next_then_undo_changes_nothing(
    client: TestClient, fresh: Callable[[], Rater], discard: bool
) -> None:
    rater = fresh()
    for kind, second in (("NEXT", 0), ("NEXT", 100), ("PAUSE", 150), ("PAUSE", 170)):
        client.post("/events", json=body(kind, second), headers=rater.token)
    before = client.get("/sessions/current", headers=rater.token).json()
    client.post("/events", json=body("NEXT", 200, discard=discard), headers=rater.token)
    client.post("/events", json=body("UNDO", 203), headers=rater.token)
    after = client.get("/sessions/current", headers=rater.token).json()
    apart = {"server_timestamp": "", "last_event_type": ""}
    assert after | apart == before | apart


# --- Law 5: one active session -------------------------------------------------------------------


def test_twelve_first_events_at_once_open_one_session(client: TestClient, fresh: Callable[[], Rater]) -> None:
    rater = fresh()
    answers = at_once(
        lambda number: client.post("/events", json=body("NEXT", number), headers=rater.token).json()
    )
    assert [summary["total_questions"] for summary in summaries_of(client, rater)] == [AT_ONCE - 1]
    leads_to = {
        client.get(f"/summary/{answer['session_id']}", headers=rater.token).json()["session_id"]
        for answer in answers
    }
    assert len(leads_to) == 1
    assert rater.differences() == []
