"""One thing that `doctor` found."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: what, why it matters, and what to write where."""

    level: Literal["Error", "Warning"]
    what: str
    why: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.level}: {self.what}\n  {self.why}\n  {self.remedy}"


def error(what: str, why: str, remedy: str) -> Finding:
    """What does not work, loses something or lets somebody in."""
    return Finding("Error", what, why, remedy)


def warning(what: str, why: str, remedy: str) -> Finding:
    """What works, though not as most people would want it."""
    return Finding("Warning", what, why, remedy)
