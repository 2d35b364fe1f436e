"""Figures and the tables they are printed in."""

import sys


class Figures(dict[str, tuple[str, str]]):
    """What -> (how much, what is to be reached). Each is told as soon as it is known: the whole takes minutes."""

    def __setitem__(self, what: str, figure: tuple[str, str]) -> None:
        super().__setitem__(what, figure)
        print(f"  {what}: {figure[0]}", file=sys.stderr, flush=True)


def show(by_column: dict[str, Figures]) -> None:
    """One table."""
    rows = list(next(iter(by_column.values())))
    width = max(len(row) for row in rows)
    print(f"{'':{width}}", *(f"{name:>16}" for name in by_column), " reach")
    for row in rows:
        cells = (f"{figures[row][0]:>16}" for figures in by_column.values())
        print(
            f"{row:{width}}",
            *cells,
            " " + " | ".join({figures[row][1]: "" for figures in by_column.values()}),
        )
