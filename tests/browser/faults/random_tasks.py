"""Random work on task pages with random faults, from a seed.

The second browser acts only while the first is connected and nothing of it waits, and the rater goes back when the
first has heard of it: of a browser without a connection nobody can tell what its presses find on the server.
"""

from collections.abc import Callable
from typing import ClassVar, get_args

from playwright.sync_api import Page

from tests.browser.faults.conftest import MakeClient
from tests.browser.faults.fault_injection import STEPS, FaultInjection
from tests.browser.faults.task_journal import TaskJournal, assert_worked, told
from tests.browser.faults.task_rater import Habit, TaskRater
from tests.browser.task_site import LIST, TaskSite, task_address

TASKS = {str(100 + n): n + 0.5 for n in range(1, 150)}  # the target of each, minutes
MOST_TABS = 3
SETTLE_SECONDS = 0.3


class RandomTasks(FaultInjection):
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

    def __init__(self, seed: int, new_client: MakeClient) -> None:
        super().__init__(seed)
        habit = get_args(Habit)[seed % len(get_args(Habit))]
        flavours = self.chance.sample(["GM_", "GM."], 2)
        site = TaskSite(
            {task: f"{target - 0.5:g} - {target:g} minutes" for task, target in TASKS.items()},
            late_estimate_ms=self.chance.choice([0, 0, 700]),
            ends=frozenset(task for task in TASKS if int(task) % 3 == 0),
        )
        shared = {"site": site.answer, "preferences": {"automatic": habit == "automatic"}}
        self.client = new_client(flavour=flavours[0], profile=True, **shared)
        self.second = new_client(flavour=flavours[1], **shared)
        self.journal = TaskJournal(TASKS)
        tasks = iter([task for task in TASKS if int(task) % 3 == 1])
        self.rater = TaskRater(self.client, self.journal, self.chance, habit, site, tasks)
        self.second_rater = TaskRater(self.second, self.journal, self.chance, "arrival", site, tasks)
        self.history[0] += f": {habit}, {flavours}, estimate after {site.late_estimate_ms} ms"

    def run_steps(self) -> None:
        """All steps, the healing of everything, and the comparison with the journal."""
        self.rater.open(LIST)
        for _ in range(self.chance.randint(20, 30)):
            self.step()
            self.history[-1] += f" -> {self.rater.front.url.rsplit('/', 1)[-1]}"
        self.heal()
        self.everything_arrives()
        self.rater.hears()
        if self.journal.now():
            self.rater.press("EXIT")
        self.client.waits(SETTLE_SECONDS)
        self.everything_arrives()
        assert_worked(self.client.account, self.journal, self.client, self.second)

    def go_on(self) -> None:
        """With the task in front."""
        task = self.rater.task
        if task is None:
            return self.rater.go(self.some_task())
        if self.rater.habit == "automatic" and self.journal.now():
            return self.rater.close(task, discard=self.chance.random() < 0.25)
        opened = self.journal.open()
        pressed = bool(opened) and opened[0].after == task and not told(opened)
        if self.rater.is_about(task) or (self.rater.habit == "before" and pressed):
            return self.rater.close(task, discard=self.chance.random() < 0.25)
        return self.rater.begin(task)

    def some_task(self) -> str:
        """One that was not opened yet."""
        return task_address(next(self.rater.tasks))

    def pause(self) -> None:
        """And mostly back again."""
        self.rater.press("PAUSE")
        if self.chance.random() < 0.8:
            self.client.waits(self.chance.uniform(0, 0.1))
            self.rater.press("PAUSE")

    def undo(self) -> None:
        """Of what was done last; where that was nothing, nothing."""
        self.rater.press("UNDO")

    def exit(self) -> None:
        """Enough for now."""
        self.rater.press("EXIT")

    def leave(self) -> None:
        """The task, for the list, without having submitted it."""
        self.rater.go(LIST)

    def tab(self) -> None:
        """A new one, or another that is open."""
        others = [page for page in self.client.pages if page is not self.rater.front]
        if others and (len(self.client.pages) == MOST_TABS or self.chance.random() < 0.6):
            self.rater.switch(self.chance.choice(others))
        else:
            self.rater.open(self.chance.choice([LIST, self.some_task()]))

    def reload(self) -> None:
        """Right after a press."""
        self.strike(self.client.press_and_reload)

    def close(self) -> None:
        """Right after a press."""
        self.strike(self.client.press_and_close)

    def crash(self) -> None:
        """Right after a press."""
        self.strike(self.client.press_and_crash)

    def kill_browser(self) -> None:
        """Right after a press."""
        self.rater.strike(self.struck(), self.client.press_and_kill)

    def strike(self, violence: Callable[..., None]) -> None:
        """With the press, or when it is over."""
        at_once = self.chance.random() < 0.5

        def both(page: Page, action: str) -> None:
            violence(page, action, at_once=at_once)

        self.rater.strike(self.struck(), both)

    def struck(self) -> str:
        """The action when the fault happens: what closes the question, by the habit, or a pause."""
        opened, task = self.journal.open(), self.rater.task
        if task and self.rater.habit == "automatic" and opened:
            action = self.chance.choice(["SUBMIT", "SUBMIT", "RELEASE", "PAUSE"])
        elif task and self.rater.habit == "before" and self.rater.is_about(task):
            action = self.chance.choice(["NEXT", "NEXT", "DISCARD", "PAUSE"])
        else:
            action = "PAUSE"
        self.history[-1] += f" {action}"
        return action

    def second_browser(self) -> None:
        """Works there for a moment, and comes back."""
        if self.down_for or self.faulty or self.client.manager.offline:
            return
        self.connect()
        self.client.everything_arrived()
        if self.second.pages:
            self.second_rater.go(self.some_task())
        else:
            self.second_rater.open(self.some_task())
        self.second_rater.hears()
        if (task := self.second_rater.task) is not None:
            self.second_rater.begin(task)
        if self.chance.random() < 0.4:
            self.second_rater.press("EXIT")
        self.second.everything_arrived()
        self.rater.hears()
        self.rater.switch(self.rater.front)
