"""What the userscript costs in a browser: `python -m bench widget`.

Chromium presses the keys, the real server answers, the script is the one that the server hands out. Its manager is one
in the page (bench/manager.js): what a real one adds to a request - two messages between processes - is not in the
figures. A key press carries the time at which the browser took it in, so the way from there into the page is counted.
"""

import json
import random
import statistics
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench import chromium, raters, servers
from bench.databases import new_database
from bench.figures import Figures
from bench.servers import Server

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Playwright

HERE = Path(__file__).parent
PRESSES = 200
TURNS = 10
IDLE_SECONDS = 60.0  # a whole minute: some things are done once in each
UNCOUNTED = 10  # first presses: the code is still being compiled
LARGEST_SCRIPT_BYTES = 200_000  # as it is written
LARGEST_TRANSFER_BYTES = 60_000  # as it is sent

ALIVE = """async (url) => {
  const from = performance.now();
  await (await fetch(url, { credentials: "omit", cache: "no-store" })).text();
  return performance.now() - from;
}"""
DONE = """(marks) => { const press = probe.presses.at(-1); return !!press && marks.every((mark) => mark in press); }"""

Press = dict[str, float]  # bench/probe.js: what -> when, ms


@dataclass(frozen=True, slots=True)
class Setting:
    """A running server, a task page's site, and raters to work on it."""

    driver: "Playwright"
    server: Server
    site: str
    tokens: Sequence[str]

    def page(self, browser: "Browser", rater: int, asked: set[str] | None = None) -> "Page":
        """A task page with the panel; `asked`: takes the address of every request."""
        link = {"token": self.tokens[rater], "id": "-", "name": "-", "account": None, "since": "-"}
        manager = _source("manager.js", __VALUES__=json.dumps({"link": link}), __SCRIPT__=self.script())
        return chromium.new_page(browser, self.site, [_source("probe.js"), manager], asked)

    def script(self) -> str:
        """The userscript, as it is installed."""
        with urllib.request.urlopen(f"{self.server.url}/raterhub-tracker.user.js", timeout=30) as answer:
            return str(answer.read().decode())

    def sent_script(self) -> bytes:
        """The userscript as a browser receives it: compressed."""
        address = f"{self.server.url}/raterhub-tracker.user.js"
        request = urllib.request.Request(address, headers={"Accept-Encoding": "gzip"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return bytes(answer.read())


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds of many presses or requests."""

    all: Sequence[float]

    @property
    def p50(self) -> float:
        """The median."""
        return statistics.median(self.all)

    @property
    def p95(self) -> float:
        """The 95th percentile."""
        return statistics.quantiles(self.all, n=20, method="inclusive")[-1]

    def __str__(self) -> str:
        return f"{self.p50:.1f} ({self.p95:.1f})"


def between(presses: Sequence[Press], begin: str, end: str) -> Times:
    """How long each took from one moment to another."""
    return Times([press[end] - press[begin] for press in presses])


def how_many(presses: Sequence[Press], moments: Sequence[float]) -> int:
    """How many of the presses are among those that happened at `moments` (each rounded, but not by half a ms)."""
    return sum(any(abs(press["pressed"] - moment) < 0.5 for moment in moments) for press in presses)


def measure(
    presses: int = PRESSES, turns: int = TURNS, uncounted: int = UNCOUNTED, idle: float = IDLE_SECONDS
) -> Figures:
    """Every figure: `presses` of them in `turns`, then `idle` seconds without any."""
    figures = Figures()
    with setting() as made:
        size(made, figures)
        pressing(made, presses // turns, turns, uncounted, figures)
        idling(made, idle, figures)
    return figures


@contextmanager
def setting() -> Iterator[Setting]:
    """Everything that runs, for as long as the block lasts."""
    with new_database("sqlite") as url, chromium.site() as site:
        raters.prepare_database(url)
        tokens = [token for _, token in raters.new_raters(url, 3)]
        with (
            servers.tracker(url, settings={"ALLOWED_ORIGINS": site}) as server,
            chromium.playwright() as driver,
        ):
            yield Setting(driver, server, site, tokens)


def size(made: Setting, figures: Figures) -> None:
    """The script itself."""
    figures["script, bytes"] = (f"{len(made.script().encode()):,}", f"< {LARGEST_SCRIPT_BYTES:,}")
    figures["script as sent, bytes"] = (f"{len(made.sent_script()):,}", f"< {LARGEST_TRANSFER_BYTES:,}")


def pressing(made: Setting, count: int, turns: int, uncounted: int, figures: Figures) -> None:
    """Presses on a page that does next to nothing, requests to the server, presses on the panel: in turns."""
    browser = chromium.new_browser(made.driver)
    bare = chromium.new_page(browser, made.site, [_source("probe.js"), _source("bare.js")])
    asked: set[str] = set()
    panel = made.page(browser, 0, asked)
    alive: list[float] = []
    for turn in range(turns + 1):
        number = count if turn else uncounted
        press(bare, number, ["painted"])
        alive += requests(bare, f"{made.server.url}/health/live", number)
        press(panel, number, ["painted", "settled"])
    bare_presses: list[Press] = bare.evaluate("probe.presses")[uncounted:]
    own: list[Press] = panel.evaluate("probe.presses")[uncounted:]
    late: list[float] = panel.evaluate("probe.late")
    known = {panel.url, *panel.evaluate("probe.requests")}
    browser.close()
    tell_painting(own, bare_presses, figures)
    figures["- more than 16 ms by the browser's own count"] = (f"{how_many(own, late)} of {len(own)}", "0")
    tell_sending(own, Times(alive[uncounted:]), figures)
    figures["requests past the userscript manager"] = (str(len(asked - known)), "0")


def tell_painting(own: Sequence[Press], bare: Sequence[Press], figures: Figures) -> None:
    """From the press to the panel."""
    painted, least = between(own, "pressed", "painted"), between(bare, "pressed", "painted")
    figures["press to painted panel, ms: median (95th percentile)"] = (str(painted), "< 16")
    figures["- until the panel has its new text"] = (str(between(own, "pressed", "changed")), "")
    figures["- the same on a page that sets one text"] = (str(least), "")
    figures["- ratio of the two"] = (_ratio(painted, least), "")


def tell_sending(own: Sequence[Press], alive: Times, figures: Figures) -> None:
    """From the press to the acknowledgement."""
    settled = between(own, "pressed", "settled")
    figures["press to acknowledged, ms: median (95th percentile)"] = (str(settled), "(< 350)")
    figures["- until it is sent"] = (str(between(own, "pressed", "asked")), "")
    figures["- under way and on the server"] = (str(between(own, "asked", "answered")), "")
    figures["- from the answer to the empty queue"] = (str(between(own, "answered", "settled")), "")
    figures["- a bare request to /health/live"] = (str(alive), "")
    figures["- ratio of press and bare request"] = (_ratio(settled, alive), "")


def idling(made: Setting, seconds: float, figures: Figures) -> None:
    """Browsers side by side with the same page, which nobody touches.

    One shows the page alone, one a text on it that changes every second, one the panel without a session, one the
    panel with a question whose clock runs.
    """
    browsers = [chromium.new_browser(made.driver) for _ in range(4)]
    alone, ticking, idle, running = browsers
    chromium.new_page(alone, made.site, [])
    chromium.new_page(ticking, made.site, [_source("ticking.js")])
    made.page(idle, 2)
    press(made.page(running, 1), 1, ["painted", "settled"])
    time.sleep(min(5.0, seconds))  # what starting has left to do
    before = [chromium.computed(browser) for browser in browsers]
    time.sleep(seconds)
    after = [chromium.computed(browser) for browser in browsers]
    for browser in browsers:
        browser.close()
    page, *others = (share(first, last, seconds) for first, last in zip(before, after, strict=True))
    tick, rest, clock = (each["renderer"] - page["renderer"] for each in others)
    figures["idle panel, % of a core in the page's process"] = (f"{rest:.2f}", "< 0.5")
    figures["- with a question whose clock runs"] = (f"{clock:.2f}", "< 0.5")
    figures["- a page that sets one text a second"] = (f"{tick:.2f}", "")
    figures["- the page alone"] = (f"{page['renderer']:.2f}", "")
    everything = sum(others[-1].values()) - sum(page.values())
    figures["- clock and panel in all of the browser's processes"] = (f"{everything:.2f}", "")


def share(before: dict[str, float], after: dict[str, float], seconds: float) -> dict[str, float]:
    """Per cent of a core, by the kind of process."""
    return {kind: 100 * (after[kind] - before.get(kind, 0.0)) / seconds for kind in after}


def press(page: "Page", count: int, marks: Sequence[str]) -> None:
    """Presses Alt+Shift+N, and again once the marks of the one before are there, at no fixed point of a frame."""
    page.bring_to_front()
    page.keyboard.down("Alt")
    page.keyboard.down("Shift")
    for _ in range(count):
        page.keyboard.press("KeyN")
        time.sleep(0.08 + random.random() / 30)
        page.wait_for_function(DONE, arg=list(marks), polling=50)
    page.keyboard.up("Shift")
    page.keyboard.up("Alt")


def requests(page: "Page", url: str, count: int) -> list[float]:
    """Milliseconds of requests from a page, as far apart as the presses."""
    took: list[float] = []
    for _ in range(count):
        time.sleep(0.08 + random.random() / 30)
        took.append(page.evaluate(ALIVE, url))
    return took


def _ratio(own: Times, bare: Times) -> str:
    return f"{own.p50 / bare.p50:.1f} ({own.p95 / bare.p95:.1f})"


def _source(name: str, **put_in: str) -> str:
    text = (HERE / name).read_text(encoding="utf-8")
    for mark, value in put_in.items():
        text = text.replace(mark, value)
    return text
