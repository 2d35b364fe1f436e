"""As many pairs as there can be."""

from collections.abc import Sequence


def pairs(fitting: Sequence[Sequence[int]]) -> dict[int, int]:
    """Who gets which thing, as many of them as possible, by augmenting paths: things to indexes of `fitting`.

    `fitting`: which things each of them could have. Where not all can have one, those that come first do.
    """
    owners: dict[int, int] = {}

    def give(one: int, seen: set[int]) -> bool:
        """Whether one gets a thing, if need be one whose owner takes another."""
        for thing in fitting[one]:
            if thing not in seen:
                seen.add(thing)
                if thing not in owners or give(owners[thing], seen):
                    owners[thing] = one
                    return True
        return False

    for one in range(len(fitting)):
        give(one, set())
    return owners
