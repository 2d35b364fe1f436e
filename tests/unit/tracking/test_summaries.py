"""Figures of sessions and days; sums agree in every zone (law 8)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from zoneinfo import available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.tracking.days import date_of, day_bounds
from app.tracking.records import Figures, QuestionRecord, SessionRecord, Task
from app.tracking.summaries import DaySummary, HourActivity, SessionSummary, summarize_day, summarize_session
from app.tracking.timestamps import micros_of

S = 1_000_000
MINUTE_US = 60 * S
HOUR_US = 60 * MINUTE_US
ZONES = sorted(available_timezones() - {"localtime", "posixrules", "Factory"})


def at(*clock: int) -> int:
    """Microseconds of a UTC time."""
    return micros_of(datetime(*clock, tzinfo=UTC))  # type: ignore[arg-type,misc]


def question(
    number: int,
    start: int,
    seconds: float,
    *,
    paused: float = 0,
    target: float | None = None,
    discarded: bool = False,
) -> QuestionRecord:
    """A question opened by event `number` and closed by the next."""
    return QuestionRecord(
        uid=f"question-{number}",
        opened_by=number,
        closed_by=number + 1,
        started_us=start,
        ended_us=start + round(seconds * S),
        paused_us=round(paused * S),
        task=Task(target_minutes=target),
        discarded=discarded,
    )


def session(number: int, start: int, end: int | None, *, target: float = 5.5) -> SessionRecord:
    """A session opened by event `number`."""
    return SessionRecord(
        uid=f"session-{number}",
        opened_by=number,
        started_us=start,
        last_us=start if end is None else end,
        last_seq=number + 1000,
        last_type="NEXT" if end is None else "EXIT",
        ended_us=end,
        auto_closed=False,
        idle_us=12 * HOUR_US,
        target_minutes=target,
    )


def summary_of(
    of: SessionRecord, questions: Sequence[QuestionRecord], *, forgotten: bool = False
) -> SessionSummary:
    for one in questions:
        of = replace(of, **of.sums_with(one, 1))  # type: ignore[arg-type]  # they are the sums alone
    return summarize_session(of, questions, user_external_id="somebody", forgotten=forgotten)


def figures_of(one: QuestionRecord) -> Figures:
    raw_us, active_us, task = one.raw_us, one.active_us, one.task
    return Figures(one.started_us, one.opened_by, raw_us, active_us, task.target_us, task.task_type, one.uid)


def day_of(
    day: date, zone: str, sessions: Sequence[SessionRecord], questions: Sequence[QuestionRecord]
) -> DaySummary:
    """The day, from what a store reads for it."""
    start, end = day_bounds(day, zone)
    before = [one for one in sessions if one.started_us < start][-1:]
    return summarize_day(
        day,
        zone,
        [*before, *(one for one in sessions if start <= one.started_us < end)],
        [
            figures_of(one)
            for one in sorted(questions, key=lambda one: one.place)
            if not one.discarded and (before or sessions)[0].place <= one.place and one.started_us < end
        ],
        user_external_id="somebody",
        default_target_minutes=5.5,
    )


NOON = at(2026, 11, 21, 12)


def test_session_without_questions() -> None:
    summary = summary_of(session(1, NOON, None), [])
    assert (summary.total_questions, summary.avg_active_seconds, summary.avg_active_mmss) == (0, 0.0, "00:00")
    assert (summary.pace_label, summary.pace_emoji, summary.pace_ratio, summary.score) == (
        "No questions",
        "😴",
        0.0,
        0,
    )
    assert (summary.is_active, summary.ended_at, summary.questions, summary.discarded) == (True, None, (), ())


def test_session_leaves_out_discarded_questions_and_numbers_the_others() -> None:
    questions = [
        question(1, NOON, 300, paused=30),
        question(2, NOON + 300 * S, 100, discarded=True),
        question(3, NOON + 400 * S, 420, target=8.0),
    ]
    summary = summary_of(session(1, NOON, NOON + 820 * S), questions)
    assert [(one.index, one.id) for one in summary.questions] == [(1, "question-1"), (2, "question-3")]
    assert [one.id for one in summary.discarded] == ["question-2"]
    assert (summary.total_questions, summary.total_raw_seconds, summary.total_active_seconds) == (
        2,
        720.0,
        690.0,
    )
    assert (summary.avg_active_seconds, summary.avg_active_mmss) == (345.0, "05:45")
    assert summary.pace_ratio == 690 / (330 + 480)
    assert (summary.pace_label, summary.score) == ("slightly fast", 84)


def test_question_shows_its_own_target_and_otherwise_that_of_its_session() -> None:
    own, inherited = question(1, NOON, 312, target=8.0), question(2, NOON + 312 * S, 400.5)
    summary = summary_of(session(1, NOON, None, target=6.25), [own, inherited])
    shown = [
        (one.target_minutes, one.over_under_target_seconds, one.over_under_target_mmss)
        for one in summary.questions
    ]
    assert shown == [(8.0, -168.0, "-02:48"), (6.25, 25.5, "00:26")]


def test_question_a_hair_under_its_target_is_not_minus_zero() -> None:
    summary = summary_of(session(1, NOON, None), [question(1, NOON, 329.7)])
    assert summary.questions[0].over_under_target_mmss == "00:00"


@pytest.mark.parametrize("forgotten", [True, False])
def test_session_says_whether_it_was_forgotten(forgotten: bool) -> None:
    assert summary_of(session(1, NOON, None), [], forgotten=forgotten).forgotten == forgotten


def test_day_without_anything_has_its_hours_and_the_default_target() -> None:
    day = day_of(date(2026, 11, 21), "Europe/Berlin", [], [])
    assert (day.total_sessions, day.total_questions, day.target_minutes_per_question) == (0, 0, 5.5)
    assert (day.daily_pace_label, day.daily_score, day.total_active_mmss) == ("No questions", 0, "00:00")
    assert [hour.hour for hour in day.hourly_activity] == list(range(24))
    assert day.hourly_activity[0].bucket_start == datetime(2026, 11, 20, 23, tzinfo=UTC)


def test_day_target_is_weighted_by_questions() -> None:
    one, other = session(1, NOON, NOON + HOUR_US, target=4.0), session(10, NOON + HOUR_US, None, target=10.0)
    questions = [
        question(1, NOON, 60),
        question(2, NOON + MINUTE_US, 60),
        question(10, NOON + HOUR_US, 60),
    ]
    assert day_of(date(2026, 11, 21), "UTC", [one, other], questions).target_minutes_per_question == 6.0


def test_session_over_midnight_appears_on_both_days_with_the_questions_of_each() -> None:
    late = at(2026, 11, 21, 23, 50)
    sitting = session(1, late, late + HOUR_US)
    questions = [
        question(1, late, 900, paused=600),  # ends at 00:05 and belongs to the 21st
        question(2, late + 900 * S, 300),
    ]
    first = day_of(date(2026, 11, 21), "UTC", [sitting], questions)
    second = day_of(date(2026, 11, 22), "UTC", [sitting], questions)
    assert [(one.session_id, one.total_questions, one.total_active_seconds) for one in first.sessions] == [
        ("session-1", 1, 300.0)
    ]
    assert [(one.session_id, one.total_questions, one.total_active_seconds) for one in second.sessions] == [
        ("session-1", 1, 300.0)
    ]
    assert first.hourly_activity[23] == HourActivity(
        hour=23,
        bucket_start=datetime(2026, 11, 21, 23, tzinfo=UTC),
        total_questions=1,
        active_seconds=300.0,
    )
    assert second.hourly_activity[0].total_questions == 1


def test_session_appears_on_the_day_it_began_though_its_first_question_is_still_open() -> None:
    day = day_of(date(2026, 11, 21), "UTC", [session(1, NOON, None)], [])
    assert [(one.session_id, one.total_questions, one.score) for one in day.sessions] == [("session-1", 0, 0)]


def test_session_of_yesterday_without_a_question_today_does_not_appear() -> None:
    assert day_of(date(2026, 11, 22), "UTC", [session(1, NOON, None)], []).sessions == ()


def test_questions_at_one_instant_go_to_the_sessions_in_which_they_were_opened() -> None:
    one, other = session(1, NOON, NOON), session(3, NOON, None)
    questions = [question(1, NOON, 0), question(3, NOON, 60)]
    day = day_of(date(2026, 11, 21), "UTC", [one, other], questions)
    assert [(each.session_id, each.total_active_seconds) for each in day.sessions] == [
        ("session-1", 0.0),
        ("session-3", 60.0),
    ]


def test_question_goes_to_the_hour_that_comes_second_when_clocks_are_put_back() -> None:
    second_time = at(2026, 10, 25, 1, 30)  # 02:30 for the second time
    day = day_of(
        date(2026, 10, 25), "Europe/Berlin", [session(1, second_time, None)], [question(1, second_time, 60)]
    )
    busy = [(index, hour.hour) for index, hour in enumerate(day.hourly_activity) if hour.total_questions]
    assert (busy, len(day.hourly_activity)) == ([(3, 2)], 25)


# --- Law 8 -------------------------------------------------------------------------------------------


@st.composite
def histories(draw: st.DrawFn) -> "History":
    """Sittings one after the other over some days, at any time from 1990 on, with questions back to back."""
    moment = draw(st.integers(at(1990, 1, 1), at(2040, 1, 1)))
    sittings: list[SessionRecord] = []
    asked: list[QuestionRecord] = []
    number = 1
    for lengths in draw(st.lists(st.lists(st.integers(0, 9 * HOUR_US), max_size=6), min_size=1, max_size=6)):
        start, opened_by = moment, number
        for length in lengths:
            record = question(number, moment, 0, discarded=draw(st.sampled_from([False, False, True])))
            asked.append(
                replace(
                    record,
                    ended_us=moment + length,
                    paused_us=draw(st.integers(0, length)),
                    task=Task(target_minutes=draw(st.sampled_from([None, 0.1, 3.3, 600.0]))),
                )
            )
            number, moment = number + 1, moment + length
        target = draw(st.sampled_from([5.5, 1.7]))
        sittings.append(session(opened_by, start, moment, target=target))
        number, moment = number + 1, moment + draw(st.integers(0, 30 * HOUR_US))
    return sittings, asked


def in_micros(seconds: float) -> int:
    """The whole microseconds that a figure in seconds stands for."""
    return round(Fraction(seconds) * S)


History = tuple[list[SessionRecord], list[QuestionRecord]]


@given(histories(), st.sampled_from(ZONES))
def test_hours_add_up_to_days_and_days_to_sessions(history: History, zone: str) -> None:
    assert_sums_agree(history, zone)


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("Europe/Berlin", date(2026, 3, 29)),
        ("Europe/Berlin", date(2026, 10, 25)),
        ("America/Sao_Paulo", date(2018, 11, 4)),
        ("America/Havana", date(2025, 11, 2)),
        ("America/St_Johns", date(2010, 11, 7)),
        ("Australia/Lord_Howe", date(2026, 4, 5)),
        ("Australia/Lord_Howe", date(2026, 10, 4)),
        ("Pacific/Apia", date(2011, 12, 30)),
    ],
)
def test_sums_agree_around_a_change_of_the_clock(zone: str, day: date) -> None:
    """Four days without sleep: sittings of ten questions of eleven minutes each, one after the other."""
    start = at(day.year, day.month, day.day) - 48 * HOUR_US
    sittings = [
        session(10 * n, start + 110 * n * MINUTE_US, start + 110 * (n + 1) * MINUTE_US) for n in range(52)
    ]
    asked = [question(n, start + 11 * n * MINUTE_US, 660, paused=n) for n in range(520)]
    assert_sums_agree((sittings, asked), zone)


def assert_sums_agree(history: History, zone: str) -> None:
    """Hours against days, days against sessions, days against everything."""
    sittings, asked = history
    first, last = date_of(sittings[0].started_us, zone), date_of(sittings[-1].last_us, zone)
    days = [
        day_of(first + timedelta(days=number), zone, sittings, asked)
        for number in range((last - first).days + 1)
    ]
    for day in days:
        assert sum(hour.total_questions for hour in day.hourly_activity) == day.total_questions
        assert sum(in_micros(hour.active_seconds) for hour in day.hourly_activity) == in_micros(
            day.total_active_seconds
        )
        assert sum(one.total_questions for one in day.sessions) == day.total_questions
        assert day.total_sessions == len(day.sessions)
    for sitting in sittings:
        mine = [one for one in asked if belongs(one, sitting, sittings)]
        whole = summary_of(sitting, mine)
        parts = [one for day in days for one in day.sessions if one.session_id == sitting.uid]
        assert sum(part.total_questions for part in parts) == whole.total_questions
        assert sum(in_micros(part.total_active_seconds) for part in parts) == in_micros(
            whole.total_active_seconds
        )
        assert len(parts) >= 1
    counted = [one for one in asked if not one.discarded]
    assert sum(day.total_questions for day in days) == len(counted)
    assert sum(in_micros(day.total_active_seconds) for day in days) == sum(one.active_us for one in counted)
    assert sum(in_micros(day.total_raw_seconds) for day in days) == sum(one.raw_us for one in counted)


def belongs(one: QuestionRecord, sitting: SessionRecord, sittings: list[SessionRecord]) -> bool:
    """Whether the question was opened in this sitting: numbers go up from one to the next."""
    later = [other.opened_by for other in sittings if other.opened_by > sitting.opened_by]
    return sitting.opened_by <= one.opened_by < min(later, default=one.opened_by + 1)
