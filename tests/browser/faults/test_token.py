"""A token that ends in the middle of a replay: the recording goes on, and connecting again sends the rest."""

import time

from playwright.sync_api import expect

from tests.browser.faults.conftest import MakeDesk
from tests.browser.faults.ledger import assert_counted_once
from tests.browser.rater import Rater, panel

BEFORE, MEANWHILE = 120, 80


def test_token_revoked_in_the_middle_of_a_replay(new_desk: MakeDesk) -> None:
    desk = new_desk()
    page = desk.open()
    desk.manager.offline = True
    for _ in range(BEFORE):
        desk.press(page, "NEXT")
    desk.manager.faults = iter(["time-out after the commit"] * 3)
    desk.manager.offline = False
    desk.send_now()
    deadline = time.monotonic() + 30
    while not (arrived := len(desk.account.log())):
        assert time.monotonic() < deadline
        desk.waits(0.02)
    desk.account.revoke(desk.manager)
    desk.manager.faults = iter(())
    for _ in range(MEANWHILE):
        desk.press(page, "NEXT")
    desk.send_now()
    connect = panel(page).get_by_role("link", name="Connect this browser")
    expect(connect).to_be_visible()
    assert arrived <= len(desk.account.log()) < BEFORE + MEANWHILE
    assert len(desk.manager.keys("event:")) == BEFORE + MEANWHILE

    login = desk.account.login["Authorization"].removeprefix("Bearer ")
    desk.context.add_cookies([{"name": "access_token", "value": login, "url": desk.account.server.url}])
    Rater(desk.account.server, desk.context, desk.manager, desk.account.email).connect()
    desk.everything_arrived()
    expect(connect).to_be_hidden()
    assert len(desk.account.log()) == BEFORE + MEANWHILE
    assert_counted_once(desk.account, desk)
