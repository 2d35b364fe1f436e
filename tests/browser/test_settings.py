"""The widget's page: settings, keys, and what is sent. With the script, without it, in two tabs."""

import json
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.manager import Manager
from tests.browser.pages_support import SCREENS, look_at
from tests.browser.widget_page import save, saved
from tests.browser.widget_user import WidgetUser, panel

SENT = {
    "at": "2026-11-23T09:00:01.000Z",
    "method": "POST",
    "path": "/events",
    "body": '{"type":"NEXT","task_id":"<b>17</b>"}',
    "status": 200,
}
SELF_TEST = {
    "at": "2026-11-23T09:00:00.000Z",
    "checks": [
        {"what": "task number", "found": True},
        {"what": "estimated time", "found": False},
        {"what": "submit button", "found": True},
        {"what": "release button", "found": True},
    ],
}


def test_usual_selectors_stand_in_the_guide(rater: WidgetUser, open_page: Callable[[], Page]) -> None:
    told = json.loads(open_page().locator("[data-widget-told]").text_content() or "")
    guide = (Path(__file__).parents[2] / "documentation.md").read_text(encoding="utf-8")
    settings = guide.split("### Settings")[1].split("###")[0]
    selectors = {told["usual"][name] for name in told["choices"]["selectors"]}
    assert set(re.findall(r"\| `(.+)` \|", settings)) == selectors


def test_settings_are_saved_and_heard_by_another_tab(
    rater: WidgetUser, open_page: Callable[[], Page]
) -> None:
    rater.manager.values["preferences"] = {"width": 300}
    page, other = open_page(), open_page()
    other.get_by_label("Ask what I did after").fill("7")
    page.get_by_label("Automatic", exact=True).check()
    page.get_by_label("Of a range").select_option("the lower end")
    page.get_by_label("Task types to pick from").fill(" Side by side \n\nNeeds met\nSide by side")
    page.get_by_label("Estimated time: CSS selector").fill(".estimate")
    page.get_by_role("button", name="Add a rule").click()
    for label, text in [("Place", "h1"), ("Text in it", ""), ("Task type", "Needs met")]:
        page.get_by_label(label, exact=True).fill(text)
    save(page)
    saved(page).to_have_text("Saved. Open panels follow.")
    expected = {
        "width": 300,
        "automatic": True,
        "end": "lower",
        "types": ["Side by side", "Needs met"],
        "selectors": {"estimate": ".estimate"},
        "rules": [{"selector": "h1", "text": "", "type": "Needs met"}],
    }
    assert rater.manager.values["preferences"] == expected
    expect(other.get_by_label("Automatic", exact=True)).to_be_checked()
    expect(other.get_by_label("Estimated time: CSS selector")).to_have_value(".estimate")
    expect(other.get_by_label("Task type", exact=True)).to_have_value("Needs met")
    expect(other.get_by_label("Ask what I did after")).to_have_value("7")  # changed here, not yet saved
    save(other)
    saved(other).to_have_text("Saved. Open panels follow.")
    assert rater.manager.values["preferences"] == expected | {"idleMinutes": 7}

    other.get_by_role("button", name="Back to the usual").click()
    other.get_by_role("button", name="Remove").click()
    save(other)
    saved(other).to_have_text("Saved. Open panels follow.")
    assert rater.manager.values["preferences"] == expected | {"idleMinutes": 7, "selectors": {}, "rules": []}
    expect(page.get_by_label("Estimated time: CSS selector")).to_have_value("span.ewok-estimated-task-weight")


def test_greasemonkeys_open_panel_hears_of_settings_on_return(new_rater: Callable[..., WidgetUser]) -> None:
    rater = new_rater(flavour="GM.")
    task, page = rater.open_task(), rater.context.new_page()
    page.goto(f"{rater.server.url}/widget")
    keys = page.get_by_label("Next", exact=True)
    expect(keys).to_have_value("Alt+Shift+N")  # a field that is not filled in yet takes no keys
    keys.press("Control+Alt+KeyK")
    save(page)
    saved(page).to_contain_text("Saved.")
    task.evaluate("dispatchEvent(new Event('focus'))")
    expect(panel(task).locator(".press.next kbd")).to_have_text("Ctrl+Alt+K")


def test_settings_that_cannot_be_are_told_and_not_saved(
    rater: WidgetUser, open_page: Callable[[], Page]
) -> None:
    page = open_page()
    wrong = {
        "Submit button: CSS selector": ("#a[", "This is not a CSS selector."),
        "Task page: how its address begins": (
            "task",
            "Begin with /, as in the address after the site's name.",
        ),
        "Ask what I did after so many minutes": ("601", "Write a number of minutes, 0 to 600."),
        "Task types to pick from": (
            "x" * 41,
            "A task type has 40 characters at most, and no control characters.",
        ),
    }
    for label, (text, _) in wrong.items():
        page.get_by_label(label).fill(text)
    page.get_by_role("button", name="Add a rule").click()
    page.get_by_label("Place", exact=True).fill("h1")
    save(page)
    saved(page).to_have_text("Not saved: look at what is marked.")
    for label, (_, sentence) in wrong.items():
        expect(page.get_by_label(label)).to_have_accessible_description(
            f"0: never ask. {sentence}"
            if label.startswith("Ask")
            else f"One a line, your own words. {sentence}"
            if label.startswith("Task types")
            else sentence
        )
    expect(page.get_by_label("Place", exact=True)).to_have_accessible_description(
        "A rule needs a CSS selector as its place, and a task type of 40 characters at most "
        "without control characters."
    )
    expect(page.get_by_label("Ask what I did after")).to_be_focused()
    assert "preferences" not in rater.manager.values
    for label in wrong:
        page.get_by_label(label).fill("5" if label.startswith("Ask") else "")
    page.get_by_label("Task type", exact=True).fill("Needs met")
    save(page)
    saved(page).to_have_text("Saved. Open panels follow.")
    assert rater.manager.values["preferences"]["idleMinutes"] == 5
    expect(page.locator("[aria-invalid]")).to_have_count(0)


def test_self_test_and_requests_are_shown_as_text(rater: WidgetUser, open_page: Callable[[], Page]) -> None:
    rater.manager.values |= {"self-test": SELF_TEST, "sent": [SENT | {"status": 0}, SENT]}
    page = open_page()
    checks = page.locator("[data-check]")
    found, lost = "Found on the last task page", "Not found on the last task page"
    expect(checks).to_have_text([f"{each} (Mon 10:00:00)." for each in (found, lost, found, found)])
    expect(page.locator("[data-sent] p")).to_have_text(
        ["Mon 10:00:01 · answered 200", "Mon 10:00:01 · no answer"]
    )
    assert page.locator("[data-sent] pre").first.text_content() == f"POST /events\n{SENT['body']}"
    assert page.locator("[data-sent] b").count() == 0


def test_settings_without_the_script_say_so(rater: WidgetUser, browser: Browser) -> None:
    plain = browser.new_context(storage_state=rater.context.storage_state())
    page = plain.new_page()
    page.goto(f"{rater.server.url}/widget")
    expect(page.locator("#settings [data-widget-missing]")).to_contain_text("once it is installed")
    expect(page.get_by_role("button", name="Save the settings")).to_be_disabled()
    expect(page.get_by_role("button", name="Disconnect", exact=True)).to_be_hidden()
    plain.close()


@pytest.mark.parametrize("screen", SCREENS)
def test_page_with_the_script_is_accessible_and_in_bounds(
    rater: WidgetUser, browser: Browser, script: str, tmp_path: Path, screen: str
) -> None:
    rules = [{"selector": "h1", "text": "side by side", "type": "Side by side"}]
    values = rater.manager.values | {"self-test": SELF_TEST, "sent": [SENT], "preferences": {"rules": rules}}
    context = browser.new_context(storage_state=rater.context.storage_state(), **SCREENS[screen])
    Manager(script, values=values).install(context)
    page = context.new_page()
    folder = Path(os.environ.get("PICTURES", tmp_path))
    look_at(page, f"{rater.server.url}/widget", folder / f"widget-with-script-{screen}.png")
    expect(page.locator("[data-widget-status]")).to_contain_text("This browser is connected")
    page.get_by_label("Submit button: CSS selector").fill("#a[")
    save(page)
    expect(page.locator("[aria-invalid]")).to_have_count(1)
    assert Axe().run(page).response["violations"] == []
    page.locator("#settings").screenshot(path=folder / f"widget-settings-{screen}.png")
    context.close()


def test_keys_are_chosen_by_pressing_them(rater: WidgetUser, open_page: Callable[[], Page]) -> None:
    task, page = rater.open_task(), open_page()
    following = page.get_by_label("Next", exact=True)
    expect(following).to_have_value("Alt+Shift+N")
    expect(page.get_by_label("End without counting")).to_have_value("none")
    following.focus()
    wrong = page.locator("#keys-wrong")
    for chord, sentence in [
        ("Alt+Shift+KeyP", "Another button has these keys already."),
        ("KeyK", "Hold Alt or Ctrl as well."),
        ("Shift+KeyK", "Hold Alt or Ctrl as well."),
        ("F5", "Browsers keep these keys for themselves. Try others."),
        ("Control+Shift+KeyP", "Browsers keep these keys for themselves. Try others."),
        ("Control+KeyQ", "Browsers keep these keys for themselves. Try others."),
    ]:
        page.keyboard.press(chord)
        expect(wrong).to_have_text(sentence)
        expect(following).to_have_value("Alt+Shift+N")
    for chord, label in [("F8", "F8"), ("Control+Alt+KeyK", "Ctrl+Alt+K")]:
        page.keyboard.press(chord)
        expect(following).to_have_value(label)
        expect(wrong).to_have_text("")
    page.keyboard.press("Tab")
    page.keyboard.press("Backspace")
    expect(page.get_by_label("Pause", exact=True)).to_have_value("none")
    save(page)
    saved(page).to_have_text("Saved. Open panels follow.")
    assert rater.manager.values["preferences"]["hotkeys"] == {"NEXT": "Ctrl+Alt+KeyK", "PAUSE": ""}
    expect(panel(task).locator(".press.next kbd")).to_have_text("Ctrl+Alt+K")
    task.bring_to_front()
    for chord in ["Alt+Shift+KeyN", "Alt+Shift+KeyP", "Control+Alt+KeyK"]:
        task.keyboard.press(chord)
    rater.everything_arrived(task)
    assert [sent.body["type"] for sent in rater.manager.sent if sent.method == "POST"] == ["NEXT"]
    following.press("KeyK")
    expect(wrong).not_to_have_text("")
    expect(page.get_by_text("Saved.")).to_be_hidden()
    page.get_by_role("button", name="The usual keys").click()
    expect(wrong).to_have_text("")
    following.press("KeyK")
    save(page)
    saved(page).to_have_text("Saved. Open panels follow.")
    expect(wrong).to_have_text("")
    assert rater.manager.values["preferences"]["hotkeys"] == {}


def test_settings_say_that_a_notification_failed(rater: WidgetUser, open_page: Callable[[], Page]) -> None:
    rater.manager.values["alert-failed"] = "2026-11-23T09:00:00.000Z"
    page = open_page()
    alert = page.get_by_label("At both edges of the band around the target")
    expect(alert).to_have_accessible_description(
        "Mon 10:00:00: a notification could not be shown, and a quiet sound was played instead."
    )
    save(page)
    expect(alert).to_have_accessible_description("")
