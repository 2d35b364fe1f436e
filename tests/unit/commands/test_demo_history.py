"""The made-up history of `demo`: every event has an effect, and it looks like a rater's work."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.commands.demo import HALF_A_YEAR_DAYS, IDLE_US
from app.commands.demo_history import KINDS, History, history
from app.tracking.days import date_of, day_bounds, local_time
from app.tracking.machine import Event, EventType
from app.tracking.projection import LogRow, Projection
from app.tracking.records import MICROS_PER_MINUTE, QuestionRecord, SessionRecord
from app.tracking.timestamps import micros_of

BERLIN = "Europe/Berlin"
LAST = date(2024, 11, 26)  # a Tuesday; clocks were put back on 27 October
SEEDS = range(1, 4)
NOT_YET_US = micros_of(datetime(2100, 1, 1, tzinfo=UTC))


@cache
def made_up(seed: int = 1, zone: str = BERLIN, latest_us: int = NOT_YET_US) -> History:
    return half_a_year(seed, zone, latest_us)


def half_a_year(seed: int, zone: str = BERLIN, latest_us: int = NOT_YET_US) -> History:
    first = LAST - timedelta(days=HALF_A_YEAR_DAYS - 1)
    return history(seed, first, LAST, zone, target_minutes=5.5, latest_us=latest_us)


def instants(past: History) -> list[int]:
    return [event.instant_us or 0 for event in past.events]


def projected(past: History) -> Projection:
    """What follows from the history. Raises `Refused` for an event without an effect."""
    projection = Projection()
    for seq, event in enumerate(past.events, 1):
        uid, idle_us = ("", 0) if event.type is not EventType.NEXT else (str(seq), IDLE_US)
        at_us = event.instant_us or 0
        row = LogRow(Event(event.type, at_us, seq, event.discard or None, uid, event.task, idle_us), 5.5)
        projection.take(row)
    return projection


def sessions_of(past: History) -> list[SessionRecord]:
    return list(projected(past).sessions.values())


def counted_questions(past: History) -> list[QuestionRecord]:
    return [question for question in projected(past).questions.values() if not question.discarded]


def ratio(questions: Sequence[QuestionRecord]) -> float:
    """Active time over target time of those that have a target of their own."""
    own = [(question.active_us, question.task.target_us) for question in questions if question.task.target_us]
    return sum(active for active, _ in own) / sum(target for _, target in own)


def test_one_seed_gives_one_history_and_each_seed_another() -> None:
    assert half_a_year(1) == half_a_year(1)
    others = {event.event_id for event in half_a_year(2).events}
    assert others.isdisjoint(event.event_id for event in half_a_year(1).events)


@given(
    seed=st.integers(),
    last=st.dates(date(2001, 1, 1), date(2026, 1, 1)),
    days=st.integers(1, 60),
    zone=st.sampled_from([BERLIN, "America/Los_Angeles", "America/Havana", "Australia/Lord_Howe", "UTC"]),
    share_of_last_day=st.floats(0, 1),
)
@settings(max_examples=60)
def test_every_event_has_an_effect_and_lies_within_the_days(
    seed: int, last: date, days: int, zone: str, share_of_last_day: float
) -> None:
    first = last - timedelta(days=days - 1)
    begin, (last_begin, end) = day_bounds(first, zone)[0], day_bounds(last, zone)
    latest_us = last_begin + int((end - last_begin) * share_of_last_day)
    past = history(seed, first, last, zone, target_minutes=5.5, latest_us=latest_us)
    times = instants(past)
    assert all(earlier < later for earlier, later in pairwise(times))
    # The last session may begin on the evening before, where the last day has hardly begun.
    assert times[0] >= (begin if days > 1 else begin - 4 * 60 * MICROS_PER_MINUTE)
    assert times[-1] <= latest_us
    sessions = sessions_of(past)
    assert (len(sessions), sessions[-1].ended_us) == (past.sessions, times[-1])
    assert {session.started_us for session in sessions} >= set(past.own_targets_minutes)


@pytest.mark.parametrize("seed", SEEDS)
def test_half_a_year_has_thousands_of_questions_of_all_types(seed: int) -> None:
    questions = counted_questions(made_up(seed))
    assert 4000 <= len(questions) <= 9000
    kinds = {(question.task.task_type, question.task.target_minutes) for question in questions}
    assert kinds == {(kind.task_type, kind.target_minutes) for kind in KINDS}
    ids = [question.task.task_id for question in questions if question.task.task_type is not None]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("seed", SEEDS)
def test_week_has_four_to_six_days_of_one_to_four_sessions_and_one_is_a_holiday(seed: int) -> None:
    counts = Counter(date_of(session.started_us, BERLIN) for session in sessions_of(made_up(seed)))
    assert set(counts.values()) == {1, 2, 3, 4}
    days = Counter(day - timedelta(days=day.weekday()) for day in counts)  # by the week's Monday
    first, last = min(days), max(days)
    whole = [first + timedelta(weeks=number) for number in range(1, (last - first).days // 7)]
    assert {days[monday] for monday in whole} == {0, 4, 5, 6}
    assert [days[monday] for monday in whole].count(0) == 1


@pytest.mark.parametrize("seed", SEEDS)
def test_session_takes_20_to_120_minutes_and_its_last_question(seed: int) -> None:
    for session in sessions_of(made_up(seed)):
        assert session.ended_us is not None
        minutes = (session.ended_us - session.started_us) / MICROS_PER_MINUTE
        assert 20 <= minutes <= 120 + 60
        assert session.question_count >= 1


@pytest.mark.parametrize("seed", SEEDS)
def test_one_session_is_forgotten_and_some_have_a_target_of_their_own(seed: int) -> None:
    past = made_up(seed)
    assert [session.auto_closed for session in sessions_of(past)].count(True) == 1
    assert 10 <= len(past.own_targets_minutes) <= 50
    said_nothing = {
        session.started_us
        for session in sessions_of(past)
        if session.question_count and not session.own_target_count
    }
    assert said_nothing >= set(past.own_targets_minutes)


@pytest.mark.parametrize("seed", SEEDS)
def test_session_in_the_night_spans_the_change_of_the_clock_and_evenings_last_over_midnight(
    seed: int,
) -> None:
    spans = [
        (local_time(session.started_us, BERLIN), local_time(session.ended_us or 0, BERLIN))
        for session in sessions_of(made_up(seed))
    ]
    changed = [(begin, end) for begin, end in spans if begin.utcoffset() != end.utcoffset()]
    assert [(begin.isoformat(), end.date()) for begin, end in changed] == [
        ("2024-10-27T01:45:00+02:00", date(2024, 10, 27))
    ]
    assert 3 <= sum(begin.date() < end.date() for begin, end in spans) <= 20


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata"])
def test_zone_without_a_change_of_the_clock_has_no_night_for_it(zone: str) -> None:
    begins = [local_time(session.started_us, zone) for session in sessions_of(made_up(zone=zone))]
    assert {begin.hour for begin in begins} <= set(range(6, 24))


@pytest.mark.parametrize("seed", SEEDS)
def test_presses_are_of_all_kinds(seed: int) -> None:
    past = made_up(seed)
    presses = Counter(event.type for event in past.events)
    questions = projected(past).questions.values()
    assert set(presses) == set(EventType)
    assert presses[EventType.EXIT] == past.sessions - 1  # one is forgotten
    assert 0.003 <= presses[EventType.UNDO] / len(questions) <= 0.008
    assert 0.08 <= presses[EventType.PAUSE] / len(questions) <= 0.12
    assert 0.015 <= sum(question.discarded for question in questions) / len(questions) <= 0.04


@pytest.mark.parametrize("seed", SEEDS)
def test_rater_learns_and_gets_tired_and_forgets_a_question_now_and_then(seed: int) -> None:
    past = made_up(seed)
    questions = counted_questions(past)
    begins = sorted(session.started_us for session in sessions_of(past))

    def minutes_into(question: QuestionRecord) -> float:
        begun_us = begins[bisect_right(begins, question.started_us) - 1]
        return (question.started_us - begun_us) / MICROS_PER_MINUTE

    def hour(question: QuestionRecord) -> int:
        return local_time(question.started_us, BERLIN).hour

    half = len(questions) // 2
    assert ratio(questions[:half]) > ratio(questions[half:])
    early = [question for question in questions if minutes_into(question) < 20]
    assert ratio(early) < ratio([question for question in questions if minutes_into(question) > 60])
    morning = [question for question in questions if hour(question) in (7, 8)]
    assert ratio(morning) < ratio([question for question in questions if hour(question) in (13, 14)])
    forgotten = [question for question in questions if question.active_us > 20 * MICROS_PER_MINUTE]
    assert 5 <= len([question for question in forgotten if question.task.target_minutes != 12]) <= 30


def test_last_session_ends_in_the_morning_and_nothing_lies_in_the_future() -> None:
    usual = instants(made_up())
    ends = local_time(usual[-1], BERLIN)
    assert (ends.date(), 7 <= ends.hour <= 11) == (LAST, True)
    five_past_midnight_us = day_bounds(LAST, BERLIN)[0] + 5 * MICROS_PER_MINUTE
    early = instants(made_up(latest_us=five_past_midnight_us + 7))
    assert early[-1] == five_past_midnight_us
    begin_us = sessions_of(made_up())[-1].started_us
    shift_us = usual[-1] - five_past_midnight_us
    assert early == [at_us - shift_us if at_us >= begin_us else at_us for at_us in usual]
