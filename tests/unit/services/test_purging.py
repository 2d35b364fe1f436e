"""Deleted sessions are purged 30 days later, for all users, and their events stay known."""

import asyncio
import uuid
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import Connection, delete, func, select

from app.database import Database
from app.db_models import events, users
from app.services import corrections, purging
from app.services.purging import Purged, purge_all, purge_some
from app.services.recording.batch import Result, record_batch
from app.services.recording.incoming import EXPIRED, Receipt
from app.services.recording.record import known_events, record_event
from app.services.refusals import InvalidInput, NotFound
from app.services.verification import differences
from app.store.purging import purged_numbers
from app.store.users import User
from tests.recording import IDLE_US, counted_statements
from tests.unit.services.user_log import (
    A_MOMENT,
    MONTH,
    NINE,
    TARGET,
    TASK,
    UserLog,
    deleted_session,
    traces,
    with_a_middle,
)


def test_deleted_session_is_purged_when_it_can_no_longer_be_restored(log: UserLog) -> None:
    uid, _ = deleted_session(log)
    assert log.purge(NINE + MONTH) == Purged()
    assert log.purge(NINE + MONTH + A_MOMENT) == Purged(sessions=1, rows=6)
    assert log.types() == []
    assert traces(log.connection, TASK) == traces(log.connection, uid) == []
    assert traces(log.connection, str(TARGET)) == []
    assert log.is_sound()
    with pytest.raises(NotFound):
        corrections.restore_session(log.connection, log.user, uid, NINE)


def test_long_session_is_purged_in_short_steps_and_cannot_be_restored_meanwhile(
    log: UserLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(purging, "ROWS_AT_ONCE", 1)
    deleted_session(log)
    user = log.user
    assert purge_some(log.connection, user.id, NINE + MONTH + A_MOMENT) == Purged(rows=1)
    assert log.is_sound()
    still_there = select(events.c.uid).where(events.c.user_id == user.id, events.c.type == "NEXT").limit(1)
    uid = log.connection.execute(still_there).scalar_one()
    with pytest.raises(NotFound):  # by a process whose clock is behind
        corrections.restore_session(log.connection, user, uid, NINE)
    assert log.purge() == Purged(sessions=1, rows=5)
    assert purged_numbers(log.connection, user.id) == {*range(1, 7)}


def test_event_delivered_again_after_its_purge_is_refused(log: UserLog) -> None:
    _, sent = deleted_session(log)
    log.purge()
    for each in sent:
        with pytest.raises(InvalidInput, match=EXPIRED):
            log.send(each, NINE + 2 * MONTH)
    receipt = Receipt(received=NINE + 2 * MONTH, sent_at=None, idle_us=IDLE_US)
    results = record_batch(log.connection, log.user, sent, receipt)
    assert results == [Result("refused", each.event_id, EXPIRED) for each in sent]
    ids = [each.event_id or "" for each in sent]
    never = str(uuid.uuid4())
    assert known_events(log.connection, log.user, [*ids, never]) == set(ids)
    assert (log.types(), log.is_sound()) == ([], True)


def test_event_without_a_time_stamp_is_known_after_its_purge(log: UserLog) -> None:
    sent, answer = log.press("NEXT", None)
    corrections.delete_session(log.connection, log.user, answer.session_id, NINE)
    log.purge()
    with pytest.raises(InvalidInput, match=EXPIRED):
        log.send(sent, NINE + 2 * MONTH)


def test_event_of_a_clock_far_ahead_is_known_after_its_purge(log: UserLog) -> None:
    # The clock is two months ahead and says so; by the time of the repetition it has been set right.
    ahead = 2 * MONTH
    sent = log.incoming("NEXT", ahead / timedelta(minutes=1))
    uid = log.send(sent, NINE, sent_at=(NINE + ahead).isoformat()).session_id
    corrections.delete_session(log.connection, log.user, uid, NINE)
    log.purge()
    with pytest.raises(InvalidInput, match=EXPIRED):
        log.send(sent, NINE + ahead)


def test_newest_event_costs_no_further_statement_after_a_purge(database: Database) -> None:
    def cost(*, after_a_purge: bool) -> int:
        def work(connection: Connection) -> int:
            log = UserLog(connection)
            if after_a_purge:
                deleted_session(log)
                log.purge()
            log.press("NEXT", 20)
            with counted_statements(database) as statements:
                record_event(connection, log.user, log.incoming("NEXT", 25), Receipt(NINE, None, IDLE_US))
                return len(statements)

        return database.write_now(work)

    assert cost(after_a_purge=True) == cost(after_a_purge=False)


def test_deleted_account_loses_what_was_kept_of_its_purged_events(log: UserLog) -> None:
    deleted_session(log)
    log.purge()
    kept = ("purged_events", "purged_rows")
    assert set(traces(log.connection, str(log.user.id))) > set(kept)
    log.connection.execute(delete(users).where(users.c.id == log.user.id))
    assert traces(log.connection, str(log.user.id)) == []


def test_all_users_are_purged_once_by_concurrent_purges(database: Database) -> None:
    def record(connection: Connection) -> list[User]:
        logs = [UserLog(connection) for _ in range(5)]
        for number, each in enumerate(logs):
            deleted_session(each) if number % 2 else with_a_middle(each, discard=True)
        return [each.user for each in logs]

    async def at_once() -> list[Purged]:
        now = NINE + MONTH + A_MOMENT
        return await asyncio.gather(*(purge_all(database.read, database.write, now) for _ in range(3)))

    people = database.write_now(record)
    assert sum(asyncio.run(at_once()), Purged()) == Purged(sessions=2, questions=3, rows=12)
    found = [database.read_now(partial(differences, user_id=user.id)) for user in people]
    assert found == [[]] * 5
    with database.engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(events)) == 3 * 4
