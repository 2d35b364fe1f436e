"""Percentiles by linear interpolation between the ordered values: the inclusive method of the module `statistics`."""

from collections.abc import Sequence
from typing import Any

from app.tracking.pacing import seconds


def percentiles(ordered_us: Sequence[int]) -> dict[str, Any]:
    """Three of values in microseconds, in order: seconds, by the names of the summaries' fields; 0 without values."""
    return {
        name: seconds(hundredfold(ordered_us, percent), 100) if ordered_us else 0.0
        for name, percent in (
            ("median_active_seconds", 50),
            ("p80_active_seconds", 80),
            ("p95_active_seconds", 95),
        )
    }


def hundredfold(ordered: Sequence[int], percent: int) -> int:
    """A percentile of values in order, of which there is at least one, times 100: so it is a whole number."""
    index, rest = divmod((len(ordered) - 1) * percent, 100)
    following = ordered[min(index + 1, len(ordered) - 1)]
    return ordered[index] * (100 - rest) + following * rest
