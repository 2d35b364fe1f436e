"""Sessions as the API summarizes them, and as the naive model expects them, in the same plain values.

Instants are seconds after an instant `zero`, durations are seconds.
"""

from datetime import datetime
from typing import Any

import httpx2

from tests.naive import Naive
from tests.raters import Rater


def summaries_of(client: httpx2.Client, rater: Rater) -> list[dict[str, Any]]:
    """Every session's summary as the API answers it, oldest first."""
    recent = client.get("/sessions/recent?limit=100", headers=rater.token).json()
    paths = [f"/summary/{session['session_id']}" for session in reversed(recent)]
    return [client.get(path, headers=rater.token).json() for path in paths]


def figures(client: httpx2.Client, rater: Rater, zero: datetime) -> list[dict[str, Any]]:
    """Every session's figures, oldest first."""

    def seconds(text: str | None) -> float | None:
        return None if text is None else (datetime.fromisoformat(text) - zero).total_seconds()

    return [
        {
            "start": seconds(summary["started_at"]),
            "end": seconds(summary["ended_at"]),
            "auto_closed": summary["auto_closed"],
            "counted": [
                (seconds(question["started_at"]), question["raw_seconds"], question["active_seconds"])
                for question in summary["questions"]
            ],
            "discarded": [seconds(question["started_at"]) for question in summary["discarded"]],
        }
        for summary in summaries_of(client, rater)
    ]


def expected_figures(naive: Naive) -> list[dict[str, Any]]:
    """The figures of the naive model's sessions, oldest first."""
    return [
        {
            "start": sitting.rows[0].at,
            "end": sitting.end,
            "auto_closed": sitting.auto_closed,
            "counted": [
                (ask.opening.at, ask.end - ask.opening.at, ask.end - ask.opening.at - ask.paused)
                for ask in sitting.counted
                if ask.end is not None
            ],
            "discarded": [ask.opening.at for ask in sitting.closed if ask.discarded],
        }
        for sitting in naive.sittings
    ]
