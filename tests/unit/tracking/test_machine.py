"""The transition table, cell by cell, and the laws of the fold against a naive model."""

from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.tracking.machine import Event, EventType, Refused, State, Transition, apply
from app.tracking.projection import LogRow, Projection, project
from app.tracking.records import Place, QuestionRecord
from tests.naive import Naive, Row, walk

HOUR_SECONDS = 3_600
IDLE_SECONDS = 12 * HOUR_SECONDS
N, P, U, X = EventType.NEXT, EventType.PAUSE, EventType.UNDO, EventType.EXIT
NAMES = {"N": "NEXT", "D": "NEXT", "P": "PAUSE", "U": "UNDO", "X": "EXIT"}  # D: discarding


def after(*presses: tuple[EventType, int]) -> tuple[State | None, dict[int, QuestionRecord]]:
    """The state after some presses, and the questions closed until then."""
    projection = Projection()
    for number, (kind, at) in enumerate(presses, 1):
        projection.take(LogRow(event(kind, at, number), 5.5))
    return projection.state, projection.questions


def event(kind: EventType, at: int, seq: int = 99, **fields: Any) -> Event:
    return Event(kind, at, seq, idle_us=IDLE_SECONDS if kind is N else 0, **fields)


def effects(transition: Transition) -> set[str]:
    """What a transition does to sessions and questions."""
    found = {
        "opens": transition.opens,
        "ends": transition.ended_us is not None,
        "forgotten": transition.auto_closed,
    }
    found["closes"] = transition.closed is not None
    return {name for name, does in found.items() if does}


STATES: dict[str, tuple[tuple[EventType, int], ...]] = {
    "none": (),
    "ended": ((N, 0), (X, 10)),
    "first": ((N, 0),),
    "second": ((N, 0), (N, 10)),
    "paused first": ((N, 0), (P, 5)),
    "paused second": ((N, 0), (N, 10), (P, 15)),
    "forgotten": ((N, 0), (N, 10)),
}
REFUSED = [
    ("none", P, 20),
    ("none", U, 20),
    ("none", X, 20),
    ("ended", P, 20),
    ("ended", U, 20),
    ("ended", X, 20),
    ("first", U, 20),
    ("paused first", U, 20),
    ("forgotten", P, 10 + IDLE_SECONDS + 1),
    ("forgotten", U, 10 + IDLE_SECONDS + 1),
]
OPENED, CLOSED, ENDED, NOTHING_ELSE = {"opens"}, {"closes"}, {"ends"}, set[str]()
FORGOTTEN = CLOSED | ENDED | {"forgotten"}
ACCEPTED = [
    # state, event, at, effects, open question's start and finished pauses, paused since
    ("none", N, 20, OPENED, (20, 0), None),
    ("ended", N, 20, OPENED, (20, 0), None),
    ("first", N, 20, CLOSED, (20, 0), None),
    ("first", P, 20, NOTHING_ELSE, (0, 0), 20),
    ("first", X, 20, CLOSED | ENDED, None, None),
    ("second", N, 20, CLOSED, (20, 0), None),
    ("second", U, 20, NOTHING_ELSE, (0, 0), None),
    ("paused first", N, 20, CLOSED, (20, 0), None),
    ("paused first", P, 20, NOTHING_ELSE, (0, 15), None),
    ("paused first", X, 20, CLOSED | ENDED, None, None),
    ("paused second", U, 20, NOTHING_ELSE, (0, 0), 15),
    ("paused second", N, 20 + IDLE_SECONDS, CLOSED, (20 + IDLE_SECONDS, 0), None),
    ("second", N, 10 + IDLE_SECONDS, CLOSED, (10 + IDLE_SECONDS, 0), None),
    ("forgotten", N, 10 + IDLE_SECONDS + 1, FORGOTTEN | OPENED, (10 + IDLE_SECONDS + 1, 0), None),
    ("forgotten", X, 10 + IDLE_SECONDS + 1, FORGOTTEN, None, None),
]


@pytest.mark.parametrize(("before", "kind", "at"), REFUSED)
def test_event_without_effect_is_refused(before: str, kind: EventType, at: int) -> None:
    state, closed = after(*STATES[before])
    with pytest.raises(Refused):
        apply(state, event(kind, at), closed)


@pytest.mark.parametrize(("before", "kind", "at", "effect", "question", "paused_since"), ACCEPTED)
def test_event_with_effect_makes_its_transition(
    before: str,
    kind: EventType,
    at: int,
    effect: set[str],
    question: tuple[int, int] | None,
    paused_since: int | None,
) -> None:
    state, closed = after(*STATES[before])
    transition = apply(state, event(kind, at), closed)
    assert effects(transition) == effect
    if transition.state is None:
        assert question is None
    else:
        opened = transition.state.question
        assert ((opened.started_us, opened.paused_us), transition.state.paused_since_us) == (
            question,
            paused_since,
        )


def test_every_cell_of_the_table_is_tested() -> None:
    tested = {(before, kind) for before, kind, _ in REFUSED} | {(row[0], row[1]) for row in ACCEPTED}
    missing = {(before, kind) for before in STATES for kind in EventType} - tested
    assert missing == {
        ("second", P),
        ("second", X),
        ("paused second", P),
        ("paused second", X),
    }  # as in "first"


def test_refusal_names_the_way_out() -> None:
    with pytest.raises(Refused) as refused:
        apply(None, event(P, 0), {})
    assert refused.value.detail == (
        "No active session. Press NEXT to start a session before sending PAUSE events."
    )


def test_forgotten_session_ends_at_its_last_event_and_counts_nothing_of_what_was_open() -> None:
    state, closed = after((N, 0), (N, 10))
    transition = apply(state, event(X, 10 + IDLE_SECONDS + 1), closed)
    assert transition.closed is not None
    assert (transition.ended_us, transition.closed.ended_us, transition.closed.discarded) == (10, 10, True)


def test_undo_gives_the_question_the_pauses_since() -> None:
    state, closed = after((N, 0), (P, 2), (P, 5), (N, 10), (P, 11), (P, 15))
    transition = apply(state, event(U, 20), closed)
    assert transition.state is not None
    assert (transition.state.question.started_us, transition.state.question.paused_us) == (0, 3 + 4)


def test_pause_that_the_undone_next_ended_stays_ended() -> None:
    state, closed = after((N, 0), (P, 2), (N, 10))
    transition = apply(state, event(U, 20), closed)
    assert transition.state is not None
    assert (transition.state.paused_since_us, transition.state.question.paused_us) == (None, 8)


def test_undo_goes_back_one_question_each_time() -> None:
    presses = [(N, 10 * number) for number in range(5)]
    state, closed = after(*presses)
    starts = []
    for number in range(4):
        state = apply(state, event(U, 100 + number), closed).state
        assert state is not None
        starts.append(state.question.started_us)
    assert starts == [30, 20, 10, 0]
    with pytest.raises(Refused, match="Nothing to undo"):
        apply(state, event(U, 200), closed)


# --- Laws, on the core alone ---------------------------------------------------------------------

rows = st.lists(
    st.builds(
        Row,
        number=st.just(0),
        kind=st.sampled_from(["NEXT", "NEXT", "NEXT", "PAUSE", "UNDO", "EXIT"]),
        at=st.integers(0, 300),
        discard=st.sampled_from([False, False, True]),
        idle=st.sampled_from([0, 60]),
        mark=st.sampled_from([None, None, None, True, False]),
    ),
    max_size=40,
).map(lambda rows: [numbered(row, number) for number, row in enumerate(rows, 1)])


def numbered(row: Row, number: int) -> Row:
    row.number = number
    return row


def as_event(row: Row) -> Event:
    return Event(
        EventType(row.kind),
        row.at,
        row.number,
        discard=row.mark if row.mark is not None else (row.discard or None),
        uid=str(row.number) if row.kind == "NEXT" else "",
        idle_us=row.idle if row.kind == "NEXT" else 0,
    )


@given(rows)
def test_projection_is_what_the_naive_model_says(log: list[Row]) -> None:
    """Law 6, its core: the fold of a log, void rows included."""
    sittings, effective = walk(log)
    ordered = [LogRow(as_event(row), 5.5) for row in sorted(log, key=lambda row: (row.at, row.number))]
    assert effective_rows(ordered) == effective
    projection = project(ordered)
    found = sessions_of(projection)
    assert [(s.started_us, s.ended_us, s.auto_closed, s.question_count) for s in found] == [
        (s.rows[0].at, s.end, s.auto_closed, len(s.counted)) for s in sittings
    ]
    assert [s.active_us for s in found] == [
        sum((ask.end or 0) - ask.opening.at - ask.paused for ask in s.counted) for s in sittings
    ]


def effective_rows(ordered: list[LogRow]) -> set[int]:
    projection, found = Projection(), set()
    for row in ordered:
        with suppress(Refused):
            projection.take(row)
            found.add(row.event.seq)
    return found


@given(rows)
def test_closed_questions_tile_their_session(log: list[Row]) -> None:
    """Law 3."""
    projection = project(LogRow(as_event(row), 5.5) for row in log)
    for session in projection.sessions.values():
        closed = sorted(
            (q for q in projection.questions.values() if session.place <= q.place <= session.last),
            key=lambda question: question.place,
        )
        edges = [session.started_us, *(question.ended_us for question in closed)]
        assert [question.started_us for question in closed] == edges[:-1]
        assert session.ended_us in (None, edges[-1])
        assert all(0 <= question.active_us <= question.raw_us for question in closed)


@given(rows, st.integers(1, 50), st.integers(0, 50), st.booleans())
def test_next_then_undo_changes_nothing(log: list[Row], wait: int, pause: int, discard: bool) -> None:
    """Law 4: while a question runs, NEXT and then UNDO leave every total and the open question as they were."""
    projection = project(LogRow(as_event(row), 5.5) for row in log)
    state = projection.state
    if state is None or state.paused_since_us is not None or state.forgotten_at(state.last.at_us + wait):
        return
    questions, session = dict(projection.questions), projection.sessions[state.session]
    at = state.last.at_us + wait
    projection.take(LogRow(event(N, at, 1000, discard=discard), 5.5))
    if not projection.state or projection.state.forgotten_at(at + pause):
        return
    transition, _ = projection.take(LogRow(event(U, at + pause, 1001)))
    assert transition.undoes == 1000
    assert projection.questions == questions
    assert projection.state is not None
    assert (projection.state.question, projection.state.below) == (state.question, state.below)
    assert projection.sessions[state.session] == replace(
        session, last_us=at + pause, last_seq=1001, last_type="UNDO"
    )


@given(st.permutations(range(14)), st.lists(st.sampled_from("NNNNPUX"), min_size=14, max_size=14))
def test_order_of_delivery_does_not_matter(order: list[int], kinds: list[str]) -> None:
    """Law 2, by the book: the same recorded events at distinct instants give the same sessions."""
    first = Naive()
    for number in range(14):
        first.record(kind=NAMES[kinds[number]], at=number * 10)
    recorded = [(row.kind, row.at) for row in first.rows]
    shuffled = [recorded[place] for place in order if place < len(recorded)]
    rows = [Row(number, kind, at) for number, (kind, at) in enumerate(shuffled, 1)]
    one = project(LogRow(as_event(row), 5.5) for row in first.rows)
    other = project(LogRow(as_event(row), 5.5) for row in rows)
    assert [figures(s) for s in sessions_of(one)] == [figures(s) for s in sessions_of(other)]


@given(
    st.lists(st.sampled_from("NNNNDPUX"), min_size=1, max_size=14).filter(lambda kinds: {*kinds} & {*"ND"}),
    st.data(),
)
def test_next_is_told_to_have_come_before_itself(kinds: list[str], data: st.DataObject) -> None:
    """A NEXT a moment before another, which an UNDO takes back a moment after: as if it alone had been pressed."""
    presses = [(NAMES[kind], number * 10, kind == "D") for number, kind in enumerate(kinds)]
    pressed = data.draw(st.sampled_from([press for press in presses if press[0] == "NEXT"]))
    kind, at, discard = pressed
    times = data.draw(st.integers(1, 4))
    around = [
        each for n in range(1, times + 1) for each in [("UNDO", at + n, False), ("NEXT", at - n, discard)]
    ]
    alone = [press if press != pressed else (kind, at - times, discard) for press in presses]
    one, other = (
        project(
            LogRow(as_event(Row(number, kind, at, discard)), 5.5)
            for number, (kind, at, discard) in enumerate(log, 1)
        )
        for log in (alone, presses + around)
    )
    assert [figures(s) for s in sessions_of(one)] == [figures(s) for s in sessions_of(other)]
    assert open_or_counted(one) == open_or_counted(other)


def open_or_counted(projection: Projection) -> list[tuple[Any, ...]]:
    """The closed questions of a log: start, end, whether discarded."""
    return sorted((q.started_us, q.ended_us, q.discarded) for q in projection.questions.values())


def sessions_of(projection: Projection) -> list[Any]:
    return sorted(projection.sessions.values(), key=lambda session: Place(session.started_us, 0))


def figures(session: Any) -> tuple[Any, ...]:
    return session.started_us, session.ended_us, session.question_count, session.raw_us, session.active_us
