"""Replaying windows of a user's stored log; `app.tracking.replay` has the theory.

For each window: the rows and the sessions are read in a few statements, folded in the core, and what differs from the
stored questions and sessions is written. The cost is linear in the rows of the sessions touched; the number of
statements is constant for a window of up to `FIRST_CHUNK` rows, and grows with the logarithm of its length.
"""

from bisect import bisect_right
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import Connection

from app.services.recording.response import EventAnswer, describe
from app.store import log, log_head, questions, sessions
from app.store.log import Arrival, NewRow
from app.store.log_head import LogHead
from app.tracking.machine import EventType, Refused
from app.tracking.projection import LogRow
from app.tracking.records import LOG_END, Place, QuestionRecord, SessionRecord
from app.tracking.replay import NewEvent, Replay, Stored, Window, window_begin

Record = TypeVar("Record")

FIRST_CHUNK, LARGEST_CHUNK = 256, 8192  # rows read at once

NewEvents = Mapping[int, tuple[LogRow, Arrival]]  # by a key of the caller's


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became of new events, by their keys."""

    answers: dict[int, EventAnswer]  # to those that were recorded
    refused: dict[int, Refused]
    repeated: dict[int, int]  # the key of the recorded event with the same event_id


def replay(
    connection: Connection,
    user_id: int,
    head: LogHead,
    new_events: NewEvents | None = None,
    changed: Collection[Place] = (),
) -> Replayed:
    """Fold new events and changed rows into the log, which the caller has locked and whose end is `head`.

    Everything is stored afterwards. Each answer says how the event's session stands after its window. New events after
    the last row are appended, however long the active session is, unless rows have changed as well.
    """
    arrivals = {key: arrival for key, (_, arrival) in (new_events or {}).items()}
    events = [NewEvent(row, key, arrivals[key].event_id) for key, (row, _) in (new_events or {}).items()]
    events.sort(key=lambda new: (new.row.event.at_us, new.key))
    undoes = any(new.row.event.type is EventType.UNDO for new in events)
    replaying = Replay(events, changed, head.last_seq)
    answers: dict[int, EventAnswer] = {}
    while (change := replaying.next_change) is not None:
        if not changed and (head.place is None or change > head.place):
            # Earlier windows leave the active session as the head has it: one that reached it went on to the log's end.
            stored: _LogEnd | _StoredWindow = _LogEnd(connection, user_id, head.session, undoes=undoes)
        else:
            stored = _StoredWindow(connection, user_id, change)
        window = replaying.fold_window(stored)
        _replace(connection, user_id, stored.records(window.end), window)
        answers |= _append(connection, user_id, window, arrivals)
    if replaying.last_seq != head.last_seq:
        log_head.set_last_seq(connection, user_id, replaying.last_seq)
    return Replayed(answers, replaying.refused, replaying.repeated)


def _append(
    connection: Connection, user_id: int, window: Window, arrivals: Mapping[int, Arrival]
) -> dict[int, EventAnswer]:
    """Append the events recorded in a window to the log; the answers to them."""
    answers: dict[int, EventAnswer] = {}
    rows: list[NewRow] = []
    for key, new in window.recorded.items():
        session = window.sessions[new.session]
        answer = describe(session, arrivals[key], new.row.event, new.transition)
        rows.append(NewRow(new.row, arrivals[key], answer.kept_for(arrivals[key])))
        answers[key] = answer
    log.append(connection, user_id, rows)
    return answers


Records = tuple[Mapping[int, QuestionRecord], Mapping[int, SessionRecord]]


class _LogEnd(Stored):
    """The active session after the last row of the log. Its questions are read where an UNDO may reopen them."""

    def __init__(
        self, connection: Connection, user_id: int, active: SessionRecord | None, *, undoes: bool
    ) -> None:
        self.active = active
        if active is not None and undoes:
            self.closed = questions.between(connection, user_id, active.place, LOG_END)

    def records(self, end: Place) -> Records:
        """The stored questions and sessions of a window that ends at `end`."""
        return self.closed, {} if self.active is None else {self.active.opened_by: self.active}


class _StoredWindow(Stored):
    """What is stored from the beginning of one change's window on."""

    def __init__(self, connection: Connection, user_id: int, change: Place) -> None:
        self._connection, self._user_id = connection, user_id
        # The last session that began before the change: its place itself may be that of an opening.
        before = sessions.last_until(connection, user_id, Place(change.at_us, change.seq - 1))
        self._begin = window_begin(change, before)
        self._sessions: list[SessionRecord] = []  # in order, as far as rows were read
        self._read_until: Place | None = None

    def rows(self) -> Iterator[LogRow]:
        size, start = FIRST_CHUNK, self._begin
        while self._read_until != LOG_END:
            chunk = log.rows_from(self._connection, self._user_id, start, size)
            self._read_until = chunk[-1].event.place if len(chunk) == size else LOG_END
            self._sessions += sessions.begun_between(self._connection, self._user_id, start, self._read_until)
            yield from chunk
            size = min(size * 4, LARGEST_CHUNK)
            start = Place(self._read_until.at_us, self._read_until.seq + 1)

    def session_at(self, place: Place) -> SessionRecord | None:
        index = bisect_right(self._sessions, place, key=lambda session: session.place)
        return self._sessions[index - 1] if index else None

    def in_memory(self, place: Place) -> bool:
        return self._read_until is not None and place <= self._read_until

    def records(self, end: Place) -> Records:
        """The stored questions and sessions that began in a window that ends at `end`, but not at `end` itself."""
        old_questions = questions.between(self._connection, self._user_id, self._begin, end)
        return old_questions, {one.opened_by: one for one in self._sessions if one.place < end}


def _replace(connection: Connection, user_id: int, stored: Records, window: Window) -> None:
    """Write what differs between the stored questions and sessions of a window and what it comes to."""
    old_questions, old_sessions = stored
    gone, added = difference(old_questions, window.questions)
    questions.remove(connection, user_id, gone)
    questions.add(connection, user_id, added)
    # Removed first: the database allows one active session per user at any moment.
    gone, added_sessions = difference(old_sessions, window.sessions)
    sessions.remove(connection, user_id, gone)
    sessions.add(connection, user_id, added_sessions)


def difference(old: Mapping[int, Record], new: Mapping[int, Record]) -> tuple[list[int], list[Record]]:
    """The numbers of the old records that are not among the new ones, and the new ones that are not among the old."""
    gone = [number for number, record in old.items() if new.get(number) != record]
    return gone, [record for number, record in new.items() if old.get(number) != record]
