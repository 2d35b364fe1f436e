"""Tabs and browsers that go away right after a key press, and several that press: each press counts once."""

from itertools import pairwise

import pytest

from tests.browser.faults.conftest import MakeDesk
from tests.browser.faults.ledger import assert_counted_once, kept_events
from tests.browser.rater import panel

BOTH_WAYS = pytest.mark.parametrize("at_once", [False, True], ids=["right after", "at once"])
FLAVOURS = pytest.mark.parametrize("flavour", ["GM_", "GM."])


@FLAVOURS
@BOTH_WAYS
@pytest.mark.parametrize("offline", [False, True], ids=["online", "offline"])
def test_tab_reloaded_closed_and_crashed_after_a_press(
    new_desk: MakeDesk, flavour: str, at_once: bool, offline: bool
) -> None:
    desk = new_desk(flavour=flavour)
    desk.press(desk.open(), "NEXT")
    desk.everything_arrived()
    desk.manager.offline = offline
    desk.press_and_reload(desk.pages[0], "NEXT", at_once=at_once)
    desk.press_and_close(desk.pages[0], "PAUSE", at_once=at_once)
    desk.press_and_crash(desk.open(), "NEXT", at_once=at_once)
    desk.press(desk.open(), "EXIT")
    desk.manager.offline = False
    desk.everything_arrived()
    assert_counted_once(desk.account, desk)


@FLAVOURS
def test_panel_changes_only_once_the_press_is_kept(new_desk: MakeDesk, flavour: str) -> None:
    desk = new_desk(flavour=flavour)
    page = desk.open()
    if flavour == "GM.":  # its storage says when a value is kept
        desk.manager.slow_storage = 1.0
    desk.press(page, "NEXT")
    panel(page).locator(".title", has_text="Question 1").wait_for()
    assert len(kept_events(desk)) == 1
    desk.manager.slow_storage = 0
    desk.everything_arrived()
    assert_counted_once(desk.account, desk)


def test_press_is_kept_before_the_tab_can_crash(new_desk: MakeDesk) -> None:
    desk = new_desk()
    page = desk.open()
    desk.press(page, "NEXT")
    assert len(kept_events(desk)) == 1, "on its way before the key press was over"
    desk.press_and_crash(page, "PAUSE", at_once=False)
    desk.open()
    desk.everything_arrived()
    assert [event["type"] for event in kept_events(desk)] == ["NEXT", "PAUSE"]
    assert_counted_once(desk.account, desk)


@FLAVOURS
def test_browser_killed_after_a_press_and_started_again(new_desk: MakeDesk, flavour: str) -> None:
    desk = new_desk(flavour=flavour, profile=True)
    page = desk.open()
    desk.press(page, "NEXT")
    desk.everything_arrived()
    desk.manager.offline = True
    for _ in range(3):
        desk.press(page, "NEXT")
    desk.press_and_kill(page, "PAUSE")
    page = desk.open()
    desk.press(page, "NEXT")
    desk.manager.offline = False
    desk.press_and_kill(page, "EXIT")
    desk.open()
    desk.everything_arrived()
    assert_counted_once(desk.account, desk)


@FLAVOURS
def test_two_tabs_press_in_turn_and_at_once(new_desk: MakeDesk, flavour: str) -> None:
    desk = new_desk(flavour=flavour)
    one, two = desk.open(), desk.open()
    for offline in [False, True, False]:
        desk.manager.offline = offline
        for action in ["NEXT", "PAUSE", "PAUSE", "NEXT"]:
            desk.press(one, action)
            one, two = two, one
        for _ in range(3):
            desk.press_at_once([(one, "NEXT"), (two, "NEXT")])
    desk.everything_arrived()
    assert len(desk.account.log()) == 3 * (4 + 6)
    assert_counted_once(desk.account, desk)


def test_one_tab_sends_at_a_time(new_desk: MakeDesk) -> None:
    desk = new_desk()
    tabs = [desk.open() for _ in range(3)]
    for _ in range(5):
        desk.press_at_once([(tab, "NEXT") for tab in tabs])
    desk.everything_arrived()
    requests = sorted(desk.manager.sent, key=lambda sent: sent.left)
    overlaps = [(a, b) for a, b in pairwise(requests) if b.left < a.answered - 0.005]
    assert overlaps == []
    assert_counted_once(desk.account, desk)


def test_second_browser_acts_on_the_same_account(new_desk: MakeDesk) -> None:
    first, second = new_desk(), new_desk(flavour="GM.")
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
