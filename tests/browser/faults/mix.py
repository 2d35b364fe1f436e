"""A sitting at which everything goes wrong that can, as one seed has it."""

import random

from playwright.sync_api import Page

from tests.browser.faults.conftest import MakeDesk
from tests.browser.faults.desk import ANSWERS, HOUR, Desk
from tests.browser.faults.ledger import assert_counted_once
from tests.browser.network import at_random
from tests.server import Server

STEPS = {
    "press": 40,
    "burst": 6,
    "wait": 8,
    "toggle_offline": 6,
    "toggle_faults": 6,
    "reload": 5,
    "close": 4,
    "crash": 3,
    "second_tab": 4,
    "both_tabs_at_once": 8,
    "second_browser": 8,
    "end_token": 3,
    "connect": 5,
    "kill_server": 4,
    "kill_browser": 2,
    "change_clock": 2,
}
ACTIONS = {"NEXT": 50, "PAUSE": 20, "UNDO": 10, "DISCARD": 8, "EXIT": 6, "LEAVE": 4}
RARE = {
    "kill_server": 1,
    "kill_browser": 1,
    "change_clock": 1,
    "crash": 2,
}  # at most so often: they take long
MOST_TABS = 3
IDLE_SHARE = 0.4  # of the seeds begin with an hour in which nobody touches anything


class Mix:
    """One account, a browser that can be killed, and for some steps a second one."""

    def __init__(self, seed: int, new_desk: MakeDesk) -> None:
        self.chance = random.Random(seed)
        flavours = self.chance.sample(["GM_", "GM."], 2)
        shift = self.chance.choice([0, 0, 3 * HOUR, -3 * HOUR])
        self.desk: Desk = new_desk(flavour=flavours[0], profile=True, clock_shift=shift)
        self.second: Desk = new_desk(flavour=flavours[1])
        self.left = dict(RARE)
        self.down_for = 0  # steps
        self.story = [f"seed {seed}: {flavours}, clock {shift:+.0f} s"]

    @property
    def server(self) -> Server:
        """The one that is killed."""
        return self.desk.account.server

    def run(self) -> None:
        """All steps, the healing of everything, and the comparison with the journals."""
        try:
            if self.chance.random() < IDLE_SHARE:
                self.idle_hour()
            self.tab()
            for _ in range(self.chance.randint(40, 60)):
                self.step()
            self.heal()
            assert_counted_once(self.desk.account, self.desk, self.second)
        except BaseException as problem:
            problem.add_note("\n".join(self.story))
            raise

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

    def step(self) -> None:
        """One of them, and the server comes back when it was away for long enough."""
        [name] = self.chance.choices(list(STEPS), list(STEPS.values()))
        if self.left.get(name, 1) == 0:
            name = "press"
        if name in self.left:
            self.left[name] -= 1
        self.story.append(name)
        getattr(self, name)()
        if self.down_for:
            self.down_for -= 1
            if not self.down_for:
                self.server.launch()

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
        """Time for what is under way."""
        self.tab().wait_for_timeout(self.chance.uniform(20, 300))

    def toggle_offline(self) -> None:
        """No network, or again some."""
        self.desk.manager.offline = not self.desk.manager.offline

    def toggle_faults(self) -> None:
        """A network on which much goes wrong, or a good one."""
        bad = next(self.desk.manager.faults, "good") == "good"
        faults = at_random(random.Random(self.chance.random()), 0.4)
        self.desk.manager.faults = faults if bad else iter(())

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

    def end_token(self) -> None:
        """She ends it on the profile page, or it has ended."""
        if not self.down_for and self.server_answers():
            self.desk.account.revoke(self.desk.manager)

    def connect(self) -> None:
        """Anew."""
        if not self.down_for and self.server_answers():
            self.desk.account.connect(self.desk.manager)

    def kill_server(self) -> None:
        """It comes back some steps later."""
        self.server.stop()
        self.down_for = self.chance.randint(2, 8)

    def server_answers(self) -> bool:
        """It was started, at least, and is given the time that it needs."""
        if self.server.process is None:
            return False
        self.server.wait_until_it_answers()
        return True

    def change_clock(self) -> None:
        """Put right or wrong by hours, while nothing waits whose time nobody could put right any more."""
        self.tab()
        if self.desk.journal and not self.desk.manager.keys("event:"):
            self.desk.change_clock(self.chance.choice([0, 3 * HOUR, -3 * HOUR]))

    def heal(self) -> None:
        """All is well again, and everything arrives."""
        if self.server.process is None:
            self.server.launch()
        self.server.wait_until_it_answers()
        self.desk.manager.faults = iter(())
        self.desk.manager.offline = False
        self.desk.account.connect(self.desk.manager)
        for desk in [self.desk, self.second]:
            if not desk.pages:
                desk.open()
            desk.everything_arrived()
