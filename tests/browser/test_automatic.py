"""What is read from the task page, and what automatic makes of it."""

import json
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.task_site import LIST, TaskSite, sent_events, task_address, until, visit
from tests.browser.widget_user import WidgetUser, panel


def tasks_and_targets(rater: WidgetUser) -> list[tuple[str | None, float]]:
    """Of the counted questions."""
    return [(question["task_id"], question["target_minutes"]) for question in rater.questions()]


def on_the_second_task(rater: WidgetUser) -> Page:
    """A tab on task 102, with NEXT pressed there and before that on task 101."""
    page = visit(rater, task_address("101"))
    page.wait_for_timeout(300)
    rater.key(page, "NEXT")
    page.goto(task_address("102"))
    expect(panel(page)).to_be_visible()
    page.wait_for_timeout(300)
    rater.key(page, "NEXT")
    return page


def test_next_on_a_new_task_carries_what_the_page_says(rater: WidgetUser, site: TaskSite) -> None:
    page = on_the_second_task(rater)
    rater.key(page, "EXIT")
    rater.everything_arrived(page)
    assert sent_events(rater) == [
        {"type": "NEXT", "task_id": "101", "target_minutes": 4},
        {"type": "NEXT", "task_id": "102", "target_minutes": 1.5},
        {"type": "EXIT"},
    ]
    assert tasks_and_targets(rater) == [("101", 4.0), ("102", 1.5)]
    assert "Secret" not in json.dumps([sent.body for sent in rater.manager.sent])


def test_automatic_from_the_list_to_the_last_task(
    rater: WidgetUser, site: TaskSite, prefer: Callable[..., None]
) -> None:
    prefer(automatic=True)
    page = visit(rater, LIST)
    page.wait_for_timeout(1200)
    assert sent_events(rater) == []
    page.get_by_text("Task 101").click()
    expect(panel(page).locator(".title")).to_contain_text("Question 1")
    page.wait_for_timeout(1200)
    page.locator("#ewok-task-submit-button").click()
    page.wait_for_url(task_address("102"))
    expect(panel(page).locator(".title")).to_contain_text("Question 2")
    until(page, lambda: sent_events(rater)[-1].get("task_id") == "102", "task 102 is known")
    page.locator("#ewok-release-button").click()
    page.wait_for_url(task_address("103"))
    until(page, lambda: sent_events(rater)[-1].get("task_id") == "103", "task 103 is known")
    page.locator("#ewok-task-submit-button").click()
    page.wait_for_url(LIST)
    page.wait_for_timeout(1500)
    page.get_by_text("Task 101").click()
    page.wait_for_url(task_address("101"))
    until(page, lambda: sent_events(rater)[-1].get("task_id") == "101", "task 101 again")
    rater.key(page, "EXIT")
    rater.everything_arrived(page)
    # Released: not counted. Between the last task and the list: not counted either.
    assert tasks_and_targets(rater) == [("101", 4.0), ("103", 1.5), ("101", 4.0)]
    assert rater.manager.keys("refused:") == []


def test_submitting_again_moves_the_end_of_the_question(
    rater: WidgetUser, site: TaskSite, prefer: Callable[..., None]
) -> None:
    prefer(automatic=True)
    site.complete_form = False
    page = visit(rater, task_address("101"))
    page.wait_for_timeout(300)
    rater.key(page, "NEXT")
    page.wait_for_timeout(300)
    submit = page.locator("#ewok-task-submit-button")
    submit.dblclick()
    expect(panel(page).locator(".title")).to_contain_text("Question 2")
    page.wait_for_timeout(1600)
    submit.click()
    rater.everything_arrived(page)
    assert [event["type"] for event in sent_events(rater)] == ["NEXT", "NEXT", "UNDO", "NEXT"]
    expect(panel(page).locator(".title")).to_contain_text("Question 2")
    [first] = rater.questions()
    assert first["task_id"] == "101"
    assert first["raw_seconds"] > 1.6


def test_untrusted_submit_presses_nothing(
    rater: WidgetUser, site: TaskSite, prefer: Callable[..., None]
) -> None:
    prefer(automatic=True)
    site.complete_form = False
    page = visit(rater, task_address("101"))
    page.wait_for_timeout(300)
    page.evaluate("document.querySelector('#ewok-task-submit-button').click()")
    page.wait_for_timeout(300)
    assert sent_events(rater) == []


def test_without_automatic_the_buttons_press_nothing(rater: WidgetUser, site: TaskSite) -> None:
    page = visit(rater, LIST)
    page.get_by_text("Task 101").click()
    page.wait_for_url(task_address("101"))
    page.wait_for_timeout(500)
    page.locator("#ewok-task-submit-button").click()
    page.wait_for_url(task_address("102"))
    page.wait_for_timeout(500)
    assert sent_events(rater) == []


def test_estimate_that_is_drawn_late_is_read(rater: WidgetUser, site: TaskSite) -> None:
    site.late_estimate_ms = 1500
    page = visit(rater, task_address("101"))
    page.wait_for_timeout(2800)
    rater.key(page, "NEXT")
    rater.everything_arrived(page)
    assert sent_events(rater) == [{"type": "NEXT", "task_id": "101", "target_minutes": 4}]


def test_broken_selectors_are_told_and_the_keys_go_on(
    rater: WidgetUser, site: TaskSite, prefer: Callable[..., None]
) -> None:
    prefer(automatic=True, selectors={"estimate": "span.gone", "submit": "##", "taskParameter": "nothing"})
    page = visit(rater, task_address("101"))
    until(page, lambda: "self-test" in rater.manager.values, "the self-test is kept")
    found = {each["what"]: each["found"] for each in rater.manager.values["self-test"]["checks"]}
    assert found == {
        "task number": False, "estimated time": False, "submit button": False, "release button": True,
    }  # fmt: skip
    expect(panel(page)).to_contain_text("estimated time")
    rater.key(page, "NEXT")
    rater.key(page, "NEXT")
    rater.everything_arrived(page)
    assert sent_events(rater) == [{"type": "NEXT"}, {"type": "NEXT"}]


def test_nothing_is_read_when_she_does_not_want_it(
    rater: WidgetUser, site: TaskSite, prefer: Callable[..., None]
) -> None:
    prefer(reading=False)
    page = visit(rater, task_address("101"))
    page.wait_for_timeout(500)
    rater.key(page, "NEXT")
    rater.everything_arrived(page)
    assert sent_events(rater) == [{"type": "NEXT"}]


def test_type_is_picked_or_follows_her_rule(
    rater: WidgetUser, site: TaskSite, prefer: Callable[..., None]
) -> None:
    rules = [{"selector": "h1", "text": "query 101", "type": "Side by side"}]
    prefer(rules=rules, types=["Needs met"])
    page = visit(rater, task_address("101"))
    page.wait_for_timeout(300)
    rater.key(page, "NEXT")
    rater.everything_arrived(page)
    prefer(rules=rules, types=["Needs met"], picked="Needs met")
    page.goto(task_address("102"))
    page.wait_for_timeout(500)
    rater.key(page, "NEXT")
    rater.everything_arrived(page)
    assert [event["task_type"] for event in sent_events(rater)] == ["Side by side", "Needs met"]


def test_type_picked_on_the_page_is_that_of_the_task_in_front_of_her(
    rater: WidgetUser, site: TaskSite, prefer: Callable[..., None]
) -> None:
    prefer(types=["Needs met", "Side by side"])
    page = on_the_second_task(rater)
    panel(page).get_by_label("Task type").focus()
    page.keyboard.press("s")
    until(page, lambda: len(sent_events(rater)) == 4, "the question is described")
    rater.click(page, "EXIT")
    rater.everything_arrived(page)
    assert [(each["task_id"], each["task_type"]) for each in rater.questions()] == [
        ("101", None),
        ("102", "Side by side"),
    ]


def test_exit_on_the_list_after_the_last_submit_counts_no_empty_question(
    rater: WidgetUser, site: TaskSite, prefer: Callable[..., None]
) -> None:
    prefer(automatic=True)
    page = visit(rater, task_address("103"))
    page.wait_for_timeout(300)
    rater.key(page, "NEXT")
    page.wait_for_timeout(300)
    page.locator("#ewok-task-submit-button").click()
    page.wait_for_url(LIST)
    expect(panel(page)).to_be_visible()
    page.wait_for_timeout(1200)
    rater.key(page, "EXIT")
    rater.everything_arrived(page)
    assert tasks_and_targets(rater) == [("103", 1.5)]
