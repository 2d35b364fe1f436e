"""Metrics for Prometheus: counts since the start, and the state of the database.

Each application counts for itself, in a registry of its own. Where one server runs as several processes, `serve`
gives them a folder in common (`PROMETHEUS_MULTIPROC_DIR`): each keeps its counts in files there, and whichever is
scraped answers with the sum.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector
from starlette.requests import Request

from app.web.process_metrics import ProcessFigures, forget_ended

# The library's own name; it looks at it once, when imported.
FOLDER_VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"
SAMPLE_SECONDS = 1.0
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)  # seconds
METHODS = frozenset({"GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS", "PUT"})
OTHER = "other"  # a method that is none of these: whoever asks chooses it, so it must not become a label

# A second series for each, which says when the first one was made.
disable_created_metrics()  # type: ignore[no-untyped-call]


# How a process and its database stand; those of several processes are added up.
DATABASE_GAUGES = {
    "connections_in_use": "Connections at work.",
    "connections_most": "Connections that the pools keep open.",
    "waiting_writes": "Writes that wait for their turn.",
}
# Since the start.
DATABASE_COUNTERS = {
    "commits": "Commits.",
    "writes": "Writes; one commit may hold many.",
}


class Metrics:
    """The counts of one application."""

    def __init__(self) -> None:
        self._folder = os.environ.get(FOLDER_VARIABLE)
        self._registry = registry = CollectorRegistry()

        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(f"raterhub_{name}", text, labels, registry=registry)

        self._requests = counter("requests", "Answers.", "method", "route", "status")
        self._seconds = Histogram(
            "raterhub_request_seconds",
            "Time from a request's head to the end of its answer.",
            ("method", "route"),
            registry=registry,
            buckets=BUCKETS,
        )
        self.events = counter("events", "Events, those of batches too.", "outcome")
        self.logins = counter("logins", "Attempts to log in.", "outcome")
        self.registrations = counter("registrations", "Accounts registered.")
        self.throttled = counter("throttled", "Requests refused for coming too often.", "limit")
        # Those that are known beforehand show as 0 from the start.
        for outcome in ("recorded", "repeated", "refused"):
            self.events.labels(outcome)
        for outcome in ("succeeded", "failed"):
            self.logins.labels(outcome)
        self._gauges = {
            name: Gauge(f"raterhub_database_{name}", text, registry=registry, multiprocess_mode="livesum")
            for name, text in DATABASE_GAUGES.items()
        }
        self._counters = {name: counter(f"database_{name}", text) for name, text in DATABASE_COUNTERS.items()}
        self._figures: Callable[[], Mapping[str, int]] | None = None
        self._counted: dict[str, int] = {}

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count an answer. `route` is a template, never a path as it was sent."""
        name = method if method in METHODS else OTHER
        self._requests.labels(name, route, str(status)).inc()
        self._seconds.labels(name, route).observe(seconds)

    @asynccontextmanager
    async def watching(self, figures: Callable[[], Mapping[str, int]]) -> AsyncIterator[None]:
        """Meanwhile `figures` says how the database stands, by the names of the gauges and counters above."""
        self._figures, self._counted = figures, dict.fromkeys(DATABASE_COUNTERS, 0)
        # Of several processes one is scraped: the others' figures must be in the folder already.
        task = None if self._folder is None else asyncio.create_task(self._sample_for_ever())
        try:
            yield
        finally:
            self._figures = None
            if task is not None:
                task.cancel()

    async def _sample_for_ever(self) -> None:
        while True:
            self._sample()
            await asyncio.sleep(SAMPLE_SECONDS)

    def _sample(self) -> None:
        if self._figures is None:
            return
        figures = self._figures()
        for name, gauge in self._gauges.items():
            gauge.set(figures[name])
        for name, counter in self._counters.items():
            counter.inc(figures[name] - self._counted[name])
            self._counted[name] = figures[name]

    def exposition(self) -> bytes:
        """Everything in Prometheus's text format, of all processes."""
        self._sample()
        registry = self._registry
        if self._folder is not None:
            forget_ended(self._folder)
            registry = CollectorRegistry()
            MultiProcessCollector(registry, self._folder)  # type: ignore[no-untyped-call]
        return generate_latest(registry) + generate_latest(ProcessFigures(self._folder))


def metrics_of(request: Request) -> Metrics:
    """The counts of the application that answers."""
    metrics: Metrics = request.app.state.metrics
    return metrics
