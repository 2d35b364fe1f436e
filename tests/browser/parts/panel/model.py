"""What the panel is told, and what it reports."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Locator, Page

NOW = 1_000_000_000_000
MINUTE_MS = 60_000
RUNNING = {"active": True, "index": 12, "startedAt": NOW - 2 * MINUTE_MS, "targetMinutes": 4}
COUNTED = {"count": 11, "activeSumMs": 11 * 221_000, "targetSumMs": 11 * 217_000}
FACE = "M2 2h12"  # a path: what is drawn there is of no interest here
PACE = {"label": "on target", "face": FACE, "ratio": 1.02}
TASK = {
    "place": "task",
    "task": "471192",
    "fields": {"task_id": "471192", "target_minutes": 4},
    "estimate": "2 - 4 minutes",
    "checks": [],
}

ShowPanel = Callable[..., Locator]
"""Puts the panel on the page, with these choices; keywords: where the model differs from a browser at rest."""


def draw(page: Page, **changes: Any) -> None:
    """Changes the model; the rest of it stays."""
    page.evaluate("(changes) => harness.draw(changes)", changes)


def calls(page: Page) -> list[list[Any]]:
    """What the panel has reported, in order."""
    reported: list[list[Any]] = page.evaluate("harness.calls")
    return reported


def kept(page: Page, choice: str) -> Any:
    """One of the choices."""
    return page.evaluate("(choice) => harness.preferences.now[choice]", choice)


def inside(panel: Locator, script: str) -> Any:
    """`script` with `root`, the panel's shadow root."""
    return panel.evaluate(f"(panel) => {{ const root = panel.getRootNode(); return {script}; }}")
