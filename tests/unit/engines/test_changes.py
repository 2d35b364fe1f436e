"""`Database.watch`: whose rows were committed, by this process and by others."""

import asyncio
from collections.abc import Callable, Hashable
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, bindparam, insert

from app.database import Database
from app.db_models import throttles
from app.engines.postgresql_changes import naming
from app.store.statements import Statement

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
ADD = Statement(
    insert(throttles).values(
        key=bindparam("key"), failures=1, last_failure_at=bindparam("at"), blocked_until=bindparam("at")
    )
)
PATIENCE_SECONDS = 60
SILENT_SECONDS = 1.5

Told = list[Hashable]


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


def watched(database: Database, do: Callable[[Told], object]) -> None:
    """Run `do` with the list of what is told meanwhile, after the watching has begun."""

    async def main() -> None:
        told: Told = []
        watching = asyncio.create_task(database.watch(told.append))
        await until(lambda: told == [None])  # anything may have happened before
        told.clear()
        await do(told)  # type: ignore[misc]
        watching.cancel()
        with pytest.raises(asyncio.CancelledError):
            await watching
        told.clear()
        await database.write(add_row("afterwards"), owner=5)
        assert told == []

    asyncio.run(main())


def test_own_write_is_told_at_once_by_its_owner(database: Database) -> None:
    async def do(told: Told) -> None:
        await database.write(add_row("one"), owner=17)
        assert 17 in told
        await database.write(add_row("two"))
        assert None in told

    watched(database, do)


def test_write_of_another_process_is_told(database: Database, database_url: str) -> None:
    other = Database(database_url)

    async def do(told: Told) -> None:
        await other.write(add_row("one"), owner=17)
        await until(lambda: told != [])
        assert told == [None if database.is_sqlite else 17]
        told.clear()
        await asyncio.to_thread(other.write_now, add_row("two"))
        await until(lambda: told != [])
        assert told == [None]

    watched(database, do)
    other.close()


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
def test_owners_of_a_group_are_all_told_and_none_that_was_undone(
    database: Database, database_url: str
) -> None:
    other = Database(database_url)

    async def do(told: Told) -> None:
        works = {owner: add_row(f"{owner}") for owner in range(1, 9)}
        writes = [other.write(work, quick=work, owner=owner) for owner, work in works.items()]
        failing = [other.write(nothing, quick=nothing, owner=owner) for owner in range(11, 14)]
        results = await asyncio.gather(*writes, *failing, return_exceptions=True)
        assert [type(result) for result in results] == [type(None)] * 8 + [ValueError] * 3
        await until(lambda: len(told) >= 8)
        assert other.figures().commits < 8  # they shared some
        await asyncio.sleep(0.5)
        assert sorted(map(str, told)) == [f"{owner}" for owner in range(1, 9)]

    watched(database, do)
    other.close()


def test_reading_and_what_is_refused_in_another_process_are_not_told(
    database: Database, database_url: str
) -> None:
    other = Database(database_url)

    async def do(told: Told) -> None:
        await other.read(lambda conn: None)
        with pytest.raises(ValueError, match="nothing"):
            await other.write(nothing, owner=17)
        await asyncio.sleep(SILENT_SECONDS)
        assert told == []

    watched(database, do)
    other.close()


def test_notification_names_each_owner_once_or_anybody() -> None:
    assert naming([3, 1, 3]) == "1,3"
    assert naming([3, None]) == ""
    # PostgreSQL takes 8,000 bytes; a group has 64 writes.
    assert len(naming(range(2**53, 2**53 + 64))) < 8_000
