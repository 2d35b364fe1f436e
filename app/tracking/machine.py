"""The state machine: events in, states out. Pure: no clock, no database.

Theory. A user's log is a sequence of events ordered by (time, arrival). A state says what is going on after an
event; `None` says that no session is active. `apply` gives the transition that one event makes, or raises
`Refused` when the event has no effect at its place:

    state            NEXT                       PAUSE     UNDO                        EXIT
    ---------------  -------------------------  --------  --------------------------  ------------------------
    None             opens session, question 1  refused   refused                     refused
    running          closes, opens the next     pauses    reopens the one before (1)  closes, ends the session
    paused           closes, opens the next     resumes   the same, stays paused (1)  closes, ends the session
    forgotten (2)    ends at its last event,    refused   refused                     ends at its last event,
                     opens a new session                                              discards what was open
    (1) refused when nothing was closed before in this session
    (2) running, and more than the idle limit has passed between its last event and this one

UNDO needs to know the question that was closed last, and the one below it for the UNDO after that: a stack as
deep as the session is long. The state holds only the top's name, the number of the event that closed it; what was
closed then is looked up in `closings`. So a state has a constant size and, more important, a late event
changes few of them: two states are equal although the histories below differ.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import IntFlag, StrEnum

from app.tracking.records import Place, QuestionRecord


class EventType(StrEnum):
    """What was pressed."""

    NEXT = "NEXT"
    PAUSE = "PAUSE"
    UNDO = "UNDO"
    EXIT = "EXIT"


class Refused(Exception):
    """The event has no effect at its place; `detail` says why in one sentence.

    `message` is that sentence with `{name}` in the place of each of `values`, for translation.
    """

    def __init__(self, message: str, **values: str) -> None:
        self.message, self.values = message, values
        self.detail = message.format(**values) if values else message
        super().__init__(self.detail)


@dataclass(frozen=True, slots=True)
class Event:
    """One row of the log, as far as the machine cares. Times are microseconds."""

    type: EventType
    at: int
    seq: int
    discard: bool | None = None  # of the question that it closes; None: as the machine sees fit
    uid: str = ""  # NEXT: the id of the question it opens
    target_minutes: float | None = None  # NEXT: of the question it opens
    task_id: str | None = None
    task_type: str | None = None
    idle: int = 0  # NEXT: the limit for the session, should it open one; 0 = never forgotten
    purged: int | None = None  # the NEXT whose question left for good, should this event close it discarded

    @property
    def place(self) -> Place:
        """Its place in the fold's order."""
        return Place(self.at, self.seq)


@dataclass(frozen=True, slots=True)
class Question:
    """A question that is open, or was when an event closed it."""

    opened_by: int
    started_at: int
    uid: str = ""
    paused: int = 0  # finished pauses, microseconds
    target_minutes: float | None = None
    task_id: str | None = None
    task_type: str | None = None

    @property
    def place(self) -> Place:
        """Where it begins."""
        return Place(self.started_at, self.opened_by)


@dataclass(frozen=True, slots=True)
class State:
    """An active session after one of its events."""

    question: Question
    last: Place  # of the latest event that had an effect
    last_type: EventType
    idle: int
    paused_since: int | None = None
    below: int | None = None  # the event that closed the question before; what UNDO makes void

    def forgotten_at(self, at: int) -> bool:
        """Whether the session counts as forgotten at `at`: running, and silent for more than its limit."""
        return self.paused_since is None and self.idle > 0 and at - self.last.at > self.idle

    def paused_until(self, at: int) -> int:
        """The open question's paused microseconds, a pause that still runs counted up to `at`."""
        running = 0 if self.paused_since is None else max(0, at - self.paused_since)
        return self.question.paused + running


@dataclass(frozen=True, slots=True)
class Closing:
    """A question closed by an event: what UNDO of that event brings back."""

    question: Question  # its `paused` includes a pause that the closing ended
    closed_by: int
    ended_at: int
    discarded: bool
    below: int | None
    purged: bool = False


def record_of(closing: Closing, undone_by: int | None) -> QuestionRecord:
    """The closed question as it is stored."""
    question = closing.question
    return QuestionRecord(
        uid=question.uid,
        opened_by=question.opened_by,
        closed_by=closing.closed_by,
        started_at=question.started_at,
        ended_at=closing.ended_at,
        paused=question.paused,
        target_minutes=question.target_minutes,
        task_id=question.task_id,
        task_type=question.task_type,
        discarded=closing.discarded,
        below=closing.below,
        undone_by=undone_by,
        purged=closing.purged,
    )


def closing_of(record: QuestionRecord) -> Closing:
    """The closing that `record_of` turned into a record."""
    question = Question(
        opened_by=record.opened_by,
        started_at=record.started_at,
        uid=record.uid,
        paused=record.paused,
        target_minutes=record.target_minutes,
        task_id=record.task_id,
        task_type=record.task_type,
    )
    return Closing(question, record.closed_by, record.ended_at, record.discarded, record.below, record.purged)


class Effect(IntFlag):
    """What an event did, apart from the question that it closed."""

    VOID = 0
    EFFECTIVE = 1
    OPENED = 2  # a session
    ENDED = 4  # a session
    AUTO_CLOSED = 8  # the session that it ended was forgotten
    CLOSED = 16  # a question


@dataclass(frozen=True, slots=True)
class Transition:
    """What one event does."""

    state: State | None
    effect: Effect
    closed: Closing | None = None
    undoes: int | None = None  # the closing event that it makes void
    ended_at: int | None = None  # where the session that it ended, ends


def apply(state: State | None, event: Event, closings: Mapping[int, Closing]) -> Transition:
    """The transition that `event` makes in `state`. Raises `Refused`; then nothing has changed.

    `closings[n]` is the closing by event number n; only the one named by `state.below` is looked up.
    """
    if state is not None and state.forgotten_at(event.at):
        return _after_forgotten(state, event)
    match event.type, state:
        case EventType.NEXT, None:
            return Transition(_opened(event), Effect.EFFECTIVE | Effect.OPENED)
        case kind, None:
            raise Refused(
                "No active session. Press NEXT to start a session before sending {kind} events.", kind=kind
            )
        case EventType.NEXT, State():
            closing = _close(state, event, event.at, bool(event.discard))
            after = State(_question(event), event.place, event.type, state.idle, below=event.seq)
            return Transition(after, Effect.EFFECTIVE | Effect.CLOSED, closing)
        case EventType.PAUSE, State():
            return Transition(_toggled(state, event), Effect.EFFECTIVE)
        case EventType.UNDO, State(below=None):
            raise Refused("Nothing to undo: no question of this session has been closed before this one.")
        case EventType.UNDO, State(below=int(below)):
            return Transition(_undone(state, event, closings[below]), Effect.EFFECTIVE, undoes=below)
        case _, State():
            closing = _close(state, event, event.at, bool(event.discard))
            return Transition(
                None, Effect.EFFECTIVE | Effect.CLOSED | Effect.ENDED, closing, ended_at=event.at
            )


def replay(events: Iterable[Event]) -> Iterator[tuple[Event, Transition]]:
    """Fold a whole log, given in the order of its places; an event without effect leaves the state as it is."""
    state: State | None = None
    closings: dict[int, Closing] = {}
    for event in events:
        transition = settle(state, event, closings)
        if transition.closed is not None:
            closings[event.seq] = transition.closed
        yield event, transition
        state = transition.state


def settle(state: State | None, event: Event, closings: Mapping[int, Closing]) -> Transition:
    """`apply`, for an event that is in the log already: where it has no effect, it is void."""
    try:
        return apply(state, event, closings)
    except Refused:
        return Transition(state, Effect.VOID)


def _question(event: Event) -> Question:
    return Question(
        opened_by=event.seq,
        started_at=event.at,
        uid=event.uid,
        target_minutes=event.target_minutes,
        task_id=event.task_id,
        task_type=event.task_type,
    )


def _opened(event: Event) -> State:
    return State(_question(event), event.place, event.type, event.idle)


def _close(state: State, event: Event, at: int, discarded: bool) -> Closing:
    question = replace(state.question, paused=state.paused_until(at))
    purged = discarded and event.purged == question.opened_by
    return Closing(question, event.seq, at, discarded, state.below, purged)


def _toggled(state: State, event: Event) -> State:
    if state.paused_since is None:
        return replace(state, paused_since=event.at, last=event.place, last_type=event.type)
    question = replace(state.question, paused=state.paused_until(event.at))
    return replace(state, question=question, paused_since=None, last=event.place, last_type=event.type)


def _undone(state: State, event: Event, closing: Closing) -> State:
    # The question comes back with the pauses that it had, and takes over those of the one that disappears. A pause
    # running now goes on.
    question = replace(closing.question, paused=closing.question.paused + state.question.paused)
    return replace(state, question=question, below=closing.below, last=event.place, last_type=event.type)


def _after_forgotten(state: State, event: Event) -> Transition:
    """NEXT and EXIT end a forgotten session where it was last heard of; what was open then counts nowhere,
    unless somebody has restored that question since."""
    if event.type in (EventType.PAUSE, EventType.UNDO):
        raise Refused(
            "The session was left running without an event for too long and counts as ended. "
            "Press NEXT to start a new one before sending {kind} events.",
            kind=event.type,
        )
    discarded = event.discard is not False
    closing = _close(state, event, state.last.at, discarded)
    effect = Effect.EFFECTIVE | Effect.CLOSED | Effect.ENDED | Effect.AUTO_CLOSED
    if event.type is EventType.EXIT:
        return Transition(None, effect, closing, ended_at=state.last.at)
    return Transition(_opened(event), effect | Effect.OPENED, closing, ended_at=state.last.at)
