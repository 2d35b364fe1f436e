"""A user at a browser: the actions, and a journal of them."""

import re
import time
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import APIResponse, BrowserContext, FloatRect, Locator, Page, expect

from tests.browser.manager import Manager
from tests.raters import PASSWORD
from tests.server import Server

TASK = "https://www.raterhub.com/evaluation/rater/task/show?taskIds=1"
KEYS = {
    "NEXT": "Alt+Shift+KeyN",
    "PAUSE": "Alt+Shift+KeyP",
    "UNDO": "Alt+Shift+KeyU",
    "EXIT": "Alt+Shift+KeyX",
}

TASK_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Task</title></head>
<body><h1>How well does the result answer the query?</h1>
<form><label><input type="radio" name="rating" id="good"> Good</label> <textarea id="comment"></textarea>
<div id="rich" contenteditable="true">Why</div></form></body></html>"""


@dataclass(frozen=True)
class Press:
    """A line of the journal: pressed between two readings of this machine's clock, Unix seconds."""

    type: str
    earliest: float
    latest: float


@dataclass
class WidgetUser:
    """One account, one browser."""

    server: Server
    context: BrowserContext
    manager: Manager
    email: str
    journal: list[Press] = field(default_factory=list)

    def register(self) -> None:
        """Through the page."""
        page = self.context.new_page()
        page.goto(f"{self.server.url}/register")
        page.get_by_label("E-mail address").fill(self.email)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("main").get_by_role("button", name="Register").click()
        page.wait_for_url("**/dashboard/**")
        page.close()

    def connect(self) -> None:
        """One click on the widget's page."""
        page = self.context.new_page()
        page.goto(f"{self.server.url}/widget")
        expect(page.locator("[data-widget-found]")).to_contain_text("installed")
        page.get_by_role("button", name="Connect this browser").click()
        expect(page.locator("[data-widget-status]")).to_contain_text("Connected as")
        page.close()

    def arrive(self) -> None:
        """Registered and connected without a page being drawn, for tests of what comes after."""
        csrf = self._csrf("/register")
        form = {"email": self.email, "password": PASSWORD, "timezone": "Europe/Berlin", "csrf_token": csrf}
        self._post("/register", form=form)
        account = re.search(r'data-account="([^"]+)"', self._text("/widget"))
        assert account is not None
        headers = {"x-csrf-token": self._csrf("/widget")}
        made = self._post("/tokens", data={"name": "Chrome on Linux"}, headers=headers).json()
        self.manager.values["link"] = {
            "token": made["token"],
            "id": made["id"],
            "name": made["name"],
            "account": account[1],
            "since": made["created_at"],
        }

    def _text(self, path: str) -> str:
        return self.context.request.get(f"{self.server.url}{path}").text()

    def _csrf(self, path: str) -> str:
        found = re.search(r'name="csrf_token" value="([^"]+)"', self._text(path))
        assert found is not None
        return found[1]

    def _post(self, path: str, **request: Any) -> APIResponse:
        answer = self.context.request.post(f"{self.server.url}{path}", **request)
        assert answer.ok, answer.text()
        return answer

    def open_task(self, html: str = TASK_PAGE, headers: dict[str, str] | None = None) -> Page:
        """A task page with the panel on it; the site itself is never asked."""
        self.context.unroute("https://www.raterhub.com/**")
        self.context.route(
            "https://www.raterhub.com/**",
            lambda route: route.fulfill(body=html, headers={"content-type": "text/html", **(headers or {})}),
        )
        page = self.context.new_page()
        page.goto(TASK)
        expect(page.locator("#raterhub-tracker")).to_be_attached()
        return page

    def key(self, page: Page, kind: str) -> None:
        """Presses the hotkey."""
        earliest = time.time()
        page.keyboard.press(KEYS[kind])
        self.journal.append(Press(kind, earliest, time.time()))

    def click(self, page: Page, kind: str) -> None:
        """Clicks the button."""
        earliest = time.time()
        panel(page).locator(f".press.{kind.lower()}").click()
        self.journal.append(Press(kind, earliest, time.time()))

    def everything_arrived(self, page: Page, seconds: float = 60) -> None:
        """Waits until nothing waits, after whatever the page was doing at the time."""
        deadline = time.monotonic() + seconds
        page.evaluate("0")  # what the page said before this answer, such as what to store, has come before it
        while self.manager.keys("event:"):
            assert time.monotonic() < deadline, self.manager.sent[-3:]
            page.wait_for_timeout(50)

    def delete(self, path: str) -> None:
        """As the pages do."""
        headers = {"x-csrf-token": self.json("/auth/csrf")["csrf_token"]}
        assert self.context.request.delete(f"{self.server.url}{path}", headers=headers).ok

    def json(self, path: str) -> Any:
        """What the server says to the logged-in browser."""
        answer = self.context.request.get(f"{self.server.url}{path}")
        assert answer.status == 200
        return answer.json()

    def questions(self) -> list[dict[str, Any]]:
        """The counted questions of today's sessions, in order."""
        day = self.json("/dashboard/today/json")
        sessions = sorted(day["sessions"], key=lambda each: each["started_at"])
        return [
            question
            for each in sessions
            for question in self.json(f"/summary/{each['session_id']}")["questions"]
        ]


def panel(page: Page) -> Locator:
    """The panel itself, inside the shadow root (which tests keep open)."""
    return page.locator("#raterhub-tracker .panel")


def box(page: Page) -> FloatRect:
    """Where the panel stands."""
    found = panel(page).bounding_box()
    assert found is not None
    return found


def is_on_screen(page: Page) -> bool:
    """Whether the panel is wholly within the window."""
    size, at = page.viewport_size, box(page)
    assert size is not None
    return (
        at["x"] >= 0
        and at["y"] >= 0
        and at["x"] + at["width"] <= size["width"]
        and at["y"] + at["height"] <= size["height"]
    )
