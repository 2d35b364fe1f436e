"""Parameters of addresses that several routes take."""

from typing import Annotated

from fastapi import Query
from pydantic import WithJsonSchema

# A day is read by `tracking.days` alone, which refuses what is no day in words of its own; this says to a
# client which days those are.
DAY_SCHEMA = {
    "type": "string",
    "format": "date",
    "pattern": "^(19[7-9][0-9]|[2-8][0-9]{3}|9[0-8][0-9]{2}|99[0-8][0-9]|999[0-8])-[0-9]{2}-[0-9]{2}$",
    "examples": ["2026-11-21"],
}

OptionalDay = Annotated[str | None, WithJsonSchema(DAY_SCHEMA)]

DateQuery = Annotated[
    OptionalDay, Query(alias="date", description="YYYY-MM-DD; the user's today if missing.")
]
"""`?date=`, as text or None."""
