"""What all shapes have in common: how bodies are read, and the shape of every error."""

from typing import Annotated, Any, Literal
from unicodedata import normalize

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

# Characters, more than fields have: a long row of marks takes time that grows with its square.
MOST_COMPOSED = 2048


def _composed(text: Any) -> Any:
    return normalize("NFC", text) if isinstance(text, str) and len(text) <= MOST_COMPOSED else text


Composed = BeforeValidator(_composed)
"""For text that is kept in Unicode's form C: so it is measured, however a keyboard has composed its letters."""


class Body(BaseModel):
    """A body in which every unknown field is refused: no content of a task can be stored by accident."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class Ok(BaseModel):
    """The request succeeded."""

    status: Literal["ok"] = "ok"


class Problem(BaseModel):
    """Why a request was refused."""

    detail: Annotated[str, Field(description="One clear sentence.")]


class InvalidField(BaseModel):
    """A field that cannot be accepted."""

    loc: list[str | int]
    msg: str
    type: str


class Invalid(BaseModel):
    """The fields that cannot be accepted."""

    detail: list[InvalidField]
