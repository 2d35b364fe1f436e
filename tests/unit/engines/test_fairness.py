"""Nobody waits for somebody else's slow work longer than for one piece of it, and a 503 says what it waited for.

Slow work is made of events that the test sets, and what is asserted is an order or a number: no clock is read.
"""

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Connection

from app import database as module
from app.database import THREADS, Database, Unavailable, answers
from app.engines import sqlite_writer
from app.engines.unavailable import CLOSED

LONG = 30.0  # seconds that a test waits at most for what happens at once
MANY = 15  # slow jobs of one owner


class Slow:
    """Work that is under way until it is released; counts how much of it is at once."""

    def __init__(self) -> None:
        self.begun, self.released = threading.Event(), threading.Event()
        self._mutex = threading.Lock()
        self.now = self.most = self.total = 0

    def __call__(self, _connection: Connection) -> None:
        with self._mutex:
            self.now, self.total = self.now + 1, self.total + 1
            self.most = max(self.most, self.now)
        self.begun.set()
        self.released.wait(LONG)
        with self._mutex:
            self.now -= 1


@pytest.fixture
def slow() -> Iterator[Slow]:
    work = Slow()
    yield work
    work.released.set()


async def begun(slow: Slow) -> None:
    assert await asyncio.to_thread(slow.begun.wait, LONG)


def calls(database: Database) -> list[Callable[..., Any]]:
    return [database.read, database.write]


@pytest.mark.parametrize("number", [0, 1], ids=["read", "write"])
def test_caller_that_gives_up_does_not_let_the_next_of_its_owner_in(
    database: Database, slow: Slow, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = calls(database)[number]

    async def give_up_and_ask_again() -> None:
        first = asyncio.create_task(call(slow, owner=1))
        await begun(slow)
        first.cancel()
        monkeypatch.setattr(module, "ANSWER_SECONDS", 0.3)
        with pytest.raises(Unavailable):
            await call(slow, owner=1)
        assert slow.total == 1  # the thread still works
        monkeypatch.undo()
        slow.released.set()
        await call(slow, owner=1)

    asyncio.run(give_up_and_ask_again())
    assert (slow.most, slow.total) == (1, 2)


def test_owner_who_reads_much_at_once_occupies_one_thread(database: Database, slow: Slow) -> None:
    async def read_much() -> None:
        reads = [asyncio.create_task(database.read(slow, owner=1)) for _ in range(2 * THREADS)]
        await begun(slow)
        assert await database.read(answers, owner=2)
        slow.released.set()
        await asyncio.gather(*reads)

    asyncio.run(read_much())
    assert (slow.most, slow.total) == (1, 2 * THREADS)


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)  # SQLite has one writer in any case
def test_owner_who_writes_much_at_once_occupies_one_thread(database: Database, slow: Slow) -> None:
    async def write_much() -> None:
        writes = [asyncio.create_task(database.write(slow, owner=1)) for _ in range(2 * THREADS)]
        await begun(slow)
        assert await database.write(answers, owner=2)
        slow.released.set()
        await asyncio.gather(*writes)

    asyncio.run(write_much())
    assert (slow.most, slow.total) == (1, 2 * THREADS)


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
@pytest.mark.parametrize("quick", [False, True])
def test_others_wait_for_one_slow_job_of_an_owner_at_most(
    database: Database, slow: Slow, quick: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_writer, "BATCH_SECONDS", 0)  # every job is longer than that
    order: list[str] = []

    def noting(name: str) -> Callable[[Connection], None]:
        return lambda _connection: order.append(name)

    async def crowd() -> None:
        first = asyncio.create_task(database.write(slow, owner="busy"))
        await begun(slow)
        rest = [asyncio.create_task(database.write(noting("busy"), owner="busy")) for _ in range(MANY)]
        await asyncio.sleep(0)
        other = noting("other")
        writing = asyncio.create_task(database.write(other, quick=other if quick else None, owner="other"))
        await asyncio.sleep(0)
        slow.released.set()
        await asyncio.gather(first, writing, *rest)

    asyncio.run(crowd())
    assert len(order) == MANY + 1
    assert order.index("other") <= 1


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("seconds", "commits"), [(0, 1 + MANY), (LONG, 2)])
def test_commit_waits_for_others_for_a_time_not_for_a_number(
    database: Database, slow: Slow, seconds: float, commits: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_writer, "BATCH_SECONDS", 0)

    async def crowd() -> None:
        first = asyncio.create_task(database.write(slow))
        await begun(slow)
        rest = [asyncio.create_task(database.write(answers, owner=number)) for number in range(MANY)]
        await asyncio.sleep(0)
        monkeypatch.setattr(sqlite_writer, "BATCH_SECONDS", seconds)
        slow.released.set()
        await asyncio.gather(first, *rest)

    asyncio.run(crowd())
    # The first batch was begun under the shorter limit: it holds the first job alone.
    assert database.figures().commits == commits


def cause(database: Database, call: Callable[..., Any], work: Slow, owner: int | None) -> str:
    """What is logged of a call that is given up."""

    async def give_up() -> str:
        with pytest.raises(Unavailable) as refused:
            await call(work, owner=owner)
        return str(refused.value.__cause__)

    return asyncio.run(give_up())


def test_unavailable_says_what_was_waited_for(
    database: Database, slow: Slow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ANSWER_SECONDS", 0.3)
    waited = [cause(database, database.read, slow, 1), cause(database, database.read, slow, 1)]
    assert waited == ["waited too long for a statement", "waited too long for the owner's lock"]
    for number in range(2, THREADS + 1):
        assert cause(database, database.read, slow, number) == "waited too long for a statement"
    assert cause(database, database.read, slow, THREADS + 1) == "waited too long for a free thread"
    if database.is_sqlite:
        assert cause(database, database.write, slow, 1) == "waited too long for the writer"


@pytest.mark.parametrize("number", [0, 1], ids=["read", "write"])
def test_what_waits_when_the_database_is_closed_is_refused_at_once(
    own_database_url: str, slow: Slow, number: int
) -> None:
    async def close_meanwhile() -> list[object]:
        database = Database(own_database_url)
        call = calls(database)[number]
        tasks = [asyncio.create_task(call(slow, owner=1)) for _ in range(3)]
        await begun(slow)
        threading.Timer(0.1, slow.released.set).start()  # closing waits for what is under way
        database.close()
        outcomes: list[object] = await asyncio.gather(*tasks, return_exceptions=True)
        return outcomes

    first, *others = asyncio.run(close_meanwhile())
    assert first is None
    assert [str(other) for other in others] == [CLOSED] * 2  # and not that they waited too long
