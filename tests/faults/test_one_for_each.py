"""Requests of one user that wait for that user's lock leave the threads of the database to everybody else."""

import asyncio
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, select

from app.database import THREADS, Database, answers
from app.db_models import trackers
from app.services.recording.incoming import Incoming, Receipt
from app.services.recording.record import record_event
from app.services.recording.response import EventAnswer
from app.store.users import User
from app.tracking.machine import EventType
from tests.raters import add_user

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)


def press(connection: Connection, user: User) -> EventAnswer:
    return record_event(connection, user, Incoming(type=EventType.NEXT), Receipt(NOW, None, 0))


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
def test_user_whose_log_is_locked_delays_no_other_user(database: Database) -> None:
    user = database.write_now(add_user)
    database.write_now(lambda conn: press(conn, user))

    async def crowd() -> list[EventAnswer]:
        with database.engine.connect() as holder:
            holder.execute(select(trackers).where(trackers.c.user_id == user.id).with_for_update())
            waiting = [
                asyncio.create_task(database.write(lambda conn: press(conn, user), owner=user.id))
                for _ in range(2 * THREADS)
            ]
            await asyncio.sleep(0.2)  # until those that can wait for the lock do
            assert await database.read(answers)
            holder.rollback()
        return await asyncio.gather(*waiting)

    # Had they taken every thread, the reader would have been given up before the lock was released.
    assert [answer.total_questions for answer in asyncio.run(crowd())] == [*range(1, 2 * THREADS + 1)]
