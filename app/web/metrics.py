"""Metrics for Prometheus: counts since the start, and the state of the database.

Each application counts for itself, in a registry of its own. Where one server runs as several processes, `serve`
gives them a folder in common (`PROMETHEUS_MULTIPROC_DIR`): each keeps its counts in files there, and whichever is
scraped answers with the sum.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from starlette.requests import Request

PROC = Path("/proc")
SAMPLE_SECONDS = 1.0
BUCKETS_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
METHODS = frozenset({"GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS", "PUT"})

# A second series for each, which says when the first one was made.
disable_created_metrics()  # type: ignore[no-untyped-call]

# Sampled; those of several processes are added up.
GAUGES = {
    "raterhub_processes": "Processes of this server.",
    "raterhub_live_streams": "Open streams that notify pages of changes.",
    "raterhub_database_connections_in_use": "Connections at work.",
    "raterhub_database_connections_most": "Connections that the pools keep open.",
    "raterhub_database_waiting_writes": "Writes that wait for their turn.",
}
COUNTERS = {
    "raterhub_database_commits": "Commits.",
    "raterhub_database_writes": "Writes; one commit may hold many.",
}
LEAST = {"process_start_time_seconds", "process_max_fds"}  # figures of which a sum says nothing
PROCESS = ProcessCollector(registry=None)  # of this process; the library adds up none of several


class Metrics:
    """The counts of one application."""

    def __init__(self) -> None:
        self._folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR")  # the library looks at it when imported
        self._registry = registry = CollectorRegistry()

        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(f"raterhub_{name}", text, labels, registry=registry)

        self._requests = counter("requests", "Answers.", "method", "route", "status")
        self._seconds = Histogram(
            "raterhub_request_seconds",
            "Time from a request's head to the end of its answer; of a stream, to its beginning.",
            ("method", "route"),
            registry=registry,
            buckets=BUCKETS_SECONDS,
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
        gauges, counters = dict(GAUGES), dict(COUNTERS)
        for family in PROCESS.collect():
            (counters if family.type == "counter" else gauges)[family.name] = family.documentation
        self._counters = {name: Counter(name, text, registry=registry) for name, text in counters.items()}
        self._gauges = {
            name: Gauge(
                name, text, registry=registry, multiprocess_mode="livemin" if name in LEAST else "livesum"
            )
            for name, text in gauges.items()
        }
        self._figures: Callable[[], Mapping[str, float]] = dict
        self._counted: dict[str, float] = dict.fromkeys(self._counters, 0)

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count an answer. `route` is a template, never a path as it was sent."""
        name = method if method in METHODS else "other"  # the client chooses it: it must not become a label
        self._requests.labels(name, route, str(status)).inc()
        self._seconds.labels(name, route).observe(seconds)

    @asynccontextmanager
    async def watching(self, figures: Callable[[], Mapping[str, float]]) -> AsyncIterator[None]:
        """Meanwhile `figures` says how the database stands, by the names of gauges and counters above."""
        self._figures = figures
        self._counted |= dict.fromkeys(COUNTERS, 0)
        # Of several processes one is scraped: the others' figures must be in the folder already.
        task = asyncio.create_task(self._sample_for_ever())
        try:
            yield
        finally:
            task.cancel()

    async def _sample_for_ever(self) -> None:
        while self._folder is not None:  # alone, a process samples when it is scraped
            self._sample()
            await asyncio.sleep(SAMPLE_SECONDS)

    def _sample(self) -> None:
        figures = {"raterhub_processes": 1.0, **self._figures()}
        figures |= {family.name: family.samples[0].value for family in PROCESS.collect()}
        for name, value in figures.items():
            if name in self._gauges:
                self._gauges[name].set(value)
            else:
                self._counters[name].inc(value - self._counted[name])
                self._counted[name] = value

    def exposition(self) -> bytes:
        """Everything in Prometheus's text format, of all processes."""
        self._sample()
        if self._folder is None:
            return generate_latest(self._registry)
        forget_ended(self._folder)
        registry = CollectorRegistry()
        MultiProcessCollector(registry, self._folder)  # type: ignore[no-untyped-call]
        return generate_latest(registry)


def forget_ended(folder: str) -> None:
    """Let gauges of processes that have ended go; what they counted stays. Without a /proc nothing is known."""
    for path in Path(folder).glob("gauge_live*_*.db"):
        pid = path.stem.rpartition("_")[2]
        if PROC.is_dir() and not (PROC / pid).is_dir():
            mark_process_dead(pid, folder)  # type: ignore[no-untyped-call]


def metrics_of(request: Request) -> Metrics:
    """The counts of the application that answers."""
    metrics: Metrics = request.app.state.metrics
    return metrics
