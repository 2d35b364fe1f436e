"""The stored log of one user, as `refold` needs it, and the sessions that follow from it.

Everything is collected in memory and written at the end (or before the next look at the database), so that a late
event costs the same few statements however long the history, and a batch not many more. (Events newer than all others:
see `appending`.)
"""

from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import Connection

from app.services.closings import Closings
from app.services.refusals import NotAuthenticated
from app.services.sittings import Sittings
from app.store import head as heads
from app.store import log
from app.store.head import Head
from app.store.log import Arrival
from app.tracking.machine import Event, State
from app.tracking.records import Place
from app.tracking.refold import Change, Entry, Newcomer, Outcome, refold

NO_ACCOUNT = "This account does not exist any more."


def lock_log(connection: Connection, user_id: int) -> int:
    """Shut out every other writer for this user until the transaction ends; the number of the last log row.

    Raises `NotAuthenticated` for a user who was deleted in the meantime.
    """
    last_seq = log.lock(connection, user_id)
    if last_seq is None:
        raise NotAuthenticated(NO_ACCOUNT)
    return last_seq


def lock_head(connection: Connection, user_id: int, event_id: str | None = None) -> Head:
    """See `head.lock`. Raises `NotAuthenticated` for a user who was deleted in the meantime."""
    head = heads.lock(connection, user_id, event_id)
    if head is None:
        raise NotAuthenticated(NO_ACCOUNT)
    return head


class StoredLedger:
    """`tracking.refold.Ledger` over the database, for one fold.

    Opening it locks the log, see `lock_log`, unless its `head` was read, and the log locked, before.
    """

    def __init__(self, connection: Connection, user_id: int, head: Head | None = None) -> None:
        self.connection, self.user_id, self._head = connection, user_id, head
        self.last_seq = lock_log(connection, user_id) if head is None else head.last_seq
        self._closings = Closings(connection, user_id)
        self.sittings = Sittings(connection, user_id)
        self.changes: list[Change] = []
        self._arrivals: dict[int | None, Arrival] = {}  # by key of the newcomer
        self._final: State | None = None
        self._final_known = False
        self._first_seq = self.last_seq
        self._unwritten: list[Change] = []
        self._last: Entry | None = None
        self._last_known = False
        self._in_run = self._exhausted = False

    # --- what refold asks ---

    @property
    def closings(self) -> Closings:
        """See `Ledger`."""
        return self._closings

    def state_before(self, place: Place) -> State | None:
        """See `Ledger`."""
        self._write_log()
        self._in_run = self._exhausted = False
        if not self._last_known:
            # It says whether rows follow; where none do (the end of a batch that began late), also the state.
            self._last, self._last_known = log.last_entry(self.connection, self.user_id), True
        if self._last is None or self._last.event.place < place:
            return None if self._last is None else self._last.state
        before = log.last_entry(self.connection, self.user_id, place)
        return None if before is None else before.state

    def rows_from(self, place: Place) -> Iterator[Entry]:
        """See `Ledger`."""
        if self._last is not None and self._last.event.place >= place:
            for chunk in log.entries_from(self.connection, self.user_id, place):
                self._closings.load(entry.event.seq for entry in chunk)
                yield from chunk
        self._exhausted = True

    def undoer(self, closed_by: int) -> Place | None:
        """See `Ledger`."""
        record = self._closings.record(closed_by)
        if record is None or record.undone_by is None:
            return None
        return log.place_of(self.connection, self.user_id, record.undone_by)

    @property
    def next_number(self) -> int:
        """See `Ledger`."""
        return self.last_seq + 1

    def save(self, change: Change) -> None:
        """See `Ledger`."""
        seq, transition = change.event.seq, change.transition
        if change.before is None:
            self.last_seq = seq
            self._closings.expect_none(seq)
        self._closings.close(seq, transition.closed)
        if change.before is not None and change.before.undoes is not None:
            self._closings.release(change.before.undoes, seq)
        if transition.undoes is not None:
            self._closings.undo(transition.undoes, seq)
        self._in_run = True
        self.changes.append(change)
        self._unwritten.append(change)
        self._last_known = False

    # --- what the services ask ---

    @property
    def reached_end(self) -> bool:
        """Whether the last row that was folded is the last of the log."""
        return self._in_run and self._exhausted

    def fold(self, newcomers: Sequence[tuple[Event, Arrival]] = (), visit: Iterable[Place] = ()) -> Outcome:
        """Fold newcomers (in the order of their times) and visit places; everything is stored afterwards.

        Keys of the outcome are the positions in `newcomers`.
        """
        self._arrivals = {key: arrival for key, (_, arrival) in enumerate(newcomers)}
        self._final_known = False
        outcome = refold(self, (Newcomer(key, event) for key, (event, _) in enumerate(newcomers)), visit)
        self.finish()
        return outcome

    def finish(self) -> None:
        """Store what has been collected; the sessions are brought in step."""
        self._write_log()
        differences = self._closings.write()
        if self._head is not None or self.last_seq != self._first_seq:
            heads.set_last_seq(self.connection, self.user_id, self.last_seq)
        self.sittings.follow(self.changes, differences, reached_end=self.reached_end)

    def final_state(self) -> State | None:
        """The state after the last row of the log."""
        if self.reached_end:
            return self.changes[-1].transition.state
        if not self._final_known:
            last = log.last_entry(self.connection, self.user_id)
            self._final, self._final_known = None if last is None else last.state, True
        return self._final

    def _write_log(self) -> None:
        if not self._unwritten:
            return
        added, changed = [], []
        for change in self._unwritten:
            transition = change.transition
            follows = (transition.state, transition.effect, transition.undoes)
            if change.before is None:
                added.append((change.event, self._arrivals[change.key], *follows, None))
            elif follows != (change.before.state, change.before.effect, change.before.undoes):
                changed.append((change.event.seq, *follows))
        log.append(self.connection, self.user_id, added)
        log.save_folds(self.connection, self.user_id, changed)
        self._unwritten.clear()
