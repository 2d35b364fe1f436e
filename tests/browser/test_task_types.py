"""Task types of any script: what the settings keep is sent, and what a server refuses of it costs no press."""

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.task_site import TaskSite, task_address, visit
from tests.browser.widget_page import save, saved
from tests.browser.widget_user import WidgetUser, panel


@pytest.mark.parametrize(
    ("written", "recorded"),
    [
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("👩\u200d💻 code", "👩\u200d💻 code"),
        ("広告\u3000評価", "広告 評価"),
        ("needs\u00a0met", "needs met"),
        ("\U0001fae9\U000e03ff hard", "\U0001fae9\U000e03ff hard"),
        ("🐢" * 40, "🐢" * 40),
    ],
    ids=ascii,
)
def test_type_that_the_settings_keep_is_recorded(
    rater: WidgetUser, site: TaskSite, open_page: Callable[[], Page], written: str, recorded: str
) -> None:
    page = open_page()
    page.get_by_label("Task types to pick from").fill(written)
    save(page)
    saved(page).to_have_text("Saved. Open panels follow.")
    kept = rater.manager.values["preferences"]
    rater.manager.values["preferences"] = kept | {"picked": kept["types"][0]}
    task = visit(rater, task_address("101"))
    expect(panel(task)).to_contain_text("Task 101")
    for kind in ["NEXT", "EXIT"]:
        rater.key(task, kind)
        rater.everything_arrived(task)
    assert [question["task_type"] for question in rater.questions()] == [recorded]
    assert rater.manager.keys("refused:") == []


def test_type_kept_by_an_older_version_that_no_server_takes_is_told_and_costs_no_press(
    rater: WidgetUser, site: TaskSite, prefer: Callable[..., None], open_page: Callable[[], Page]
) -> None:
    rule = {"selector": "h1", "text": "", "type": "\ue000"}
    prefer(types=["half \ud83e"], picked="half \ud83e", rules=[rule])
    page = open_page()
    expect(page.get_by_label("Task types to pick from")).to_have_accessible_description(
        "One a line, your own words. A task type has 40 characters at most, and no control characters."
    )
    expect(page.get_by_label("Place", exact=True)).to_have_attribute("aria-invalid", "true")
    task = visit(rater, task_address("101"))
    rater.key(task, "NEXT")
    rater.everything_arrived(task)
    [post] = [sent for sent in rater.manager.sent if sent.method == "POST"]
    assert (post.status, "task_type" in post.body) == (200, False)


def test_type_that_this_server_refuses_is_told_at_the_settings_and_costs_no_press(
    rater: WidgetUser, site: TaskSite, prefer: Callable[..., None], open_page: Callable[[], Page]
) -> None:
    prefer(types=["hard"], picked="hard")
    page, task = open_page(), visit(rater, task_address("101"))
    detail = [{"loc": ["body", "task_type"], "msg": "not taken here", "type": "value_error"}]
    refusal = iter([(422, "", json.dumps({"detail": detail}))])
    rater.manager.answer_with = lambda method, path: next(refusal, None) if method == "POST" else None
    rater.key(task, "NEXT")
    rater.everything_arrived(task)
    assert rater.manager.keys("refused:") == []
    assert rater.json("/sessions/current")["current_question_index"] == 1
    told = page.locator("[data-widget-left-out]")
    expect(told).to_contain_text(
        "the tracker refused “hard” and recorded the press without it (task_type: not taken here)."
    )
    page.get_by_label("Task types to pick from").fill("easy")
    save(page)
    expect(told).to_have_text("")
