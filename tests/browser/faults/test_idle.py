"""An hour in which nobody touched anything: nothing changes without her, and her answer counts at the right times."""

import pytest

from tests.browser.faults.conftest import MakeDesk
from tests.browser.faults.ledger import assert_counted_once

HOUR = 3600e6  # microseconds
MINUTE = 60e6


@pytest.mark.parametrize(
    ("flavour", "answer", "events", "worked", "ended"),
    [
        ("GM_", "work", ["NEXT", "EXIT"], HOUR, True),
        ("GM.", "pause", ["NEXT", "PAUSE", "PAUSE", "EXIT"], 0, True),
        ("GM_", "pause", ["NEXT", "PAUSE", "PAUSE", "EXIT"], 0, True),
        ("GM_", "end", ["NEXT", "EXIT"], 0, False),
    ],
)
def test_idle_hour(
    new_desk: MakeDesk, flavour: str, answer: str, events: list[str], worked: float, ended: bool
) -> None:
    desk = new_desk(flavour=flavour)
    desk.begin_an_hour_ago()
    page = desk.open()
    desk.press(page, "NEXT")
    desk.hour_passes(page, answer)
    desk.manager.offline = False
    if ended:
        desk.press(page, "EXIT")
    desk.everything_arrived()
    log = sorted(desk.account.log(), key=lambda each: each.at)
    assert [each.row.kind for each in log] == events
    [session] = desk.account.figures()
    [(start, end, paused, discarded)] = session["questions"]
    assert (end - start - paused, discarded) == (pytest.approx(worked, abs=MINUTE), False)
    assert_counted_once(desk.account, desk)


def test_idle_hour_without_an_answer_changes_nothing(new_desk: MakeDesk) -> None:
    desk = new_desk()
    desk.begin_an_hour_ago()
    page = desk.open()
    desk.press(page, "NEXT")
    desk.meant = 0
    desk.change_clock(0)
    page.mouse.move(20, 20)
    page.reload()
    page.get_by_role("group", name="You were away").wait_for()
    desk.manager.offline = False
    desk.everything_arrived()
    assert [each.row.kind for each in desk.account.log()] == ["NEXT"]
    assert_counted_once(desk.account, desk)
