"""What befalls a sitting whatever she does in it: a bad network, a server that is killed, a token that ends."""

import random
from abc import ABC, abstractmethod
from typing import ClassVar

from tests.browser.faults.desk import Desk
from tests.browser.network import at_random
from tests.server import Server

STEPS = {"wait": 8, "toggle_offline": 6, "toggle_faults": 6, "end_token": 3, "connect": 5, "kill_server": 4}
RARE = {
    "kill_server": 1,
    "kill_browser": 1,
    "change_clock": 1,
    "crash": 2,
}  # at most so often: they take long
FAULTY_SHARE = 0.4  # of the requests


class Weather(ABC):
    """Steps by chance, each a method of its name, and at the end the healing of everything.

    `desk`: the browser that all of it befalls. `second`: another one, which is only healed. `usual`: the step instead
    of a rare one that has happened often enough.
    """

    steps: ClassVar[dict[str, int]]  # by name, how often one compared with the others
    usual: str

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.left = dict(RARE)
        self.down_for = 0  # steps
        self.faulty = False
        self.story = [f"seed {seed}"]
        self.desk: Desk
        self.second: Desk

    @property
    def server(self) -> Server:
        """The one that is killed."""
        return self.desk.account.server

    @abstractmethod
    def sit(self) -> None:
        """All steps, the healing, and the comparison with the journals."""

    def run(self) -> None:
        """The sitting; whatever fails in it is told with the steps that led there."""
        try:
            self.sit()
        except BaseException as problem:
            problem.add_note("\n".join(self.story))
            raise

    def step(self) -> None:
        """One of them, and the server comes back when it was away for long enough."""
        [name] = self.chance.choices(list(self.steps), list(self.steps.values()))
        if self.left.get(name, 1) == 0:
            name = self.usual
        if name in self.left:
            self.left[name] -= 1
        self.story.append(name)
        getattr(self, name)()
        if self.down_for:
            self.down_for -= 1
            if not self.down_for:
                self.server.launch()

    def wait(self) -> None:
        """Time for what is under way."""
        self.desk.waits(self.chance.uniform(0.02, 0.3))

    def toggle_offline(self) -> None:
        """No network, or again some."""
        self.desk.manager.offline = not self.desk.manager.offline

    def toggle_faults(self) -> None:
        """A network on which much goes wrong, or a good one."""
        self.faulty = not self.faulty
        faults = at_random(random.Random(self.chance.random()), FAULTY_SHARE)
        self.desk.manager.faults = faults if self.faulty else iter(())

    def end_token(self) -> None:
        """She ends it on the profile page, or it has ended."""
        if self.server_answers():
            self.desk.account.revoke(self.desk.manager)

    def connect(self) -> None:
        """Anew."""
        if self.server_answers():
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

    def heal(self) -> None:
        """All is well again."""
        if self.server.process is None:
            self.server.launch()
        self.server.wait_until_it_answers()
        self.desk.manager.faults = iter(())
        self.desk.manager.offline = self.faulty = False
        self.down_for = 0
        self.desk.account.connect(self.desk.manager)

    def everything_arrives(self) -> None:
        """From both browsers."""
        for desk in [self.desk, self.second]:
            if not desk.pages and desk.manager.keys("event:"):
                desk.open()
            desk.everything_arrived()
