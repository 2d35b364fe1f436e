"""How long days, weeks, months, years and ranges take a user with years of work, and what others notice of it."""

import statistics
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from bench.figures import Figures
from bench.load import EVENT
from bench.measuring import Measuring

LIVE = "/health/live"
PAGE_MORE_MS = 40  # than the JSON of the same period takes
ALL_DAYS = timedelta(days=3_600)


def paths(now: datetime) -> dict[str, tuple[str, str, int]]:
    """Each period: its page, the query, and within how many ms its JSON is to come at the 95th percentile."""
    whole = f"?from={now - ALL_DAYS:%Y-%m-%d}&to={now:%Y-%m-%d}"
    return {
        "day": ("/dashboard/day", "", 25),
        "week": ("/dashboard/week", "", 25),
        "month": ("/dashboard/month", "", 50),
        "year": ("/dashboard/year", "", 150),
        "range of all questions": ("/dashboard/range", whole, 300),
    }


def latencies(measuring: Measuring, figures: Figures) -> None:
    """JSON and page of each period, one at a time; the ratio is that of medians."""
    for name, (path, query, most_ms) in paths(datetime.now(UTC)).items():
        _latency(measuring, figures, f"{name} as JSON", f"{path}/json{query}", most_ms)
        _latency(measuring, figures, f"{name} as page", f"{path}{query}", most_ms + PAGE_MORE_MS)


def _latency(measuring: Measuring, figures: Figures, name: str, path: str, most_ms: int) -> None:
    ratios, p95s_ms = [], []
    for _ in range(measuring.plan.rounds):
        live = measuring.of_tracker(LIVE, connections=1)
        app = measuring.of_tracker(path, connections=1, tokens=measuring.tokens[:1])
        ratios.append(app.p50 / live.p50)
        p95s_ms.append(app.p95 / 1000)
    figures[f"95th percentile of a {name}, ms (and median / {LIVE})"] = (
        f"{statistics.median(p95s_ms):.0f} ({statistics.median(ratios):.0f})",
        f"<= {most_ms}",
    )


def others(measuring: Measuring, figures: Figures) -> None:
    """Events of other users while one user asks for all questions again and again."""
    page, query, _ = paths(datetime.now(UTC))["range of all questions"]
    rest = measuring.tokens[1:]
    rates, waits = [], []
    with ThreadPoolExecutor(1) as pool:
        for _ in range(measuring.plan.rounds):
            alone = measuring.of_tracker(EVENT, tokens=rest)
            asking = pool.submit(
                measuring.of_tracker, f"{page}/json{query}", connections=1, tokens=measuring.tokens[:1]
            )
            beside = measuring.of_tracker(EVENT, tokens=rest)
            asking.result()
            rates.append(beside.per_second / alone.per_second)
            waits.append(beside.p99 / alone.p99)
    figures["events a second while a long range is computed / without"] = (
        f"{statistics.median(rates):.2f}",
        "",
    )
    figures["99th percentile of these events / without"] = (f"{statistics.median(waits):.1f}", "")
