"""The laws of recording, as properties: what is stored, against a naive model that computes everything afresh.

One example is one transaction that is rolled back at its end, so thousands of rows of the state machine's
behaviour cost no disk.
"""

import uuid
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, delete

from app.database import Database
from app.db_models import users
from app.services import corrections
from app.services.purging import purge_some
from app.services.recording import replay as replaying
from app.services.recording.batch import record_batch
from app.services.recording.incoming import Incoming, Receipt
from app.services.recording.record import known_events, record_event
from app.services.refusals import InvalidInput, NotAuthenticated, NotFound
from app.services.verification import differences
from app.store import questions, sessions
from app.store.purging import purged_numbers
from app.store.users import User
from app.tracking.machine import EventType, Refused
from app.tracking.records import LOG_BEGIN, LOG_END, Task
from tests.naive import Naive
from tests.raters import add_user

ZERO = datetime(2026, 3, 1, 12, tzinfo=UTC)
ZERO_MICROS = int(ZERO.timestamp()) * 1_000_000
SECOND = 1_000_000
IDLE_SECONDS = 40  # short enough for the examples to forget sessions
KINDS = ("NEXT", "NEXT", "NEXT", "PAUSE", "PAUSE", "UNDO", "UNDO", "EXIT")

moments = st.integers(0, 200)
presses = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(KINDS),
        "at": moments,
        "discard": st.sampled_from([False, False, False, True]),
        "target": st.sampled_from([None, None, None, 0.5, 1.1, 7.25]),
    }
)
choice = st.integers(0, 1000)
LATER = ZERO + timedelta(days=30, microseconds=1)  # what was deleted at `ZERO` leaves
purging = st.just(("purge", None))
operations = st.one_of(
    presses.map(lambda press: ("press", press)),
    presses.map(lambda press: ("press", press)),
    presses.map(lambda press: ("press", press)),
    presses.map(lambda press: ("press", press)),
    st.lists(presses, min_size=1, max_size=6).map(lambda batch: ("batch", batch)),
    choice.map(lambda n: ("discard", n)),
    choice.map(lambda n: ("restore question", n)),
    st.tuples(choice, st.sampled_from([1.0, 2.5, 10.0])).map(lambda pair: ("target", pair)),
    choice.map(lambda n: ("delete", n)),
    choice.map(lambda n: ("restore", n)),
)


class Both:
    """The application and the naive model, fed alike."""

    def __init__(self, connection: Connection, user: User, idle: int = IDLE_SECONDS) -> None:
        self.connection, self.user, self.idle = connection, user, idle
        self.naive = Naive()
        self.deleted: list[tuple[str, int]] = []
        self.sent: dict[int, Incoming] = {}  # what was recorded, by its number

    def receipt(self) -> Receipt:
        return Receipt(received=ZERO, sent_at=None, idle_us=self.idle * SECOND)

    def incoming(self, press: dict[str, Any]) -> Incoming:
        return Incoming(
            type=EventType(press["kind"]),
            timestamp=(ZERO + timedelta(seconds=press["at"])).isoformat(),
            discard=press["discard"],
            task=Task(target_minutes=press["target"]),
            event_id=str(uuid.uuid4()),
        )

    def by_the_book(self, press: dict[str, Any]) -> bool:
        fields = {**press, "at": ZERO_MICROS + press["at"] * SECOND}
        return self.naive.record(**fields, idle=self.idle * SECOND, default=self.user.target_minutes)

    def press(self, press: dict[str, Any]) -> None:
        expected, incoming = self.by_the_book(press), self.incoming(press)
        if expected:
            self.sent[self.naive.last] = incoming
        try:
            with self.connection.begin_nested():
                record_event(self.connection, self.user, incoming, self.receipt())
        except Refused:
            assert not expected, f"refused: {press}"
        else:
            assert expected, f"recorded without effect: {press}"

    def batch(self, presses: list[dict[str, Any]]) -> None:
        order = sorted(range(len(presses)), key=lambda number: (presses[number]["at"], number))
        batch = [self.incoming(press) for press in presses]
        expected: dict[int, bool] = {}
        for number in order:
            expected[number] = self.by_the_book(presses[number])
            if expected[number]:
                self.sent[self.naive.last] = batch[number]
        results = record_batch(self.connection, self.user, batch, self.receipt())
        statuses = {number: result.status == "recorded" for number, result in enumerate(results)}
        assert statuses == expected

    def _session(self, number: int) -> tuple[str, Any] | None:
        records = sessions.begun_between(self.connection, self.user.id, LOG_BEGIN, LOG_END)
        if not records:
            return None
        index = number % len(records)
        return records[index].uid, self.naive.sittings[index]

    def question(self, number: int, *, discard: bool) -> None:
        session = self._session(number)
        if session is None or not session[1].closed:
            return
        uid, sitting = session
        index = number % len(sitting.closed)
        records = [q for q in self._questions() if q.opened_by == sitting.closed[index].opening.number]
        change = partial(corrections.mark_question, discard=discard)
        if sitting.closed[index].purged:
            with pytest.raises(NotFound):
                change(self.connection, self.user, uid, records[0].uid, ZERO)
            return
        change(self.connection, self.user, uid, records[0].uid, ZERO)
        if sitting.closed[index].discarded != discard:
            sitting.closed[index].closer.mark, sitting.closed[index].closer.purged = discard, None

    def _questions(self) -> list[Any]:
        stored = questions.between(self.connection, self.user.id, LOG_BEGIN, LOG_END).values()
        return sorted(stored, key=lambda q: q.place)

    def target(self, number: int, minutes: float) -> None:
        session = self._session(number)
        if session is not None:
            corrections.set_session_target(self.connection, self.user, session[0], minutes)
            self.naive.set_target(session[1], minutes)

    def delete(self, number: int) -> None:
        session = self._session(number)
        if session is not None:
            corrections.delete_session(self.connection, self.user, session[0], ZERO)
            self.deleted.append((session[0], self.naive.delete(session[1])))

    def restore(self, number: int) -> None:
        if self.deleted:
            uid, name = self.deleted.pop(number % len(self.deleted))
            corrections.restore_session(self.connection, self.user, uid, ZERO)
            self.naive.restore(name)

    def purge(self) -> None:
        while purge_some(self.connection, self.user.id, LATER):
            pass
        self.naive.purge(self.gone() & {row.number for row in self.naive.rows})
        for uid, _ in self.deleted:
            with pytest.raises(NotFound):
                corrections.restore_session(self.connection, self.user, uid, ZERO)
        self.deleted.clear()

    def gone(self) -> set[int]:
        return purged_numbers(self.connection, self.user.id)

    def deliver_all_again(self) -> None:
        """Law 1: nothing is recorded twice, and what was purged is refused from then on."""
        gone, known = self.gone(), set()
        for number, incoming in self.sent.items():
            assert incoming.event_id is not None
            known.add(incoming.event_id)
            if number in gone:
                with (
                    pytest.raises(InvalidInput, match="deleted for good"),
                    self.connection.begin_nested(),
                ):
                    record_event(self.connection, self.user, incoming, self.receipt())
            else:
                answer = record_event(self.connection, self.user, incoming, self.receipt())
                assert answer.duplicate
        assert known_events(self.connection, self.user, sorted(known)) == known

    def run(self, operation: tuple[str, Any]) -> None:
        name, value = operation
        match name:
            case "press":
                self.press(value)
            case "batch":
                self.batch(value)
            case "discard":
                self.question(value, discard=True)
            case "restore question":
                self.question(value, discard=False)
            case "target":
                self.target(*value)
            case "delete":
                self.delete(value)
            case "restore":
                self.restore(value)
            case "purge":
                self.purge()

    def figures(self) -> list[dict[str, Any]]:
        """What is stored, in the naive model's terms."""
        records = sessions.begun_between(self.connection, self.user.id, LOG_BEGIN, LOG_END)
        found: list[dict[str, Any]] = []
        for record in records:
            within = [q for q in self._questions() if record.place <= q.place <= record.last]
            found.append(
                {
                    "start": record.started_us,
                    "end": record.ended_us,
                    "auto_closed": record.auto_closed,
                    "target": record.target_minutes,
                    "last": (record.last_us, record.last_type),
                    "count": record.question_count,
                    "questions": [
                        {
                            "start": q.started_us,
                            "end": q.ended_us,
                            "paused": q.paused_us,
                            "target": q.task.target_minutes,
                            "discarded": q.discarded,
                            "purged": q.purged,
                        }
                        for q in within
                    ],
                }
            )
        return found

    def check(self) -> None:
        assert self.figures() == self.naive.figures()
        assert differences(self.connection, self.user.id) == []


@pytest.fixture(params=[2, replaying.FIRST_CHUNK], ids=["many windows", "few windows"])
def both(database: Database, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A factory of (application, model) pairs, each on a transaction that leaves nothing behind.

    Changes that lie in rows read at once share a window: where few are read, each gets its own.
    """
    monkeypatch.setattr(replaying, "FIRST_CHUNK", request.param)
    monkeypatch.setattr(replaying, "LARGEST_CHUNK", request.param)
    with database.engine.connect() as connection:

        def fresh(idle: int = IDLE_SECONDS) -> Both:
            connection.rollback()
            return Both(connection, add_user(connection), idle)

        yield fresh
        connection.rollback()


@settings(max_examples=60)
@given(steps=st.lists(operations, max_size=25), idle=st.sampled_from([0, IDLE_SECONDS]))
def test_stored_figures_are_those_of_the_log_whatever_happened(
    both: Any, steps: list[tuple[str, Any]], idle: int
) -> None:
    """Laws 2 and 6, with refusals and corrections in between."""
    pair = both(idle)
    for step in steps:
        pair.run(step)
    pair.check()


@settings(max_examples=25)
@given(
    before=st.lists(operations, min_size=3, max_size=15),
    after=st.lists(st.one_of(operations, purging), max_size=12),
    idle=st.sampled_from([0, IDLE_SECONDS]),
)
def test_stored_figures_are_those_of_the_log_after_purges(
    both: Any, before: list[tuple[str, Any]], after: list[tuple[str, Any]], idle: int
) -> None:
    """Laws 1, 2 and 6, with purges in between, and late events into what remains."""
    pair = both(idle)
    for step in [*before, ("purge", None), *after]:
        pair.run(step)
    pair.check()
    pair.deliver_all_again()
    pair.check()


@pytest.mark.parametrize("earlier", [[], [("NEXT", 0), ("EXIT", 5)]], ids=["alone", "after another"])
def test_forgotten_session_is_deleted_though_its_last_question_was_restored(
    both: Any, earlier: list[tuple[str, int]]
) -> None:
    pair = both()
    number = 1 if earlier else 0
    for kind, at in [*earlier, ("NEXT", 10), ("NEXT", 60)]:
        pair.press({"kind": kind, "at": at, "discard": False, "target": None})
    pair.question(number, discard=False)
    pair.delete(number)
    pair.check()


def test_event_of_a_user_who_was_just_deleted_is_refused(both: Any) -> None:
    pair = both()
    pair.connection.execute(delete(users).where(users.c.id == pair.user.id))
    with pytest.raises(NotAuthenticated):
        record_event(
            pair.connection, pair.user, Incoming(type=EventType.NEXT, timestamp=None), pair.receipt()
        )
