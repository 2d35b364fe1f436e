"""The parts of the benchmark that can be held against something known."""

import os
import subprocess
import sys
import time
import urllib.request

import pytest

from bench import chromium
from bench.__main__ import measure_widget
from bench.figures import Figures, show
from bench.widget import Times, between, how_many, share


def test_times_of_a_hundred_presses() -> None:
    times = Times([float(ms) for ms in range(101)])
    assert (times.p50, times.p95, str(times)) == (50.0, 95.0, "50.0 (95.0)")


def test_times_between_two_moments() -> None:
    presses = [
        {"pressed": 10.0, "painted": 14.0, "settled": 30.0},
        {"pressed": 20.0, "painted": 25.0, "settled": 41.0},
    ]
    assert between(presses, "pressed", "painted").all == [4.0, 5.0]
    assert between(presses, "painted", "settled").all == [16.0, 16.0]


def test_late_events_are_known_by_their_time_stamps() -> None:
    presses = [{"pressed": 10.1}, {"pressed": 120.0}, {"pressed": 230.0}]
    assert how_many(presses, [10.0, 119.0, 230.0, 340.0]) == 2


def test_share_of_a_core_counts_processes_begun_meanwhile() -> None:
    before, after = {"renderer": 1.0}, {"renderer": 1.5, "utility": 0.25}
    assert share(before, after, 50.0) == {"renderer": 1.0, "utility": 0.5}


def test_seconds_computed_grow_with_the_work() -> None:
    before, began = chromium.seconds_of(os.getpid()), time.process_time()
    while time.process_time() - began < 0.2:
        pass
    assert chromium.seconds_of(os.getpid()) - before >= 0.15


def test_site_shows_its_task_page_everywhere() -> None:
    with chromium.site() as origin:
        for path in ("/", chromium.TASK):
            with urllib.request.urlopen(origin + path, timeout=30) as answer:
                assert answer.read() == chromium.TASK_PAGE


def test_missing_browser_is_told_and_nothing_else_happens(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "")
    measure_widget()
    names = ", ".join(chromium.NAMES)
    assert capsys.readouterr().out == f"The widget is not measured: none of {names} is installed.\n"


def test_table_has_a_column_for_each(capsys: pytest.CaptureFixture[str]) -> None:
    first, second = Figures(), Figures()
    first["ratio"], second["ratio"] = ("0.35", ">= 0.4"), ("0.20", ">= 0.3")
    show({"sqlite": first, "postgresql": second})
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines == [
        ["sqlite", "postgresql", "reach"],
        ["ratio", "0.35", "0.20", ">=", "0.4", "|", ">=", "0.3"],
    ]


def test_unknown_name_ends_it() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench", "oracle"], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "Nothing of that name is measured: oracle"
