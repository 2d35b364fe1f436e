"""Clocks that are hours off, or are put right or wrong in the middle: each press counts at the time it was pressed."""

import pytest
from playwright.sync_api import expect

from tests.browser.faults.client import Client
from tests.browser.faults.conftest import MakeClient
from tests.browser.faults.reconciliation import assert_counted_once, kept_events, seconds_of
from tests.browser.widget_user import panel

THREE_HOURS = 3 * 3600.0


def work(client: Client) -> None:
    """Some presses one by one, and some that wait for a while."""
    page = client.pages[0]
    for action in ["NEXT", "NEXT", "PAUSE"]:
        client.press(page, action)
        client.everything_arrived()
        client.waits(0.2)
    client.manager.offline = True
    for action in ["PAUSE", "NEXT", "UNDO", "EXIT"]:
        client.press(page, action)
        client.waits(0.2)
    client.manager.offline = False
    client.everything_arrived()


@pytest.mark.parametrize("hours", [3, -3])
@pytest.mark.parametrize("flavour", ["GM_", "GM."])
def test_clock_three_hours_off(new_client: MakeClient, flavour: str, hours: int) -> None:
    client = new_client(flavour=flavour, clock_shift=hours * 3600)
    client.open()
    work(client)
    first = kept_events(client)[0]
    assert seconds_of(first["timestamp"]) == pytest.approx(client.journal[0].earliest + hours * 3600, abs=30)
    assert len(client.account.log()) == 7
    assert_counted_once(client.account, client)


@pytest.mark.parametrize(("hours", "corrected"), [(20, False), (-20, True), (48, True)])
def test_clock_that_differs_is_corrected_where_it_cannot_be_right(
    new_client: MakeClient, hours: int, corrected: bool
) -> None:
    """Either clock may be the wrong one; but nothing lies before the account was made, or a day ahead."""
    client = new_client(clock_shift=hours * 3600)
    page = client.open()
    work(client)
    recorded = sorted(each.at for each in client.account.log())
    pressed = [press.earliest + (0 if corrected else hours * 3600) for press in client.journal]
    assert recorded == pytest.approx(pressed, abs=30)
    expect(panel(page).locator(".alert")).to_contain_text("are more than 12 hours apart")


CHANGES = pytest.mark.parametrize(
    ("before", "after"), [(0, -THREE_HOURS), (THREE_HOURS, 0), (0, THREE_HOURS), (-THREE_HOURS, 0)]
)


@CHANGES
def test_clock_changed_in_the_middle(new_client: MakeClient, before: float, after: float) -> None:
    client = new_client(clock_shift=before)
    page = client.open()
    work(client)
    client.change_clock(after)
    work(client)
    page.reload()
    work(client)
    assert [each.row.kind for each in sorted(client.account.log(), key=lambda each: each.at)] == [
        press.action for press in client.journal
    ]
    assert_counted_once(client.account, client)


@CHANGES
def test_clock_changed_after_a_refused_press(new_client: MakeClient, before: float, after: float) -> None:
    client = new_client(clock_shift=before)
    client.press(client.open(), "UNDO")
    client.everything_arrived()
    client.change_clock(after)
    work(client)
    assert len(client.account.log()) == len(client.journal) - 1
    assert_counted_once(client.account, client)
