"""Labels at their exact boundaries, scores and durations."""

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.tracking.pacing import Pace, mmss, pace_of, seconds

TARGET_US = 330_000_000  # 5.5 minutes
S = 1_000_000


@pytest.mark.parametrize(
    ("active", "label", "emoji"),
    [
        (0, "way too fast (<50%)", "⚡🐇"),
        (TARGET_US * 5 // 10 - 1, "way too fast (<50%)", "⚡🐇"),
        (TARGET_US * 5 // 10, "fast (50–70%)", "🐇"),
        (TARGET_US * 7 // 10 - 1, "fast (50–70%)", "🐇"),
        (TARGET_US * 7 // 10, "slightly fast", "🙂"),
        (TARGET_US * 9 // 10 - 1, "slightly fast", "🙂"),
        (TARGET_US * 9 // 10, "on target", "💜✅"),
        (TARGET_US, "on target", "💜✅"),
        (TARGET_US * 11 // 10 - 1, "on target", "💜✅"),
        (TARGET_US * 11 // 10, "a bit slow", "🐢"),
        (TARGET_US * 13 // 10 - 1, "a bit slow", "🐢"),
        (TARGET_US * 13 // 10, "slow", "🐌"),
        (TARGET_US * 1000, "slow", "🐌"),
    ],
)
def test_pace_at_each_boundary(active: int, label: str, emoji: str) -> None:
    pace = pace_of(active, TARGET_US, 1)
    assert (pace.label, pace.emoji) == (label, emoji)


def test_pace_without_questions() -> None:
    assert pace_of(0, 0, 0) == Pace("No questions", "😴", 0.0, 0)


def test_pace_of_a_question_answered_in_no_time_is_not_no_questions() -> None:
    assert pace_of(0, TARGET_US, 1) == Pace("way too fast (<50%)", "⚡🐇", 0.0, 30)


@pytest.mark.parametrize(
    ("ratio", "score"), [(1.0, 100), (0.5, 55), (1.5, 55), (0.9, 89), (1.1, 89), (2.0, 30), (1e9, 0)]
)
def test_score_on_both_sides_of_the_target(ratio: float, score: int) -> None:
    assert pace_of(round(ratio * TARGET_US), TARGET_US, 1).score == score


@pytest.mark.parametrize(
    ("micros", "text"),
    [
        (0, "00:00"),
        (499_999, "00:00"),
        (500_000, "00:01"),
        (59 * S + 499_999, "00:59"),
        (59 * S + 500_000, "01:00"),
        (179 * S + 600_000, "03:00"),  # never 02:60
        (3599 * S + 499_999, "59:59"),
        (3599 * S + 600_000, "1:00:00"),
        (3600 * S, "1:00:00"),
        (10 * 3600 * S + 61 * S, "10:01:01"),
        (100 * 3600 * S, "100:00:00"),
        (-1, "00:00"),
        (-499_999, "00:00"),
        (-500_000, "-00:01"),
        (-90 * S, "-01:30"),
        (-3600 * S, "-1:00:00"),
    ],
)
def test_mmss_rounds_once(micros: int, text: str) -> None:
    assert mmss(micros) == text


def test_mmss_of_an_average_rounds_the_exact_quotient() -> None:
    assert mmss(1 * S, 2) == "00:01"
    assert mmss(1 * S, 3) == "00:00"
    assert mmss(0, 0) == "00:00"


@given(st.integers(-(10**13), 10**13), st.integers(1, 10_000))
def test_mmss_reads_back_as_the_nearest_second(micros: int, per: int) -> None:
    text = mmss(micros, per)
    parts = [int(part) for part in text.lstrip("-").split(":")]
    assert all(part < 60 for part in parts[1:])
    assert len(parts) == 3 or parts[0] < 60
    value = sum(part * 60**power for power, part in enumerate(reversed(parts)))
    exact = abs(Fraction(micros, per * S))
    assert value == math.floor(exact + Fraction(1, 2))
    assert text.startswith("-") == (micros < 0 and value > 0)


def test_seconds_of_nothing_is_zero() -> None:
    assert (seconds(0, 0), seconds(1_500_000), seconds(3_000_000, 2)) == (0.0, 1.5, 1.5)
