"""An hour without activity: nothing changes without the user, and the answer counts at the right times."""

import pytest

from tests.browser.faults.client import move_pointer
from tests.browser.faults.conftest import MakeClient
from tests.browser.faults.reconciliation import assert_counted_once

HOUR_US = 3600e6
MINUTE_US = 60e6


@pytest.mark.parametrize(
    ("flavour", "answer", "events", "worked", "ended"),
    [
        ("GM_", "work", ["NEXT", "EXIT"], HOUR_US, True),
        ("GM.", "pause", ["NEXT", "PAUSE", "PAUSE", "EXIT"], 0, True),
        ("GM_", "pause", ["NEXT", "PAUSE", "PAUSE", "EXIT"], 0, True),
        ("GM_", "end", ["NEXT", "EXIT"], 0, False),
    ],
)
def test_idle_hour(
    new_client: MakeClient, flavour: str, answer: str, events: list[str], worked: float, ended: bool
) -> None:
    client = new_client(flavour=flavour)
    client.begin_an_hour_ago()
    page = client.open()
    client.press(page, "NEXT")
    client.hour_passes(page, answer)
    client.manager.offline = False
    if ended:
        client.press(page, "EXIT")
    client.everything_arrived()
    log = sorted(client.account.log(), key=lambda each: each.at)
    assert [each.row.kind for each in log] == events
    [session] = client.account.figures()
    [(start, end, paused, discarded)] = session["questions"]
    assert (end - start - paused, discarded) == (pytest.approx(worked, abs=MINUTE_US), False)
    assert_counted_once(client.account, client)


def test_idle_hour_without_an_answer_changes_nothing(new_client: MakeClient) -> None:
    client = new_client()
    client.begin_an_hour_ago()
    page = client.open()
    client.press(page, "NEXT")
    client.meant = 0
    client.change_clock(0)
    move_pointer(page)
    page.reload()
    page.get_by_role("group", name="You were away").wait_for()
    client.manager.offline = False
    client.everything_arrived()
    assert [each.row.kind for each in client.account.log()] == ["NEXT"]
    assert_counted_once(client.account, client)
