"""What the operating system says of this server's processes: memory, processor time, open files."""

import os
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from prometheus_client import Metric, ProcessCollector
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import mark_process_dead
from prometheus_client.registry import Collector

COUNTS = re.compile(r"_(\d+)\.db")
PROC = Path("/proc")
LEAST = {"process_start_time_seconds", "process_max_fds"}  # figures of which a sum says nothing


def pids_of(folder: str) -> set[int]:
    """The processes whose counts lie in the folder, ended ones too."""
    found = (COUNTS.search(path.name) for path in Path(folder).iterdir())
    return {int(match[1]) for match in found if match}


def has_ended(pid: int) -> bool:
    """Whether a process that was started by the same parent as this one is gone.

    Another program may have its number by now, but has another parent. Where there is no /proc nothing is known.
    """
    if not PROC.is_dir():
        return False
    try:
        status = (PROC / str(pid) / "stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return True
    return int(status.rpartition(")")[2].split()[1]) != os.getppid()


def forget_ended(folder: str) -> None:
    """Let gauges of processes that have ended go; what they counted stays."""
    for pid in pids_of(folder):
        if has_ended(pid):
            mark_process_dead(pid, folder)  # type: ignore[no-untyped-call]


class ProcessFigures(Collector):
    """The usual `process_*` metrics, added up over all processes of the server."""

    def __init__(self, folder: str | None) -> None:
        siblings = set() if folder is None else {pid for pid in pids_of(folder) if not has_ended(pid)}
        self._pids = {os.getpid()} | siblings

    def collect(self) -> Iterator[Metric]:
        """The figures that /proc gives; without one, the number of processes alone."""
        yield GaugeMetricFamily("raterhub_processes", "Processes of this server.", value=len(self._pids))
        added: dict[str, Metric] = {}
        for pid in self._pids:
            for family in ProcessCollector(pid=partial(int, pid), registry=None).collect():
                before = added.setdefault(family.name, family)
                if before is not family:
                    values = before.samples[0].value, family.samples[0].value
                    value = min(values) if family.name in LEAST else sum(values)
                    before.samples = [before.samples[0]._replace(value=value)]
        yield from added.values()
