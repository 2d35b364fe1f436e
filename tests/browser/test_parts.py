"""The widget's pure parts, each by itself, as modules in a real engine."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route

WIDGET = Path(__file__).resolve().parents[2] / "app" / "widget"
TABLES = Path(__file__).parents[1] / "widget"
CASES = json.loads((TABLES / "machine_cases.json").read_text(encoding="utf-8"))
PACES = json.loads((TABLES / "pace_cases.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    """A page that can import the parts; they keep nothing between calls."""

    def part(route: Route) -> None:
        name = route.request.url.rsplit("/", 1)[1]
        if name:
            route.fulfill(path=WIDGET / name, content_type="text/javascript")
        else:
            route.fulfill(body="<!doctype html>", content_type="text/html")

    opened = browser.new_page()
    opened.route("https://widget.test/**", part)
    opened.goto("https://widget.test/")
    yield opened
    opened.close()


@pytest.fixture
def call(page: Page) -> Callable[..., Any]:
    """`call("clock.clockText", 61000)`: a function of a part, with JSON in and out."""

    def run(name: str, *arguments: Any) -> Any:
        module, function = name.split(".")
        return page.evaluate(
            """async ([module, name, args]) => (await import(`/${module}.js`))[name](...args)""",
            [module, function, list(arguments)],
        )

    return run


def test_machine_agrees_with_the_core_in_every_case(page: Page) -> None:
    drawn = page.evaluate(
        """async (cases) => {
          const { NO_SESSION, applyEvent } = await import("/machine.js");
          return cases.map(({ events }) => events.reduce(
            (view, [type, at, discard]) => applyEvent(view, type, at * 1000, discard), NO_SESSION));
        }""",
        CASES,
    )
    seen = [
        {
            "index": view["index"],
            "started": view["startedAt"] / 1000,
            "paused": view["pausedMs"] / 1000,
            "paused_since": None if view["pausedSince"] is None else view["pausedSince"] / 1000,
        }
        if view["active"]
        else None
        for view in drawn
    ]
    assert dict(zip((case["name"] for case in CASES), seen, strict=True)) == {
        case["name"]: case["after"] for case in CASES
    }


def test_pace_agrees_with_the_core_in_every_case(page: Page) -> None:
    drawn = page.evaluate(
        """async ({ paces, spans }) => {
          const { mmss, paceOf } = await import("/pace.js");
          const pace = ({ active, target, count }) => paceOf(active * 1000, target * 1000, count);
          return {
            paces: paces.map(pace).map(({ label, emoji, ratio, score }) => [label, emoji, ratio, score]),
            spans: spans.map(({ seconds, per }) => mmss(seconds * 1000, per)),
          };
        }""",
        PACES,
    )
    ratios = [pace.pop(2) for pace in drawn["paces"]]
    assert ratios == pytest.approx([case["pace"][2] for case in PACES["paces"]], abs=2e-8)
    assert drawn["paces"] == [
        [label, emoji, score] for label, emoji, _, score in _column(PACES["paces"], "pace")
    ]
    assert drawn["spans"] == _column(PACES["spans"], "text")


def _column(cases: list[dict[str, Any]], key: str) -> list[Any]:
    return [case[key] for case in cases]


def test_pace_of_what_this_browser_cannot_know(call: Callable[..., Any]) -> None:
    unknown = {"label": "not known yet", "emoji": "❔", "ratio": 0, "score": 0}
    assert [call("pace.paceOf", *sums) for sums in [(None, 60_000, 1), (1000, None, 1), (1000, 0, 1)]] == [
        unknown
    ] * 3
    assert call("pace.paceOf", None, None, 0)["label"] == "No questions"


@pytest.mark.parametrize(
    ("active", "zone", "text"),
    [
        (0, "early", "05:00 left · fast if submitted now"),
        (999, "early", "05:00 left · fast if submitted now"),
        (269_999.999, "early", "00:31 left · fast if submitted now"),
        (270_000, "band", "00:30 left · on target"),
        (300_000, "band", "00:00 left · on target"),
        (300_999, "band", "00:00 left · on target"),
        (301_000, "band", "00:01 over · on target"),
        (329_999.999, "band", "00:29 over · on target"),
        (330_000, "late", "00:30 over · too slow"),
        (4_000_000, "late", "1:01:40 over · too slow"),
    ],
)
def test_band_turns_at_both_edges(call: Callable[..., Any], active: float, zone: str, text: str) -> None:
    band = call("pace.bandOf", active, 300_000)
    assert (band["zone"], band["leftMs"], band["ratio"]) == (zone, 300_000 - active, active / 300_000)
    assert call("pace.bandText", band) == text


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


def test_pauses_grow_with_jitter_and_respect_what_the_server_asked(call: Callable[..., Any]) -> None:
    assert [call("replies.pauseMs", attempt, 0, 0) for attempt in range(8)] == [
        500, 1000, 2000, 4000, 8000, 16000, 30000, 30000,
    ]  # fmt: skip
    assert call("replies.pauseMs", 500, 0, 0.5) == 45000
    assert call("replies.pauseMs", 0, 7000, 0.5) == 7000
    assert call("replies.retryAfterMs", "7") == 7000
    assert call("replies.retryAfterMs", "Thu, 01 Jan 1970 00:00:10 GMT", 4000) == 6000
    assert call("replies.retryAfterMs", "soon") == 0


def test_chords_are_physical_keys(call: Callable[..., Any]) -> None:
    press = {"code": "KeyN", "altKey": True, "shiftKey": True, "ctrlKey": False, "metaKey": False}
    assert call("hotkeys.chordOf", press) == "Alt+Shift+KeyN"
    assert call("hotkeys.chordOf", {**press, "code": "AltLeft"}) is None
    assert call("hotkeys.chordLabel", "Alt+Shift+KeyN", False) == "Alt+Shift+N"
    assert call("hotkeys.chordLabel", "Alt+Shift+KeyN", True) == "⌥⇧N"
    assert call("hotkeys.chordLabel", "Ctrl+Numpad1", False) == "Ctrl+1"


@pytest.mark.parametrize(
    ("chord", "free"),
    [
        ("Ctrl+KeyQ", False),
        ("Ctrl+Shift+KeyQ", False),
        ("Ctrl+Shift+KeyP", False),
        ("Meta+KeyK", False),
        ("KeyN", False),
        ("Shift+KeyN", False),
        ("Alt+Shift+KeyP", False),  # PAUSE has it
        ("Alt+Shift+KeyN", True),
        ("Ctrl+Alt+KeyK", True),
        ("F8", True),
        ("F5", False),
    ],
)
def test_chord_that_a_browser_or_another_button_has_is_refused(page: Page, chord: str, free: bool) -> None:
    problem = page.evaluate(
        """async (chord) => {
          const { DEFAULT_HOTKEYS, chordProblem } = await import("/hotkeys.js");
          return chordProblem(chord, "NEXT", DEFAULT_HOTKEYS);
        }""",
        chord,
    )
    assert (problem is None) == free


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


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0",
            "Firefox on Windows",
        ),
        (
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/142.0.0.0 Safari/537.36",
            "Chrome on Linux",
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/142.0 Safari/537.36 Edg/142.0",
            "Edge on Windows",
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605 Version/18 Safari/605",
            "Safari on macOS",
        ),
        ("curl", "Browser on an unknown system"),
    ],
)
def test_browser_name(call: Callable[..., Any], agent: str, name: str) -> None:
    assert call("connect.browserName", agent) == name
