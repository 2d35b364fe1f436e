"""All faults at random, as a seed has it: the same seed does the same again."""

import pytest

from tests.browser.faults.conftest import MakeDesk
from tests.browser.faults.mix import Mix


@pytest.mark.parametrize("seed", range(10))
def test_everything_at_random(new_desk: MakeDesk, seed: int) -> None:
    Mix(seed, new_desk).run()


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(100, 200))
def test_everything_at_random_a_hundred_times(new_desk: MakeDesk, seed: int) -> None:
    Mix(seed, new_desk).run()
