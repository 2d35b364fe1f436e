"""Discarded questions are purged 30 days later; their neighbours stay as they were."""

from datetime import timedelta

import pytest

from app.services import corrections, exporting
from app.services.purging import Purged
from app.services.recording.incoming import EXPIRED
from app.services.refusals import InvalidInput, NotFound
from app.tracking.records import Place
from tests.unit.services.user_log import A_MOMENT, MONTH, NINE, TARGET, TASK, UserLog, traces, with_a_middle


def test_question_discarded_when_closed_is_purged_without_a_trace(log: UserLog) -> None:
    uid, question = with_a_middle(log, ("PAUSE", 6), ("PAUSE", 7), discard=True)
    before = log.summary(uid)
    assert log.purge(NINE + MONTH) == Purged()
    assert log.purge() == Purged(questions=1, rows=2)
    after = log.summary(uid)
    assert [q.id for q in before.discarded] == [question]
    assert (after.discarded, after.questions) == ((), before.questions)
    assert after.total_active_seconds == before.total_active_seconds
    assert log.types() == ["NEXT", "NEXT", "NEXT", "EXIT"]
    assert traces(log.connection, TASK) == traces(log.connection, str(TARGET)) == []
    assert log.is_sound()


def test_purged_question_is_not_found(log: UserLog) -> None:
    uid, question = with_a_middle(log, discard=True)
    log.purge()
    for discard in (False, True):
        with pytest.raises(NotFound):
            corrections.mark_question(log.connection, log.user, uid, question, NINE, discard=discard)
    text, _ = exporting.question_page(log.connection, log.user, Place(0, -1), 2**62)
    assert [line.split(",")[-4] for line in text.splitlines()] == ["first", "last"]


def test_question_deleted_later_is_purged_30_days_after_its_deletion(log: UserLog) -> None:
    uid, question = with_a_middle(log)
    later = NINE + timedelta(days=10)
    corrections.mark_question(log.connection, log.user, uid, question, later, discard=True)
    assert log.purge(later + MONTH) == Purged()
    assert log.purge(later + MONTH + A_MOMENT) == Purged(questions=1)
    assert traces(log.connection, TASK) == []


def test_question_restored_in_time_stays(log: UserLog) -> None:
    uid, question = with_a_middle(log, discard=True)
    corrections.mark_question(log.connection, log.user, uid, question, NINE, discard=False)
    assert log.purge(NINE + 2 * MONTH) == Purged()
    assert log.summary(uid).questions[1].task_id == TASK


def test_open_question_of_a_forgotten_session_is_purged_and_the_session_ends_as_before(log: UserLog) -> None:
    uid = log.press("NEXT", 0)[1].session_id
    log.press("NEXT", 5, task_id=TASK)
    log.press("PAUSE", 6)
    log.press("PAUSE", 7)
    log.press("NEXT", 24 * 60)
    before = log.summary(uid)
    assert (before.auto_closed, len(before.discarded)) == (True, 1)
    # The session ends with the second pause, so that one stays.
    assert log.purge() == Purged(questions=1)
    after = log.summary(uid)
    assert (after.ended_at, after.discarded) == (before.ended_at, ())
    assert traces(log.connection, TASK) == []
    assert log.is_sound()


def test_pauses_on_which_something_else_depends_stay(log: UserLog) -> None:
    # Without the first pause the session would be forgotten twelve hours later.
    log.press("NEXT", 0)
    log.press("NEXT", 5, task_id=TASK)
    log.press("PAUSE", 6)
    log.press("NEXT", 20 * 60, discard=True)
    assert log.purge() == Purged(questions=1)
    assert log.types() == ["NEXT", "NEXT", "PAUSE", "NEXT"]
    assert (traces(log.connection, TASK), log.is_sound()) == ([], True)


def test_presses_that_were_undone_inside_a_question_are_blanked_with_it(log: UserLog) -> None:
    with_a_middle(log, ("PAUSE", 6), ("NEXT", 7), ("UNDO", 8), discard=True)
    assert log.purge() == Purged(questions=1)
    assert log.types() == ["NEXT", "NEXT", "PAUSE", "NEXT", "UNDO", "NEXT", "EXIT"]
    assert traces(log.connection, TASK) == traces(log.connection, str(TARGET)) == []
    assert log.is_sound()


def test_exit_that_closed_a_question_is_blanked_with_it(log: UserLog) -> None:
    log.press("NEXT", 0, task_id=TASK)
    sent, _ = log.press("EXIT", 5, task_id=TASK, discard=True)
    assert log.purge() == Purged(questions=1)
    assert traces(log.connection, TASK) == []
    assert log.send(sent).duplicate
    assert log.is_sound()


def test_event_of_a_purged_question_delivered_again_is_answered_with_how_its_session_stands(
    log: UserLog,
) -> None:
    uid = log.press("NEXT", 0)[1].session_id
    opening, _ = log.press("NEXT", 5, task_id=TASK, target_minutes=TARGET)
    pause, _ = log.press("PAUSE", 6)
    closing, _ = log.press("NEXT", 10, discard=True)
    log.press("NEXT", 15)
    log.press("EXIT", 16)
    log.purge()
    for sent in (opening, closing):
        again = log.send(sent)
        assert (again.duplicate, again.session_id, again.is_active) == (True, uid, False)
        assert (again.message, again.total_questions) == ("The session has 3 questions.", 3)
        assert (again.last_question_raw_seconds, again.current_target_minutes) == (None, None)
    with pytest.raises(InvalidInput, match=EXPIRED):
        log.send(pause)


def test_late_event_in_a_discarded_question_makes_a_new_one_with_a_month_of_its_own(log: UserLog) -> None:
    uid, _ = with_a_middle(log, discard=True)
    log.purge()
    arrived = NINE + MONTH + timedelta(days=1)
    log.press("NEXT", 7, arrived, task_id="late")
    assert [q.task_id for q in log.summary(uid).discarded] == ["late"]
    assert [q.task_id for q in log.summary(uid).questions] == ["first", None, "last"]
    assert log.purge(arrived + MONTH) == Purged()
    assert log.purge(arrived + MONTH + A_MOMENT) == Purged(questions=1)
    assert (traces(log.connection, '"late"'), log.is_sound()) == ([], True)


def test_purged_question_reopened_by_a_late_undo_counts_without_what_was_purged(log: UserLog) -> None:
    uid, question = with_a_middle(log, discard=True)
    log.purge()
    log.press("UNDO", 11, NINE + 2 * MONTH)
    assert [(q.raw_seconds, q.task_id) for q in log.summary(uid).questions] == [
        (300, "first"),
        (660, None),
    ]
    assert log.is_sound()
    # Discarded anew, it has its month again.
    corrections.mark_question(log.connection, log.user, uid, question, NINE + 2 * MONTH, discard=True)
    assert [q.id for q in log.summary(uid).discarded] == [question]
    assert log.purge(NINE + 3 * MONTH) == Purged()


def test_purged_question_that_counts_after_a_late_event_can_be_discarded_again(log: UserLog) -> None:
    uid = log.press("NEXT", 0)[1].session_id
    log.press("NEXT", 5, task_id=TASK)
    log.press("NEXT", 24 * 60)
    log.purge()
    # She had paused: the session was not forgotten, and the question closed a day later.
    log.press("PAUSE", 6, NINE + 2 * MONTH)
    question = log.summary(uid).questions[1]
    assert (question.active_seconds, question.task_id) == (60, None)
    corrections.mark_question(log.connection, log.user, uid, question.id, NINE + 2 * MONTH, discard=True)
    assert [q.id for q in log.summary(uid).discarded] == [question.id]
    assert log.purge(NINE + 3 * MONTH) == Purged()
    assert log.purge(NINE + 3 * MONTH + A_MOMENT) == Purged(questions=1)
    assert (log.summary(uid).discarded, log.is_sound()) == ((), True)


def test_session_with_a_purged_question_is_restored_without_it(log: UserLog) -> None:
    uid, _ = with_a_middle(log, discard=True)
    log.purge()
    before = log.summary(uid)
    corrections.delete_session(log.connection, log.user, uid, NINE + MONTH)
    corrections.restore_session(log.connection, log.user, uid, NINE + MONTH)
    assert (log.summary(uid), log.is_sound()) == (before, True)
