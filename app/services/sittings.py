"""Sessions in step with the log: what became of each after some rows were folded.

Late events and corrections that change no session's extent only move sums. Where sessions begin, end, merge or split,
those concerned are computed afresh from the rows in their extent. (Events newer than all others: see `appending`.)
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from sqlalchemy import Connection

from app.services.appending import moved_sums
from app.services.closings import Difference
from app.store import session_rows
from app.tracking.machine import Effect, EventType
from app.tracking.records import Place, SessionRecord
from app.tracking.refold import Change

BOUNDARY = Effect.OPENED | Effect.ENDED | Effect.AUTO_CLOSED


class Sittings:
    """The sessions of one user that a fold may have touched."""

    def __init__(self, connection: Connection, user_id: int) -> None:
        self.connection, self.user_id = connection, user_id
        self.stored: dict[int, SessionRecord] = {}  # as they were, by opening event
        self.current: dict[int, SessionRecord] = {}
        self.removed: set[int] = set()
        self._afresh: set[Place] = set()  # where sessions begin that are to be computed from their rows

    def remove(self, record: SessionRecord) -> None:
        """The session's rows were taken out of the log; the one before it may be open again."""
        self.removed.add(record.opened_by)
        self._afresh |= self._preceding(record.place)

    def follow(
        self,
        changes: Sequence[Change],
        differences: Sequence[Difference],
        *,
        reached_end: bool,
    ) -> None:
        """Bring the stored sessions in step with rows folded, in the order of their places."""
        if changes or differences or self.removed:
            self._adjust(changes, differences, reached_end=reached_end)
            self._write()

    def _adjust(
        self, changes: Sequence[Change], differences: Sequence[Difference], *, reached_end: bool
    ) -> None:
        for change in changes:
            before = Effect.VOID if change.before is None else change.before.effect
            if (before ^ change.transition.effect) & BOUNDARY:
                self._boundary_moved(change, before)
            elif change.transition.effect & Effect.AUTO_CLOSED:
                self._end_forgotten(change)
            if change.before is not None and not before and change.event.type is EventType.NEXT:
                # A NEXT is never void: this one was deleted and is back, with its id and its session's target.
                self._afresh |= self._preceding(change.event.place)
        self._afresh = {place for place in self._afresh if place.seq not in self.removed}
        for place in sorted(self._afresh):
            self._compute(place)
        self._move_sums(differences, but_not={place.seq for place in self._afresh})
        if reached_end and changes:
            self._extend(changes[-1])

    def _boundary_moved(self, change: Change, before: Effect) -> None:
        """A session begins or ends at this row and did not, or the other way round."""
        place, after = change.event.place, change.transition.effect
        if before & Effect.OPENED and not after & Effect.OPENED:
            self.removed.add(place.seq)
            self.current.pop(place.seq, None)
        if after & Effect.OPENED and not before & Effect.OPENED:
            self._afresh.add(place)
        self._afresh |= self._preceding(place)

    def _end_forgotten(self, change: Change) -> None:
        """The row ended a forgotten session before and does so still, perhaps at another last event."""
        for place in self._preceding(change.event.place):
            record = replace(self.current[place.seq], ended_at=change.transition.ended_at)
            if change.event.type is EventType.NEXT and change.came_from is not None:
                last = change.came_from.last
                last_type = change.came_from.last_type.value
                record = replace(record, last_at=last.at, last_seq=last.seq, last_type=last_type)
            self._set(record)

    def _preceding(self, place: Place) -> set[Place]:
        """Where the last session begins that begins before `place` and still is one; empty when there is none."""
        while (
            record := session_rows.latest(self.connection, self.user_id, place, strictly=True)
        ) is not None:
            if record.opened_by not in self.removed:
                self._keep(record)
                return {record.place}
            place = record.place
        return set()

    def _compute(self, start: Place) -> None:
        """The session that begins at `start`, from the rows up to the next session's beginning."""
        connection, user_id = self.connection, self.user_id
        following = [place for place in self._afresh if place > start]
        stored_next = session_rows.next_opening(connection, user_id, start, self.removed)
        if stored_next is not None:
            following.append(stored_next)
        end = min(following, default=None)
        last = session_rows.last_effective(connection, user_id, start, end)
        openings = session_rows.openings(connection, user_id, start, end)
        defaults = session_rows.opening_defaults(connection, user_id, start.seq)
        ended_at, auto_closed = None, False
        if last.type == EventType.EXIT.value:
            ended_at = session_rows.closing_ended_at(connection, user_id, last.seq)
            auto_closed = bool(last.effect & Effect.AUTO_CLOSED)
        elif end is not None:
            # Only a forgotten session gives way to the next without an EXIT.
            ended_at, auto_closed = last.at, True
        self._set(
            SessionRecord(
                uid=openings.uid,
                opened_by=start.seq,
                started_at=start.at,
                last_at=last.at,
                last_seq=last.seq,
                last_type=last.type,
                ended_at=ended_at,
                auto_closed=auto_closed,
                idle=defaults.idle,
                target_minutes=(
                    defaults.default_target_minutes
                    if openings.target_minutes is None
                    else openings.target_minutes
                ),
                **session_rows.sums(connection, user_id, start, end)._asdict(),
            )
        )

    def _extend(self, change: Change) -> None:
        """The log's last row was folded: the active session reaches as far as its state says."""
        state = change.transition.state
        if state is None:
            return
        record = self.containing(change.event.place)
        self._set(
            replace(record, last_at=state.last.at, last_seq=state.last.seq, last_type=state.last_type.value)
        )

    def _move_sums(self, differences: Sequence[Difference], but_not: Iterable[int] = ()) -> None:
        skipped = set(but_not)
        for old, new in differences:
            for question, sign in ((old, -1), (new, 1)):
                if question is None or not question.counted:
                    continue
                if question is old and self._was_removed(question.place):
                    continue
                record = self.containing(question.place)
                if record.opened_by not in skipped:
                    self._set(replace(record, **moved_sums(record, question, sign)))

    def _was_removed(self, place: Place) -> bool:
        """Whether the session in which a place lay is there no more; its sums went with it."""
        if not self.removed:
            return False
        record = session_rows.latest(self.connection, self.user_id, place)
        return record is not None and record.opened_by in self.removed

    def containing(self, place: Place) -> SessionRecord:
        """The session in which a place of one of its events lies."""
        known = [record for record in self.current.values() if record.place <= place]
        best = max(known, key=lambda record: record.place, default=None)
        if best is not None and (place <= best.last or best.is_active):
            return best
        record = session_rows.latest(self.connection, self.user_id, place)
        while record is not None and record.opened_by in self.removed:
            record = session_rows.latest(self.connection, self.user_id, record.place, strictly=True)
        assert record is not None, "a question lies in a session"
        self._keep(record)
        return self.current[record.opened_by]

    def _keep(self, record: SessionRecord | None) -> None:
        if record is not None and record.opened_by not in self.stored:
            self.stored[record.opened_by] = self.current[record.opened_by] = record

    def _set(self, record: SessionRecord) -> SessionRecord:
        self.current[record.opened_by] = record
        return record

    def _write(self) -> None:
        session_rows.write(
            self.connection,
            self.user_id,
            removed=self.removed,
            changed=[
                record
                for opened_by, record in self.current.items()
                if opened_by in self.stored and record != self.stored[opened_by]
            ],
            added=[record for opened_by, record in self.current.items() if opened_by not in self.stored],
        )
