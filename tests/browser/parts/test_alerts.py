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


FAILING = """
async ([manager, agent]) => {
  const { createAlerts } = await import("/alerts.js");
  let tones = 0;
  const Real = AudioContext;
  globalThis.AudioContext = class extends Real { constructor() { super(); tones += 1; } };
  if (agent) Object.defineProperty(navigator, "userAgent", { value: agent, configurable: true });
  (0, eval)(manager);
  const values = new Map();
  const storage = {
    get: async (key) => values.get(key),
    set: async (key, value) => void values.set(key, value),
    remove: async (key) => void values.delete(key),
    keys: async () => [...values.keys()],
  };
  const view = { active: true, startedAt: Date.now() - 1000, pausedMs: 0, pausedSince: null, targetMinutes: 0.02 };
  createAlerts(storage, { now: { alert: "notification" } }, Date.now)({ view });
  for (let i = 0; i < 100 && !values.has("alerted"); i += 1) await new Promise((resolve) => setTimeout(resolve, 100));
  await new Promise((resolve) => setTimeout(resolve, 200));
  globalThis.AudioContext = Real;
  delete globalThis.GM_info;
  delete navigator.userAgent;
  return [tones, values.has("alert-failed")];
}
"""
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0"
SHOWS = "globalThis.GM_notification = () => undefined"
VIOLENTMONKEY = SHOWS + "; globalThis.GM_info = {{ scriptHandler: 'Violentmonkey', version: '{}' }}"


@pytest.mark.parametrize(
    ("manager", "agent", "fails"),
    [
        (SHOWS, "", False),
        ("globalThis.GM_notification = undefined", "", True),
        ("globalThis.GM_notification = () => { throw new Error('no') }", "", True),
        ("globalThis.GM_notification = () => Promise.reject(new Error('no'))", "", True),
        ("globalThis.GM_notification = () => new Promise(() => {})", "", False),
        (VIOLENTMONKEY.format("2.47.0"), FIREFOX, True),
        (VIOLENTMONKEY.format("2.47.1"), FIREFOX, False),
        (VIOLENTMONKEY.format("2.47.0"), "", False),
    ],
)
def test_notification_that_fails_is_a_sound_and_is_remembered_for_the_settings(
    page: Page, manager: str, agent: str, fails: bool
) -> None:
    assert page.evaluate(FAILING, [manager, agent]) == [int(fails), fails]
