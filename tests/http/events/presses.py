"""Events of one morning, as clients send them."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

NINE = datetime(2026, 11, 20, 9, tzinfo=UTC)


def at(minutes: float) -> str:
    return (NINE + timedelta(minutes=minutes)).isoformat()


def event(kind: str, minutes: float, **fields: Any) -> dict[str, Any]:
    return {"type": kind, "timestamp": at(minutes), "event_id": str(uuid.uuid4()), **fields}
