"""The shapes of errors."""

from typing import Annotated

from pydantic import BaseModel, Field


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
