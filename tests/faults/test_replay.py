"""A long day offline is delivered over a line that breaks at any moment, while others go on working."""

import asyncio
import math
from collections.abc import Callable, Iterator, Sequence

import httpx2
import pytest

from app.config import Settings
from app.database import Database
from tests.faults.conftest import MakeServer
from tests.faults.load import PATIENCE_SECONDS, Journal, Reply, assert_nothing_lost, post
from tests.faults.proxy import Proxy, random_cuts, to_port
from tests.raters import new_rater
from tests.server import Server

BYTES_OF_AN_EVENT = 120  # about
OTHERS = 4
QUIET_REQUESTS = 400  # of each of the others, before the replay


@pytest.fixture
def server(serving: MakeServer) -> Server:
    return serving()


@pytest.fixture
def journals(database: Database, settings: Settings) -> list[Journal]:
    """Of whoever was offline, and of the others."""
    return [Journal(new_rater(database, settings)) for _ in range(1 + OTHERS)]


@pytest.fixture
def lines(server: Server) -> Iterator[Callable[[int], Proxy]]:
    """Makes lines to the server that break after some bytes, at most the given number."""
    opened: list[Proxy] = []

    def line(most: int) -> Proxy:
        opened.append(Proxy(to_port(server.port), cut_after=random_cuts(25, 500, most)))
        return opened[-1].__enter__()

    yield line
    for proxy in opened:
        proxy.__exit__()


def client_of(url: str) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(base_url=url, timeout=PATIENCE_SECONDS)


async def replay(url: str, journal: Journal, batches: Sequence[list[dict[str, str]]]) -> None:
    """Deliver each batch until it is acknowledged, as a widget does."""
    async with client_of(url) as client:
        waiting = list(batches)
        while waiting:
            reply = await post(client, journal, waiting[0])
            if reply.status == 200:
                del waiting[0]


async def press(
    url: str, journal: Journal, *, times: int | None = None, until: asyncio.Event | None = None
) -> None:
    """Press NEXT as fast as it is answered."""
    async with client_of(url) as client:
        while (until is None or not until.is_set()) and (times is None or len(journal.replies) < times):
            await post(client, journal, [journal.next_event()])


async def replay_among_others(
    url: str, line: str, offline: Journal, others: Sequence[Journal], batches: Sequence[list[dict[str, str]]]
) -> None:
    ended = asyncio.Event()

    async def deliver() -> None:
        await replay(line, offline, batches)
        ended.set()

    await asyncio.gather(deliver(), *(press(url, journal, until=ended) for journal in others))


def batches_of(journal: Journal, events: int, size: int) -> list[list[dict[str, str]]]:
    return [[journal.next_event() for _ in range(size)] for _ in range(events // size)]


def slowest_percent(replies: Sequence[Reply]) -> float:
    """The 99th percentile of the answering time, in seconds."""
    return sorted(reply.seconds for reply in replies)[math.ceil(0.99 * len(replies)) - 1]


def statuses(journals: Sequence[Journal]) -> set[int]:
    return {reply.status for journal in journals for reply in journal.replies}


def test_replay_over_a_breaking_line_arrives_once_while_others_are_answered(
    server: Server, journals: list[Journal], lines: Callable[[int], Proxy], database: Database
) -> None:
    offline, *others = journals
    batches = batches_of(offline, events=1000, size=100)
    line = lines(3 * 100 * BYTES_OF_AN_EVENT)
    asyncio.run(replay_among_others(server.url, f"http://127.0.0.1:{line.port}", offline, others, batches))
    assert line.cuts > 0
    assert offline.unacknowledged == []
    assert_nothing_lost(database, journals)
    assert statuses(others) == {200}
    # They work meanwhile: in the time of ten batches each of the four is answered more often than that.
    assert min(len(journal.replies) for journal in others) > len(batches)


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_ten_thousand_events_arrive_once_and_others_hardly_notice(
    server: Server,
    journals: list[Journal],
    lines: Callable[[int], Proxy],
    database: Database,
    capsys: pytest.CaptureFixture[str],
) -> None:
    offline, *others = journals

    async def quiet() -> None:
        await asyncio.gather(*(press(server.url, journal, times=QUIET_REQUESTS) for journal in others))

    asyncio.run(quiet())
    before = slowest_percent([reply for journal in others for reply in journal.replies])
    batches = batches_of(offline, events=10_000, size=500)
    line = lines(3 * 500 * BYTES_OF_AN_EVENT)
    asyncio.run(replay_among_others(server.url, f"http://127.0.0.1:{line.port}", offline, others, batches))
    during = slowest_percent([reply for journal in others for reply in journal.replies[QUIET_REQUESTS:]])
    with capsys.disabled():
        print(
            f"\nreplay of {len(offline.sent)} events, line cut {line.cuts} times: 99th percentile of the others"
            f" {during / before:.1f} times that of a quiet server, {during:.3f} s"
        )
    assert offline.unacknowledged == []
    assert_nothing_lost(database, journals)
    assert statuses(others) == {200}
