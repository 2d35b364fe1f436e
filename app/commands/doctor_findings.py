"""The findings of `doctor`."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault of the configuration: what it is, why it matters, and how to correct it."""

    level: Literal["Error", "Warning"]
    what: str
    why: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.level}: {self.what}\n  {self.why}\n  {self.remedy}"


def error(what: str, why: str, remedy: str) -> Finding:
    """A finding that breaks the service, loses data or opens access."""
    return Finding("Error", what, why, remedy)


def warning(what: str, why: str, remedy: str) -> Finding:
    """A finding that works, but seldom as intended."""
    return Finding("Warning", what, why, remedy)
