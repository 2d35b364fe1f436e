"""All faults at random on task pages that are read, as a seed has it: the same seed does the same again."""

import pytest

from tests.browser.faults.conftest import MakeDesk
from tests.browser.faults.task_mix import TaskMix


@pytest.mark.parametrize("seed", range(5))
def test_tasks_at_random(new_desk: MakeDesk, seed: int) -> None:
    TaskMix(seed, new_desk).run()


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(100, 150))
def test_tasks_at_random_fifty_times(new_desk: MakeDesk, seed: int) -> None:
    TaskMix(seed, new_desk).run()
