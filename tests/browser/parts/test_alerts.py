"""The quiet word at both edges of the band."""

import pytest
from playwright.sync_api import Page

TWO_TABS = """
async ([alert, count]) => {
  const { createAlerts } = await import("/alerts.js");
  const told = [];
  globalThis.GM_notification = ({ text }) => told.push(text);
  const values = new Map();
  const pass = () => new Promise((resolve) => setTimeout(resolve, 20)); // as it takes from one process to another
  const storage = {
    get: async (key) => { await pass(); return values.get(key); },
    set: async (key, value) => { await pass(); values.set(key, value); },
    remove: async (key) => { await pass(); values.delete(key); },
    keys: async () => { await pass(); return [...values.keys()]; },
  };
  const view = { active: true, startedAt: Date.now(), pausedMs: 0, pausedSince: null, targetMinutes: 0.15 };
  for (let tab = 0; tab < 2; tab += 1) createAlerts(storage, { now: { alert } }, Date.now)({ view });
  const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  for (let i = 0; i < 100 && told.length < count; i += 1) await wait(200);
  await wait(2000);
  return told;
}
"""


@pytest.mark.parametrize(
    ("alert", "told"),
    [("notification", ["Now on target.", "From here on this question is slow."]), ("none", [])],
)
def test_each_edge_is_told_once_whatever_the_number_of_tabs(page: Page, alert: str, told: list[str]) -> None:
    assert page.evaluate(TWO_TABS, [alert, len(told)]) == told
