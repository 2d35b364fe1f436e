"""Offline, a killed server, and every way in which a request can fail: each press counts once, at its time."""

import random

import pytest
from playwright.sync_api import expect

from tests.browser.faults.conftest import MakeDesk
from tests.browser.faults.ledger import assert_counted_once
from tests.browser.network import FAULTS, at_random
from tests.browser.rater import panel

DAY = ["NEXT", "PAUSE", "PAUSE", "NEXT", "DISCARD", "UNDO", "NEXT", "EXIT"]


@pytest.mark.parametrize(("flavour", "many"), [("GM_", 200), ("GM.", 200)])
def test_presses_offline_arrive_once(new_desk: MakeDesk, flavour: str, many: int) -> None:
    desk = new_desk(flavour=flavour)
    page = desk.open()
    desk.manager.offline = True
    for number in range(many):
        desk.press(page, DAY[number % len(DAY)])
    expect(panel(page)).to_contain_text(f"{many} presses wait")
    desk.manager.offline = False
    desk.everything_arrived()
    assert len(desk.account.log()) == many
    assert_counted_once(desk.account, desk)


def test_server_killed_and_restarted_in_the_middle(new_desk: MakeDesk) -> None:
    desk = new_desk()
    page = desk.open()
    server = desk.account.server
    for _ in range(2):
        for action in DAY[:4]:
            desk.press(page, action)
        server.stop()
        for action in DAY[4:]:
            desk.press(page, action)
        server.launch()
        for action in DAY:
            desk.press(page, action)
            desk.waits(0.05)
        server.wait_until_it_answers()
    desk.everything_arrived()
    assert len(desk.account.log()) == 4 * len(DAY)
    assert_counted_once(desk.account, desk)


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_three_times_in_a_row(new_desk: MakeDesk, fault: str) -> None:
    desk = new_desk()
    page = desk.open()
    desk.waits(0.2)
    desk.manager.faults = iter([fault] * 3)
    for action in DAY:
        desk.press(page, action)
    desk.everything_arrived()
    assert next(desk.manager.faults, None) is None, "the fault did not happen three times"
    assert len(desk.account.log()) == len(DAY)
    assert_counted_once(desk.account, desk)


def test_every_fault_one_after_the_other(new_desk: MakeDesk) -> None:
    desk = new_desk()
    page = desk.open()
    desk.waits(0.2)
    desk.manager.faults = iter(FAULTS)
    for action in DAY:
        desk.press(page, action)
    desk.everything_arrived()
    assert_counted_once(desk.account, desk)


def test_faults_at_random(new_desk: MakeDesk) -> None:
    desk = new_desk()
    page = desk.open()
    desk.manager.faults = at_random(random.Random(4), 0.5)
    for action in DAY * 3:
        desk.press(page, action)
        desk.waits(0.1)
    desk.everything_arrived()
    assert_counted_once(desk.account, desk)
