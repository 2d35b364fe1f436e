"""A user with a full day of work, for pictures of the pages and for what is checked on each of them."""

import json
import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, StorageState

from tests.raters import PASSWORD
from tests.recording import event_body
from tests.server import Server

ZONE = "Europe/Vienna"
SCREENS: dict[str, dict[str, Any]] = {
    "light": {"viewport": {"width": 1200, "height": 800}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1200, "height": 800}, "color_scheme": "dark"},
    "narrow": {"viewport": {"width": 360, "height": 740}, "color_scheme": "light"},
    "wide": {"viewport": {"width": 2560, "height": 1300}, "color_scheme": "light"},
    "forced colours": {"viewport": {"width": 1200, "height": 800}, "forced_colors": "active"},
}
# What moved since the page began to load: the sum of the scores by which browsers measure it.
LAYOUT_SHIFT = """() => new Promise((resolve) => {
  let sum = 0;
  new PerformanceObserver((list) => list.getEntries().forEach(({ value }) => { sum += value; }))
    .observe({ type: "layout-shift", buffered: true });
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => resolve(sum))));
})"""


@dataclass(frozen=True)
class Worker:
    """The user's login and the addresses of their pages."""

    server: Server
    state: StorageState
    full_day: str  # YYYY-MM-DD
    addresses: dict[str, str]  # by name of the page

    def context(self, browser: Browser, **options: Any) -> BrowserContext:
        """A browser in which the user is logged in."""
        made = browser.new_context(
            base_url=self.server.url, storage_state=self.state, locale="en-GB", timezone_id=ZONE, **options
        )
        made.set_default_timeout(8000)
        return made


def look_at(page: Page, address: str, picture: Path) -> None:
    """Open, take a picture, and hold the page to what every page must be."""
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    answer = page.goto(address)
    assert answer is not None
    assert page.evaluate(LAYOUT_SHIFT) == 0
    page.screenshot(path=picture, full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    violations = [
        {"rule": found["id"], "nodes": [node["html"] for node in found["nodes"]]}
        for found in Axe().run(page).response["violations"]
    ]
    assert violations == [], json.dumps(violations, indent=1)
    # A browser says "Failed to load resource" of a page that is an error; anything else is a breach of the CSP.
    assert [text for text in said if answer.ok or "Failed to load resource" not in text] == []


def worker_with_a_full_day(server: Server, browser: Browser) -> Worker:
    """A user registered through the page, whose events came in through the API."""
    context = browser.new_context(base_url=server.url, locale="en-GB", timezone_id=ZONE)
    page = context.new_page()
    page.goto("/register")
    page.get_by_label("E-mail address").fill(f"mara-{uuid.uuid4().hex[:8]}@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("First name").fill("Mara")
    page.get_by_role("main").get_by_role("button", name="Register").click()
    page.wait_for_url("**/dashboard/**")
    day = (datetime.now(ZoneInfo(ZONE)) - timedelta(days=2)).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    send(context, list(events_around(day)))
    full_day = day.date().isoformat()
    sessions = context.request.get(f"/dashboard/today/json?date={full_day}").json()["sessions"]
    active = context.request.get("/sessions/current").json()["session_id"]
    addresses = {
        "day": f"/dashboard/today?date={full_day}",
        "empty day": "/dashboard/today?date=2020-02-29",
        "deleted": f"/dashboard/today?date={full_day}&done=session-deleted&session={sessions[0]['session_id']}",
        "sessions": "/dashboard/sessions",
        "session": f"/dashboard/sessions/{sessions[-1]['session_id']}",
        "running session": f"/dashboard/sessions/{active}",
        "profile": "/profile",
        "widget": "/widget",
        "unknown": "/nowhere",
        "refused": "/dashboard/today?date=yesterday",
    }
    state = context.storage_state()
    context.close()
    return Worker(server, state, full_day, addresses)


def send(context: BrowserContext, events: list[dict[str, object]]) -> None:
    """Deliver events as a logged-in browser does."""
    token = context.request.get("/auth/csrf").json()["csrf_token"]
    answer = context.request.post(
        "/events/batch",
        data={"events": events},
        headers={"x-csrf-token": token, "sec-fetch-site": "same-origin"},
    )
    results = answer.json()["results"]
    assert [result["status"] for result in results] == ["recorded"] * len(events)


def events_around(day: datetime) -> Iterator[dict[str, object]]:
    """A day with three sessions, one of them over its end; one over its beginning; one that runs to this day."""
    chance = random.Random(7)
    yield from session_events(chance, day - timedelta(minutes=50), 12)
    yield from session_events(chance, day + timedelta(hours=8, minutes=41, seconds=7), 22)
    yield from session_events(chance, day + timedelta(hours=13, minutes=12), 16, haste=0.93)
    yield from session_events(chance, day + timedelta(hours=21, minutes=35), 30, haste=0.9)
    yield from session_events(chance, day + timedelta(hours=26, minutes=5), 5, ended=False)


def session_events(
    chance: random.Random, start: datetime, questions: int, *, haste: float = 1.0, ended: bool = True
) -> Iterator[dict[str, object]]:
    """`questions` of varied length, some paused, some discarded, some with a target of their own."""
    at = start
    for number in range(questions):
        target = chance.choice([3, 4, 8]) if chance.random() < 0.15 else None
        discards = number > 0 and chance.random() < 0.07
        yield event_body(
            "NEXT",
            at,
            target_minutes=target,
            discard=discards,
            task_id=f"t-{chance.randrange(10**7):07d}" if chance.random() < 0.7 else None,
            task_type=chance.choice(["Side by side", "Needs met", "Page quality"])
            if chance.random() < 0.5
            else None,
        )
        length = max(45.0, chance.gauss((target or 5.5) * 60 * haste, 70)) * chance.choice(
            [1] * 10 + [0.35, 1.7]
        )
        if chance.random() < 0.1:
            pause = chance.choice([180, 420, 900])
            begun = at + timedelta(seconds=length * chance.random())
            yield event_body("PAUSE", begun)
            yield event_body("PAUSE", begun + timedelta(seconds=pause))
            length += pause
        at += timedelta(seconds=length)
    if ended:
        yield event_body("EXIT", at)
