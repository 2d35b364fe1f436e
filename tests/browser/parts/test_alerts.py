"""The quiet word at both edges of the band."""

import pytest
from playwright.sync_api import Page

TWO_TABS = """
async (alert) => {
  const { createAlerts } = await import("/alerts.js");
  const told = [];
  globalThis.GM_notification = ({ text }) => told.push(text);
  const values = new Map();
  const pass = () => new Promise((resolve) => setTimeout(resolve, 20)); // as it takes from one process to another
  const storage = {
    get: async (key) => { await pass(); return values.get(key); },
    set: async (key, value) => { await pass(); values.set(key, value); },
  };
  const view = { active: true, startedAt: Date.now(), pausedMs: 0, pausedSince: null, targetMinutes: 0.02 };
  for (let tab = 0; tab < 2; tab += 1) createAlerts(storage, { now: { alert } }, Date.now)({ view });
  await new Promise((resolve) => setTimeout(resolve, 2500));
  return told;
}
"""


@pytest.mark.parametrize(
    ("alert", "told"),
    [("notification", ["Now on target.", "From here on this question is slow."]), ("none", [])],
)
def test_each_edge_is_told_once_whatever_the_number_of_tabs(page: Page, alert: str, told: list[str]) -> None:
    assert page.evaluate(TWO_TABS, alert) == told
