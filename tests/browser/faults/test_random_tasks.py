"""All faults at random on task pages that are read, as a seed has it: the same seed does the same again."""

import pytest

from tests.browser.faults.conftest import MakeClient
from tests.browser.faults.random_tasks import RandomTasks


@pytest.mark.parametrize("seed", range(5))
def test_tasks_at_random(new_client: MakeClient, seed: int) -> None:
    RandomTasks(seed, new_client).run()


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(100, 150))
def test_tasks_at_random_fifty_times(new_client: MakeClient, seed: int) -> None:
    RandomTasks(seed, new_client).run()
