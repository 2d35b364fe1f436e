"""Replaying a window of the log: what late events, batches and corrections do to sessions and questions.

Theory. Sessions and questions follow from the log: a fold of its rows in the order (time, arrival). An event newer
than all others is one more step. Any other change (a row added, taken out, brought back, or given a mark) may merge
sessions, split them, or change what closes which question. No code knows these cases. Instead a window of the log is
folded again, and what it gives replaces what is stored for it.

*Where the window begins.* Let p be the place of the earliest change that is not folded yet. If a session was active
just before p, it is the last one that began before p, and the window begins at the row that opened it; else at p.
Every row before p is as it was, so nothing before the window changes. The fold begins with no active session, even
where the first row ended a forgotten session: that session and its last question do not depend on the window.

*Where it ends.* At the first row at or after p that is itself unchanged and after which the fold stands where it stood
before: no session is active, both then and now, or the row opened a session, both then and now. What follows such a
row depends on nothing before it: an UNDO does not reach beyond the opening of its session. Else it ends with the log.
Where the next change lies in rows that are in memory already, the fold goes on over it; other changes begin windows
of their own, so two far-apart changes do not replay the years between them.

*What it replaces.* The questions that began in it and the sessions opened in it, except a session that the last row
opens: it goes on as it is.

*Newer than all.* Where the new events lie after the last row of the log, nothing follows that could change: the fold
begins at the log's end, with the active session as it is stored.

New events are taken in at their places, in the order of their times. One that has no effect at its place is refused,
and not stored; one that has an effect is stored, even where it makes later rows void.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from app.tracking.machine import EventType, Refused, Transition
from app.tracking.projection import LogRow, Projection
from app.tracking.records import LOG_END, Place, QuestionRecord, SessionRecord


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event that is not in the log yet; its number is given to it when it is recorded."""

    row: LogRow
    key: int  # the caller's name for it
    event_id: str | None = None  # of several with the same one, only the first that has an effect is recorded


class Recorded(NamedTuple):
    """A new event at its place."""

    row: LogRow
    transition: Transition
    session: int  # that it belongs to, by the event that opened it


class Stored:
    """What is stored from the beginning of a window on; as it stands here, after the last row of the log."""

    active: SessionRecord | None = None  # the session that is active before the first row
    closed: Mapping[int, QuestionRecord] = {}  # its questions, by the event that closed them, for UNDO

    def rows(self) -> Iterator[LogRow]:
        """The rows of the log, in order; those taken out are not among them."""
        return iter(())

    def session_at(self, place: Place) -> SessionRecord | None:
        """The stored session that began last before or at `place`, the place of a row that `rows` has given."""
        return self.active

    def in_memory(self, place: Place) -> bool:
        """Whether the rows up to `place` are read already."""
        return True


class Window(NamedTuple):
    """What a window of the log comes to."""

    end: Place  # the last row, whose own session is not replaced; or the log's end
    questions: dict[int, QuestionRecord]  # by the event that closed it
    sessions: dict[int, SessionRecord]  # by the event that opened it
    recorded: dict[int, Recorded]  # new events, by their keys


class Replay:
    """New events and changed rows of one user's log, folded window by window."""

    def __init__(self, new_events: Sequence[NewEvent], changed: Iterable[Place], last_seq: int) -> None:
        """`new_events` in the order of their times; `changed` are the places of rows changed, in any order."""
        self._new = deque(new_events)
        self._changed = deque(sorted(changed))
        self._recorded_ids: dict[str, int] = {}  # event_id -> key
        self.last_seq = last_seq
        self.refused: dict[int, Refused] = {}  # by the keys of new events, as is the next
        self.repeated: dict[int, int] = {}  # the key of the recorded event with the same event_id

    @property
    def next_change(self) -> Place | None:
        """The place of the earliest change that is not folded yet; None = there is none."""
        places = list(self._changed)[:1]
        if self._new:
            # It arrives now: of the events at its instant it is the last.
            places.append(Place(self._new[0].row.event.at_us, self.last_seq + 1))
        return min(places, default=None)

    def fold_window(self, stored: Stored) -> Window:
        """Fold the window of the next change."""
        first, end = self.next_change, LOG_END
        projection = Projection(stored.active, stored.closed)
        recorded: dict[int, Recorded] = {}
        assert first is not None, "a window begins with a change"
        for row in stored.rows():
            place = row.event.place
            while self._new and self._new[0].row.event.at_us < place.at_us:
                self._take_new(projection, recorded)
            is_changed = self._pass_changes(place)
            projection.settle(row)
            if place < first or is_changed or not _stands_as_before(projection, place, stored):
                continue
            following = self.next_change
            if following is None or not stored.in_memory(following):
                end = place
                break
        else:
            while self._new:
                self._take_new(projection, recorded)
            self._changed.clear()
        projection.sessions.pop(end.seq, None)
        return Window(end, projection.questions, projection.sessions, recorded)

    def _pass_changes(self, place: Place) -> bool:
        """Take the changes up to `place` off the list; whether the row at `place` itself is one."""
        is_changed = False
        while self._changed and self._changed[0] <= place:
            is_changed = self._changed.popleft() == place
        return is_changed

    def _take_new(self, projection: Projection, recorded: dict[int, Recorded]) -> None:
        """Add the next new event to `recorded`, unless it is refused, or repeats one that is recorded."""
        new = self._new.popleft()
        if new.event_id is not None and new.event_id in self._recorded_ids:
            self.repeated[new.key] = self._recorded_ids[new.event_id]
            return
        row = replace(new.row, event=replace(new.row.event, seq=self.last_seq + 1))
        try:
            transition, session = projection.take(row)
        except Refused as refused:
            self.refused[new.key] = refused
            return
        recorded[new.key] = Recorded(row, transition, session)
        self.last_seq += 1
        if new.event_id is not None:
            self._recorded_ids[new.event_id] = new.key


def _stands_as_before(projection: Projection, place: Place, stored: Stored) -> bool:
    """Whether no session is active after the row at `place`, then and now, or the row opened one, then and now."""
    state = projection.state
    if state is not None and state.session != place.seq:
        return False
    before = stored.session_at(place)
    if state is None:
        return before is None or not was_active_after(before, place)
    return before is not None and before.opened_by == place.seq


def window_begin(change: Place, before: SessionRecord | None) -> Place:
    """Where the window of a change begins, `before` being the last session that began before it."""
    if before is None or (before.last_type == EventType.EXIT and before.last < change):
        return change
    return before.place


def was_active_after(session: SessionRecord, place: Place) -> bool:
    """Whether a session was active after the row at `place`, `session` being the last that began before or at it."""
    # A forgotten session that a NEXT ended was active, as far as the machine is concerned, up to that NEXT.
    return session.last_type != EventType.EXIT or session.last > place
