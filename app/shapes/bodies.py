"""What all shapes have in common: how bodies are read, and the shape of every error."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


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
