"""Replaying windows gives what folding the whole log gives, whatever changes and however much is read at once."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.tracking.machine import Event, EventType
from app.tracking.projection import LogRow, project
from app.tracking.records import Place, QuestionRecord, SessionRecord, Task
from app.tracking.replay import NewEvent, Replay, Stored, Window, window_begin

IDLES = st.sampled_from([0, 0, 40, 90])
KINDS = st.sampled_from(["NEXT"] * 5 + ["PAUSE"] * 2 + ["UNDO"] * 2 + ["EXIT"])


@dataclass
class Store:
    """A log in memory, with its sessions and questions kept in step window by window."""

    chunk: int  # rows read at once
    rows: dict[int, LogRow] = field(default_factory=dict)  # by number
    taken_out: set[int] = field(default_factory=set)
    sessions: dict[int, SessionRecord] = field(default_factory=dict)
    questions: dict[int, QuestionRecord] = field(default_factory=dict)
    last_seq: int = 0
    folded: int = 0  # rows folded so far

    def fold_order(self) -> list[LogRow]:
        rows = [row for seq, row in self.rows.items() if seq not in self.taken_out]
        return sorted(rows, key=lambda row: row.event.place)

    def replay(self, new: Sequence[NewEvent] = (), changed: Sequence[Place] = ()) -> tuple[Replay, set[int]]:
        """What became of new events, and the keys of those that were recorded."""
        replaying, recorded = Replay(new, changed, self.last_seq), set[int]()
        while (change := replaying.next_change) is not None:
            before = [session for session in self.sessions.values() if session.place < change]
            begin = window_begin(change, max(before, key=lambda session: session.place, default=None))
            window = replaying.fold_window(StoredWindow(self, begin))
            self.replace(begin, window)
            self.rows |= {one.row.event.seq: one.row for one in window.recorded.values()}
            recorded |= window.recorded.keys()
        self.last_seq = replaying.last_seq
        return replaying, recorded

    def replace(self, begin: Place, window: Window) -> None:
        replace_records(self.sessions, window.sessions, begin, window.end)
        replace_records(self.questions, window.questions, begin, window.end)


Record = TypeVar("Record", SessionRecord, QuestionRecord)


def replace_records(old: dict[int, Record], new: dict[int, Record], begin: Place, end: Place) -> None:
    """Put `new` in the place of those records that began from `begin` to before `end`."""
    for number, record in list(old.items()):
        if begin <= record.place < end:
            del old[number]
    old.update(new)


class StoredWindow(Stored):
    """A window of a `Store`, read in chunks."""

    def __init__(self, store: Store, begin: Place) -> None:
        self.store = store
        self.log = [row for row in store.fold_order() if row.event.place >= begin]
        self.sessions = sorted(
            (session for session in store.sessions.values() if session.place >= begin),
            key=lambda session: session.place,
        )
        self.read = 0

    def rows(self) -> Iterator[LogRow]:
        for number, row in enumerate(self.log):
            if number == self.read:
                self.read += self.store.chunk
            self.store.folded += 1
            yield row
        self.read = len(self.log) + 1

    def session_at(self, place: Place) -> SessionRecord | None:
        index = bisect_right(self.sessions, place, key=lambda session: session.place)
        return self.sessions[index - 1] if index else None

    def in_memory(self, place: Place) -> bool:
        return self.read > len(self.log) or place <= self.log[self.read - 1].event.place


def new_event(key: int, kind: str, at: int, idle: int, *, discard: bool = False) -> NewEvent:
    is_next = kind == "NEXT"
    event = Event(
        EventType(kind),
        at,
        0,
        discard or None,
        uid=f"uid-{key}-{at}" if is_next else "",
        task=Task(task_type=str(key)),
        idle_us=idle if is_next else 0,
    )
    return NewEvent(LogRow(event, 5.5 if is_next else None), key)


new_events = st.lists(st.tuples(KINDS, st.integers(0, 400), IDLES, st.booleans()), min_size=1, max_size=8)
changes = st.one_of(
    new_events.map(lambda events: ("add", events)),
    new_events.map(lambda events: ("add", events)),
    st.tuples(st.integers(0, 99), st.integers(1, 5)).map(lambda chosen: ("take out", chosen)),
    st.just(("bring back", None)),
    st.lists(st.integers(0, 99), min_size=1, max_size=4).map(lambda chosen: ("mark", chosen)),
    st.lists(st.integers(0, 99), min_size=1, max_size=3).map(lambda chosen: ("describe", chosen)),
)


def change(store: Store, kind: str, value: object) -> None:
    log = store.fold_order()
    match kind, value:
        case "add", list(events):
            ordered = sorted(enumerate(events), key=lambda pair: pair[1][1])
            store.replay([new_event(key, *fields[:3], discard=fields[3]) for key, fields in ordered])
        case "take out", (int(first), int(count)) if log:
            gone = log[first % len(log) :][:count]
            store.taken_out |= {row.event.seq for row in gone}
            store.replay(changed=[row.event.place for row in gone])
        case "bring back", _:
            places = [store.rows[seq].event.place for seq in store.taken_out]
            store.taken_out.clear()
            store.replay(changed=places)
        case (("mark" | "describe"), list(chosen)) if log:
            rows = [log[number % len(log)] for number in chosen]
            for row in rows:
                store.rows[row.event.seq] = marked(row) if kind == "mark" else described(row)
            store.replay(changed=[row.event.place for row in rows])


def marked(row: LogRow) -> LogRow:
    """The row with its discard mark turned round."""
    return replace(row, event=replace(row.event, discard=not row.event.discard))


def described(row: LogRow) -> LogRow:
    """The row with another task, and another target for its session."""
    event = replace(row.event, task=Task(task_id=f"{row.event.task.task_id} again"))
    return replace(row, event=event, target_mark=row.event.seq / 2, target_mark_number=row.event.seq)


@settings(max_examples=200)
@given(st.lists(changes, min_size=1, max_size=12), st.sampled_from([1, 2, 7, 1000]))
def test_windows_give_what_the_whole_log_gives(steps: list[tuple[str, object]], chunk: int) -> None:
    store = Store(chunk)
    for kind, value in steps:
        change(store, kind, value)
        whole = project(store.fold_order())
        assert store.sessions == whole.sessions
        assert store.questions == whole.questions


def sessions_an_hour_apart(store: Store, count: int) -> None:
    for number in range(count):
        presses = [("NEXT", 0), ("NEXT", 10), ("PAUSE", 15), ("EXIT", 30)]
        store.replay([new_event(key, kind, number * 3600 + at, 0) for key, (kind, at) in enumerate(presses)])


def test_two_far_apart_changes_do_not_replay_what_lies_between() -> None:
    store = Store(chunk=4)
    sessions_an_hour_apart(store, 50)
    store.folded = 0
    _, recorded = store.replay([new_event(0, "NEXT", 20, 0), new_event(1, "NEXT", 49 * 3600 + 20, 0)])
    assert recorded == {0, 1}
    assert store.folded == 4 + 4


def test_late_event_replays_its_own_session_alone() -> None:
    store = Store(chunk=4)
    sessions_an_hour_apart(store, 50)
    store.folded = 0
    store.replay([new_event(0, "PAUSE", 25 * 3600 + 5, 0)])
    assert store.folded == 4


@pytest.mark.parametrize(
    ("kinds", "recorded", "refused", "repeated"),
    [
        (["NEXT", "NEXT"], {0}, set(), {1: 0}),
        (["PAUSE", "NEXT", "NEXT"], {1}, {0}, {2: 1}),  # the one that was refused left its id free
        (["PAUSE", "PAUSE"], set(), {0, 1}, {}),
    ],
)
def test_first_event_of_an_id_that_has_an_effect_is_recorded(
    kinds: list[str], recorded: set[int], refused: set[int], repeated: dict[int, int]
) -> None:
    store = Store(chunk=10)
    new = [replace(new_event(key, kind, key, 0), event_id="one") for key, kind in enumerate(kinds)]
    replaying, found = store.replay(new)
    assert (found, set(replaying.refused), replaying.repeated) == (recorded, refused, repeated)
