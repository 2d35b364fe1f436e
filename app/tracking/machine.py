"""The state machine: events in, states out. Pure: no clock, no database.

Theory. A user's log is a sequence of events ordered by (time, arrival). A state says what is going on after an
event; `None` says that no session is active. `apply` gives the transition that one event makes, or raises
`Refused` when the event has no effect at its place:

    state            NEXT                       PAUSE     UNDO                        EXIT
    ---------------  -------------------------  --------  --------------------------  ------------------------
    None             opens session, question 1  refused   refused                     refused
    running          closes, opens the next     pauses    reopens the one before (1)  closes, ends the session
    paused           closes, opens the next     resumes   reopens it, stays paused(1) closes, ends the session
    forgotten (2)    ends at its last event,    refused   refused                     ends at its last event,
                     opens a new session                                              discards what was open
    (1) refused when the open question is the session's first
    (2) running, and more than the idle limit has passed between its last event and this one

UNDO needs the question that was closed last, and after it the one closed before: a stack as deep as the session is
long. The state does not hold it, because questions tile their session: the NEXT that opened a question closed the one
before it. So the state has a constant size, and the closed question is looked up by that number.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from app.tracking.records import NO_TASK, Place, Question, QuestionRecord, Task


class EventType(StrEnum):
    """What was pressed."""

    NEXT = "NEXT"
    PAUSE = "PAUSE"
    UNDO = "UNDO"
    EXIT = "EXIT"


class Sentence(Exception):
    """Why something is refused: `detail`, one clear sentence in English.

    `message` is that sentence with `{name}` in the place of each of `values`, for translation.
    """

    def __init__(self, message: str, **values: str | float) -> None:
        self.message, self.values = message, values
        self.detail = message.format(**values) if values else message
        super().__init__(self.detail)


class Refused(Sentence):
    """The event has no effect at its place."""


@dataclass(frozen=True, slots=True)
class Event:
    """One row of the log, as far as the machine is concerned."""

    type: EventType
    at_us: int
    seq: int
    # Of the question that it closes. None: not said, and a question left open in a forgotten session is discarded;
    # False: restored by a correction, and counted in any case.
    discard: bool | None = None
    uid: str = ""  # NEXT: the id of the question that it opens
    task: Task = NO_TASK  # NEXT: of the question that it opens
    idle_us: int = 0  # NEXT: the limit for the session, should it open one; 0 = never forgotten
    purged_question: int | None = None  # seq of the NEXT that opened the purged question closed by this event

    @property
    def place(self) -> Place:
        """Where the event lies in the order of the log."""
        return Place(self.at_us, self.seq)


@dataclass(frozen=True, slots=True)
class State:
    """An active session after one of its events."""

    session: int  # seq of the NEXT that opened it
    question: Question
    last: Place  # of the latest event that had an effect
    idle_us: int
    paused_since_us: int | None = None

    @property
    def below(self) -> int | None:
        """The event that closed the question before the open one: what UNDO makes void; None = there is none."""
        return None if self.question.opened_by == self.session else self.question.opened_by

    def forgotten_at(self, at_us: int) -> bool:
        """Whether the session counts as forgotten at `at_us`: running, and silent for more than its limit."""
        return self.paused_since_us is None and self.idle_us > 0 and at_us - self.last.at_us > self.idle_us

    def paused_until(self, at_us: int) -> int:
        """The open question's paused microseconds, a pause that still runs counted up to `at_us`."""
        running_us = 0 if self.paused_since_us is None else max(0, at_us - self.paused_since_us)
        return self.question.paused_us + running_us


@dataclass(frozen=True, slots=True)
class Transition:
    """What one event does."""

    state: State | None
    closed: QuestionRecord | None = None
    undoes: int | None = None  # the closing event that it makes void
    opens: bool = False  # a session
    ended_us: int | None = None  # where the session that it ends has its end; None = it ends none
    auto_closed: bool = False  # the session that it ends was forgotten


def apply(state: State | None, event: Event, closed: Mapping[int, QuestionRecord]) -> Transition:
    """The transition that `event` makes in `state`. Raises `Refused`; then nothing has changed.

    `closed[n]` is the question closed by event number n; only the one named by `state.below` is looked up.
    """
    if state is not None and state.forgotten_at(event.at_us):
        return _after_forgotten(state, event)
    match event.type, state:
        case EventType.NEXT, None:
            return Transition(_opened(event), opens=True)
        case kind, None:
            raise Refused(
                "No active session. Press NEXT to start a session before sending {kind} events.", kind=kind
            )
        case EventType.NEXT, State():
            after = State(state.session, _question(event), event.place, state.idle_us)
            return Transition(after, _close(state, event, event.at_us, bool(event.discard)))
        case EventType.PAUSE, State():
            return Transition(_toggled(state, event))
        case EventType.UNDO, State(below=None):
            raise Refused("Nothing to undo: no question of this session has been closed before this one.")
        case EventType.UNDO, State(below=int(below)):
            question = closed[below].reopened(state.question.paused_us)  # a pause running now goes on
            return Transition(replace(state, question=question, last=event.place), undoes=below)
        case EventType.EXIT, State():
            record = _close(state, event, event.at_us, bool(event.discard))
            return Transition(None, record, ended_us=event.at_us)
    raise AssertionError("every type of event is a column of the table")


def _question(event: Event) -> Question:
    return Question(event.seq, event.at_us, event.uid, task=event.task)


def _opened(event: Event) -> State:
    return State(event.seq, _question(event), event.place, event.idle_us)


def _close(state: State, event: Event, at_us: int, discarded: bool) -> QuestionRecord:
    question = state.question
    return QuestionRecord(
        uid=question.uid,
        opened_by=question.opened_by,
        closed_by=event.seq,
        started_us=question.started_us,
        ended_us=at_us,
        paused_us=state.paused_until(at_us),
        task=question.task,
        discarded=discarded,
        purged=discarded and event.purged_question == question.opened_by,
    )


def _toggled(state: State, event: Event) -> State:
    if state.paused_since_us is None:
        return replace(state, paused_since_us=event.at_us, last=event.place)
    question = replace(state.question, paused_us=state.paused_until(event.at_us))
    return replace(state, question=question, paused_since_us=None, last=event.place)


def _after_forgotten(state: State, event: Event) -> Transition:
    """End a forgotten session at its last event, by NEXT or EXIT.

    The question then open is discarded, unless it was restored since.
    """
    if event.type in (EventType.PAUSE, EventType.UNDO):
        raise Refused(
            "The session was left running without an event for too long and counts as ended. "
            "Press NEXT to start a new one before sending {kind} events.",
            kind=event.type,
        )
    opens = event.type is EventType.NEXT
    return Transition(
        _opened(event) if opens else None,
        _close(state, event, state.last.at_us, event.discard is not False),
        opens=opens,
        ended_us=state.last.at_us,
        auto_closed=True,
    )
