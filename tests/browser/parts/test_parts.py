"""The widget's smaller pure parts, each by itself, as modules in a real engine."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page


def test_stamps_strictly_increase_when_the_clock_stands_still_or_is_set_back(
    call: Callable[..., Any],
) -> None:
    memory, stamps = {"last": 0, "offset": 0}, []
    for wall in [1000, 1000, 1000, 5000, 2000, 2500, 2500, 9000]:
        memory = call("clock.nextStamp", wall, memory)
        stamps.append(memory["last"])
    # Set back by three seconds after 5000: half a second later is half a second later all the same.
    assert stamps == [1000, 1001, 1002, 5002, 5003, 5503, 5504, 12004]


@pytest.mark.parametrize(
    ("ms", "text"),
    [
        (0, "00:00"),
        (999, "00:00"),
        (59_999, "00:59"),
        (60_000, "01:00"),
        (3_599_999, "59:59"),
        (3_600_000, "1:00:00"),
    ],
)
def test_clock_text(call: Callable[..., Any], ms: int, text: str) -> None:
    assert call("clock.clockText", ms) == text


@pytest.mark.parametrize(
    ("status", "text", "kind"),
    [
        (200, '{"status": "ok", "is_active": true, "server_timestamp": "2026-01-01T00:00:00Z"}', "accepted"),
        (200, '{"status": "ok", "is_active": tr', "later"),
        (200, "<html>Log in to this hotel's network</html>", "later"),
        (200, "{}", "later"),
        (400, '{"detail": "No active session."}', "unfit"),
        (400, "<html>Bad Request</html>", "later"),
        (401, '{"detail": "Log in first."}', "disconnected"),
        (401, "", "later"),
        (404, '{"detail": "Not Found"}', "later"),
        (408, '{"detail": "x"}', "later"),
        (422, '{"detail": [{"loc": ["body", "timestamp"], "msg": "Too far ahead", "type": "x"}]}', "refused"),
        (429, '{"detail": "x"}', "later"),
        (500, "", "later"),
        (503, '{"detail": "x"}', "later"),
        (0, "", "later"),
    ],
)
def test_reply_is_final_only_when_it_is_certainly_the_trackers(
    page: Page, status: int, text: str, kind: str
) -> None:
    verdict = page.evaluate(
        """async (reply) => {
          const { isEventAnswer, judge } = await import("/replies.js");
          return judge(reply, isEventAnswer);
        }""",
        {"status": status, "text": text, "retryAfter": None},
    )
    assert verdict["kind"] == kind
    if status == 422:
        assert verdict["reason"] == "timestamp: Too far ahead"
    if "hotel" in text:
        assert verdict["reason"] == "No usable answer from the tracker (200)."


def test_pauses_grow_with_jitter_and_respect_what_the_server_asked(call: Callable[..., Any]) -> None:
    assert [call("replies.pauseMs", attempt, 0, 0) for attempt in range(8)] == [
        500, 1000, 2000, 4000, 8000, 16000, 30000, 30000,
    ]  # fmt: skip
    assert call("replies.pauseMs", 500, 0, 0.5) == 45000
    assert call("replies.pauseMs", 0, 7000, 0.5) == 7000
    assert call("replies.retryAfterMs", "7") == 7000
    assert call("replies.retryAfterMs", "86400") == 600_000
    assert call("replies.retryAfterMs", "-1") == 0
    assert call("replies.retryAfterMs", "Thu, 01 Jan 2099 00:00:10 GMT") == 0
    assert call("replies.retryAfterMs", None) == 0
    assert call("replies.retryAfterMs", "soon") == 0


def test_chords_are_physical_keys(call: Callable[..., Any]) -> None:
    keys = {"NEXT": "Alt+Shift+KeyN", "PAUSE": "F8", "LEAVE": ""}
    press = {"code": "KeyN", "altKey": True, "shiftKey": True, "ctrlKey": False, "metaKey": False}
    assert call("hotkeys.pressedAction", press, keys) == "NEXT"
    assert call("hotkeys.pressedAction", {**press, "ctrlKey": True}, keys) is None
    assert call("hotkeys.pressedAction", {**press, "code": "AltLeft"}, keys) is None
    assert call("hotkeys.pressedAction", {"code": "F8"}, keys) == "PAUSE"
    assert call("hotkeys.chordLabel", "Alt+Shift+KeyN", False) == "Alt+Shift+N"
    assert call("hotkeys.chordLabel", "Alt+Shift+KeyN", True) == "⌥⇧N"
    assert call("hotkeys.chordLabel", "Ctrl+Numpad1", False) == "Ctrl+1"


SCREEN = {"width": 1000, "height": 700}
SIZE = {"width": 260, "height": 300}


@pytest.mark.parametrize(
    ("left", "top"), [(-500, -500), (5000, 5000), (8, 8), (700, 20), (20, 380), (732, 392), (500, 300)]
)
def test_placement_is_on_the_screen_and_comes_back(call: Callable[..., Any], left: int, top: int) -> None:
    placed = call("placement.placeAt", {"right": False, "bottom": False, "x": left, "y": top}, SIZE, SCREEN)
    assert 8 <= placed["left"] <= 732
    assert 8 <= placed["top"] <= 392
    anchor = call("placement.anchorOf", placed, SIZE, SCREEN)
    assert call("placement.placeAt", anchor, SIZE, SCREEN) == placed
    small = call("placement.placeAt", anchor, SIZE, {"width": 300, "height": 200})
    assert small == {"left": max(8, min(small["left"], 32)), "top": 8}
