"""All faults at random, as a seed has it: the same seed does the same again."""

import pytest

from tests.browser.faults.conftest import MakeClient
from tests.browser.faults.random_presses import RandomPresses


@pytest.mark.parametrize("seed", range(10))
def test_everything_at_random(new_client: MakeClient, seed: int) -> None:
    RandomPresses(seed, new_client).run()


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(100, 200))
def test_everything_at_random_a_hundred_times(new_client: MakeClient, seed: int) -> None:
    RandomPresses(seed, new_client).run()
