"""A user with a real userscript manager: the actions, a journal of them, and what the tracker has recorded."""

import time
from dataclasses import dataclass, field

from sqlalchemy import select

from app.database import Database
from app.db_models import events, users
from app.services.verification import differences
from tests.browser.widget_user import Press
from tests.managers.firefox import Firefox
from tests.managers.greasemonkey import Greasemonkey
from tests.managers.loopback import TASK, Site
from tests.raters import PASSWORD
from tests.server import Server
from tests.waiting import wait_until

LETTERS = {"NEXT": "n", "PAUSE": "p", "UNDO": "u", "EXIT": "x"}
EMAIL = "rater@example.com"
# Firefox rounds each of the three clocks that a stamp is made of to a millisecond.
ROUNDING_SECONDS = 0.004


@dataclass
class ManagedUser:
    """One account, one Firefox with the manager."""

    firefox: Firefox
    manager: Greasemonkey
    server: Server
    site: Site
    journal: list[Press] = field(default_factory=list)

    def install_script(self) -> None:
        """From the widget's page, as a user does."""
        self.manager.install(f"{self.site.url}/widget", "[data-widget-install] a")

    def register(self) -> None:
        """Through the page."""
        self.firefox.open(f"{self.site.url}/register")
        self.firefox.type("[name=email]", EMAIL)
        self.firefox.type("[name=password]", PASSWORD)
        self.firefox.click("main form .button-main")
        self.firefox.find("[href='/widget']")
        self.firefox.close()

    def connect(self) -> None:
        """One click on the widget's page."""
        self.firefox.open(f"{self.site.url}/widget")
        self.firefox.wait_for_text("[data-widget-found]", "The widget is installed in this browser")
        self.firefox.click("[data-widget-connect]")
        self.firefox.wait_for_text("[data-widget-status]", "Connected as")
        self.firefox.close()

    def open_task(self) -> str:
        """A tab with a task and the panel."""
        tab = self.firefox.open(TASK)
        wait_until(lambda: self.firefox.panel(".title") is not None)
        return tab

    def key(self, kind: str, title: str) -> None:
        """Presses the hotkey; returns once the panel's first line is `title`."""
        earliest = time.time()
        self.firefox.press(LETTERS[kind])
        self.journal.append(Press(kind, earliest, time.time()))
        self.firefox.wait_for_panel(".title", title)

    def click(self, kind: str, title: str) -> None:
        """Clicks the button; returns once the panel's first line is `title`."""
        earliest = time.time()
        self.firefox.click_panel(f".press.{kind.lower()}")
        self.journal.append(Press(kind, earliest, time.time()))
        self.firefox.wait_for_panel(".title", title)

    def everything_arrived(self) -> None:
        """Waits until nothing waits."""
        wait_until(lambda: not self.manager.keys("event:"))

    def assert_recorded_exactly(self) -> None:
        """The log has each press once, in order, at its moment; sessions and questions follow from it; nothing else."""
        assert self.manager.keys("refused:") == []
        database = Database(f"sqlite:///{self.server.folder / 'app.db'}")
        try:
            [user_id] = database.read_now(lambda conn: conn.execute(select(users.c.id)).scalars().all())
            log = select(events.c.type, events.c.at_us).order_by(events.c.at_us, events.c.seq)
            rows = database.read_now(lambda conn: conn.execute(log).all())
            assert [kind for kind, _ in rows] == [press.type for press in self.journal]
            moments = [at_us / 1_000_000 for _, at_us in rows]
            outside = [
                (press, moment)
                for press, moment in zip(self.journal, moments, strict=True)
                if not press.earliest - ROUNDING_SECONDS <= moment <= press.latest + ROUNDING_SECONDS
            ]
            assert outside == []
            assert database.read_now(lambda conn: differences(conn, user_id)) == []
        finally:
            database.close()
