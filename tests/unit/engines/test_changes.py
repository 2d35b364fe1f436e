"""`Database.watch`: the owners of rows that were committed, by this process and by others."""

import asyncio
from collections.abc import Callable, Hashable
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, bindparam, insert

from app.database import Database
from app.db_models import throttles
from app.engines.postgresql_changes import payload_of
from app.store.statements import Statement

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
ADD = Statement(
    insert(throttles).values(
        key=bindparam("key"), failures=1, last_failure_at=bindparam("at"), blocked_until=bindparam("at")
    )
)
PATIENCE_SECONDS = 60
SILENT_SECONDS = 1.5

Owners = list[Hashable]


def add_row(key: str) -> Callable[[Connection], None]:
    def work(connection: Connection) -> None:
        ADD.run(connection, {"key": key, "at": NOW})

    return work


def nothing(_connection: Connection) -> None:
    raise ValueError("nothing")


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not condition():  # noqa: ASYNC110  # what is awaited has no event
            await asyncio.sleep(0.02)


def watched(database: Database, do: Callable[[Owners], object]) -> None:
    """Run `do` with a list that receives the owner of each notification."""

    async def main() -> None:
        notified: Owners = []
        watching = asyncio.create_task(database.watch(notified.append))
        await until(lambda: notified == [None])  # the one that every watch begins with
        notified.clear()
        await do(notified)  # type: ignore[misc]
        watching.cancel()
        with pytest.raises(asyncio.CancelledError):
            await watching
        notified.clear()
        await database.write(add_row("afterwards"), owner=5)
        assert notified == []

    asyncio.run(main())


def test_own_write_notifies_of_its_owner_at_once(database: Database) -> None:
    async def do(notified: Owners) -> None:
        await database.write(add_row("one"), owner=17)
        assert 17 in notified
        await database.write(add_row("two"))
        assert None in notified

    watched(database, do)


def test_write_of_another_process_notifies(database: Database, database_url: str) -> None:
    other = Database(database_url)

    async def do(notified: Owners) -> None:
        await other.write(add_row("one"), owner=17)
        await until(lambda: notified != [])
        assert notified == [None if database.is_sqlite else 17]
        notified.clear()
        await asyncio.to_thread(other.write_now, add_row("two"))
        await until(lambda: notified != [])
        assert notified == [None]

    watched(database, do)
    other.close()


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
def test_group_notifies_of_each_owner_whose_write_was_committed(
    database: Database, database_url: str
) -> None:
    other = Database(database_url)

    async def do(notified: Owners) -> None:
        works = {owner: add_row(f"{owner}") for owner in range(1, 9)}
        writes = [other.write(work, quick=work, owner=owner) for owner, work in works.items()]
        failing = [other.write(nothing, quick=nothing, owner=owner) for owner in range(11, 14)]
        results = await asyncio.gather(*writes, *failing, return_exceptions=True)
        assert [type(result) for result in results] == [type(None)] * 8 + [ValueError] * 3
        await until(lambda: len(notified) >= 8)
        assert other.figures().commits < 8  # they shared some
        await asyncio.sleep(0.5)
        assert sorted(map(str, notified)) == [f"{owner}" for owner in range(1, 9)]

    watched(database, do)
    other.close()


def test_reads_and_rolled_back_writes_of_another_process_do_not_notify(
    database: Database, database_url: str
) -> None:
    other = Database(database_url)

    async def do(notified: Owners) -> None:
        await other.read(lambda conn: None)
        with pytest.raises(ValueError, match="nothing"):
            await other.write(nothing, owner=17)
        await asyncio.sleep(SILENT_SECONDS)
        assert notified == []

    watched(database, do)
    other.close()


def test_payload_names_each_owner_once_or_every_owner() -> None:
    assert payload_of([3, 1, 3]) == "1,3"
    assert payload_of([3, None]) == ""
    # PostgreSQL takes 8,000 bytes; a group has 64 writes.
    assert len(payload_of(range(2**53, 2**53 + 64))) < 8_000
