"""Folding newcomers and corrections into a log that has been folded before.

The plain way would be to replay the whole log. This one starts at the place that changed, from the state stored
just before it, and goes on until the state is again the one stored: from there on everything follows as before. In the
ordinary case, an event newer than all others, that is one step.

One thing reaches further than the state: an UNDO looks up the closing that it makes void. So where a closing has
changed, the UNDO that refers to it is visited as well, however much later it lies.
"""

import heapq
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from app.tracking.machine import Closing, Effect, Event, Refused, State, Transition, apply, settle
from app.tracking.records import Place


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the log together with what followed from it at the last fold."""

    event: Event
    state: State | None  # after it
    effect: Effect
    undoes: int | None


@dataclass(frozen=True, slots=True)
class Change:
    """A row that was visited: what followed from it before (None: it was not in the fold), and what does now."""

    before: Entry | None
    event: Event
    came_from: State | None  # the state before it, now
    transition: Transition
    key: int | None = None  # the caller's name for a newcomer


class Ledger(Protocol):
    """What a fold needs of the stored log. Rows taken out by a deletion do not appear in it."""

    @property
    def closings(self) -> Mapping[int, Closing]:
        """By the number of the closing event; as saved so far."""

    def state_before(self, place: Place) -> State | None:
        """The state after the last row that lies before `place`."""

    def rows_from(self, place: Place) -> Iterator[Entry]:
        """The rows at `place` and after it, in order, as they were at the last fold."""

    def undoer(self, closed_by: int) -> Place | None:
        """Where the UNDO lies that makes the closing by event `closed_by` void."""

    @property
    def next_number(self) -> int:
        """The number of the next row: above all others."""

    def save(self, change: Change) -> None:
        """Keep what follows from a row; a newcomer becomes one."""


@dataclass(frozen=True, slots=True)
class Newcomer:
    """An event that is not in the log yet, and the caller's name for it. Its number is given to it by the fold."""

    key: int
    event: Event


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of newcomers, by their keys."""

    recorded: dict[int, Change]
    refused: dict[int, Refused]


def refold(ledger: Ledger, newcomers: Iterable[Newcomer] = (), visit: Iterable[Place] = ()) -> Outcome:
    """Fold `newcomers` (in the order of their times) and visit the first row at or after each place of `visit`.

    A newcomer that has no effect at its place is refused and leaves no trace. One that has is recorded, even
    where it makes later events void.
    """
    return _Fold(ledger, newcomers, visit).run()


class _Fold:
    def __init__(self, ledger: Ledger, newcomers: Iterable[Newcomer], visit: Iterable[Place]) -> None:
        self.ledger = ledger
        self.newcomers = deque(newcomers)
        self.agenda = list(visit)
        heapq.heapify(self.agenda)
        self.outcome = Outcome({}, {})

    def run(self) -> Outcome:
        while (start := self._next_start()) is not None:
            self._run_from(start)
        return self.outcome

    def _next_start(self) -> Place | None:
        starts = self.agenda[:1]
        if self.newcomers:
            starts.append(self._place_of_next())
        return min(starts, default=None)

    def _place_of_next(self) -> Place:
        # It arrives now: of the events at its instant it is the last.
        return Place(self.newcomers[0].event.at, self.ledger.next_number)

    def _run_from(self, start: Place) -> None:
        """Fold from `start` until the rows that follow are as they were."""
        state = self.ledger.state_before(start)
        rows = self.ledger.rows_from(start)
        row = next(rows, None)
        diverged = False  # from the state that `row` was folded with the last time
        while True:
            if self.newcomers and (row is None or self._place_of_next() < row.event.place):
                after = self._take(self.newcomers.popleft(), state)
                diverged = diverged or after != state
                state = after
                continue
            if row is None:
                self.agenda.clear()
                return
            if not self._listed(row.event.place) and not diverged:
                return
            state = self._revisit(row, state)
            diverged = state != row.state
            row = next(rows, None)

    def _listed(self, place: Place) -> bool:
        listed = False
        while self.agenda and self.agenda[0] <= place:
            heapq.heappop(self.agenda)
            listed = True
        return listed

    def _take(self, newcomer: Newcomer, state: State | None) -> State | None:
        event = replace(newcomer.event, seq=self.ledger.next_number)
        try:
            transition = apply(state, event, self.ledger.closings)
        except Refused as refused:
            self.outcome.refused[newcomer.key] = refused
            return state
        change = Change(None, event, state, transition, newcomer.key)
        self.outcome.recorded[newcomer.key] = change
        self.ledger.save(change)
        return transition.state

    def _revisit(self, row: Entry, state: State | None) -> State | None:
        transition = settle(state, row.event, self.ledger.closings)
        if transition.closed != self.ledger.closings.get(row.event.seq):
            undoer = self.ledger.undoer(row.event.seq)
            if undoer is not None:
                heapq.heappush(self.agenda, undoer)
        self.ledger.save(Change(row, row.event, state, transition))
        return transition.state
