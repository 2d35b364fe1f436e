"""The table of cases that the widget's pace is held against says what the core's pacing does."""

import json
from pathlib import Path
from typing import Any

import pytest

from app.tracking.pacing import mmss, pace_of

CASES = json.loads((Path(__file__).parent / "pace_cases.json").read_text(encoding="utf-8"))


def _micros(seconds: float) -> int:
    return round(seconds * 1_000_000)


@pytest.mark.parametrize("case", CASES["paces"], ids=str)
def test_core_pace_agrees(case: dict[str, Any]) -> None:
    pace = pace_of(_micros(case["active"]), _micros(case["target"]), case["count"])
    label, emoji, ratio, score = case["pace"]
    assert (pace.label, pace.emoji, pace.score) == (label, emoji, score)
    assert pace.ratio == pytest.approx(ratio, abs=2e-8)


@pytest.mark.parametrize("case", CASES["spans"], ids=str)
def test_core_spans_agree(case: dict[str, Any]) -> None:
    assert mmss(_micros(case["seconds"]), case["per"]) == case["text"]
