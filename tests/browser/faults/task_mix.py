"""A sitting on task pages that are read, at which everything goes wrong that can, as one seed has it.

The second browser acts only while the first is connected and nothing of its waits, and she goes back when the first has
heard of it: of a browser without a connection nobody can tell what its presses find on the server.
"""

from collections.abc import Callable
from typing import ClassVar, get_args

from playwright.sync_api import Page

from tests.browser.faults.conftest import MakeDesk
from tests.browser.faults.weather import STEPS, Weather
from tests.browser.faults.work import Work, assert_worked, told
from tests.browser.faults.worker import Habit, Worker
from tests.browser.task_site import LIST, TaskSite, task_address

TASKS = {str(100 + n): n + 0.5 for n in range(1, 150)}  # the target of each, minutes
MOST_TABS = 3
SETTLE_SECONDS = 0.3


class TaskMix(Weather):
    """One account, a browser that can be killed, and for some steps a second one."""

    steps: ClassVar = {
        **STEPS,
        "go_on": 40,
        "pause": 5,
        "undo": 3,
        "exit": 4,
        "leave": 4,
        "tab": 8,
        "reload": 4,
        "close": 3,
        "crash": 2,
        "kill_browser": 2,
        "second_browser": 6,
    }
    usual = "go_on"

    def __init__(self, seed: int, new_desk: MakeDesk) -> None:
        super().__init__(seed)
        habit = get_args(Habit)[seed % len(get_args(Habit))]
        flavours = self.chance.sample(["GM_", "GM."], 2)
        site = TaskSite(
            {task: f"{target - 0.5:g} - {target:g} minutes" for task, target in TASKS.items()},
            late_estimate_ms=self.chance.choice([0, 0, 700]),
            ends=frozenset(task for task in TASKS if int(task) % 3 == 0),
        )
        of_hers = {"site": site.answer, "preferences": {"automatic": habit == "automatic"}}
        self.desk = new_desk(flavour=flavours[0], profile=True, **of_hers)
        self.second = new_desk(flavour=flavours[1], **of_hers)
        self.work = Work(TASKS)
        tasks = iter([task for task in TASKS if int(task) % 3 == 1])
        self.she = Worker(self.desk, self.work, self.chance, habit, site, tasks)
        self.there = Worker(self.second, self.work, self.chance, "arrival", site, tasks)
        self.story[0] += f": {habit}, {flavours}, estimate after {site.late_estimate_ms} ms"

    def sit(self) -> None:
        """All steps, the healing of everything, and the comparison with the journal."""
        self.she.open(LIST)
        for _ in range(self.chance.randint(20, 30)):
            self.step()
            self.story[-1] += f" -> {self.she.front.url.rsplit('/', 1)[-1]}"
        self.heal()
        self.everything_arrives()
        self.she.hears()
        if self.work.now():
            self.she.press("EXIT")
        self.desk.waits(SETTLE_SECONDS)
        self.everything_arrives()
        assert_worked(self.desk.account, self.work, self.desk, self.second)

    def go_on(self) -> None:
        """With what stands before her."""
        task = self.she.task
        if task is None:
            return self.she.go(self.some_task())
        if self.she.habit == "automatic" and self.work.now():
            return self.she.close(task, discard=self.chance.random() < 0.25)
        opened = self.work.open()
        pressed = bool(opened) and opened[0].after == task and not told(opened)
        if self.she.is_about(task) or (self.she.habit == "before" and pressed):
            return self.she.close(task, discard=self.chance.random() < 0.25)
        return self.she.begin(task)

    def some_task(self) -> str:
        """One that she has not seen."""
        return task_address(next(self.she.tasks))

    def pause(self) -> None:
        """And mostly back again."""
        self.she.press("PAUSE")
        if self.chance.random() < 0.8:
            self.desk.waits(self.chance.uniform(0, 0.1))
            self.she.press("PAUSE")

    def undo(self) -> None:
        """Of what was done last; where that was nothing, nothing."""
        self.she.press("UNDO")

    def exit(self) -> None:
        """Enough for now."""
        self.she.press("EXIT")

    def leave(self) -> None:
        """The task, for the list, without having submitted it."""
        self.she.go(LIST)

    def tab(self) -> None:
        """A new one, or another that is open."""
        others = [page for page in self.desk.pages if page is not self.she.front]
        if others and (len(self.desk.pages) == MOST_TABS or self.chance.random() < 0.6):
            self.she.switch(self.chance.choice(others))
        else:
            self.she.open(self.chance.choice([LIST, self.some_task()]))

    def reload(self) -> None:
        """Right after a press."""
        self.strike(self.desk.press_and_reload)

    def close(self) -> None:
        """Right after a press."""
        self.strike(self.desk.press_and_close)

    def crash(self) -> None:
        """Right after a press."""
        self.strike(self.desk.press_and_crash)

    def kill_browser(self) -> None:
        """Right after a press."""
        self.she.strike(self.struck(), self.desk.press_and_kill)

    def strike(self, violence: Callable[..., None]) -> None:
        """With the press, or when it is over."""
        at_once = self.chance.random() < 0.5

        def both(page: Page, action: str) -> None:
            violence(page, action, at_once=at_once)

        self.she.strike(self.struck(), both)

    def struck(self) -> str:
        """What she does when it happens: what closes the question, as is her habit, or a pause."""
        opened, task = self.work.open(), self.she.task
        if task and self.she.habit == "automatic" and opened:
            action = self.chance.choice(["SUBMIT", "SUBMIT", "RELEASE", "PAUSE"])
        elif task and self.she.habit == "before" and self.she.is_about(task):
            action = self.chance.choice(["NEXT", "NEXT", "DISCARD", "PAUSE"])
        else:
            action = "PAUSE"
        self.story[-1] += f" {action}"
        return action

    def second_browser(self) -> None:
        """She works there for a moment, and comes back."""
        if self.down_for or self.faulty or self.desk.manager.offline:
            return
        self.connect()
        self.desk.everything_arrived()
        if self.second.pages:
            self.there.go(self.some_task())
        else:
            self.there.open(self.some_task())
        self.there.hears()
        if (task := self.there.task) is not None:
            self.there.begin(task)
        if self.chance.random() < 0.4:
            self.there.press("EXIT")
        self.second.everything_arrived()
        self.she.hears()
        self.she.switch(self.she.front)
