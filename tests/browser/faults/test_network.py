"""Offline, a killed server, and every way in which a request can fail: each press counts once, at its time."""

import random

import pytest
from playwright.sync_api import expect

from tests.browser.faults.conftest import MakeClient
from tests.browser.faults.reconciliation import assert_counted_once
from tests.browser.network import FAULTS, at_random
from tests.browser.widget_user import panel

DAY = ["NEXT", "PAUSE", "PAUSE", "NEXT", "DISCARD", "UNDO", "NEXT", "EXIT"]


@pytest.mark.parametrize(("flavour", "many"), [("GM_", 200), ("GM.", 200)])
def test_presses_offline_arrive_once(new_client: MakeClient, flavour: str, many: int) -> None:
    client = new_client(flavour=flavour)
    page = client.open()
    client.manager.offline = True
    for number in range(many):
        client.press(page, DAY[number % len(DAY)])
    expect(panel(page)).to_contain_text(f"{many} presses wait")
    client.manager.offline = False
    client.everything_arrived()
    assert len(client.account.log()) == many
    assert_counted_once(client.account, client)


def test_server_killed_and_restarted_in_the_middle(new_client: MakeClient) -> None:
    client = new_client()
    page = client.open()
    server = client.account.server
    for _ in range(2):
        for action in DAY[:4]:
            client.press(page, action)
        server.stop()
        for action in DAY[4:]:
            client.press(page, action)
        server.launch()
        for action in DAY:
            client.press(page, action)
            client.waits(0.05)
        server.wait_until_it_answers()
    client.everything_arrived()
    assert len(client.account.log()) == 4 * len(DAY)
    assert_counted_once(client.account, client)


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_three_times_in_a_row(new_client: MakeClient, fault: str) -> None:
    client = new_client()
    page = client.open()
    client.waits(0.2)
    client.manager.faults = iter([fault] * 3)
    for action in DAY:
        client.press(page, action)
    client.everything_arrived()
    assert next(client.manager.faults, None) is None, "the fault did not happen three times"
    assert len(client.account.log()) == len(DAY)
    assert_counted_once(client.account, client)


def test_every_fault_one_after_the_other(new_client: MakeClient) -> None:
    client = new_client()
    page = client.open()
    client.waits(0.2)
    client.manager.faults = iter(FAULTS)
    for action in DAY:
        client.press(page, action)
    client.everything_arrived()
    assert_counted_once(client.account, client)


def test_faults_at_random(new_client: MakeClient) -> None:
    client = new_client()
    page = client.open()
    client.manager.faults = at_random(random.Random(4), 0.5)
    for action in DAY * 3:
        client.press(page, action)
        client.waits(0.1)
    client.everything_arrived()
    assert_counted_once(client.account, client)
