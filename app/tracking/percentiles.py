"""Percentiles by linear interpolation between the ordered values: the inclusive method of the module `statistics`."""

from collections.abc import Sequence
from typing import Any

from app.tracking.pacing import seconds


def percentiles(ordered_us: Sequence[int]) -> dict[str, Any]:
    """Median, 80th and 95th percentile of sorted values, in seconds by the summaries' field names; 0 without values."""
    return {
        name: seconds(hundredfold(ordered_us, percent), 100) if ordered_us else 0.0
        for name, percent in (
            ("median_active_seconds", 50),
            ("p80_active_seconds", 80),
            ("p95_active_seconds", 95),
        )
    }


def hundredfold(ordered: Sequence[int], percent: int) -> int:
    """The percentile of sorted values times 100, which is a whole number. `ordered` is not empty."""
    index, rest = divmod((len(ordered) - 1) * percent, 100)
    following = ordered[min(index + 1, len(ordered) - 1)]
    return ordered[index] * (100 - rest) + following * rest
