"""Pace: how the time taken compares with the time allowed, and durations as text.

Spans are whole microseconds. Everything that decides something (which label, which second) is decided
with whole numbers: a sum that lies exactly on a boundary must not fall to the side of a rounding error.
"""

import math
from dataclasses import dataclass

from app.tracking.records import MICROS_PER_SECOND

# Below this many tenths of the target, this label. Too fast is as much of a problem as too slow.
LABELS = (
    (5, "way too fast (<50%)", "⚡🐇"),
    (7, "fast (50–70%)", "🐇"),
    (9, "slightly fast", "🙂"),
    (11, "on target", "💜✅"),
    (13, "a bit slow", "🐢"),
)
SLOWEST = ("slow", "🐌")
STEEPNESS = 1.2  # of the score: 30 points are gone at 30 % off the target


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a number of questions was, taken together."""

    label: str
    emoji: str
    ratio: float  # active time / target time; 1.0 = exactly on target
    score: int  # 0 to 100


NO_PACE = Pace("No questions", "😴", 0.0, 0)


def pace_of(active: int, target: int, count: int) -> Pace:
    """The pace of `count` questions with these sums (microseconds); `target` > 0 unless count is 0."""
    if count == 0:
        return NO_PACE
    # An exact boundary belongs to the slower side.
    below = ((label, emoji) for tenths, label, emoji in LABELS if 10 * active < tenths * target)
    label, emoji = next(below, SLOWEST)
    ratio = active / target
    # 100 exactly on target, less the further the ratio is from 1, on either side.
    score = round(100 * math.exp(-STEEPNESS * abs(ratio - 1)))
    return Pace(label, emoji, ratio, score)


def seconds(micros: int, per: int = 1) -> float:
    """`micros` divided among `per` (0 questions have an average of 0), in seconds."""
    return micros / (per * MICROS_PER_SECOND) if per else 0.0


def mmss(micros: int, per: int = 1) -> str:
    """`micros` divided among `per` as mm:ss, from one hour on as h:mm:ss; below zero with a leading `-`.

    Rounded once, to the nearest second, a half away from zero; 59:59.5 is 1:00:00, and nothing is -00:00.
    """
    if per == 0:
        return "00:00"
    unit = per * MICROS_PER_SECOND
    whole = (2 * abs(micros) + unit) // (2 * unit)
    sign = "-" if micros < 0 and whole else ""
    minutes, second = divmod(whole, 60)
    hour, minute = divmod(minutes, 60)
    return f"{sign}{hour}:{minute:02d}:{second:02d}" if hour else f"{sign}{minute:02d}:{second:02d}"
