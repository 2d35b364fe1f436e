"""A NEXT that is pressed before the next task has come, and how it is told later what it is about."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.task_site import LIST, TaskSite, sent_events, task_address, until, visit
from tests.browser.widget_user import WidgetUser, panel


def test_next_before_submitting_is_described_when_the_next_task_has_come(
    rater: WidgetUser, site: TaskSite, prefer: Callable[..., None]
) -> None:
    prefer(end="lower")
    page = visit(rater, task_address("101"))
    page.wait_for_timeout(300)
    rater.key(page, "NEXT")
    page.wait_for_timeout(200)
    rater.key(page, "NEXT")  # closes task 101, which still stands on the page
    page.locator("#ewok-task-submit-button").click()
    page.wait_for_url(task_address("102"))
    until(page, lambda: len(sent_events(rater)) == 4, "the question is described")
    page.wait_for_timeout(200)
    rater.key(page, "EXIT")
    rater.everything_arrived(page)
    assert sent_events(rater) == [
        {"type": "NEXT", "task_id": "101", "target_minutes": 2},
        {"type": "NEXT"},
        {"type": "UNDO"},
        {"type": "NEXT", "task_id": "102", "target_minutes": 1.5},
        {"type": "EXIT"},
    ]
    questions = rater.questions()
    assert [(each["task_id"], each["target_minutes"]) for each in questions] == [("101", 2.0), ("102", 1.5)]
    [first, second] = questions
    assert first["ended_at"] == second["started_at"]
    assert rater.manager.keys("refused:") == []


def test_first_question_of_a_session_is_described_when_its_task_has_come(
    rater: WidgetUser, site: TaskSite, prefer: Callable[..., None]
) -> None:
    prefer(types=["Short", "Long"])
    page = visit(rater, LIST)
    rater.key(page, "NEXT")
    rater.everything_arrived(page)
    [begun] = [sent.body["timestamp"] for sent in rater.manager.sent if sent.method == "POST"]
    page.goto(task_address("101"))
    until(page, lambda: len(sent_events(rater)) == 3, "the question is described")
    panel(page).get_by_label("Task type").focus()
    for count in (5, 7):
        page.keyboard.press("ArrowDown")
        until(page, partial(has_sent, rater, count), "and its type, too")
    expect(panel(page).locator(".title")).to_have_text("Question 1")
    expect(panel(page)).to_contain_text("of 04:00")
    page.wait_for_timeout(200)
    rater.click(page, "UNDO")
    expect(panel(page)).to_contain_text("Nothing to undo")
    rater.click(page, "EXIT")
    rater.everything_arrived(page)
    [question] = rater.questions()
    assert (question["task_id"], question["target_minutes"], question["task_type"]) == ("101", 4.0, "Long")
    apart = datetime.fromisoformat(begun) - datetime.fromisoformat(question["started_at"])
    assert apart == timedelta(microseconds=3)
    assert len(rater.json("/sessions/recent")) == 1


def has_sent(rater: WidgetUser, count: int) -> bool:
    """Whether so many events arrived."""
    return len(sent_events(rater)) == count


def test_question_that_was_deleted_meanwhile_stays_deleted(
    rater: WidgetUser, site: TaskSite, prefer: Callable[..., None]
) -> None:
    """A type that is picked later would be told by UNDO and NEXT, and these would close the one before anew."""
    prefer(types=["Short", "Long"])
    page = visit(rater, task_address("101"))
    for number, task in enumerate(["101", "102", "103"], 1):
        page.goto(task_address(task))
        expect(panel(page)).to_contain_text(f"Task {task}")
        rater.key(page, "NEXT")
        expect(panel(page).locator(".title")).to_have_text(f"Question {number}")
        rater.everything_arrived(page)
    session = rater.json("/sessions/current")["session_id"]
    [_, second, *_] = rater.json(f"/summary/{session}")["questions"]
    rater.delete(f"/sessions/{session}/questions/{second['id']}")
    page.wait_for_timeout(2500)  # nobody is as quick from the tracker's page to the task
    panel(page).get_by_label("Task type").focus()
    page.keyboard.press("ArrowDown")
    asked = len(rater.manager.sent)
    until(page, lambda: len(rater.manager.sent) > asked, "the widget asks how things stand")
    page.wait_for_timeout(1000)
    rater.click(page, "EXIT")
    rater.everything_arrived(page)
    assert [event["type"] for event in sent_events(rater)] == ["NEXT", "NEXT", "NEXT", "EXIT"]
    assert [question["task_id"] for question in rater.questions()] == ["101", "103"]


@pytest.mark.parametrize("clock_shift", [0, 3 * 3600])
def test_first_question_is_described_only_once_it_arrived_by_a_clock_that_is_right(
    rater: WidgetUser, site: TaskSite, clock_shift: float
) -> None:
    rater.manager.clock_shift = clock_shift
    rater.manager.offline = True
    page = visit(rater, LIST)
    rater.key(page, "NEXT")
    page.goto(task_address("101"))
    expect(panel(page)).to_contain_text("Task 101")
    page.wait_for_timeout(500)
    assert [event["type"] for event in kept(rater)] == ["NEXT"]
    rater.manager.offline = False
    rater.everything_arrived(page)
    page.wait_for_timeout(500)
    rater.everything_arrived(page)
    assert [event.get("task_id") for event in sent_events(rater)] == (
        [None] if clock_shift else [None, "101", None]
    )
    current = rater.json("/sessions/current")
    assert (current["current_question_index"], current["total_questions"]) == (1, 0)
    assert current["current_target_minutes"] == (5.5 if clock_shift else 4.0)


def test_two_tabs_describe_a_question_once(rater: WidgetUser, site: TaskSite) -> None:
    one = visit(rater, task_address("101"))
    one.wait_for_timeout(300)
    rater.key(one, "NEXT")
    rater.key(one, "NEXT")
    rater.everything_arrived(one)
    visit(rater, task_address("102"))
    one.goto(task_address("102"))
    until(one, lambda: len(sent_events(rater)) >= 4, "the question is described")
    one.wait_for_timeout(1500)
    assert [event["type"] for event in sent_events(rater)] == ["NEXT", "NEXT", "UNDO", "NEXT"]


def test_tab_behind_another_describes_nothing(rater: WidgetUser, site: TaskSite) -> None:
    behind = visit(rater, task_address("103"))
    behind.wait_for_timeout(300)
    behind.evaluate("__hide(true)")
    page = visit(rater, task_address("101"))
    page.wait_for_timeout(300)
    rater.key(page, "NEXT")
    rater.key(page, "NEXT")
    rater.everything_arrived(page)
    page.wait_for_timeout(300)
    page.locator("#ewok-task-submit-button").click()
    until(page, lambda: len(sent_events(rater)) == 4, "the question is described")
    assert [event.get("task_id") for event in sent_events(rater)] == ["101", None, None, "102"]


def test_question_is_described_without_a_token(rater: WidgetUser, site: TaskSite) -> None:
    rater.manager.values["link-ended"] = rater.manager.values["link"]["since"]
    assert kept_until_the_second_submit(rater, before=4) == ["101", None, None, "102", None]


def test_next_closes_a_task_that_could_not_be_described_as_yet(rater: WidgetUser, site: TaskSite) -> None:
    answered = threading.Event()

    def answer_late(method: str, path: str) -> None:
        answered.wait(60)

    rater.manager.answer_with = answer_late
    assert kept_until_the_second_submit(rater, before=2) == ["101", None, None]
    answered.set()


def kept_until_the_second_submit(rater: WidgetUser, before: int) -> list[str | None]:
    """The task of each event, NEXT being pressed for task 101, before its submit, and before that of task 102.

    `before`: how many events are kept before that last one.
    """
    page = visit(rater, task_address("101"))
    page.wait_for_timeout(300)
    rater.key(page, "NEXT")
    rater.key(page, "NEXT")
    page.locator("#ewok-task-submit-button").click()
    expect(panel(page)).to_contain_text("Task 102")
    until(page, lambda: len(rater.manager.keys("event:")) == before, "so much is kept")
    rater.key(page, "NEXT")
    until(page, lambda: len(rater.manager.keys("event:")) > before, "the last one is kept")
    return [event.get("task_id") for event in kept(rater)]


def kept(rater: WidgetUser) -> list[dict[str, Any]]:
    """The events that wait, in the order of their times."""
    return [rater.manager.values[key]["event"] for key in rater.manager.keys("event:")]
