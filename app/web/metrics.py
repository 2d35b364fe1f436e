"""What Prometheus is told: counts since the start, and how things stand.

Each application counts for itself, in a registry of its own. Where one server runs as several processes, `serve`
gives them a folder in common (`PROMETHEUS_MULTIPROC_DIR`): each keeps its counts in files there, and whichever is asked
answers with the sum.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final, Literal

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector

from app.web.process_metrics import ProcessFigures, forget_ended

Outcome = Literal["recorded", "repeated", "refused"]

FOLDER_VARIABLE: Final = (
    "PROMETHEUS_MULTIPROC_DIR"  # the library's own name; it looks at it once, when imported
)
SAMPLE_SECONDS = 1.0
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)  # seconds
METHODS = frozenset({"GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS", "PUT"})
OTHER = "other"  # a method that is none of these: whoever asks chooses it, so it must not become a label

disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series for each, which says when the first one was made


@dataclass(frozen=True, slots=True)
class DatabaseFigures:
    """How a process and its database stand."""

    connections_in_use: int
    connections_most: int  # that the pool keeps open
    waiting_writes: int = 0
    commits: int = 0  # since the start
    writes: int = 0  # functions handed to `write` that were committed, since the start


class Metrics:
    """The counts of one application."""

    def __init__(self) -> None:
        self._folder = os.environ.get(FOLDER_VARIABLE)
        self._registry = registry = CollectorRegistry()
        self._requests = Counter(
            "raterhub_requests", "Answers.", ("method", "route", "status"), registry=registry
        )
        self._seconds = Histogram(
            "raterhub_request_seconds",
            "Time from a request's head to the end of its answer.",
            ("method", "route"),
            registry=registry,
            buckets=BUCKETS,
        )
        events = Counter("raterhub_events", "Events, those of batches too.", ("outcome",), registry=registry)
        logins = Counter("raterhub_logins", "Attempts to log in.", ("outcome",), registry=registry)
        self._registrations = Counter("raterhub_registrations", "Accounts registered.", registry=registry)
        self._throttled = Counter(
            "raterhub_throttled", "Requests refused for coming too often.", ("limit",), registry=registry
        )
        # The children that are known beforehand show as 0 from the start, and are found without a search.
        self._events = {name: events.labels(name) for name in ("recorded", "repeated", "refused")}
        self._logins = {True: logins.labels("succeeded"), False: logins.labels("failed")}
        self._answers: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        self._database = _DatabaseMetrics(registry)
        self._figures: Callable[[], DatabaseFigures] | None = None

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count an answer. `route` is a template, never a path as it was sent."""
        children = self._answers.get((method, route, status))
        if children is None:
            name = method if method in METHODS else OTHER
            children = self._requests.labels(name, route, str(status)), self._seconds.labels(name, route)
            if name != OTHER:
                self._answers[method, route, status] = children
        children[0].inc()
        children[1].observe(seconds)

    def event(self, outcome: Outcome, number: int = 1) -> None:
        """Count events."""
        self._events[outcome].inc(number)

    def login(self, *, succeeded: bool) -> None:
        """Count an attempt to log in."""
        self._logins[succeeded].inc()

    def registration(self) -> None:
        """Count a new account."""
        self._registrations.inc()

    def throttled(self, limit: str) -> None:
        """Count a request that came too often for the limit of this name."""
        self._throttled.labels(limit).inc()

    @asynccontextmanager
    async def watching(self, figures: Callable[[], DatabaseFigures]) -> AsyncIterator[None]:
        """Meanwhile `figures` says how the database stands."""
        self._figures = figures
        # Of several processes one is asked: the others' figures must be in the folder already.
        task = None if self._folder is None else asyncio.create_task(self._sample_for_ever())
        try:
            yield
        finally:
            self._figures = None
            if task is not None:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task

    async def _sample_for_ever(self) -> None:
        while True:
            self._sample()
            await asyncio.sleep(SAMPLE_SECONDS)

    def _sample(self) -> None:
        if self._figures is not None:
            self._database.set(self._figures())

    def exposition(self) -> bytes:
        """Everything in Prometheus's text format, of all processes."""
        self._sample()
        registry = self._registry
        if self._folder is not None:
            forget_ended(self._folder)
            registry = CollectorRegistry()
            MultiProcessCollector(registry, self._folder)  # type: ignore[no-untyped-call]
        return generate_latest(registry) + generate_latest(ProcessFigures(self._folder))


class _DatabaseMetrics:
    """The database's figures as metrics; those of several processes are added up."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def gauge(name: str, text: str) -> Gauge:
            return Gauge(name, text, registry=registry, multiprocess_mode="livesum")

        self._in_use = gauge("raterhub_database_connections_in_use", "Connections at work.")
        self._most = gauge("raterhub_database_connections_most", "Connections that the pools keep open.")
        self._waiting = gauge("raterhub_database_waiting_writes", "Writes that wait for their turn.")
        self._commits = Counter("raterhub_database_commits", "Commits.", registry=registry)
        self._writes = Counter(
            "raterhub_database_writes", "Writes; one commit may hold many.", registry=registry
        )
        self._last = DatabaseFigures(0, 0)

    def set(self, figures: DatabaseFigures) -> None:
        """Take over how things stand now."""
        self._in_use.set(figures.connections_in_use)
        self._most.set(figures.connections_most)
        self._waiting.set(figures.waiting_writes)
        self._commits.inc(max(0, figures.commits - self._last.commits))
        self._writes.inc(max(0, figures.writes - self._last.writes))
        self._last = figures
