"""Who gets which thing."""

from tests.browser.faults.matching import pairs


def test_pairs_where_the_first_could_have_both() -> None:
    assert pairs([[0, 1], [0]]) == {1: 0, 0: 1}


def test_pairs_along_a_chain() -> None:
    assert pairs([[0, 1], [1, 2], [2, 3], [0]]) == {1: 0, 2: 1, 3: 2, 0: 3}


def test_pairs_where_not_all_can_have_one() -> None:
    assert pairs([[0], [0, 1], [0, 1], []]) == {0: 0, 1: 1}


def test_pairs_of_nobody() -> None:
    assert pairs([]) == {}
