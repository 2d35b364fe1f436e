"""The table of cases that the widget's own machine is held against says what the core does."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.widget.sessions import logged, steps

CASES = json.loads((Path(__file__).parent / "machine_cases.json").read_text(encoding="utf-8"))
NOTHING_YET = {
    "open": None,
    "counted": {"count": 0, "active": 0, "target": 0},
    "pace": ["No questions", 0],
}


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_core_machine_agrees(case: dict[str, Any]) -> None:
    *_, after = [NOTHING_YET, *steps(logged(case["events"]))]
    assert after == {key: case[key] for key in after}
