"""What pydantic says of a field, in words that name no internal."""

from collections.abc import Mapping
from typing import Any

NO_OBJECT = "Input should be a JSON object"
OBJECT_TYPES = {"model_type", "model_attributes_type", "dataclass_type", "dict_type"}


def sentence_of(problem: Mapping[str, Any]) -> str:
    """The message of one item of `ValidationError.errors()`."""
    message = str(problem["msg"])
    if problem["type"] in OBJECT_TYPES:
        return NO_OBJECT
    if problem["type"] == "too_long" and problem.get("ctx", {}).get("field_type") == "Value":
        # A secret is no text to pydantic; it would speak of items.
        return f"String should have at most {problem['ctx']['max_length']} characters"
    return message.removeprefix("Value error, ")
