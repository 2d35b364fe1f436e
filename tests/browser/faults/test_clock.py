"""Clocks that are hours off, or are put right or wrong in the middle: each press counts at the time it was pressed."""

import pytest

from tests.browser.faults.conftest import MakeDesk
from tests.browser.faults.desk import Desk
from tests.browser.faults.ledger import assert_counted_once, kept_events, seconds_of

THREE_HOURS = 3 * 3600.0


def work(desk: Desk) -> None:
    """Some presses one by one, and some that wait for a while."""
    page = desk.pages[0]
    for action in ["NEXT", "NEXT", "PAUSE"]:
        desk.press(page, action)
        desk.everything_arrived()
        desk.waits(0.2)
    desk.manager.offline = True
    for action in ["PAUSE", "NEXT", "UNDO", "EXIT"]:
        desk.press(page, action)
        desk.waits(0.2)
    desk.manager.offline = False
    desk.everything_arrived()


@pytest.mark.parametrize("hours", [3, -3])
@pytest.mark.parametrize("flavour", ["GM_", "GM."])
def test_clock_three_hours_off(new_desk: MakeDesk, flavour: str, hours: int) -> None:
    desk = new_desk(flavour=flavour, clock_shift=hours * 3600)
    desk.open()
    work(desk)
    first = kept_events(desk)[0]
    assert seconds_of(first["timestamp"]) == pytest.approx(desk.journal[0].earliest + hours * 3600, abs=30)
    assert len(desk.account.log()) == 7
    assert_counted_once(desk.account, desk)


CHANGES = pytest.mark.parametrize(
    ("before", "after"), [(0, -THREE_HOURS), (THREE_HOURS, 0), (0, THREE_HOURS), (-THREE_HOURS, 0)]
)


@CHANGES
def test_clock_changed_in_the_middle(new_desk: MakeDesk, before: float, after: float) -> None:
    desk = new_desk(clock_shift=before)
    page = desk.open()
    work(desk)
    desk.change_clock(after)
    work(desk)
    page.reload()
    work(desk)
    assert [each.row.kind for each in sorted(desk.account.log(), key=lambda each: each.at)] == [
        press.action for press in desk.journal
    ]
    assert_counted_once(desk.account, desk)


@CHANGES
def test_clock_changed_after_a_refused_press(new_desk: MakeDesk, before: float, after: float) -> None:
    desk = new_desk(clock_shift=before)
    desk.press(desk.open(), "UNDO")
    desk.everything_arrived()
    desk.change_clock(after)
    work(desk)
    assert len(desk.account.log()) == len(desk.journal) - 1
    assert_counted_once(desk.account, desk)
