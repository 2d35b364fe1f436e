"""Functions that share a commit, and the tasks that wait for them."""

import asyncio
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from app.engines.backend import Work


@dataclass(slots=True, eq=False)
class Job:
    """A function to be run, its outcome, and the future of the task that waits for it."""

    work: Work[Any]
    future: asyncio.Future[Any]
    owner: Hashable = None
    result: Any = None
    failure: BaseException | None = None


def succeeded(jobs: Sequence[Job]) -> int:
    """How many have succeeded."""
    return sum(job.failure is None for job in jobs)


def fail(jobs: Sequence[Job], failure: BaseException) -> None:
    """Give all of them one outcome: the transaction that they shared has failed."""
    for job in jobs:
        job.result, job.failure = None, failure


def resolve(jobs: Sequence[Job]) -> None:
    """Hand the outcomes to those who wait, in the thread of their event loop."""
    for job in jobs:
        if job.future.done():  # the task has given up
            continue
        if job.failure is None:
            job.future.set_result(job.result)
        else:
            job.future.set_exception(job.failure)
