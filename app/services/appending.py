"""Events newer than all others of a log: the ordinary case, and the straight way.

One look at where the log ends, one step of the machine for each event, and everything is written at once, the
answer with its row. However long the session and the history, one event costs the same.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from app.services.answers import EventAnswer, describe, message_of
from app.services.closings import Closings
from app.store import head as heads
from app.store import log, session_rows
from app.store.head import Head
from app.store.log import Arrival, NewRow
from app.store.statements import together
from app.tracking.machine import Effect, Event, Transition, apply
from app.tracking.records import QuestionRecord, SessionRecord


class Appending:
    """Events taken in one after the other, each at or after the end of the log; nothing is written before `store`."""

    def __init__(self, connection: Connection, user_id: int, head: Head) -> None:
        self.connection, self.user_id, self._head = connection, user_id, head
        self.last_seq = head.last_seq
        self._state = head.state
        self._session = head.session
        self._sessions: dict[int, SessionRecord] = {}  # those touched, by the event that opened them
        self._closings = Closings(connection, user_id)
        self._taken: list[tuple[Event, Arrival, Transition, SessionRecord]] = []

    @staticmethod
    def fits(head: Head, at: int) -> bool:
        """Whether an event at `at` is newer than all others. It arrives now: of those at its instant it is the last."""
        return head.place is None or at >= head.place.at

    def take(self, event: Event, arrival: Arrival) -> None:
        """Take in an event. Raises `machine.Refused`; then nothing has changed."""
        event = replace(event, seq=self.last_seq + 1)
        transition = apply(self._state, event, self._closings)
        self.last_seq, self._state = event.seq, transition.state
        before = self._session
        if before is not None:
            self._session = self._keep(self._after(before, event, transition))
        if transition.effect & Effect.OPENED:
            self._session = self._keep(opened_by(event, arrival))
        assert self._session is not None, "the machine refuses what no session is there for"
        self._taken.append((event, arrival, transition, self._session))
        if transition.effect & Effect.ENDED and not transition.effect & Effect.OPENED:
            self._session = None

    def store(self, now: int) -> list[EventAnswer]:
        """Write everything; `now` in microseconds. Each answer is about its session as it stands after all events."""
        rows: list[NewRow] = []
        answers: list[EventAnswer] = []
        for event, arrival, transition, session in self._taken:
            session = self._sessions[session.opened_by]
            state = self._state if session.is_active else None
            message = message_of(event, transition, session, state)
            answer = describe(session, state, now=now, closed=transition.closed, message=message)
            answers.append(answer)
            follows = (transition.state, transition.effect, transition.undoes)
            rows.append((event, arrival, *follows, answer.dumps()))
        with together(self.connection):
            self._write(rows)
        return answers

    def _after(self, session: SessionRecord, event: Event, transition: Transition) -> SessionRecord:
        """The session that an event finds, after it. A NEXT that ends a forgotten one belongs to the next."""
        effect = transition.effect
        changed: dict[str, Any] = {}
        if not effect & Effect.OPENED:
            changed |= {"last_at": event.at, "last_seq": event.seq, "last_type": event.type.value}
        if effect & Effect.ENDED:
            changed |= {"ended_at": transition.ended_at, "auto_closed": bool(effect & Effect.AUTO_CLOSED)}
        if transition.closed is not None:
            self._closings.expect_none(event.seq)
            changed |= moved_sums(session, self._closings.close(event.seq, transition.closed), 1)
        if transition.undoes is not None:
            changed |= moved_sums(session, self._closings.undo(transition.undoes, event.seq), -1)
        return replace(session, **changed)

    def _keep(self, session: SessionRecord) -> SessionRecord:
        self._sessions[session.opened_by] = session
        return session

    def _write(self, rows: Sequence[NewRow]) -> None:
        connection, user_id = self.connection, self.user_id
        log.append(connection, user_id, rows)
        self._closings.write()
        known = self._head.session.opened_by if self._head.session else None
        session_rows.write(
            connection,
            user_id,
            removed=(),
            changed=[record for number, record in self._sessions.items() if number == known],
            added=[record for number, record in self._sessions.items() if number != known],
        )
        heads.keep(connection, user_id, self._head, self.last_seq)


def opened_by(event: Event, arrival: Arrival) -> SessionRecord:
    """The session that a NEXT opens."""
    assert arrival.default_target_minutes is not None, "every NEXT keeps the default target"
    return SessionRecord(
        uid=event.uid,
        opened_by=event.seq,
        started_at=event.at,
        last_at=event.at,
        last_seq=event.seq,
        last_type=event.type.value,
        ended_at=None,
        auto_closed=False,
        idle=event.idle,
        target_minutes=arrival.default_target_minutes,
    )


def moved_sums(session: SessionRecord, question: QuestionRecord | None, sign: int) -> dict[str, Any]:
    """The session's sums with a question's figures added (`sign` 1) or taken away (-1): those that change."""
    if question is None or not question.counted:
        return {}
    own, raw = question.own_target, question.raw
    sums: dict[str, Any] = {
        "question_count": session.question_count + sign,
        "raw": session.raw + sign * raw,
        "active": session.active + sign * (raw - question.paused),
    }
    if own is not None:
        sums["own_target"] = session.own_target + sign * own
        sums["own_target_count"] = session.own_target_count + sign
    return sums
