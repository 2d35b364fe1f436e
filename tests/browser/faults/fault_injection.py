"""Faults that are independent of the user's actions: a bad network, a server that is killed, a token that ends."""

import random
from abc import ABC, abstractmethod
from typing import ClassVar

from tests.browser.faults.client import Client
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


class FaultInjection(ABC):
    """Random steps, each a method of its name, and at the end the recovery from all faults.

    `client`: the browser with the faults. `second`: another one, which only recovers. `usual`: the step instead of a
    rare one that has happened often enough.
    """

    steps: ClassVar[dict[str, int]]  # by name, how often one compared with the others
    usual: str

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.left = dict(RARE)
        self.down_for = 0  # steps
        self.faulty = False
        self.history = [f"seed {seed}"]
        self.client: Client
        self.second: Client

    @property
    def server(self) -> Server:
        """The one that is killed."""
        return self.client.account.server

    @abstractmethod
    def run_steps(self) -> None:
        """All steps, the recovery, and the comparison with the journals."""

    def run(self) -> None:
        """All steps; a failure is reported with the steps that led to it."""
        try:
            self.run_steps()
        except BaseException as problem:
            problem.add_note("\n".join(self.history))
            raise

    def step(self) -> None:
        """One of them, and the server comes back when it was away for long enough."""
        [name] = self.chance.choices(list(self.steps), list(self.steps.values()))
        if self.left.get(name, 1) == 0:
            name = self.usual
        if name in self.left:
            self.left[name] -= 1
        self.history.append(name)
        getattr(self, name)()
        if self.down_for:
            self.down_for -= 1
            if not self.down_for:
                self.server.launch()

    def wait(self) -> None:
        """Time for what is under way."""
        self.client.waits(self.chance.uniform(0.02, 0.3))

    def toggle_offline(self) -> None:
        """No network, or again some."""
        self.client.manager.offline = not self.client.manager.offline

    def toggle_faults(self) -> None:
        """A network on which much goes wrong, or a good one."""
        self.faulty = not self.faulty
        faults = at_random(random.Random(self.chance.random()), FAULTY_SHARE)
        self.client.manager.faults = faults if self.faulty else iter(())

    def end_token(self) -> None:
        """Ends the token, as the profile page does."""
        if self.server_answers():
            self.client.account.revoke(self.client.manager)

    def connect(self) -> None:
        """Anew."""
        if self.server_answers():
            self.client.account.connect(self.client.manager)

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
        self.client.manager.faults = iter(())
        self.client.manager.offline = self.faulty = False
        self.down_for = 0
        self.client.account.connect(self.client.manager)

    def everything_arrives(self) -> None:
        """From both browsers."""
        for client in [self.client, self.second]:
            if not client.pages and client.manager.keys("event:"):
                client.open()
            client.everything_arrived()
