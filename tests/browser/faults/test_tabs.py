"""Tabs and browsers that go away right after a key press, and several that press: each press counts once."""

import time
from itertools import pairwise

import pytest

from tests.browser.faults.conftest import MakeClient
from tests.browser.faults.reconciliation import assert_counted_once, kept_events
from tests.browser.widget_user import panel

BOTH_WAYS = pytest.mark.parametrize("at_once", [False, True], ids=["right after", "at once"])
# What a userscript gets of them in Firefox: the work begins at once, and the promise is refused.
LOCKS_OF_FIREFOX = """
navigator.locks.request = async (name, options, work) => {
  void work({ name });
  throw new Error('Permission denied to access property "then"');
};
"""
FLAVOURS = pytest.mark.parametrize("flavour", ["GM_", "GM."])


@FLAVOURS
@BOTH_WAYS
@pytest.mark.parametrize("offline", [False, True], ids=["online", "offline"])
def test_tab_reloaded_closed_and_crashed_after_a_press(
    new_client: MakeClient, flavour: str, at_once: bool, offline: bool
) -> None:
    client = new_client(flavour=flavour)
    client.press(client.open(), "NEXT")
    client.everything_arrived()
    client.manager.offline = offline
    client.press_and_reload(client.pages[0], "NEXT", at_once=at_once)
    client.press_and_close(client.pages[0], "PAUSE", at_once=at_once)
    client.press_and_crash(client.open(), "NEXT", at_once=at_once)
    client.press(client.open(), "EXIT")
    client.manager.offline = False
    client.everything_arrived()
    assert_counted_once(client.account, client)


@FLAVOURS
def test_panel_changes_only_once_the_press_is_kept(new_client: MakeClient, flavour: str) -> None:
    client = new_client(flavour=flavour)
    page = client.open()
    if flavour == "GM.":  # its storage says when a value is kept
        client.manager.slow_storage = 1.0
    client.press(page, "NEXT")
    panel(page).locator(".title", has_text="Question 1").wait_for()
    assert len(kept_events(client)) == 1
    client.manager.slow_storage = 0
    client.everything_arrived()
    assert_counted_once(client.account, client)


def test_press_is_kept_before_the_tab_can_crash(new_client: MakeClient) -> None:
    client = new_client()
    page = client.open()
    client.press(page, "NEXT")
    assert len(kept_events(client)) == 1, "on its way before the key press was over"
    client.press_and_crash(page, "PAUSE", at_once=False)
    client.open()
    client.everything_arrived()
    assert [event["type"] for event in kept_events(client)] == ["NEXT", "PAUSE"]
    assert_counted_once(client.account, client)


@FLAVOURS
def test_browser_killed_after_a_press_and_started_again(new_client: MakeClient, flavour: str) -> None:
    client = new_client(flavour=flavour, profile=True)
    page = client.open()
    client.press(page, "NEXT")
    client.everything_arrived()
    client.manager.offline = True
    for _ in range(3):
        client.press(page, "NEXT")
    client.press_and_kill(page, "PAUSE")
    page = client.open()
    client.press(page, "NEXT")
    client.manager.offline = False
    client.press_and_kill(page, "EXIT")
    client.open()
    client.everything_arrived()
    assert_counted_once(client.account, client)


@FLAVOURS
def test_two_tabs_press_in_turn_and_at_once(new_client: MakeClient, flavour: str) -> None:
    client = new_client(flavour=flavour)
    one, two = client.open(), client.open()
    for offline in [False, True, False]:
        client.manager.offline = offline
        for action in ["NEXT", "PAUSE", "PAUSE", "NEXT"]:
            client.press(one, action)
            one, two = two, one
        for _ in range(3):
            client.press_at_once([(one, "NEXT"), (two, "NEXT")])
    client.everything_arrived()
    assert len(client.account.log()) == 3 * (4 + 6)
    assert_counted_once(client.account, client)


@FLAVOURS
def test_one_tab_sends_at_a_time_without_locks_of_the_browser(new_client: MakeClient, flavour: str) -> None:
    client = new_client(flavour=flavour)
    client.context.add_init_script(LOCKS_OF_FIREFOX)
    tabs = [client.open() for _ in range(3)]
    for _ in range(5):
        client.press_at_once([(tab, "NEXT") for tab in tabs])
    client.everything_arrived()
    requests = sorted(client.manager.sent, key=lambda sent: sent.left)
    overlaps = [(a, b) for a, b in pairwise(requests) if b.left < a.answered - 0.005]
    assert overlaps == []
    assert_counted_once(client.account, client)


@FLAVOURS
def test_tab_that_crashes_while_it_sends_stops_the_others_for_seconds(
    new_client: MakeClient, flavour: str
) -> None:
    client = new_client(flavour=flavour)
    one, two = client.open(), client.open()
    client.everything_arrived()
    client.manager.answer_with = lambda method, path: time.sleep(4)
    client.press(one, "NEXT")
    while not any(client.manager.values[key]["holds"] for key in client.manager.keys("lease:sender:")):
        one.wait_for_timeout(10)
    client.press_and_crash(one, "PAUSE", at_once=False)
    client.manager.answer_with = None
    client.press(two, "NEXT")
    client.everything_arrived()
    assert [event["type"] for event in kept_events(client)] == ["NEXT", "PAUSE", "NEXT"]
    assert_counted_once(client.account, client)


def test_second_browser_acts_on_the_same_account(new_client: MakeClient) -> None:
    first, second = new_client(), new_client(flavour="GM.")
    here, there = first.open(), second.open()
    for _ in range(2):
        first.press(here, "NEXT")
        first.everything_arrived()
        second.press(there, "NEXT")
        second.manager.offline = True
        second.press(there, "PAUSE")
        second.press(there, "PAUSE")
        first.press(here, "NEXT")
        first.everything_arrived()
        second.manager.offline = False
        second.everything_arrived()
    first.press(here, "EXIT")
    first.everything_arrived()
    second.send_now()
    panel(there).locator(".title", has_text="No session").wait_for()
    assert len(first.account.log()) == 11
    assert_counted_once(first.account, first, second)
