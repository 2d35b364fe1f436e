"""A token that ends in the middle of a replay: the recording goes on, and connecting again sends the rest."""

import time

from playwright.sync_api import expect

from tests.browser.faults.conftest import MakeClient
from tests.browser.faults.reconciliation import assert_counted_once
from tests.browser.widget_user import WidgetUser, panel

BEFORE, MEANWHILE = 120, 80


def test_token_revoked_in_the_middle_of_a_replay(new_client: MakeClient) -> None:
    client = new_client()
    page = client.open()
    client.manager.offline = True
    for _ in range(BEFORE):
        client.press(page, "NEXT")
    client.manager.faults = iter(["time-out after the commit"] * 3)
    client.manager.offline = False
    client.send_now()
    deadline = time.monotonic() + 30
    while not (arrived := len(client.account.log())):
        assert time.monotonic() < deadline
        client.waits(0.02)
    client.account.revoke(client.manager)
    client.manager.faults = iter(())
    for _ in range(MEANWHILE):
        client.press(page, "NEXT")
    client.send_now()
    connect = panel(page).get_by_role("link", name="Connect this browser")
    expect(connect).to_be_visible()
    assert arrived <= len(client.account.log()) < BEFORE + MEANWHILE
    assert len(client.manager.keys("event:")) == BEFORE + MEANWHILE

    login = client.account.login["Authorization"].removeprefix("Bearer ")
    client.context.add_cookies([{"name": "access_token", "value": login, "url": client.account.server.url}])
    WidgetUser(client.account.server, client.context, client.manager, client.account.email).connect()
    client.everything_arrived()
    expect(connect).to_be_hidden()
    assert len(client.account.log()) == BEFORE + MEANWHILE
    assert_counted_once(client.account, client)
