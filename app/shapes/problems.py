"""The shape of every error."""

from pydantic import BaseModel


class Problem(BaseModel):
    """Why a request was refused."""

    detail: str
