"""The reasoning about what the server may refuse."""

import pytest

from tests.browser.faults.account import Recorded
from tests.browser.faults.reconciliation import is_void
from tests.browser.manager import Sent
from tests.naive import Row

NOON = 1_795_435_200.0  # 2026-11-23T12:00:00Z
# A second apart; one more UNDO is void after the first and after the third of them.
KINDS = ["NEXT", "NEXT", "UNDO", "NEXT"]
LOG = [
    Recorded(Row(i, kind, int((NOON + i) * 1e6), False, None), str(i), NOON + 60)
    for i, kind in enumerate(KINDS)
]
TOLD = {row.event_id: NOON + 61 for row in LOG}  # when each was acknowledged
# By a clock that is three hours behind.
UNDO = {"event_id": "late", "type": "UNDO", "timestamp": "2026-11-23T09:00:00.500Z"}


def refusal(left: float, answered: float) -> Sent:
    """Of an exchange between these moments; seconds after the request was made, 100 s past noon."""
    start, body = NOON + 100, {**UNDO, "sent_at": "2026-11-23T09:01:40.000Z"}
    return Sent(
        "POST", "/events", {}, body, 400, anonymous=True, left=start + left, answered=start + answered
    )


@pytest.mark.parametrize(
    ("left", "answered", "void"),
    [(0, 0.4, True), (0.6, 1.4, False), (0.6, 3, True), (1.6, 2.4, True), (2.6, 3, False)],
)
def test_is_void_at_some_moment_of_an_exchange_with_a_wrong_clock(
    left: float, answered: float, void: bool
) -> None:
    assert is_void(UNDO, refusal(left, answered), LOG, TOLD) == void


@pytest.mark.parametrize(
    ("received", "told", "void"),
    [(100.5, 102, True), (99, 102, True), (99, 100.5, False), (100.5, 100.55, False)],
    ids=["meanwhile", "before, recorded later", "before", "before the last row"],
)
def test_is_void_until_a_row_is_in_the_log(received: float, told: float, void: bool) -> None:
    """After the first row alone the UNDO is void, after the second it is not."""
    rows = [LOG[0], Recorded(LOG[1].row, "1", NOON + received)]
    assert is_void(UNDO, refusal(1.1, 1.4), rows, {"0": NOON + 60, "1": NOON + told}) == void
