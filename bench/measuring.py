"""How much is measured, and stretches of load on a bare server and on the tracker beside it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bench import load
from bench.load import EVENT, Window
from bench.servers import Server


@dataclass(frozen=True, slots=True)
class Plan:
    """How much to measure."""

    questions: int
    seconds: float
    rounds: int


@dataclass(frozen=True, slots=True)
class Measuring:
    """A bare server and the tracker, side by side."""

    plan: Plan
    bare: Server
    tracker: Server
    tokens: Sequence[str]

    def of_bare(self, *, connections: int = load.CONNECTIONS) -> Window:
        """One stretch of the bare endpoint."""
        return load.run(self.bare, EVENT, self.tokens, seconds=self.plan.seconds, connections=connections)

    def of_tracker(
        self, kind: str, *, connections: int = load.CONNECTIONS, tokens: Sequence[str] | None = None
    ) -> Window:
        """One stretch of the tracker."""
        asked = tokens or self.tokens
        return load.run(self.tracker, kind, asked, seconds=self.plan.seconds, connections=connections)

    def pairs(self, kind: str) -> Iterator[tuple[Window, Window]]:
        """(bare, tracker), one right after the other, after a stretch that is not counted."""
        load.run(self.bare, EVENT, self.tokens, seconds=1)
        load.run(self.tracker, kind, self.tokens, seconds=2)
        for _ in range(self.plan.rounds):
            yield self.of_bare(), self.of_tracker(kind)
