"""Everything that follows from a log, computed from nothing but the log.

The plain way, row after row, with none of the short cuts by which the stored figures are kept up to date: what
`verify` holds them against.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from app.tracking.machine import Closing, Effect, Event, EventType, State, record_of, replay
from app.tracking.records import QuestionRecord, SessionRecord


@dataclass(frozen=True, slots=True)
class LogRow:
    """A row of the log: the event, and what a NEXT keeps for the session that it may open or belong to."""

    event: Event
    default_target_minutes: float | None = None
    target_mark: float | None = None
    target_mark_number: int | None = None


@dataclass(frozen=True, slots=True)
class Follows:
    """What follows from one row."""

    state: State | None
    effect: Effect
    undoes: int | None


@dataclass(slots=True)
class _Sitting:
    """A session while its rows go by."""

    opening: LogRow
    nexts: list[LogRow]
    last: Event
    ended_at: int | None = None
    auto_closed: bool = False
    closings: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """All that is derived from one user's log."""

    rows: dict[int, Follows]  # by number of the row
    questions: dict[int, QuestionRecord]  # by the closing event, undone ones included
    sessions: dict[int, SessionRecord]  # by the opening event


def rebuild(log: Iterable[LogRow]) -> Rebuilt:
    """What follows from `log`, given in any order; rows taken out by a deletion are not given."""
    by_number = {row.event.seq: row for row in log}
    ordered = sorted((row.event for row in by_number.values()), key=lambda event: event.place)
    rows: dict[int, Follows] = {}
    closings: dict[int, Closing] = {}
    undone_by: dict[int, int] = {}
    sittings: list[_Sitting] = []
    for event, transition in replay(ordered):
        rows[event.seq] = Follows(transition.state, transition.effect, transition.undoes)
        if transition.closed is not None:
            closings[event.seq] = transition.closed
            sittings[-1].closings.append(event.seq)
        if transition.undoes is not None:
            undone_by[transition.undoes] = event.seq
        if transition.effect & Effect.ENDED:
            sittings[-1].ended_at = transition.ended_at
            sittings[-1].auto_closed = bool(transition.effect & Effect.AUTO_CLOSED)
        if transition.effect & Effect.OPENED:
            sittings.append(_Sitting(by_number[event.seq], [], event))
        if transition.effect:
            sittings[-1].last = event
            if event.type is EventType.NEXT:
                sittings[-1].nexts.append(by_number[event.seq])
    questions = {number: record_of(closing, undone_by.get(number)) for number, closing in closings.items()}
    return Rebuilt(rows, questions, {s.opening.event.seq: _session(s, questions) for s in sittings})


def _session(sitting: _Sitting, questions: dict[int, QuestionRecord]) -> SessionRecord:
    opening = sitting.opening
    first_to_arrive = min(sitting.nexts, key=lambda row: row.event.seq)
    marked = [row for row in sitting.nexts if row.target_mark_number is not None]
    target = opening.default_target_minutes
    if marked:
        target = max(marked, key=lambda row: row.target_mark_number or 0).target_mark
    assert target is not None, "every NEXT keeps the default target, every mark has one"
    counted = [questions[number] for number in sitting.closings if questions[number].counted]
    own = [question.own_target for question in counted if question.own_target is not None]
    return SessionRecord(
        uid=first_to_arrive.event.uid,
        opened_by=opening.event.seq,
        started_at=opening.event.at,
        last_at=sitting.last.at,
        last_seq=sitting.last.seq,
        last_type=sitting.last.type.value,
        ended_at=sitting.ended_at,
        auto_closed=sitting.auto_closed,
        idle=opening.event.idle,
        target_minutes=target,
        question_count=len(counted),
        raw=sum(question.raw for question in counted),
        active=sum(question.active for question in counted),
        own_target=sum(own),
        own_target_count=len(own),
    )
