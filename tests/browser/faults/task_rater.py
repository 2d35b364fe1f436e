"""A simulated rater who works on tasks in one browser, with a journal of the actions.

By habit: `automatic`, where submit and release send events; `before`, NEXT and then submit; `arrival`, NEXT when the
next task has loaded. What a click, or a page that loads, must leave in the log follows from the journal alone:
from whether a session is active, and from what the open question is about so far (see `expected_events.py`).
"""

import random
import re
import time
from collections.abc import Callable, Iterator
from typing import Literal
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page, expect

from tests.browser.faults.client import BUTTONS, Client
from tests.browser.faults.expected_events import closing, describable, exiting, leaving_the_list
from tests.browser.faults.task_journal import (
    DISCARD,
    NEXT,
    PAUSE,
    UNDO,
    Kinds,
    Line,
    TaskJournal,
    came_of,
    described,
    kinds_of,
    told,
)
from tests.browser.task_site import LIST, TaskSite, task_address
from tests.browser.widget_user import panel

Habit = Literal["automatic", "before", "arrival"]
Violence = Callable[[Page, str], None]
SETTLE_SECONDS = 0.15  # until what a page that is gone has said is in the storage
GAP_SECONDS = 0.03  # longer than two clocks can differ
PATIENCE_SECONDS = 120
NUDGED_EVERY_SECONDS = 1.2  # longer than the longest Retry-After of the faults
KEYS = {"NEXT": NEXT, "DISCARD": DISCARD, "UNDO": UNDO, "PAUSE": PAUSE}


class TaskRater:
    """`tasks`: those not opened yet; `front`: the tab in front."""

    front: Page

    def __init__(
        self,
        client: Client,
        journal: TaskJournal,
        chance: random.Random,
        habit: Habit,
        site: TaskSite,
        tasks: Iterator[str],
    ) -> None:
        self.client, self.journal, self.chance = client, journal, chance
        self.habit, self.site, self.tasks = habit, site, tasks
        self.on_list = False  # a list was read since the last task was

    @property
    def task(self) -> str | None:
        """The task in the tab in front; None on the list."""
        return parse_qs(urlsplit(self.front.url).query).get("taskIds", [None])[0]

    def open(self, address: str) -> None:
        """One more tab, which is then in front."""
        begun = time.time()
        self.bring_to_front(self.client.open(address))
        self.arrived(begun)

    def switch(self, page: Page) -> None:
        """To a tab that is open."""
        begun = time.time()
        self.bring_to_front(page)
        self.arrived(begun)

    def go(self, address: str) -> None:
        """By a link, in the tab in front: nothing is submitted."""
        begun = time.time()
        self.front.goto(address)
        self.arrived(begun)

    def bring_to_front(self, page: Page) -> None:
        """All other tabs are behind it."""
        self.front = page
        for each in self.client.pages:
            each.evaluate("(hidden) => __hide(hidden)", each is not page)

    def arrived(self, begun: float, *, working: bool = True) -> None:
        """Waits until the page in front is read. The rater went to it at `begun`, and works on it now."""
        self.front.wait_for_load_state()
        task, held = self.task, self.client.manager.values
        if task is None:
            self.until(lambda: held.get("on-list") is True, "the list is read")
            self.client.waits(SETTLE_SECONDS)
            self.on_list = True
            self.turn(None, begun)
            return
        expect(panel(self.front)).to_contain_text(re.compile(rf"Task {task} · .* → "))
        left, self.on_list = self.on_list, False
        if left:
            self.until(lambda: "on-list" not in held, "the task is read after the list")
        if not working:
            return
        if left and self.habit == "automatic":
            self.leave_list(task, begun)
        else:
            self.turn(task, begun)
        if describable(self.journal, self.client, task) and self.chance.random() < 0.7:
            self.is_told(task)

    def turn(self, task: str | None, begun: float) -> None:
        """The rater works on that task from now on, without a press."""
        opened, last = self.journal.open(), self.last()
        if opened and opened[0].after == task is not None and not told(opened):
            return  # what was closed stands there still
        if last.pending:
            last.task, last.pending = task, False
        elif last.task != task or task is None:
            self.journal.lines.append(Line(self.client, begun, time.time(), (), task))

    def last(self) -> Line:
        """The last line, if it is of this browser; otherwise an empty line."""
        mine = self.journal.lines[-1:]
        return mine[0] if mine and mine[0].client is self.client else Line(self.client, 0, 0, ())

    def leave_list(self, task: str, begun: float) -> None:
        """For a task, which sends an event."""
        options = leaving_the_list(self.journal, self.client, task)
        if options == [()]:
            self.turn(task, begun)
            return
        line = Line(self.client, begun, time.time(), options[0], task)
        if len(options) == 1:
            self.until(lambda: self.came(line) == line.kinds, f"{line} is kept")
        else:
            self.decide(line, options)
        self.journal.lines.append(line)
        if line.kinds:
            self.is_told(task)

    def press(self, action: str) -> Line:
        """A key, which does not change the task that the rater works on."""
        exits = action == "EXIT"
        options: list[Kinds] = exiting(self.journal, self.client, self.task) if exits else [(KEYS[action],)]
        return self.do(action, options)

    def do(self, action: str, options: list[Kinds]) -> Line:
        """Key or click, and its line; `options`: what it may leave."""
        self.client.press(self.front, action)
        done = self.client.journal[-1]
        line = Line(self.client, done.earliest, done.latest, options[0])
        if len(options) > 1:
            self.decide(line, options)
        self.add(line)
        return line

    def add(self, line: Line) -> None:
        """An action while the rater goes on working on the same task."""
        last = self.last()
        line.task, line.pending = last.task, last.pending
        self.journal.lines.append(line)

    def begin(self, task: str) -> None:
        """NEXT for the task in front, which was read: the open question, if any, has another task."""
        opened = self.journal.open()
        sure = not opened or opened[0].client is not self.client or opened[0].known not in {None, task}
        line = self.press("NEXT")
        line.task, line.pending = task, False
        if sure:
            self.is_told(task)

    def is_about(self, task: str) -> bool:
        """Whether the open question was opened for the task in front.

        Who presses NEXT before submitting begins anew after looking at another task before it was certain which one
        the widget had seen. Who presses it on arrival does not: twice on one task is what the others do.
        """
        opened = self.journal.open()
        if not opened or opened[0].client is not self.client or opened[0].task != task:
            return False
        return self.habit == "arrival" or self.is_certain(task)

    def is_certain(self, task: str) -> bool:
        """Whether the open question can be taken for no other task's."""
        opened = self.journal.open()
        return bool(opened) and (opened[0].known == task or told(opened) == {task})

    def close(self, task: str, *, discard: bool) -> None:
        """Submits or releases the task in front, and waits for the next page."""
        key, button = ("DISCARD", "RELEASE") if discard else ("NEXT", "SUBMIT")
        opened, sure = self.journal.open(), self.is_certain(task)
        if self.habit == "before" and not (opened and opened[0].after == task and not told(opened)):
            self.closed(self.press(key), task)
        begun, before = time.time(), self.front.url
        if self.habit == "automatic":
            self.closed(self.do(button, closing(self.journal, self.client, task, discard=discard)), task)
        else:
            self.front.locator(BUTTONS[button]).click()
        self.front.wait_for_url(lambda url: url != before, wait_until="domcontentloaded")
        if self.habit == "arrival" and self.task:
            self.arrive_with(key, self.task, begun, sure=sure)
        else:
            self.arrived(begun)

    def closed(self, line: Line, task: str | None) -> None:
        """If anything, the question of that task; the next is about whatever comes."""
        if line.kinds:
            line.task, line.after, line.pending = None, task, True

    def arrive_with(self, key: str, task: str, begun: float, *, sure: bool) -> None:
        """The task that has come, and a key: once it was read, or before that."""
        at_once = self.chance.random() < 0.4
        if not at_once:
            self.arrived(begun, working=False)
        line = self.press(key)
        line.task, line.pending = task, False
        if at_once:
            self.arrived(time.time())
        elif sure:
            self.is_told(task)

    def strike(self, action: str, violence: Violence) -> None:
        """Key or click, and at that moment a fault. The storage shows the effect."""
        task, discard = self.task, action in {"RELEASE", "DISCARD"}
        options = (
            closing(self.journal, self.client, task, discard=discard)
            if action in BUTTONS
            else [(KEYS[action],)]
        )
        self.front.evaluate(
            "0"
        )  # what was pressed before has come before the answer: this hits one press alone
        violence(self.front, action)
        done = self.client.journal[-1]
        line = Line(self.client, done.earliest, done.latest, ())
        time.sleep(GAP_SECONDS)
        begun = time.time()
        if self.front not in self.client.pages:
            self.client.context.cookies()  # what the tab said before it was gone has come before the answer
            self.on_list = self.client.manager.values.get("on-list") is True
            ways = [LIST, task_address(next(self.tasks)), *([task_address(task)] if task else [])]
            self.front = self.client.open(self.chance.choice(ways))
        self.front.wait_for_load_state()
        self.decide(line, [*options, ()])
        self.add(line)
        if action in BUTTONS or action in {"NEXT", "DISCARD"}:
            self.closed(line, task)
        if action in BUTTONS and task:
            line.glimpsed = self.site.after(task)
        self.bring_to_front(self.front)
        self.arrived(begun)

    def decide(self, line: Line, options: list[Kinds]) -> None:
        """By the storage, once all is there that was said."""
        self.client.waits(SETTLE_SECONDS)
        line.kinds = self.came(line)
        assert line.kinds in options, f"{line} is none of {options}"

    def came(self, line: Line) -> Kinds:
        """What is in the storage of that time."""
        return kinds_of(came_of(line.client, line.earliest, line.latest))

    def is_told(self, task: str) -> None:
        """Waits until the open question is known to be about it, for good."""
        opened = self.journal.open()[0]
        wanted = (task, self.journal.targets[task])
        self.until(lambda: wanted in described(opened), f"{opened} is told to be about {wanted}")
        opened.known = task

    def until(self, condition: Callable[[], bool], what: str) -> None:
        """Waits until it is so, whatever the weather."""
        deadline, nudged = time.monotonic() + PATIENCE_SECONDS, time.monotonic()
        while not condition():
            assert time.monotonic() < deadline, f"did not happen: {what}"
            if time.monotonic() - nudged > NUDGED_EVERY_SECONDS:
                self.client.send_now()
                nudged = time.monotonic()
            self.client.waits(0.05)

    def hears(self) -> None:
        """This browser learns how things stand on the server."""
        asked = time.time()
        self.client.send_now()
        self.until(
            lambda: any(
                sent.left > asked and sent.status == 200 and sent.url.endswith("/sessions/current")
                for sent in self.client.manager.sent
            ),
            "the widget asks",
        )
        self.client.waits(SETTLE_SECONDS)
