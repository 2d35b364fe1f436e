"""Sessions and questions as they follow from the log, event by event.

`step` brings one session in step with one event: appending an event uses it directly. `Projection` is the fold of
many rows with it: replaying a part of the log and verifying the whole of it use that.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from app.tracking.machine import Event, EventType, Refused, State, Transition, apply
from app.tracking.records import QuestionRecord, SessionRecord


@dataclass(frozen=True, slots=True)
class LogRow:
    """A row of the log: the event, and what a NEXT keeps for the session that it opens or belongs to."""

    event: Event
    default_target_minutes: float | None = None  # a NEXT has one
    target_mark: float | None = None  # minutes, set for the session in which it then was
    target_mark_number: int | None = None  # of the correction that set it: the latest counts


def state_of(session: SessionRecord | None) -> State | None:
    """The machine's state after the latest event of a session; None where it has ended."""
    if session is None or session.open_question is None:
        return None
    return State(
        session.opened_by,
        session.open_question,
        session.last,
        session.idle_us,
        session.paused_since_us,
    )


def opened_session(row: LogRow, transition: Transition) -> SessionRecord:
    """The session that a NEXT opens."""
    event, state = row.event, transition.state
    assert state is not None, "a session that opens is active"
    assert row.default_target_minutes is not None, "every NEXT keeps the default target"
    return SessionRecord(
        uid=event.uid,
        opened_by=event.seq,
        started_us=event.at_us,
        last_us=event.at_us,
        last_seq=event.seq,
        last_type=event.type.value,
        ended_us=None,
        auto_closed=False,
        idle_us=event.idle_us,
        target_minutes=row.default_target_minutes if row.target_mark is None else row.target_mark,
        open_question=state.question,
    )


def step(
    session: SessionRecord, event: Event, transition: Transition, undone: QuestionRecord | None
) -> SessionRecord:
    """A session, active before `event`, after it. `undone` is the closed question that the event makes void.

    A NEXT that ends a forgotten session belongs to the session that it opens.
    """
    assert transition.closed is None or undone is None, "no event does both: the sums move once"
    changed: dict[str, Any] = {"open_question": None, "paused_since_us": None}
    if transition.closed is not None:
        changed |= session.sums_with(transition.closed, 1)
    if undone is not None:
        changed |= session.sums_with(undone, -1)
    if not transition.opens:
        changed |= {"last_us": event.at_us, "last_seq": event.seq, "last_type": event.type.value}
        if transition.state is not None:
            changed["open_question"] = transition.state.question
            changed["paused_since_us"] = transition.state.paused_since_us
    if transition.ended_us is not None:
        changed |= {"ended_us": transition.ended_us, "auto_closed": transition.auto_closed}
    return replace(session, **changed)


class Projection:
    """The fold of consecutive rows: their sessions and questions."""

    def __init__(
        self, active: SessionRecord | None = None, closed: Mapping[int, QuestionRecord] | None = None
    ) -> None:
        """`active` is the session before the first row, `closed` its questions: what an UNDO may reopen."""
        self.state = state_of(active)
        self.sessions = {} if active is None else {active.opened_by: active}  # by the event that opened it
        self.questions = dict(closed or {})  # by the event that closed it
        self._first_arrival = 0  # of the latest session: the NEXT that arrived first
        self._target_mark = 0  # and the number of the latest target set for it

    def take(self, row: LogRow) -> tuple[Transition, int]:
        """The next row's transition, and the session (by its opening) to which the row belongs from then on.

        Raises `machine.Refused` where it has no effect; then nothing has changed.
        """
        event, before = row.event, self.state
        transition = apply(before, event, self.questions)
        self.state = transition.state
        if transition.closed is not None:
            self.questions[event.seq] = transition.closed
        if before is not None:
            undone = None if transition.undoes is None else self.questions.pop(transition.undoes)
            self.sessions[before.session] = step(self.sessions[before.session], event, transition, undone)
        if transition.opens:
            self.sessions[event.seq] = opened_session(row, transition)
            self._first_arrival, self._target_mark = event.seq, row.target_mark_number or 0
            return transition, event.seq
        assert before is not None, "without a session an event opens one or is refused"
        if event.type is EventType.NEXT:
            self._note_next(row, before.session)
        return transition, before.session

    def settle(self, row: LogRow) -> None:
        """Take a row that is in the log already; without an effect at its place it is void."""
        with suppress(Refused):
            self.take(row)

    def _note_next(self, row: LogRow, number: int) -> None:
        """A session goes by the id of its NEXT that arrived first, and has the target that was set for it last."""
        session = self.sessions[number]
        if row.event.seq < self._first_arrival:
            self._first_arrival = row.event.seq
            session = replace(session, uid=row.event.uid)
        if row.target_mark is not None and (row.target_mark_number or 0) > self._target_mark:
            self._target_mark = row.target_mark_number or 0
            session = replace(session, target_minutes=row.target_mark)
        self.sessions[number] = session


def project(log: Iterable[LogRow]) -> Projection:
    """All that follows from a whole log, given in any order; rows taken out by a deletion are not given."""
    projection = Projection()
    for row in sorted(log, key=lambda row: row.event.place):
        projection.settle(row)
    return projection
