"""A journal of the work on tasks, and what the server must hold of it. It knows nothing of the widget.

A line of the journal is an action of the user: between which readings of this machine's clock, what it must leave in
the log (a few event types, or nothing), and which task the user works on from then on. Everything expected follows
from the lines in their order: the naive model makes sessions and questions of the event types, and a question is about
the tasks of the lines from its opening to its closing.

What is certain: number, start, end, pauses and discarding of every question. A question that is described (undone and
pressed again one and two microseconds later, or opened a microsecond earlier and undone back to that) is the same
question, so the UNDO and NEXT of it stand on no line. All clocks are right here: of one that is off the server learns
as exactly as each request is fast, and of two presses that are nearer to each other than that nobody can say which
comes first.

What is not: whether a press has reached the storage when the tab was reloaded, closed, crashed or killed at that very
moment; the storage shows it, and is read at once, before the next action. And whether a question's task is
known: a NEXT may be closed behind before any page was read, the first question of a session is described only once the
server has it, and one before which nothing counts is not. So a question is about one of its own tasks or about none,
and never about another. Where the task's page was read while the tab lived, `known` says which it must be.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.browser.faults.account import Account
from tests.browser.faults.client import Client
from tests.browser.faults.reconciliation import (
    TOLERANCE_SECONDS,
    Event,
    assert_filed_once,
    kept_events,
    seconds_of,
    story,
)
from tests.naive import Ask, Row, Sitting, walk

Kind = tuple[str, bool]  # event type and discard
Kinds = tuple[Kind, ...]
NEXT: Kind = ("NEXT", False)
DISCARD: Kind = ("NEXT", True)
UNDO: Kind = ("UNDO", False)
PAUSE: Kind = ("PAUSE", False)
EXIT: Kind = ("EXIT", False)
LEAVE: Kind = ("EXIT", True)
AT_ONCE = timedelta(microseconds=10)  # nobody does two things as fast
MOST_KINDS = 4  # on one line


@dataclass
class Line:
    """One moment. `after`: the task that it closed while that stood on the page; `known`: the one told with it."""

    client: Client = field(repr=False)
    earliest: float  # Unix seconds
    latest: float
    kinds: Kinds
    task: str | None = None  # that the user works on from then on
    after: str | None = None
    known: str | None = None
    pending: bool = False  # the task is that of the next page that comes
    glimpsed: str | None = None  # the next task, which a tab may have read before it was gone


@dataclass
class TaskJournal:
    """The lines of all browsers of an account, one action at a time. `targets`: minutes, by task."""

    targets: dict[str, float]
    lines: list[Line] = field(default_factory=list)

    def sittings(self) -> list[Sitting]:
        """What the lines make, by the naive model; its instants are numbers of lines."""
        rows = [
            Row(number, kind, number, discard)
            for i, line in enumerate(self.lines)
            for number, (kind, discard) in enumerate(line.kinds, i * MOST_KINDS)
        ]
        return walk(rows)[0]

    def now(self) -> Sitting | None:
        """The session that is active."""
        sittings = self.sittings()
        return sittings[-1] if sittings and sittings[-1].end is None else None

    def open(self) -> list[Line]:
        """From the line that opened the open question to the last; none where no session is active."""
        now = self.now()
        return self.lines[now.open.opening.at // MOST_KINDS :] if now and now.open else []

    def line(self, instant: int) -> Line:
        """The one that an instant of the naive model means."""
        return self.lines[instant // MOST_KINDS]

    def about(self, ask: Ask) -> list[tuple[str | None, float | None]]:
        """Task and target that a closed question may have."""
        assert ask.end is not None
        lines = self.lines[ask.opening.at // MOST_KINDS : ask.end // MOST_KINDS]
        if lines[0].known:
            return [(lines[0].known, self.targets[lines[0].known])]
        tasks = told(lines) | {line.glimpsed for line in lines if line.glimpsed}
        return [(None, None), *((task, target) for task in tasks for target in (self.targets[task], None))]


def told(lines: list[Line]) -> set[str]:
    """The tasks that were worked on."""
    return {line.task for line in lines if line.task}


def assert_worked(account: Account, journal: TaskJournal, *clients: Client) -> None:
    """The server counts what was worked on, as long as it took, as the task that it was; and nothing else."""
    tale = "\n".join(story(client) for client in clients)
    for client in clients:
        assert_done(journal, client, tale)
    assert_filed_once(account, *clients)
    expected = [ask for sitting in journal.sittings() for ask in sitting.closed]
    stored = account.asked()
    assert len(stored) == len(expected), f"{stored}\n{tale}"
    for question, ask in zip(stored, expected, strict=True):
        assert_asked(question, ask, journal, tale)


def assert_asked(question: dict[str, Any], ask: Ask, journal: TaskJournal, tale: str) -> None:
    """A stored question is the one that was worked on."""
    assert ask.end is not None
    opening, closing = journal.line(ask.opening.at), journal.line(ask.end)
    problem = f"{question} is not {opening} to {closing}\n{tale}"
    assert within(opening, question["start"]), problem
    assert within(closing, question["end"]), problem
    pauses = [(journal.line(begin), journal.line(end)) for begin, end in ask.pauses]
    least = sum(max(0, end.earliest - begin.latest) for begin, end in pauses)
    most = sum(end.latest - begin.earliest for begin, end in pauses)
    slack = 2 * TOLERANCE_SECONDS * len(pauses)
    assert least - slack <= question["paused"] <= most + slack, problem
    assert question["discarded"] == ask.discarded, problem
    assert question["about"] in journal.about(ask), f"may be about {journal.about(ask)}: {problem}"


def assert_done(journal: TaskJournal, client: Client, tale: str) -> None:
    """Each line left in the storage what it had to, at its time, and no event stands on no line."""
    left = pressed(kept_events(client))
    for line in [line for line in journal.lines if line.client is client]:
        found = [left.pop(0) for _ in line.kinds if left]
        assert kinds_of(found) == line.kinds, f"{line} came to {found}\n{tale}"
        assert all(within(line, seconds_of(event["timestamp"])) for event in found), (
            f"{line}: {found}\n{tale}"
        )
    assert left == [], f"nobody did {left}\n{tale}"


def came_of(client: Client, earliest: float, latest: float) -> list[Event]:
    """What was pressed in that time and is in the storage, without what describes it."""
    span = Line(client, earliest, latest, ())
    return [event for event in pressed(kept_events(client)) if within(span, seconds_of(event["timestamp"]))]


def described(line: Line) -> list[tuple[str | None, float | None]]:
    """Task and target of each NEXT that is in the storage of that time."""
    return [
        (event.get("task_id"), event.get("target_minutes"))
        for event in kept_events(line.client)
        if event["type"] == "NEXT" and within(line, seconds_of(event["timestamp"]))
    ]


def pressed(events: list[Event]) -> list[Event]:
    """Without each UNDO and NEXT that describe a NEXT: a microsecond after it, or around it."""
    found: list[Event] = []
    for event in events:
        after_it, around_it = (kinds_at_once([*found[-many:], event]) for many in (1, 2))
        if after_it == ["UNDO", "NEXT"] or around_it == ["NEXT", "NEXT", "UNDO"]:
            found.pop()
        else:
            found.append(event)
    return found


def kinds_at_once(events: list[Event]) -> list[str]:
    """The types of events that are so near to each other that nobody pressed them all; else none."""
    first, last = (datetime.fromisoformat(events[end]["timestamp"]) for end in (0, -1))
    return [event["type"] for event in events] if last - first <= AT_ONCE else []


def kinds_of(events: Iterable[Event]) -> Kinds:
    """Type and discard of each."""
    return tuple((event["type"], event.get("discard", False)) for event in events)


def within(line: Line, at: float) -> bool:
    """Whether that instant, Unix seconds, is the line's."""
    return (
        line.earliest - TOLERANCE_SECONDS <= at <= line.latest + TOLERANCE_SECONDS + AT_ONCE.total_seconds()
    )
