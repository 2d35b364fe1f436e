"""Discarded questions leave for good 30 days later; their neighbours stay as they were."""

from datetime import timedelta

import pytest

from app.services import corrections, exporting
from app.services.purging import Purged
from app.services.recording.incoming import EXPIRED
from app.services.refusals import InvalidInput, NotFound
from app.tracking.records import Place
from tests.leaving import A_MOMENT, MONTH, NINE, TARGET, TASK, Sitting, traces, with_a_middle


def test_question_discarded_when_it_was_closed_leaves_without_a_trace(sitting: Sitting) -> None:
    uid, question = with_a_middle(sitting, ("PAUSE", 6), ("PAUSE", 7), discard=True)
    before = sitting.summary(uid)
    assert sitting.purge(NINE + MONTH) == Purged()
    assert sitting.purge() == Purged(questions=1, rows=2)
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
    assert sitting.purge(later + MONTH) == Purged()
    assert sitting.purge(later + MONTH + A_MOMENT) == Purged(questions=1)
    assert traces(sitting.connection, TASK) == []


def test_question_restored_in_time_stays(sitting: Sitting) -> None:
    uid, question = with_a_middle(sitting, discard=True)
    corrections.restore_question(sitting.connection, sitting.user, uid, question, NINE)
    assert sitting.purge(NINE + 2 * MONTH) == Purged()
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
    assert sitting.purge() == Purged(questions=1)
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
    assert sitting.purge() == Purged(questions=1)
    assert sitting.log() == ["NEXT", "NEXT", "PAUSE", "NEXT"]
    assert (traces(sitting.connection, TASK), sitting.is_sound()) == ([], True)


def test_presses_that_were_undone_inside_a_question_are_blanked_with_it(sitting: Sitting) -> None:
    with_a_middle(sitting, ("PAUSE", 6), ("NEXT", 7), ("UNDO", 8), discard=True)
    assert sitting.purge() == Purged(questions=1)
    assert sitting.log() == ["NEXT", "NEXT", "PAUSE", "NEXT", "UNDO", "NEXT", "EXIT"]
    assert traces(sitting.connection, TASK) == traces(sitting.connection, str(TARGET)) == []
    assert sitting.is_sound()


def test_exit_that_closed_a_question_is_blanked_with_it(sitting: Sitting) -> None:
    sitting.press("NEXT", 0, task_id=TASK)
    sent, _ = sitting.press("EXIT", 5, task_id=TASK, discard=True)
    assert sitting.purge() == Purged(questions=1)
    assert traces(sitting.connection, TASK) == []
    assert sitting.send(sent).duplicate
    assert sitting.is_sound()


def test_event_of_a_question_that_left_delivered_again_is_answered_with_how_its_session_stands(
    sitting: Sitting,
) -> None:
    uid = sitting.press("NEXT", 0)[1].session_id
    opening, _ = sitting.press("NEXT", 5, task_id=TASK, target_minutes=TARGET)
    pause, _ = sitting.press("PAUSE", 6)
    closing, _ = sitting.press("NEXT", 10, discard=True)
    sitting.press("NEXT", 15)
    sitting.press("EXIT", 16)
    sitting.purge()
    for sent in (opening, closing):
        again = sitting.send(sent)
        assert (again.duplicate, again.session_id, again.is_active) == (True, uid, False)
        assert (again.message, again.total_questions) == ("The session has 3 questions.", 3)
        assert (again.last_question_raw_seconds, again.current_target_minutes) == (None, None)
    with pytest.raises(InvalidInput, match=EXPIRED):
        sitting.send(pause)


def test_late_event_in_a_discarded_question_makes_a_new_one_with_a_month_of_its_own(sitting: Sitting) -> None:
    uid, _ = with_a_middle(sitting, discard=True)
    sitting.purge()
    arrived = NINE + MONTH + timedelta(days=1)
    sitting.press("NEXT", 7, arrived, task_id="late")
    assert [q.task_id for q in sitting.summary(uid).discarded] == ["late"]
    assert [q.task_id for q in sitting.summary(uid).questions] == ["first", None, "last"]
    assert sitting.purge(arrived + MONTH) == Purged()
    assert sitting.purge(arrived + MONTH + A_MOMENT) == Purged(questions=1)
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
    assert sitting.purge(NINE + 3 * MONTH) == Purged()


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
    assert sitting.purge(NINE + 3 * MONTH) == Purged()
    assert sitting.purge(NINE + 3 * MONTH + A_MOMENT) == Purged(questions=1)
    assert (sitting.summary(uid).discarded, sitting.is_sound()) == ((), True)


def test_session_with_a_question_that_left_is_deleted_and_restored_without_it(sitting: Sitting) -> None:
    uid, _ = with_a_middle(sitting, discard=True)
    sitting.purge()
    before = sitting.summary(uid)
    corrections.delete_session(sitting.connection, sitting.user, uid, NINE + MONTH)
    corrections.restore_session(sitting.connection, sitting.user, uid, NINE + MONTH)
    assert (sitting.summary(uid), sitting.is_sound()) == (before, True)
