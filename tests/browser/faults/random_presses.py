"""Random presses with random faults, from a seed."""

from typing import ClassVar

from playwright.sync_api import Page

from tests.browser.faults.client import ANSWERS, HOUR_SECONDS
from tests.browser.faults.conftest import MakeClient
from tests.browser.faults.fault_injection import STEPS, FaultInjection
from tests.browser.faults.reconciliation import assert_counted_once

ACTIONS = {"NEXT": 50, "PAUSE": 20, "UNDO": 10, "DISCARD": 8, "EXIT": 6, "LEAVE": 4}
MOST_TABS = 3
IDLE_SHARE = 0.4  # of the seeds begin with an hour in which nobody touches anything


class RandomPresses(FaultInjection):
    """One account, a browser that can be killed, and for some steps a second one."""

    steps: ClassVar = {
        **STEPS,
        "press": 40,
        "burst": 6,
        "reload": 5,
        "close": 4,
        "crash": 3,
        "second_tab": 4,
        "both_tabs_at_once": 8,
        "second_browser": 8,
        "kill_browser": 2,
        "change_clock": 2,
    }
    usual = "press"

    def __init__(self, seed: int, new_client: MakeClient) -> None:
        super().__init__(seed)
        flavours = self.chance.sample(["GM_", "GM."], 2)
        shift = self.chance.choice([0, 0, 3 * HOUR_SECONDS, -3 * HOUR_SECONDS])
        self.client = new_client(flavour=flavours[0], profile=True, clock_shift=shift)
        self.second = new_client(flavour=flavours[1])
        self.history[0] += f": {flavours}, clock {shift:+.0f} s"

    def run_steps(self) -> None:
        """All steps, the healing of everything, and the comparison with the journals."""
        if self.chance.random() < IDLE_SHARE:
            self.idle_hour()
        self.tab()
        for _ in range(self.chance.randint(40, 60)):
            self.step()
        self.heal()
        self.everything_arrives()
        assert_counted_once(self.client.account, self.client, self.second)

    def idle_hour(self) -> None:
        """Begun an hour ago without a network; then nobody touched anything."""
        self.history.append("idle hour:")
        self.client.begin_an_hour_ago()
        page = self.client.open()
        for action in ["NEXT", self.action(), "NEXT"]:
            self.client.press(page, action)
        answer = self.chance.choice(list(ANSWERS))
        self.history[-1] += f", {answer}"
        self.client.hour_passes(page, answer)
        self.client.manager.offline = False

    def tab(self) -> Page:
        """Some open tab of the first browser."""
        return self.chance.choice(self.client.pages) if self.client.pages else self.client.open()

    def action(self) -> str:
        """A random action."""
        [action] = self.chance.choices(list(ACTIONS), list(ACTIONS.values()))
        self.history[-1] += f" {action}"
        return action

    def press(self) -> None:
        """A key; now and then the button."""
        action = self.action()
        how = "click" if action == "NEXT" and self.chance.random() < 0.3 else "key"
        self.client.press(self.tab(), action, how)

    def burst(self) -> None:
        """Several keys as fast as they can be pressed."""
        page = self.tab()
        for _ in range(self.chance.randint(3, 8)):
            self.client.press(page, self.action())

    def wait(self) -> None:
        """With some tab open."""
        self.tab()
        super().wait()

    def reload(self) -> None:
        """Right after a press."""
        self.client.press_and_reload(self.tab(), self.action(), at_once=self.chance.random() < 0.5)

    def close(self) -> None:
        """Right after a press."""
        self.client.press_and_close(self.tab(), self.action(), at_once=self.chance.random() < 0.5)

    def crash(self) -> None:
        """Right after a press."""
        self.client.press_and_crash(self.tab(), self.action(), at_once=self.chance.random() < 0.5)

    def kill_browser(self) -> None:
        """Right after a press."""
        self.client.press_and_kill(self.tab(), self.action())

    def second_tab(self) -> None:
        """One more, up to a few."""
        if len(self.client.pages) < MOST_TABS:
            self.client.open()

    def both_tabs_at_once(self) -> None:
        """A press in each open tab, none after the other."""
        self.tab()
        self.client.press_at_once([(page, self.action()) for page in self.client.pages])

    def second_browser(self) -> None:
        """A press there."""
        page = self.second.pages[0] if self.second.pages else self.second.open()
        self.second.press(page, self.action())

    def change_clock(self) -> None:
        """Put right or wrong by hours, while nothing waits whose time nobody could put right any more."""
        self.tab()
        if self.client.journal and not self.client.manager.keys("event:"):
            self.client.change_clock(self.chance.choice([0, 3 * HOUR_SECONDS, -3 * HOUR_SECONDS]))
