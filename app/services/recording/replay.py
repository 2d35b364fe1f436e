"""Replaying windows of a user's stored log; `app.tracking.replay` has the theory.

For each window: the rows and the sessions are read in a few statements, folded in the core, and what differs from the
stored questions and sessions is written. The cost is linear in the rows of the sessions touched; the number of
statements is constant for a window of up to `FIRST_CHUNK` rows, and grows with the logarithm of its length.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import Connection

from app.services.recording.response import EventAnswer, describe
from app.store import log, log_head, questions, sessions
from app.store.log import Arrival, NewRow
from app.tracking.projection import LogRow
from app.tracking.records import LOG_END, Place, SessionRecord
from app.tracking.replay import NewEvent, Outcome, Replay, Window, window_begin

Record = TypeVar("Record")

FIRST_CHUNK, LARGEST_CHUNK = 256, 8192  # rows read at once


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became of new events, and the answers to those that were recorded, by their positions."""

    outcome: Outcome
    answers: dict[int, EventAnswer]


def replay(
    connection: Connection,
    user_id: int,
    last_seq: int,
    new_events: Sequence[tuple[LogRow, Arrival]] = (),
    changed: Iterable[Place] = (),
) -> Replayed:
    """Fold new events and changed rows into the log, which the caller has locked and whose last row is `last_seq`.

    Everything is stored afterwards. Each answer says how the event's session stands after its window.
    """
    ordered = sorted(range(len(new_events)), key=lambda key: new_events[key][0].event.at_us)
    replaying = Replay(
        [NewEvent(new_events[key][0], key, new_events[key][1].event_id) for key in ordered], changed, last_seq
    )
    answers: dict[int, EventAnswer] = {}
    while (change := replaying.next_change) is not None:
        stored = _StoredWindow(connection, user_id, change)
        window = replaying.fold_window(stored)
        stored.replace_by(window)
        recorded = [key for key in replaying.outcome.recorded if key not in answers]
        arrivals = {key: new_events[key][1] for key in recorded}
        answers |= _append(connection, user_id, replaying.outcome, arrivals)
    if replaying.last_seq != last_seq:
        log_head.set_last_seq(connection, user_id, replaying.last_seq)
    return Replayed(replaying.outcome, answers)


def _append(
    connection: Connection, user_id: int, outcome: Outcome, arrivals: dict[int, Arrival]
) -> dict[int, EventAnswer]:
    """Append the events recorded in one window to the log; the answers to them."""
    answers: dict[int, EventAnswer] = {}
    rows: list[NewRow] = []
    for key, arrival in arrivals.items():
        recorded = outcome.recorded[key]
        event, transition = recorded.row.event, recorded.transition
        answers[key] = describe(recorded.session, arrival.received_us, event, transition)
        rows.append(NewRow(recorded.row, arrival, answers[key].kept_for(arrival)))
    log.append(connection, user_id, rows)
    return answers


class _StoredWindow:
    """What is stored from the beginning of one change's window on: `tracking.replay.StoredWindow`."""

    def __init__(self, connection: Connection, user_id: int, change: Place) -> None:
        self._connection, self._user_id = connection, user_id
        before = sessions.last_until(connection, user_id, Place(change.at_us, change.seq - 1))
        self._begin = window_begin(change, before)
        self._sessions: list[SessionRecord] = []  # in order, as far as rows were read
        self._read_until: Place | None = None

    def rows(self) -> Iterator[LogRow]:
        """The rows of the log, in order."""
        size, start = FIRST_CHUNK, self._begin
        while self._read_until != LOG_END:
            chunk = log.rows_from(self._connection, self._user_id, start, size)
            self._read_until = chunk[-1].event.place if len(chunk) == size else LOG_END
            self._sessions += sessions.begun_between(self._connection, self._user_id, start, self._read_until)
            yield from chunk
            size = min(size * 4, LARGEST_CHUNK)
            start = Place(self._read_until.at_us, self._read_until.seq + 1)

    def session_at(self, place: Place) -> SessionRecord | None:
        """The session as stored that began last before or at `place`."""
        index = bisect_right(self._sessions, place, key=lambda session: session.place)
        return self._sessions[index - 1] if index else None

    def in_memory(self, place: Place) -> bool:
        """Whether the rows up to `place` are read already."""
        return self._read_until is not None and place <= self._read_until

    def replace_by(self, window: Window) -> None:
        """Store what differs from the stored questions and sessions of the window."""
        connection, user_id = self._connection, self._user_id
        old_questions = questions.between(connection, user_id, self._begin, window.end)
        old_sessions = {one.opened_by: one for one in self._sessions if one.place < window.end}
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
