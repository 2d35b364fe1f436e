"""Percentiles against the module `statistics`."""

from statistics import median, quantiles

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.tracking.percentiles import percentiles

some_spans_us = st.lists(st.integers(0, 10**11), min_size=2, max_size=50).map(sorted)


@given(some_spans_us)
def test_percentiles_are_the_inclusive_ones(spans_us: list[int]) -> None:
    twentieths = quantiles(spans_us, n=20, method="inclusive")
    found = percentiles(spans_us)
    assert found["median_active_seconds"] * 1e6 == pytest.approx(median(spans_us))
    assert found["p80_active_seconds"] * 1e6 == pytest.approx(twentieths[15])
    assert found["p95_active_seconds"] * 1e6 == pytest.approx(twentieths[18])


def test_one_value_is_its_own_percentile_and_none_is_zero() -> None:
    assert set(percentiles([2_500_000]).values()) == {2.5}
    assert set(percentiles([]).values()) == {0.0}
