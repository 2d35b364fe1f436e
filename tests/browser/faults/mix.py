"""A sitting at which everything goes wrong that can, as one seed has it."""

from typing import ClassVar

from playwright.sync_api import Page

from tests.browser.faults.conftest import MakeDesk
from tests.browser.faults.desk import ANSWERS, HOUR
from tests.browser.faults.ledger import assert_counted_once
from tests.browser.faults.weather import STEPS, Weather

ACTIONS = {"NEXT": 50, "PAUSE": 20, "UNDO": 10, "DISCARD": 8, "EXIT": 6, "LEAVE": 4}
MOST_TABS = 3
IDLE_SHARE = 0.4  # of the seeds begin with an hour in which nobody touches anything


class Mix(Weather):
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

    def __init__(self, seed: int, new_desk: MakeDesk) -> None:
        super().__init__(seed)
        flavours = self.chance.sample(["GM_", "GM."], 2)
        shift = self.chance.choice([0, 0, 3 * HOUR, -3 * HOUR])
        self.desk = new_desk(flavour=flavours[0], profile=True, clock_shift=shift)
        self.second = new_desk(flavour=flavours[1])
        self.story[0] += f": {flavours}, clock {shift:+.0f} s"

    def sit(self) -> None:
        """All steps, the healing of everything, and the comparison with the journals."""
        if self.chance.random() < IDLE_SHARE:
            self.idle_hour()
        self.tab()
        for _ in range(self.chance.randint(40, 60)):
            self.step()
        self.heal()
        self.everything_arrives()
        assert_counted_once(self.desk.account, self.desk, self.second)

    def idle_hour(self) -> None:
        """Begun an hour ago without a network; then nobody touched anything."""
        self.story.append("idle hour:")
        self.desk.begin_an_hour_ago()
        page = self.desk.open()
        for action in ["NEXT", self.action(), "NEXT"]:
            self.desk.press(page, action)
        answer = self.chance.choice(list(ANSWERS))
        self.story[-1] += f", {answer}"
        self.desk.hour_passes(page, answer)
        self.desk.manager.offline = False

    def tab(self) -> Page:
        """Some open tab of the first browser."""
        return self.chance.choice(self.desk.pages) if self.desk.pages else self.desk.open()

    def action(self) -> str:
        """What she wants."""
        [action] = self.chance.choices(list(ACTIONS), list(ACTIONS.values()))
        self.story[-1] += f" {action}"
        return action

    def press(self) -> None:
        """A key; now and then the button."""
        action = self.action()
        how = "click" if action == "NEXT" and self.chance.random() < 0.3 else "key"
        self.desk.press(self.tab(), action, how)

    def burst(self) -> None:
        """Several keys as fast as they can be pressed."""
        page = self.tab()
        for _ in range(self.chance.randint(3, 8)):
            self.desk.press(page, self.action())

    def wait(self) -> None:
        """With some tab open."""
        self.tab()
        super().wait()

    def reload(self) -> None:
        """Right after a press."""
        self.desk.press_and_reload(self.tab(), self.action(), at_once=self.chance.random() < 0.5)

    def close(self) -> None:
        """Right after a press."""
        self.desk.press_and_close(self.tab(), self.action(), at_once=self.chance.random() < 0.5)

    def crash(self) -> None:
        """Right after a press."""
        self.desk.press_and_crash(self.tab(), self.action(), at_once=self.chance.random() < 0.5)

    def kill_browser(self) -> None:
        """Right after a press."""
        self.desk.press_and_kill(self.tab(), self.action())

    def second_tab(self) -> None:
        """One more, up to a few."""
        if len(self.desk.pages) < MOST_TABS:
            self.desk.open()

    def both_tabs_at_once(self) -> None:
        """A press in each open tab, none after the other."""
        self.tab()
        self.desk.press_at_once([(page, self.action()) for page in self.desk.pages])

    def second_browser(self) -> None:
        """A press there."""
        page = self.second.pages[0] if self.second.pages else self.second.open()
        self.second.press(page, self.action())

    def change_clock(self) -> None:
        """Put right or wrong by hours, while nothing waits whose time nobody could put right any more."""
        self.tab()
        if self.desk.journal and not self.desk.manager.keys("event:"):
            self.desk.change_clock(self.chance.choice([0, 3 * HOUR, -3 * HOUR]))
