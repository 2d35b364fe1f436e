"""What leaves for good 30 days after it was deleted, and what stays as it was."""

import asyncio
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Connection, delete, func, select

from app.database import Database
from app.db_models import events, metadata, users
from app.services import corrections, exporting, purging, reading, recording
from app.services.purging import Left, purge_all, purge_some
from app.services.recording import LEFT, Incoming, Receipt, Result
from app.services.refusals import InvalidInput, NotFound
from app.services.verification import differences
from app.store import purged
from app.store.users import User
from app.tracking.machine import EventType
from app.tracking.records import Place
from app.tracking.summaries import SessionSummary
from tests.people import add_user
from tests.recorded import IDLE, counted_statements

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
MONTH = timedelta(days=30)
A_MOMENT = timedelta(microseconds=1)
TASK, TARGET = "a-task-that-leaves", 33.71875


class Sitting:
    """Somebody who rates, on a transaction that leaves nothing behind. Times are minutes after nine."""

    def __init__(self, connection: Connection) -> None:
        self.connection, self.user = connection, add_user(connection)

    def incoming(self, kind: str, minute: float | None, **fields: Any) -> Incoming:
        at = None if minute is None else (NINE + timedelta(minutes=minute)).isoformat()
        return Incoming(**{"type": EventType(kind), "timestamp": at, "event_id": str(uuid.uuid4())} | fields)

    def send(self, incoming: Incoming, received: datetime = NINE, sent_at: str | None = None) -> Any:
        receipt = Receipt(received=received, sent_at=sent_at, idle=IDLE)
        with self.connection.begin_nested():
            return recording.record_event(self.connection, self.user, incoming, receipt)

    def press(
        self, kind: str, minute: float | None, received: datetime = NINE, **fields: Any
    ) -> tuple[Incoming, Any]:
        """What was sent, and the answer."""
        incoming = self.incoming(kind, minute, **fields)
        return incoming, self.send(incoming, received)

    def purge(self, now: datetime = NINE + MONTH + A_MOMENT) -> Left:
        total = Left()
        while left := purge_some(self.connection, self.user.id, now):
            total += left
        return total

    def summary(self, uid: str) -> SessionSummary:
        return reading.session_summary(self.connection, self.user, uid, NINE)

    def log(self) -> list[str]:
        """The kinds of the rows of the log, in the order of the fold."""
        rows = select(events.c.type).where(events.c.user_id == self.user.id)
        return list(self.connection.execute(rows.order_by(events.c.at, events.c.seq)).scalars())

    def is_sound(self) -> bool:
        return differences(self.connection, self.user.id) == []


@pytest.fixture
def sitting(database: Database) -> Iterator[Sitting]:
    with database.engine.connect() as connection:
        yield Sitting(connection)
        connection.rollback()


def traces(connection: Connection, text: str) -> list[str]:
    """The tables in which a text stands anywhere."""
    return [
        table.name
        for table in metadata.sorted_tables
        if any(text in str(value) for row in connection.execute(select(table)) for value in row)
    ]


# --- deleted sessions ---


def deleted_session(sitting: Sitting) -> tuple[str, list[Incoming]]:
    """A session with everything in it, deleted at nine; its id and its events."""
    presses = [("NEXT", 0), ("PAUSE", 1), ("PAUSE", 2), ("NEXT", 5), ("UNDO", 6), ("EXIT", 9)]
    sent = [sitting.incoming(kind, minute, task_id=TASK, target_minutes=TARGET) for kind, minute in presses]
    answers = [sitting.send(each) for each in sent]
    uid = answers[0].session_id
    corrections.delete_session(sitting.connection, sitting.user, uid, NINE)
    return uid, sent


def test_deleted_session_leaves_when_it_can_no_longer_be_restored(sitting: Sitting) -> None:
    uid, _ = deleted_session(sitting)
    assert sitting.purge(NINE + MONTH) == Left()
    assert sitting.purge(NINE + MONTH + A_MOMENT) == Left(sessions=1, rows=6)
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
    assert purge_some(sitting.connection, user.id, NINE + MONTH + A_MOMENT) == Left(rows=1)
    assert sitting.is_sound()
    still_there = select(events.c.uid).where(events.c.user_id == user.id, events.c.type == "NEXT").limit(1)
    uid = sitting.connection.execute(still_there).scalar_one()
    with pytest.raises(NotFound):  # by a process whose clock is behind
        corrections.restore_session(sitting.connection, user, uid, NINE)
    assert sitting.purge() == Left(sessions=1, rows=5)
    assert purged.ranges(sitting.connection, user.id) == [(1, 6)]


def test_event_delivered_again_after_it_left_is_refused_for_good(sitting: Sitting) -> None:
    _, sent = deleted_session(sitting)
    sitting.purge()
    for each in sent:
        with pytest.raises(InvalidInput, match=LEFT):
            sitting.send(each, NINE + 2 * MONTH)
    receipt = Receipt(received=NINE + 2 * MONTH, sent_at=None, idle=IDLE)
    results = recording.record_batch(sitting.connection, sitting.user, sent, receipt)
    assert results == [Result("refused", each.event_id, LEFT) for each in sent]
    ids = [each.event_id or "" for each in sent]
    never = str(uuid.uuid4())
    assert recording.known_events(sitting.connection, sitting.user, [*ids, never]) == set(ids)
    assert (sitting.log(), sitting.is_sound()) == ([], True)


def test_event_without_a_time_stamp_is_known_again_after_it_left(sitting: Sitting) -> None:
    sent, answer = sitting.press("NEXT", None)
    corrections.delete_session(sitting.connection, sitting.user, answer.session_id, NINE)
    sitting.purge()
    with pytest.raises(InvalidInput, match=LEFT):
        sitting.send(sent, NINE + 2 * MONTH)


def test_event_sent_by_a_clock_far_ahead_is_known_again_after_it_left(sitting: Sitting) -> None:
    # The clock is two months ahead and says so; by the time of the repetition it has been set right.
    ahead = 2 * MONTH
    sent = sitting.incoming("NEXT", ahead / timedelta(minutes=1))
    uid = sitting.send(sent, NINE, sent_at=(NINE + ahead).isoformat()).session_id
    corrections.delete_session(sitting.connection, sitting.user, uid, NINE)
    sitting.purge()
    with pytest.raises(InvalidInput, match=LEFT):
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
                recording.record_event(
                    connection, sitting.user, sitting.incoming("NEXT", 25), Receipt(NINE, None, IDLE)
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


# --- discarded questions ---


def with_a_middle(sitting: Sitting, *inside: tuple[str, float], **closing: Any) -> tuple[str, str]:
    """A session of three questions; the middle one, from minute 5 to 10, has a task and a target, and what
    happened `inside` it. Ids of the session and of that question."""
    uid = sitting.press("NEXT", 0, task_id="first")[1].session_id
    sitting.press("NEXT", 5, task_id=TASK, target_minutes=TARGET)
    for kind, minute in inside:
        sitting.press(kind, minute, task_id=TASK, target_minutes=TARGET)
    sitting.press("NEXT", 10, task_id="last", **closing)
    sitting.press("EXIT", 16)
    summary = sitting.summary(uid)
    middle = next(q for q in (*summary.questions, *summary.discarded) if q.task_id == TASK)
    return uid, middle.id


def test_question_discarded_when_it_was_closed_leaves_without_a_trace(sitting: Sitting) -> None:
    uid, question = with_a_middle(sitting, ("PAUSE", 6), ("PAUSE", 7), discard=True)
    before = sitting.summary(uid)
    assert sitting.purge(NINE + MONTH) == Left()
    assert sitting.purge() == Left(questions=1, rows=2)
    after = sitting.summary(uid)
    assert [q.id for q in before.discarded] == [question]
    assert (after.discarded, after.questions) == ((), before.questions)
    assert after.total_active_seconds == before.total_active_seconds
    assert sitting.log() == ["NEXT", "NEXT", "NEXT", "EXIT"]
    assert traces(sitting.connection, TASK) == traces(sitting.connection, str(TARGET)) == []
    assert sitting.is_sound()


def test_question_that_left_is_found_by_nobody(sitting: Sitting) -> None:
    uid, question = with_a_middle(sitting, discard=True)
    sitting.purge()
    for correction in (corrections.restore_question, corrections.discard_question):
        with pytest.raises(NotFound):
            correction(sitting.connection, sitting.user, uid, question, NINE)
    page = exporting.question_page(sitting.connection, sitting.user, Place(0, -1), 2**62)
    assert [line.split(",")[-4] for line in page.text.splitlines()] == ["first", "last"]


def test_question_deleted_later_leaves_30_days_after_that(sitting: Sitting) -> None:
    uid, question = with_a_middle(sitting)
    later = NINE + timedelta(days=10)
    corrections.discard_question(sitting.connection, sitting.user, uid, question, later)
    assert sitting.purge(later + MONTH) == Left()
    assert sitting.purge(later + MONTH + A_MOMENT) == Left(questions=1)
    assert traces(sitting.connection, TASK) == []


def test_question_restored_in_time_stays(sitting: Sitting) -> None:
    uid, question = with_a_middle(sitting, discard=True)
    corrections.restore_question(sitting.connection, sitting.user, uid, question, NINE)
    assert sitting.purge(NINE + 2 * MONTH) == Left()
    assert sitting.summary(uid).questions[1].task_id == TASK


def test_open_question_of_a_forgotten_session_leaves_and_the_session_ends_as_before(sitting: Sitting) -> None:
    uid = sitting.press("NEXT", 0)[1].session_id
    sitting.press("NEXT", 5, task_id=TASK)
    sitting.press("PAUSE", 6)
    sitting.press("PAUSE", 7)
    sitting.press("NEXT", 24 * 60)
    before = sitting.summary(uid)
    assert (before.auto_closed, len(before.discarded)) == (True, 1)
    # The session ends with the second pause, so that one stays.
    assert sitting.purge() == Left(questions=1)
    after = sitting.summary(uid)
    assert (after.ended_at, after.discarded) == (before.ended_at, ())
    assert traces(sitting.connection, TASK) == []
    assert sitting.is_sound()


def test_pauses_on_which_something_else_depends_stay(sitting: Sitting) -> None:
    # Without the first pause the session would be forgotten twelve hours later.
    sitting.press("NEXT", 0)
    sitting.press("NEXT", 5, task_id=TASK)
    sitting.press("PAUSE", 6)
    sitting.press("NEXT", 20 * 60, discard=True)
    assert sitting.purge() == Left(questions=1)
    assert sitting.log() == ["NEXT", "NEXT", "PAUSE", "NEXT"]
    assert (traces(sitting.connection, TASK), sitting.is_sound()) == ([], True)


def test_presses_that_were_undone_inside_a_question_are_blanked_with_it(sitting: Sitting) -> None:
    with_a_middle(sitting, ("PAUSE", 6), ("NEXT", 7), ("UNDO", 8), discard=True)
    assert sitting.purge() == Left(questions=1)
    assert sitting.log() == ["NEXT", "NEXT", "PAUSE", "NEXT", "UNDO", "NEXT", "EXIT"]
    assert traces(sitting.connection, TASK) == traces(sitting.connection, str(TARGET)) == []
    assert sitting.is_sound()


def test_exit_that_closed_a_question_is_blanked_with_it(sitting: Sitting) -> None:
    sitting.press("NEXT", 0, task_id=TASK)
    sent, _ = sitting.press("EXIT", 5, task_id=TASK, discard=True)
    assert sitting.purge() == Left(questions=1)
    assert traces(sitting.connection, TASK) == []
    assert sitting.send(sent).duplicate
    assert sitting.is_sound()


def test_event_of_a_question_that_left_delivered_again_is_still_a_repetition(sitting: Sitting) -> None:
    sitting.press("NEXT", 0)
    opening, first = sitting.press("NEXT", 5, task_id=TASK, target_minutes=TARGET)
    pause, _ = sitting.press("PAUSE", 6)
    closing, last = sitting.press("NEXT", 10, discard=True)
    sitting.purge()
    again = sitting.send(opening)
    assert (again.duplicate, again.session_id, again.total_questions) == (True, first.session_id, 1)
    assert (again.last_question_raw_seconds, again.current_target_minutes) == (300, None)
    again = sitting.send(closing)
    assert (again.duplicate, again.message, again.last_question_raw_seconds) == (True, last.message, None)
    with pytest.raises(InvalidInput, match=LEFT):
        sitting.send(pause)


def test_late_event_in_a_discarded_question_makes_a_new_one_with_a_month_of_its_own(sitting: Sitting) -> None:
    uid, _ = with_a_middle(sitting, discard=True)
    sitting.purge()
    arrived = NINE + MONTH + timedelta(days=1)
    sitting.press("NEXT", 7, arrived, task_id="late")
    assert [q.task_id for q in sitting.summary(uid).discarded] == ["late"]
    assert [q.task_id for q in sitting.summary(uid).questions] == ["first", None, "last"]
    assert sitting.purge(arrived + MONTH) == Left()
    assert sitting.purge(arrived + MONTH + A_MOMENT) == Left(questions=1)
    assert (traces(sitting.connection, '"late"'), sitting.is_sound()) == ([], True)


def test_question_that_left_and_is_reopened_by_a_late_undo_counts_without_what_left(sitting: Sitting) -> None:
    uid, question = with_a_middle(sitting, discard=True)
    sitting.purge()
    sitting.press("UNDO", 11, NINE + 2 * MONTH)
    assert [(q.raw_seconds, q.task_id) for q in sitting.summary(uid).questions] == [
        (300, "first"),
        (660, None),
    ]
    assert sitting.is_sound()
    # Discarded anew, it has its month again.
    corrections.discard_question(sitting.connection, sitting.user, uid, question, NINE + 2 * MONTH)
    assert [q.id for q in sitting.summary(uid).discarded] == [question]
    assert sitting.purge(NINE + 3 * MONTH) == Left()


def test_question_that_left_and_counts_after_a_late_event_is_discarded_anew(sitting: Sitting) -> None:
    uid = sitting.press("NEXT", 0)[1].session_id
    sitting.press("NEXT", 5, task_id=TASK)
    sitting.press("NEXT", 24 * 60)
    sitting.purge()
    # She had paused: the session was not forgotten, and the question closed a day later.
    sitting.press("PAUSE", 6, NINE + 2 * MONTH)
    question = sitting.summary(uid).questions[1]
    assert (question.active_seconds, question.task_id) == (60, None)
    corrections.discard_question(sitting.connection, sitting.user, uid, question.id, NINE + 2 * MONTH)
    assert [q.id for q in sitting.summary(uid).discarded] == [question.id]
    assert sitting.purge(NINE + 3 * MONTH) == Left()
    assert sitting.purge(NINE + 3 * MONTH + A_MOMENT) == Left(questions=1)
    assert (sitting.summary(uid).discarded, sitting.is_sound()) == ((), True)


def test_session_with_a_question_that_left_is_deleted_and_restored_without_it(sitting: Sitting) -> None:
    uid, _ = with_a_middle(sitting, discard=True)
    sitting.purge()
    before = sitting.summary(uid)
    corrections.delete_session(sitting.connection, sitting.user, uid, NINE + MONTH)
    corrections.restore_session(sitting.connection, sitting.user, uid, NINE + MONTH)
    assert (sitting.summary(uid), sitting.is_sound()) == (before, True)


# --- all users ---


def test_all_users_are_purged_however_many_do_it_at_once(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(purging, "USERS_AT_ONCE", 2)

    def record(connection: Connection) -> list[User]:
        sittings = [Sitting(connection) for _ in range(5)]
        for number, each in enumerate(sittings):
            deleted_session(each) if number % 2 else with_a_middle(each, discard=True)
        return [each.user for each in sittings]

    async def at_once() -> list[Left]:
        now = NINE + MONTH + A_MOMENT
        return await asyncio.gather(*(purge_all(database.read, database.write, now) for _ in range(3)))

    people = database.write_now(record)
    assert sum(asyncio.run(at_once()), Left()) == Left(sessions=2, questions=3, rows=12)
    found = [database.read_now(partial(differences, user_id=user.id)) for user in people]
    assert found == [[]] * 5
    with database.engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(events)) == 3 * 4
