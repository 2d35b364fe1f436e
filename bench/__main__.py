"""What the tracker takes and how long it lets people wait, relative to a bare endpoint: `make bench`.

    python -m bench [sqlite] [postgresql] [widget] [--questions 5000000] [--seconds 5] [--rounds 3]

`widget` is what the userscript costs in a browser (bench/widget.py); the options are not for it.

Servers are the real ones, on new databases that are thrown away, every answer counted has reached the disk. The
machine may be busy with other things: so each figure is a ratio against something measured in the same moments, in
turns, and the median of several such pairs. What a user waits for in the browser is given in ms as well.
"""

import argparse
import json
import os
import statistics
import sys
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from app.store.users import User
from bench import chromium, load, periods, raters, servers, widget
from bench.databases import ENGINES, new_database
from bench.figures import Figures, show
from bench.load import BATCH, BATCH_SIZE, EVENT, LATE
from bench.measuring import Measuring, Plan
from bench.servers import Server

OWN = 45_000  # questions of each rater who puts load on the server: a year
RATERS = 16
MANY_EVENTS = 200_000
WIDGET = "widget"
ALL = (*ENGINES, WIDGET)


def measure(engine: str, plan: Plan) -> Figures:
    """Every figure of one engine."""
    with new_database(engine) as url:
        raters.prepare_database(url)
        people = raters.new_raters(url, RATERS + 1)
        figures = Figures()
        with side_by_side(url, plan, people[:RATERS]) as measuring:
            empty = events(measuring, engine, figures)
        with side_by_side(url, plan, people[:RATERS], workers=2) as measuring:
            processes(measuring, figures)
        with side_by_side(url, plan, people[:RATERS]) as measuring:
            batches(measuring, figures)
            memory(measuring, figures)
    with new_database(engine) as url:
        raters.prepare_database(url)
        count = max(RATERS, -(-plan.questions // OWN))
        people = raters.new_raters(url, count)
        raters.record_history(url, people[0][0], OWN)
        raters.copy_history(url, people[0][0], [user for user, _ in people[1:]])
        raters.settle(url)
        with side_by_side(url, plan, people[:RATERS]) as measuring:
            start(measuring, figures)
            growth(measuring, empty, count * OWN, figures)
            reading(measuring, figures)
            periods.latencies(measuring, figures)
            periods.others(measuring, figures)
            late(measuring, figures)
    return figures


@contextmanager
def side_by_side(
    url: str, plan: Plan, people: Sequence[tuple[User, str]], *, workers: int = 1
) -> Iterator[Measuring]:
    """Both servers, for as long as the block lasts."""
    with servers.bare() as bare, servers.tracker(url, workers=workers) as tracker:
        yield Measuring(plan, bare, tracker, [token for _, token in people])


def events(measuring: Measuring, engine: str, figures: Figures) -> float:
    """Events one by one; the ratio to the bare endpoint."""
    pairs = list(measuring.pairs(EVENT))
    ratio = statistics.median(app.per_second / bare.per_second for bare, app in pairs)
    figures["durable events a second / bare requests a second"] = (
        f"{ratio:.2f}",
        ">= 0.4" if engine == "sqlite" else ">= 0.3",
    )
    figures["99th percentile of an event / of the bare endpoint"] = (
        f"{statistics.median(app.p99 / bare.p99 for bare, app in pairs):.1f}",
        "<= 4",
    )
    figures["processor time of an event / of a bare request"] = (
        f"{statistics.median(app.cpu / bare.cpu for bare, app in pairs):.1f}",
        "",
    )
    one = [
        (measuring.of_bare(connections=1), measuring.of_tracker(EVENT, connections=1))
        for _ in range(measuring.plan.rounds)
    ]
    p99_ms = statistics.median(app.p99 for _, app in one) / 1000
    ratio_of_one = statistics.median(app.p99 / bare.p99 for bare, app in one)
    figures["99th percentile of an event at one connection, ms (and / bare)"] = (
        f"{p99_ms:.1f} ({ratio_of_one:.1f})",
        "< 15",
    )
    return ratio


def processes(measuring: Measuring, figures: Figures) -> None:
    """Events one by one where two processes serve."""
    ratio = statistics.median(app.per_second / bare.per_second for bare, app in measuring.pairs(EVENT))
    figures["durable events a second with two processes / bare requests a second"] = (f"{ratio:.2f}", "")


def batches(measuring: Measuring, figures: Figures) -> None:
    """Events in batches against events one by one."""
    ratios = []
    for _ in range(measuring.plan.rounds):
        single, batch = measuring.of_tracker(EVENT), measuring.of_tracker(BATCH)
        ratios.append(BATCH_SIZE * batch.per_second / single.per_second)
    figures[f"events a second in batches of {BATCH_SIZE} / one by one"] = (
        f"{statistics.median(ratios):.1f}",
        ">= 5",
    )


def memory(measuring: Measuring, figures: Figures) -> None:
    """What the process holds before and after many events."""
    before = measuring.tracker.resident_mib
    recorded = 0
    while recorded < MANY_EVENTS:
        recorded += BATCH_SIZE * measuring.of_tracker(BATCH).requests
    after = measuring.tracker.resident_mib
    figures[f"memory after {MANY_EVENTS:,} more events / before"] = (f"{after / before:.2f}", "about 1")
    figures["memory, MiB"] = (f"{after:.0f}", "< 150")


def start(measuring: Measuring, figures: Figures) -> None:
    """How long the server takes to answer for the first time."""
    seconds, bare = measuring.tracker.seconds_to_answer, measuring.bare.seconds_to_answer
    figures["start to first answer, s (and / bare)"] = (f"{seconds:.1f} ({seconds / bare:.1f})", "< 1.5")


def growth(measuring: Measuring, empty: float, questions: int, figures: Figures) -> None:
    """The same as in the empty database."""
    ratio = statistics.median(app.per_second / bare.per_second for bare, app in measuring.pairs(EVENT))
    figures[f"the same with {questions:,} questions, {OWN:,} of one's own / empty"] = (
        f"{ratio / empty:.2f}",
        ">= 0.9",
    )


def reading(measuring: Measuring, figures: Figures) -> None:
    """Pages and JSON of a rater with a year of history, one at a time."""
    token = measuring.tokens[0]
    recent = ask(measuring.tracker, "/sessions/recent?limit=2", token)
    full = recent[-1]["session_id"]  # the newest holds what this measurement has just sent
    for name, path, most in (
        ("day as JSON", f"/dashboard/today/json?date={recent[-1]['started_at'][:10]}", 3),
        ("day as page", f"/dashboard/today?date={recent[-1]['started_at'][:10]}", 6),
        ("session as page", f"/dashboard/sessions/{full}", 6),
    ):
        ratios = []
        for _ in range(measuring.plan.rounds):
            bare = measuring.of_bare(connections=1)
            app = measuring.of_tracker(path, connections=1, tokens=[token])
            ratios.append(app.p50 / bare.p50)
        figures[f"latency of a {name} / of the bare endpoint"] = (
            f"{statistics.median(ratios):.1f}",
            f"<= {most}",
        )


def late(measuring: Measuring, figures: Figures) -> None:
    """An event for the middle of a long history against one at its end."""
    ratios = []
    for _ in range(measuring.plan.rounds):
        ordinary = measuring.of_tracker(EVENT, connections=1)
        ratios.append(measuring.of_tracker(LATE, connections=1).p50 / ordinary.p50)
    figures[f"latency of a late event among {OWN:,} / of an ordinary one"] = (
        f"{statistics.median(ratios):.1f}",
        "<= 3",
    )


def ask(server: Server, path: str, token: str) -> list[dict[str, str]]:
    """A JSON document of the tracker."""
    request = urllib.request.Request(server.url + path, headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        found: list[dict[str, str]] = json.load(answer)
        return found


def main() -> None:
    """Measure what was asked for, and print."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("what", nargs="*", default=list(ALL), help=f"{', '.join(ALL)}; all by default")
    parser.add_argument("--questions", type=int, default=RATERS * OWN, help="in the database with a history")
    parser.add_argument("--seconds", type=float, default=3, help="of each stretch of load")
    parser.add_argument("--rounds", type=int, default=3, help="pairs of stretches for each figure")
    asked = parser.parse_args()
    if unknown := set(asked.what) - set(ALL):
        sys.exit(f"Nothing of that name is measured: {', '.join(sorted(unknown))}")
    if engines := [name for name in asked.what if name in ENGINES]:
        measure_engines(engines, Plan(asked.questions, asked.seconds, asked.rounds))
    if WIDGET in asked.what:
        measure_widget()


def measure_engines(engines: Sequence[str], plan: Plan) -> None:
    """One table with a column for each engine."""
    load.wrk()  # says at once where it is missing
    print(
        f"Medians of {plan.rounds} pairs of {plan.seconds:.0f} s, {load.CONNECTIONS} connections, one process."
    )
    show({engine: measure(engine, plan) for engine in engines})


def measure_widget() -> None:
    """A table of its own, or why there is none."""
    if (missing := chromium.what_is_missing()) is not None:
        print(f"The widget is not measured: {missing}")
        return
    load_before = os.getloadavg()[0]
    print(
        f"The widget in Chromium: {widget.PRESSES} presses in {widget.TURNS} turns, load before it {load_before:.1f}."
    )
    show({WIDGET: widget.measure()})


if __name__ == "__main__":
    main()
