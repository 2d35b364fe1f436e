"""The shape of every error."""

from typing import Annotated

from pydantic import BaseModel, Field


class Problem(BaseModel):
    """Why a request was refused."""

    detail: Annotated[str, Field(description="One clear sentence.")]
