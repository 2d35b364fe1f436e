"""Numbers that are typed into a form of the pages, by the table that numbers.test.js uses too."""

import json
from pathlib import Path

import pytest

from app.services.refusals import InvalidInput
from app.services.validation import decimal_of
from app.web.templating import minutes_value

CASES = json.loads((Path(__file__).parent / "number_cases.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("text", "number"), CASES["numbers"])
def test_number_is_taken_as_typed(text: str, number: float | None) -> None:
    if number is not None:
        assert decimal_of("target", text) == number
        return
    with pytest.raises(InvalidInput) as refused:
        decimal_of("target", text)
    assert (refused.value.field, refused.value.detail) == (
        "target",
        "This is not a number; write one like 5.5 or 5,5, without separating thousands.",
    )


@pytest.mark.parametrize(("number", "language", "text"), CASES["texts"])
def test_number_in_a_field_is_written_as_the_language_has_it(number: float, language: str, text: str) -> None:
    assert minutes_value(number, language) == text
    assert decimal_of("target", text) == number
