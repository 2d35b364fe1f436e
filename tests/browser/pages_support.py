"""A user with a full day of work, for pictures of the pages and for what is checked on each of them."""

import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from playwright.sync_api import Browser, BrowserContext, StorageState

from tests.raters import PASSWORD
from tests.recording import event_body
from tests.server import Server

ZONE = "Europe/Vienna"


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
