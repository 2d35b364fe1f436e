"""The laws of recording where everything comes at once: over many connections, in any order, more than once.

One process on each database, and four on PostgreSQL, any of which may take a request.
"""

import asyncio
import random
import shutil
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
from sqlalchemy import URL

from app.config import Settings
from app.database import Database
from tests.naive import Naive
from tests.raters import Rater, new_rater
from tests.recording import event_body
from tests.server import Server
from tests.summaries import expected_figures, figures

ZERO = datetime(2024, 3, 4, 6, tzinfo=UTC)
IDLE_SECONDS = 12 * 3600  # the default
CONNECTIONS = 12
EVENTS = 60
BATCH = 6
ATTEMPTS = 200  # of one connection: far more than its share
PATIENCE_SECONDS = 60.0

Body = dict[str, Any]
RunningServer = tuple[Server, Database]


@pytest.fixture(
    scope="module",
    params=[("sqlite", 1), ("postgresql", 1), ("postgresql", 4)],
    ids=lambda param: f"{param[0]}-{param[1]}",
)
def running(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningServer]:
    """A running server and its database; each test brings users of its own."""
    engine, workers = request.param
    folder = tmp_path_factory.mktemp("laws")
    if engine == "postgresql":
        copy: Callable[[], URL] = request.getfixturevalue("postgres_copies")
        url = copy().render_as_string(hide_password=False)
    else:
        shutil.copy(request.getfixturevalue("sqlite_template"), folder / "app.db")
        url = f"sqlite:///{folder / 'app.db'}"
    server, database = Server(folder, url, workers), Database(url)
    try:
        server.start()
        yield server, database
    finally:
        server.stop()
        database.close()


@pytest.fixture
def server(running: RunningServer) -> Server:
    return running[0]


@pytest.fixture
def database(running: RunningServer) -> Database:
    return running[1]


@pytest.fixture
def newcomer(running: RunningServer) -> Callable[[], Rater]:
    """Makes raters without history."""
    server, database = running
    settings = Settings(_env_file=None, secret_key=server.secret_key, database_url=server.database_url)
    return lambda: new_rater(database, settings)


@pytest.fixture
def rater(newcomer: Callable[[], Rater]) -> Rater:
    return newcomer()


def at_once(server: Server, work: Callable[[httpx2.AsyncClient, int], Awaitable[Any]]) -> list[Any]:
    """What `work` returns for 0, 1, …, each on a connection of its own, all at the same time."""

    async def one(number: int) -> Any:
        async with httpx2.AsyncClient(base_url=server.url, timeout=PATIENCE_SECONDS) as client:
            return await work(client, number)

    async def everybody() -> list[Any]:
        return list(await asyncio.gather(*(one(number) for number in range(CONNECTIONS))))

    return asyncio.run(everybody())


def body(kind: str, second: int, **fields: Any) -> Body:
    return event_body(kind, ZERO + timedelta(seconds=second), **fields)


def test_first_events_of_one_user_open_one_session(server: Server, rater: Rater) -> None:
    """Laws 1 and 5: twelve first NEXT at once, each sent twice, make one session of twelve openings."""
    events = [body("NEXT", number) for number in range(CONNECTIONS)]

    async def press(client: httpx2.AsyncClient, number: int) -> list[Body]:
        answers = [
            await client.post("/events", json=event, headers=rater.token)
            for event in (events[number], events[number - 1])
        ]
        return [answer.raise_for_status().json() for answer in answers]

    answers = [answer for pair in at_once(server, press) for answer in pair]
    duplicates = [answer["duplicate"] for answer in answers]
    assert sorted(duplicates) == [False] * CONNECTIONS + [True] * CONNECTIONS
    recent = httpx2.get(f"{server.url}/sessions/recent", headers=rater.token, timeout=PATIENCE_SECONDS).json()
    assert [session["current_question_index"] for session in recent] == [CONNECTIONS]
    assert rater.differences() == []


def test_every_sender_of_one_event_gets_the_same_answer(server: Server, rater: Rater) -> None:
    event = body("NEXT", 0, task_id="t-1")

    async def press(client: httpx2.AsyncClient, number: int) -> Body:
        # Written in as many ways as mean the same.
        same = event | {"event_id": event["event_id"].upper()} if number % 2 else event | {"discard": None}
        answer = await client.post("/events", json=same, headers=rater.token)
        found: Body = answer.raise_for_status().json()
        return found

    answers = at_once(server, press)
    assert sorted(answer.pop("duplicate") for answer in answers) == [False] + [True] * (CONNECTIONS - 1)
    assert len({str(answer | {"server_timestamp": None}) for answer in answers}) == 1


def day_of(chance: random.Random) -> tuple[list[Body], Naive]:
    """Events at distinct instants, each of which has an effect where they come in order; and the book on them."""
    naive, second = Naive(), 0
    events: list[Body] = []
    while len(events) < EVENTS:
        second += chance.choice([7, 61, 250, 900, 900, IDLE_SECONDS + 3600])
        kind = chance.choice(["NEXT", "NEXT", "NEXT", "PAUSE", "PAUSE", "UNDO", "EXIT"])
        discard = kind in ("NEXT", "EXIT") and chance.random() < 0.2
        if naive.record(kind=kind, at=second, discard=discard, idle=IDLE_SECONDS):
            events.append(body(kind, second, discard=discard))
    return events, naive


class Queue:
    """Events that are sent until they are recorded, twice each, by whoever takes them."""

    def __init__(self, events: list[Body], rater: Rater, chance: random.Random) -> None:
        self._waiting = events * 2
        self._rater, self._chance = rater, chance
        self.recorded = 0

    async def empty(self, client: httpx2.AsyncClient, _number: int) -> None:
        for _ in range(ATTEMPTS):
            if not self._waiting:
                return
            # What is under way may come back refused: then it waits for those before it, in whatever order.
            taken = [self._take() for _ in range(min(self._chance.choice([1, 1, BATCH]), len(self._waiting)))]
            single = len(taken) == 1
            statuses = await (self._one(client, taken[0]) if single else self._many(client, taken))
            self.recorded += statuses.count("recorded")
            self._waiting += [event for event, said in zip(taken, statuses, strict=True) if said == "refused"]
        raise AssertionError(f"still waiting: {len(self._waiting)}")

    def _take(self) -> Body:
        return self._waiting.pop(self._chance.randrange(len(self._waiting)))

    async def _one(self, client: httpx2.AsyncClient, event: Body) -> list[str]:
        answer = await client.post("/events", json=event, headers=self._rater.token)
        assert answer.status_code in (200, 400), answer.text
        if answer.status_code == 400:
            return ["refused"]
        return ["duplicate" if answer.json()["duplicate"] else "recorded"]

    async def _many(self, client: httpx2.AsyncClient, events: list[Body]) -> list[str]:
        answer = await client.post("/events/batch", json={"events": events}, headers=self._rater.token)
        return [result["status"] for result in answer.raise_for_status().json()["results"]]


def figures_of(server: Server, rater: Rater) -> list[dict[str, Any]]:
    """Every session's figures, oldest first, in seconds after `ZERO`."""
    with httpx2.Client(base_url=server.url, timeout=PATIENCE_SECONDS) as client:
        return figures(client, rater, ZERO)


def test_deliveries_shuffled_and_repeated_over_many_connections_give_what_the_naive_model_gives(
    server: Server, rater: Rater
) -> None:
    """Laws 1, 2, 5 and 6: whatever the order and however often, each event counts once, at its own time."""
    chance = random.Random(20)
    events, naive = day_of(chance)
    queue = Queue(events, rater, chance)
    at_once(server, queue.empty)
    assert queue.recorded == EVENTS
    assert figures_of(server, rater) == expected_figures(naive)
    assert rater.differences() == []


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_many_days_shuffled_and_repeated_give_what_the_naive_model_gives(
    server: Server, newcomer: Callable[[], Rater]
) -> None:
    for seed in range(50):
        rater = newcomer()
        chance = random.Random(seed)
        events, naive = day_of(chance)
        at_once(server, Queue(events, rater, chance).empty)
        assert (seed, figures_of(server, rater)) == (seed, expected_figures(naive))
        assert rater.differences() == []
