"""Events of one morning, as clients send them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.recording import event_body

NINE = datetime(2026, 11, 20, 9, tzinfo=UTC)


def at(minutes: float) -> str:
    """A time stamp so many minutes after nine."""
    return (NINE + timedelta(minutes=minutes)).isoformat()


def event(kind: str, minutes: float, **fields: Any) -> dict[str, Any]:
    """An event so many minutes after nine."""
    return event_body(kind, NINE + timedelta(minutes=minutes), **fields)
