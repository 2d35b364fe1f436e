"""The table of cases that the widget's labels are held against says what the core's rule and the shape of events do."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from app.shapes.events import EventIn
from app.tracking.labels import LONGEST_TASK_ID, LONGEST_TASK_TYPE, plain_label

CASES = json.loads((Path(__file__).parent / "label_cases.json").read_text(encoding="utf-8"))
CODE_POINTS = range(0x110000)


def test_table_names_the_longest_labels() -> None:
    assert CASES["longest"] == {"task_id": LONGEST_TASK_ID, "task_type": LONGEST_TASK_TYPE}


@pytest.mark.parametrize("case", CASES["labels"], ids=ascii)
def test_event_takes_a_task_type_as_the_table_says(case: dict[str, Any]) -> None:
    if case["plain"] is None:
        with pytest.raises(ValidationError):
            EventIn.model_validate({"type": "NEXT", "task_type": case["text"]})
    else:
        taken = EventIn.model_validate({"type": "NEXT", "task_type": case["text"]})
        assert taken.task_type == case["plain"]


def test_every_code_point_is_taken_as_the_table_says() -> None:
    white = {point for first, last in CASES["whiteSpace"] for point in range(first, last + 1)}
    refused = {point for first, last in CASES["refused"] for point in range(first, last + 1)}
    taken: dict[int, str | None] = {}
    for point in CODE_POINTS:
        try:
            taken[point] = plain_label(chr(point))
        except ValueError:
            taken[point] = None
    assert {point for point in CODE_POINTS if taken[point] is None} == refused
    assert {point for point in CODE_POINTS if taken[point] not in (None, chr(point))} | {32} == white
    assert {taken[point] for point in white} == {" "}
