"""Deleted sessions leave for good 30 days later, for all users, and what they sent is known again."""

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
from app.store import purged
from app.store.users import User
from tests.leaving import A_MOMENT, MONTH, NINE, TARGET, TASK, Sitting, deleted_session, traces, with_a_middle
from tests.recording import IDLE_US, counted_statements


def test_deleted_session_leaves_when_it_can_no_longer_be_restored(sitting: Sitting) -> None:
    uid, _ = deleted_session(sitting)
    assert sitting.purge(NINE + MONTH) == Purged()
    assert sitting.purge(NINE + MONTH + A_MOMENT) == Purged(sessions=1, rows=6)
    assert sitting.log() == []
    assert traces(sitting.connection, TASK) == traces(sitting.connection, uid) == []
    assert traces(sitting.connection, str(TARGET)) == []
    assert sitting.is_sound()
    with pytest.raises(NotFound):
        corrections.restore_session(sitting.connection, sitting.user, uid, NINE)


def test_long_session_leaves_in_short_steps_and_nobody_restores_a_part(
    sitting: Sitting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(purging, "ROWS_AT_ONCE", 1)
    deleted_session(sitting)
    user = sitting.user
    assert purge_some(sitting.connection, user.id, NINE + MONTH + A_MOMENT) == Purged(rows=1)
    assert sitting.is_sound()
    still_there = select(events.c.uid).where(events.c.user_id == user.id, events.c.type == "NEXT").limit(1)
    uid = sitting.connection.execute(still_there).scalar_one()
    with pytest.raises(NotFound):  # by a process whose clock is behind
        corrections.restore_session(sitting.connection, user, uid, NINE)
    assert sitting.purge() == Purged(sessions=1, rows=5)
    assert purged.ranges(sitting.connection, user.id) == [(1, 6)]


def test_event_delivered_again_after_it_left_is_refused_for_good(sitting: Sitting) -> None:
    _, sent = deleted_session(sitting)
    sitting.purge()
    for each in sent:
        with pytest.raises(InvalidInput, match=EXPIRED):
            sitting.send(each, NINE + 2 * MONTH)
    receipt = Receipt(received=NINE + 2 * MONTH, sent_at=None, idle_us=IDLE_US)
    results = record_batch(sitting.connection, sitting.user, sent, receipt)
    assert results == [Result("refused", each.event_id, EXPIRED) for each in sent]
    ids = [each.event_id or "" for each in sent]
    never = str(uuid.uuid4())
    assert known_events(sitting.connection, sitting.user, [*ids, never]) == set(ids)
    assert (sitting.log(), sitting.is_sound()) == ([], True)


def test_event_without_a_time_stamp_is_known_again_after_it_left(sitting: Sitting) -> None:
    sent, answer = sitting.press("NEXT", None)
    corrections.delete_session(sitting.connection, sitting.user, answer.session_id, NINE)
    sitting.purge()
    with pytest.raises(InvalidInput, match=EXPIRED):
        sitting.send(sent, NINE + 2 * MONTH)


def test_event_sent_by_a_clock_far_ahead_is_known_again_after_it_left(sitting: Sitting) -> None:
    # The clock is two months ahead and says so; by the time of the repetition it has been set right.
    ahead = 2 * MONTH
    sent = sitting.incoming("NEXT", ahead / timedelta(minutes=1))
    uid = sitting.send(sent, NINE, sent_at=(NINE + ahead).isoformat()).session_id
    corrections.delete_session(sitting.connection, sitting.user, uid, NINE)
    sitting.purge()
    with pytest.raises(InvalidInput, match=EXPIRED):
        sitting.send(sent, NINE + ahead)


def test_ordinary_event_costs_no_statement_more_after_a_purge(database: Database) -> None:
    def cost(*, after_a_purge: bool) -> int:
        def work(connection: Connection) -> int:
            sitting = Sitting(connection)
            if after_a_purge:
                deleted_session(sitting)
                sitting.purge()
            sitting.press("NEXT", 20)
            with counted_statements(database) as statements:
                record_event(
                    connection, sitting.user, sitting.incoming("NEXT", 25), Receipt(NINE, None, IDLE_US)
                )
                return len(statements)

        return database.write_now(work)

    assert cost(after_a_purge=True) == cost(after_a_purge=False)


def test_account_that_is_deleted_takes_along_what_was_kept_of_events_that_left(sitting: Sitting) -> None:
    deleted_session(sitting)
    sitting.purge()
    kept = ("purged_events", "purged_rows")
    assert set(traces(sitting.connection, str(sitting.user.id))) > set(kept)
    sitting.connection.execute(delete(users).where(users.c.id == sitting.user.id))
    assert traces(sitting.connection, str(sitting.user.id)) == []


def test_all_users_are_purged_however_many_do_it_at_once(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(purging, "USERS_AT_ONCE", 2)

    def record(connection: Connection) -> list[User]:
        sittings = [Sitting(connection) for _ in range(5)]
        for number, each in enumerate(sittings):
            deleted_session(each) if number % 2 else with_a_middle(each, discard=True)
        return [each.user for each in sittings]

    async def at_once() -> list[Purged]:
        now = NINE + MONTH + A_MOMENT
        return await asyncio.gather(*(purge_all(database.read, database.write, now) for _ in range(3)))

    people = database.write_now(record)
    assert sum(asyncio.run(at_once()), Purged()) == Purged(sessions=2, questions=3, rows=12)
    found = [database.read_now(partial(differences, user_id=user.id)) for user in people]
    assert found == [[]] * 5
    with database.engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(events)) == 3 * 4
