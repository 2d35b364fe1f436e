"""A browser with the widget, and a journal of what was pressed in it that knows nothing of the widget."""

import asyncio
import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from playwright._impl._greenlets import EventGreenlet, run_in_greenlet
from playwright.sync_api import BrowserContext, Error, Page, Route, expect

from tests.browser.conftest import PATIENCE_MS
from tests.browser.faults.account import Account
from tests.browser.manager import Manager
from tests.browser.widget_user import KEYS, TASK, TASK_PAGE, panel

CHORDS = {**KEYS, "DISCARD": "Alt+Shift+KeyD", "LEAVE": "Alt+Shift+KeyL"}
BUTTONS = {"SUBMIT": "#ewok-task-submit-button", "RELEASE": "#ewok-release-button"}  # of the task page
SITE = "https://www.raterhub.com/**"
HEAL_SECONDS = 300
HOUR_SECONDS = 3600.0
ANSWERS = {"work": "It was work", "pause": "Pause from", "end": "End the session at"}


@dataclass(frozen=True)
class Press:
    """A line of the journal: pressed between two readings of this machine's clock, Unix seconds.

    `certain`: nothing violent followed at once, so it must be recorded; otherwise it may have come to nothing, as long
    as no trace of it is in the storage either. `meant`: what to add to the readings to get the time it stands for.
    `early`: seconds by which its stamp may be early, the clock having been set back. `ahead`: seconds by which the
    browser's clock was ahead of the truth.
    """

    action: str
    earliest: float
    latest: float
    certain: bool = True
    meant: float = 0
    early: float = 0
    ahead: float = 0

    @property
    def kind(self) -> tuple[str, bool]:
        """Type and discard of its event."""
        return {"DISCARD": ("NEXT", True), "LEAVE": ("EXIT", True)}.get(self.action, (self.action, False))


def move_pointer(page: Page) -> None:
    """Moves the pointer until the page has heard of it: on a busy machine Chromium drops a single move."""
    page.evaluate(
        """() => {
            window.__pointerMoved = false;
            window.addEventListener("pointermove", () => (window.__pointerMoved = true), { once: true });
        }"""
    )
    for x in range(200):
        page.mouse.move(10 + x % 2 * 10, 10)
        page.wait_for_timeout(20)
        if page.evaluate("window.__pointerMoved"):
            return
    raise AssertionError("the page does not hear of the pointer")


@dataclass
class Client:
    """One browser profile of an account. `opener` starts its browser, again where it was killed."""

    account: Account
    manager: Manager
    opener: Callable[[], BrowserContext]
    profile: Path | None = None  # of a browser of its own, which can be killed
    journal: list[Press] = field(default_factory=list)
    meant: float = 0  # of the presses from now on
    early: float = 0  # likewise
    headers: dict[str, str] = field(default_factory=dict)
    html: str = TASK_PAGE
    site: Callable[[Route], None] | None = None  # answers instead of `html`
    preferences: dict[str, Any] = field(default_factory=lambda: {"reading": False})
    context: BrowserContext = field(init=False)
    pages: list[Page] = field(default_factory=list)
    _set_back_after: float | None = None  # the last press before the clock was set back

    def __post_init__(self) -> None:
        self.manager.values.setdefault("preferences", {**self.preferences, "hotkeys": CHORDS})
        self.account.connect(self.manager)
        self._start()

    def _start(self) -> None:
        self.context = self.opener()
        self.context.set_default_timeout(PATIENCE_MS)
        self.manager.install(self.context)
        self.context.route(SITE, self.site or self._show)

    def _show(self, route: Route) -> None:
        route.fulfill(body=self.html, headers={"content-type": "text/html", **self.headers})

    def open(self, address: str = TASK) -> Page:
        """One more tab with a task page and the panel on it."""
        page = self.context.new_page()
        page.goto(address)
        expect(page.locator("#raterhub-tracker")).to_be_attached()
        self.pages.append(page)
        return page

    def press(self, page: Page, action: str, how: str = "key") -> None:
        """A key, a click on a button of the task page's, or one on the panel."""
        discards, earliest = self._discards() + 1, time.time()
        if how == "key":
            self._do(page, action)
        else:
            panel(page).locator(f".press.{action.lower()}").click()
        self._note(earliest, action, certain=not self._was_told_no(page, action, discards))

    def press_at_once(self, presses: list[tuple[Page, str]]) -> None:
        """Keys in several tabs, none waiting for another."""
        discards, earliest = self._discards() + sum(action == "DISCARD" for _, action in presses), time.time()
        self._together(*(partial(page.keyboard.press, CHORDS[action]) for page, action in presses))
        for page, action in presses:
            self._note(earliest, action, certain=not self._was_told_no(page, action, discards))

    def press_and_reload(self, page: Page, action: str, *, at_once: bool) -> None:
        """A key, and the page begins anew before anything can have become of it."""
        self._press_and(page, action, page.reload, at_once=at_once)
        expect(page.locator("#raterhub-tracker")).to_be_attached()

    def press_and_close(self, page: Page, action: str, *, at_once: bool) -> None:
        """A key, and the tab is gone."""
        self._press_and(page, action, page.close, at_once=at_once)
        self.pages.remove(page)

    def press_and_crash(self, page: Page, action: str, *, at_once: bool) -> None:
        """A key, and the tab's process is gone."""
        self._wait_for_earlier_presses(page)
        with page.expect_event("crash"):
            self._press_and(page, action, lambda: page.goto("chrome://crash"), at_once=at_once)
        page.close()
        self.pages.remove(page)

    def press_and_kill(self, page: Page, action: str) -> None:
        """A key, and the whole browser is gone; started again with the same profile and no tab."""
        self._wait_for_earlier_presses(page)
        earliest = time.time()
        with self.context.expect_event("close"):
            self._do(page, action)
            os.kill(self._process(), signal.SIGKILL)
        self._note(earliest, action, certain=False)
        self.pages.clear()
        self._start()

    def _wait_for_earlier_presses(self, page: Page) -> None:
        """Until they are in the manager's storage, a few seconds at most: what ends a process may take the latest press
        alone, and a machine with other work needs longer for a press than until the next one."""
        certain = sum(press.certain for press in self.journal)
        for _ in range(100):
            if len(self.manager.ever_set("event:")) >= certain:
                return
            page.wait_for_timeout(50)

    def change_clock(self, seconds: float) -> None:
        """From now on this machine's wall clock is that much ahead of the truth, in every tab of this browser.

        How long it was between the last press and a clock that was set back, nobody can know: the stamps from then on
        may be too early by as much.
        """
        if seconds < self.manager.clock_shift and self.journal:
            self._set_back_after = self.journal[-1].earliest
        self.manager.clock_shift = seconds
        for page in self.pages:
            page.evaluate("(ms) => __shiftClock(ms)", seconds * 1000)

    def begin_an_hour_ago(self) -> None:
        """What is pressed from now on was pressed an hour ago; it waits, since there is no network as yet."""
        self.manager.clock_shift, self.manager.offline = -HOUR_SECONDS, True
        self.meant = -HOUR_SECONDS

    def hour_passes(self, page: Page, answer: str) -> None:
        """No activity until now; then the panel asks once what it was: "work", "pause" or "end"."""
        before = time.time()
        move_pointer(page)
        last = Press("EXIT" if answer == "end" else "PAUSE", before, time.time(), meant=self.meant)
        self.meant = 0
        self.change_clock(0)
        back = time.time()
        move_pointer(page)
        asked = panel(page).get_by_role("group", name="You were away")
        expect(asked).to_be_visible()
        returned = Press("PAUSE", back, time.time())
        asked.get_by_role("button", name=ANSWERS[answer]).click()
        expect(asked).to_be_hidden()
        self.journal += {"work": [], "pause": [last, returned], "end": [last]}[answer]

    def send_now(self) -> None:
        """The event that a browser sends to its pages when the network is back: pauses between attempts end."""
        for away in (True, False) if self.pages else ():
            self.context.set_offline(away)

    def everything_arrived(self) -> None:
        """Waits until nothing waits, some tab being open."""
        deadline, nudged = time.monotonic() + HEAL_SECONDS, 0.0
        while self.manager.keys("event:"):
            assert time.monotonic() < deadline, self.manager.sent[-5:]
            if time.monotonic() - nudged > 1.2:  # longer than the longest Retry-After of the faults
                self.send_now()
                nudged = time.monotonic()
            self.pages[0].wait_for_timeout(50)

    def waits(self, seconds: float) -> None:
        """Time goes by, in which the browser is heard."""
        self.pages[-1].wait_for_timeout(seconds * 1000)

    def _was_told_no(self, page: Page, action: str, discards: int) -> bool:
        """Whether the panel says that there is nothing to discard: then nothing is recorded."""
        if action != "DISCARD":
            return False
        deadline = time.monotonic() + PATIENCE_MS / 1000
        while time.monotonic() < deadline and self._discards() < discards:
            if "No question is open." in panel(page).inner_text():
                return True
            page.wait_for_timeout(20)
        return False

    def _discards(self) -> int:
        events = [value["event"] for value in self.manager.ever_set("event:").values()]
        return sum(event["type"] == "NEXT" and event.get("discard", False) for event in events)

    def _note(self, earliest: float, action: str, *, certain: bool = True) -> None:
        latest = time.time()
        if self._set_back_after is not None:
            self.early += latest - self._set_back_after
            self._set_back_after = None
        ahead = self.manager.clock_shift - self.meant
        self.journal.append(Press(action, earliest, latest, certain, self.meant, self.early, ahead))

    def _do(self, page: Page, action: str) -> None:
        if action in BUTTONS:
            page.locator(BUTTONS[action]).click()
        else:
            page.keyboard.press(CHORDS[action])

    def _press_and(self, page: Page, action: str, then: Callable[[], object], *, at_once: bool) -> None:
        earliest = time.time()
        press = partial(self._do, page, action)
        with suppress(Error):  # what is cut off says so
            if at_once:
                self._together(press, then)
            else:
                press()
                then()
        self._note(earliest, action, certain=False)

    def _together(self, *calls: Callable[[], object]) -> None:
        """Several calls of the driver at a time, as its own event listeners make them."""

        async def all_of_them() -> None:
            running = [run_in_greenlet(EventGreenlet, call) for call in calls]
            await asyncio.gather(*running, return_exceptions=True)

        self.context._sync(all_of_them())

    def _process(self) -> int:
        """The browser's own process: the one of this profile that is no helper of another."""
        assert self.profile is not None
        wanted = f"--user-data-dir={self.profile}".encode()
        for folder in Path("/proc").iterdir():
            with suppress(OSError):
                command = (folder / "cmdline").read_bytes().split(b"\0") if folder.name.isdigit() else []
                if wanted in command and not any(part.startswith(b"--type=") for part in command):
                    return int(folder.name)
        raise AssertionError("no such browser")
