"""A made-up history of a rater's work, as the widget would have sent it. Pure: no clock, no I/O.

The rater gets faster over the months, slower in the course of a session and after lunch, differs from task type to
task type, pauses, releases tasks, presses NEXT too early and takes it back, and now and then forgets a question.
"""

import uuid
from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from math import exp
from random import Random
from typing import NamedTuple

from app.commands.demo_calendar import PlannedSession, one, plan
from app.services.recording.incoming import Incoming
from app.tracking.days import local_time
from app.tracking.machine import EventType
from app.tracking.records import MICROS_PER_MINUTE, NO_TASK, Task
from app.tracking.timestamps import moment_of

MILLISECOND_US = 1_000  # browsers give times in whole milliseconds
BREAK_US = 10 * MICROS_PER_MINUTE  # at least, between two sessions


class Kind(NamedTuple):
    """A type of task, how often a run of it begins, and how long it takes this rater compared with its target."""

    task_type: str | None
    target_minutes: float | None  # None = not said
    weight: float
    slowness: float
    spread: float  # of the logarithm of the time taken


UNSAID = Kind(None, None, 1.0, 1.0, 0.3)
KINDS = (
    Kind("image match", 0.7, 2.2, 0.86, 0.35),
    Kind("query intent", 1.5, 2.2, 0.95, 0.32),
    Kind("needs met", 3.0, 2.6, 1.0, 0.28),
    Kind("side by side", 4.5, 1.7, 0.94, 0.26),
    Kind("page quality", 6.0, 0.9, 1.16, 0.3),
    Kind("long review", 12.0, 0.35, 1.05, 0.22),
    UNSAID,
)
ANOTHER_KIND = 0.1  # chance that a run of tasks of one type ends

# What happens at a question, as shares of all.
INCIDENTS = {
    "paused": 0.05,
    "released": 0.02,
    "taken back": 0.005,
    "slow": 0.004,
    "forgotten": 0.0015,
    "": 0.9195,
}
NEXT_BEFORE_EXIT = 0.12  # share of the sessions that end with a task opened by mistake
LEARNING_DAYS = 50
TIRED, TIRED_MINUTES = 0.2, 90  # by which share slower, after how long
AFTER_LUNCH = {13: 1.14, 14: 1.08}  # by local hour
NIGHT_HOURS, LATE_AT_NIGHT = {22, 23, 0, 1, 2, 3, 4}, 1.06


@dataclass(frozen=True, slots=True)
class History:
    """The events of a number of sessions, in the order of their times."""

    events: list[Incoming]
    sessions: int
    own_targets_minutes: dict[int, float]  # of the sessions that were given a target, by their first instant

    @property
    def begin(self) -> datetime:
        """When it begins."""
        first = self.events[0].instant_us
        assert first is not None, "each event says when it happened"
        return moment_of(first)


class _Press(NamedTuple):
    at_us: int
    type: EventType
    task: Task = NO_TASK
    discard: bool = False


def history(
    seed: int, first: date, last: date, zone: str, *, target_minutes: float, latest_us: int
) -> History:
    """The work of the days from `first` to `last` in `zone`; each seed has a history of its own.

    `target_minutes` is the account's, which counts for questions that say none. Nothing lies after the instant
    `latest_us`: where the last session would end later, it is moved to end then.
    """
    chance = Random(seed)  # noqa: S311  nothing secret
    planned = plan(chance, first, last, zone)
    presses: list[_Press] = []
    own: dict[int, float] = {}
    for session in planned:
        free_us = presses[-1].at_us + BREAK_US if presses else 0
        begun = replace(session, start_us=max(session.start_us, free_us))
        since_days = (begun.start_us - planned[0].start_us) / (24 * 60 * MICROS_PER_MINUTE)
        of_session = list(_Work(chance, begun, zone, since_days, target_minutes).presses())
        if session is planned[-1]:
            early_us = max(0, of_session[-1].at_us - latest_us // MILLISECOND_US * MILLISECOND_US)
            of_session = [press._replace(at_us=press.at_us - early_us) for press in of_session]
        if session.own_target_minutes is not None:
            own[of_session[0].at_us] = session.own_target_minutes
        presses += of_session
    return History([_event(chance, press) for press in presses], len(planned), own)


class _Work:
    """The presses of one session, drawn at random."""

    def __init__(
        self, chance: Random, session: PlannedSession, zone: str, since_days: float, target_minutes: float
    ) -> None:
        self._chance, self._session, self._zone = chance, session, zone
        self._target_minutes = session.own_target_minutes or target_minutes
        # Of the time that a task takes: at the beginning and when all is learned, and on this day.
        self._form = (0.83 + 0.24 * exp(-since_days / LEARNING_DAYS)) * chance.lognormvariate(0, 0.06)
        self._at_us = session.start_us
        self._kind, self._task = UNSAID, NO_TASK
        self._take_task(another=1.0)

    def presses(self) -> Iterator[_Press]:
        """What is pressed from the opening of the session to its end."""
        end_us = self._at_us + round(self._session.minutes * MICROS_PER_MINUTE)
        yield self._press(EventType.NEXT)
        while True:
            released = yield from self._question()
            if self._at_us >= end_us:
                break
            self._take_task()
            yield self._press(EventType.NEXT, discard=released)
        yield from self._end(released=released)

    def _end(self, *, released: bool) -> Iterator[_Press]:
        """Close the last question, and usually the session."""
        if self._session.is_left_running or self._chance.random() < NEXT_BEFORE_EXIT:
            self._take_task()
            yield self._press(EventType.NEXT, discard=released)
            if self._session.is_left_running:
                return
            self._pass(self._chance.uniform(3, 20))
            released = True
        yield self._press(EventType.EXIT, discard=released)

    def _question(self) -> Generator[_Press, None, bool]:
        """What is pressed while a question is open, up to the moment of its end; whether it was released."""
        chance, seconds = self._chance, self._active_seconds()
        match one(chance, INCIDENTS):
            case "released":
                self._pass(chance.uniform(5, 45))
                return True
            case "forgotten":
                self._pass(chance.uniform(22, 32) * 60)
            case "slow":
                self._pass(seconds * chance.uniform(3.2, 4.5))
            case "paused":
                self._pass(seconds * 0.6)
                yield self._press(EventType.PAUSE)
                self._pass(min(20 + chance.expovariate(1 / 200), 900))
                yield self._press(EventType.PAUSE)
                self._pass(seconds * 0.4)
            case "taken back":
                self._pass(seconds * 0.7)
                yield self._press(EventType.NEXT)  # the page still shows the task
                self._pass(chance.uniform(1.5, 6))
                yield self._press(EventType.UNDO)
                self._pass(seconds * 0.3)
            case _:
                self._pass(seconds)
        return False

    def _active_seconds(self) -> float:
        """How long the rater works at the open question, when nothing comes between."""
        minutes_so_far = (self._at_us - self._session.start_us) / MICROS_PER_MINUTE
        hour = local_time(self._at_us, self._zone).hour
        slowness = self._form * self._kind.slowness * (1 + TIRED * min(1.0, minutes_so_far / TIRED_MINUTES))
        slowness *= LATE_AT_NIGHT if hour in NIGHT_HOURS else AFTER_LUNCH.get(hour, 1.0)
        target_seconds = 60 * (self._kind.target_minutes or self._target_minutes)
        return max(4.0, target_seconds * slowness * self._chance.lognormvariate(0, self._kind.spread))

    def _take_task(self, another: float = ANOTHER_KIND) -> None:
        """The task that the next question is about."""
        if self._session.own_target_minutes is None and self._chance.random() < another:
            self._kind = one(self._chance, {kind: kind.weight for kind in KINDS})
        number = self._chance.randrange(10**9, 10**10)
        said = self._kind is not UNSAID
        self._task = Task(self._kind.target_minutes, str(number), self._kind.task_type) if said else NO_TASK

    def _pass(self, seconds: float) -> None:
        self._at_us += round(seconds * 1000) * MILLISECOND_US

    def _press(self, kind: EventType, *, discard: bool = False) -> _Press:
        return _Press(self._at_us, kind, self._task if kind is EventType.NEXT else NO_TASK, discard)


def _event(chance: Random, press: _Press) -> Incoming:
    moment = moment_of(press.at_us).isoformat(timespec="milliseconds")
    return Incoming(
        type=press.type,
        timestamp=moment.replace("+00:00", "Z"),
        event_id=str(uuid.UUID(int=chance.getrandbits(128), version=4)),
        discard=press.discard,
        task=press.task,
    )
