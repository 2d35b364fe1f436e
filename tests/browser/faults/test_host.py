"""Pages of others: one that means no good, and one that no longer looks as it did. Keys and panel go on working."""

import pytest
from playwright.sync_api import expect

from tests.browser.faults.client import CHORDS
from tests.browser.faults.conftest import MakeClient
from tests.browser.faults.reconciliation import assert_counted_once
from tests.browser.widget_user import TASK_PAGE, panel

# Its own script and style are let through, for it to do its worst; nothing else is.
POLICY = {"Content-Security-Policy": "default-src 'none'; script-src 'nonce-own'; style-src 'nonce-own'"}
SWALLOWING = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Task</title>
<style nonce="own">* { all: unset !important }</style>
<script nonce="own">
for (const type of ["keydown", "keypress", "keyup", "click", "pointerdown", "pointerup", "mousedown", "mouseup"]) {
  for (const target of [window, document, document.documentElement]) {
    target.addEventListener(type, (event) => {
      document.swallowed = (document.swallowed ?? 0) + (event.type === "keydown");
      event.stopImmediatePropagation();
      event.preventDefault();
    }, { capture: true });
  }
}
</script></head><body><h1>How well does the result answer the query?</h1></body></html>"""


@pytest.mark.parametrize("flavour", ["GM_", "GM."])
def test_host_page_that_swallows_keys_and_allows_nothing(new_client: MakeClient, flavour: str) -> None:
    client = new_client(flavour=flavour, html=SWALLOWING, headers=POLICY)
    page = client.open()
    page.keyboard.press("Alt+Shift+KeyQ")
    assert page.evaluate("document.swallowed") > 0, "the page swallows what is not the widget's"
    title = panel(page).locator(".title")
    for action in ["NEXT", "NEXT", "PAUSE", "PAUSE", "DISCARD"]:
        client.press(page, action)
    expect(title).to_have_text("Question 2")
    size = panel(page).bounding_box()
    assert size is not None
    assert min(size["width"], size["height"]) > 100
    client.press(page, "EXIT")
    client.everything_arrived()
    assert len(client.account.log()) == 6
    assert_counted_once(client.account, client)


@pytest.mark.parametrize("policy", ["default-src 'none'", "default-src 'none'; sandbox allow-scripts"])
def test_host_page_that_allows_nothing_at_all(new_client: MakeClient, policy: str) -> None:
    client = new_client(headers={"Content-Security-Policy": policy})
    page = client.open()
    client.press(page, "NEXT")
    client.press(page, "NEXT", how="click")
    client.everything_arrived()
    expect(panel(page).locator(".title")).to_have_text("Question 2")
    assert_counted_once(client.account, client)


def test_selector_that_no_longer_matches(new_client: MakeClient) -> None:
    client = new_client(html=TASK_PAGE)
    broken = dict.fromkeys(["estimate", "submit", "release"], "#renamed-since")
    client.manager.values["preferences"] = {
        "hotkeys": CHORDS, "reading": True, "automatic": True, "selectors": broken,
    }  # fmt: skip
    page = client.open()
    for action in ["NEXT", "PAUSE", "PAUSE", "EXIT"]:
        client.press(page, action)
    client.everything_arrived()
    expect(panel(page)).to_contain_text(
        "Cannot read the estimated time, the submit button, the release button on this page"
    )
    assert [each.row.kind for each in client.account.log()] == ["NEXT", "PAUSE", "PAUSE", "EXIT"]
    assert_counted_once(client.account, client)
