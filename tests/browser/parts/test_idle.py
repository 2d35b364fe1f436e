"""When she was away: nothing was touched for long enough, or the computer slept."""

import pytest
from playwright.sync_api import Page

MINUTE = 60_000

# Clocks that the test turns, in two tabs that share a storage; what they tell is written down.
WATCHED = """
async ({ idle, steps }) => {
  const { watchActivity } = await import("/idle.js");
  const clocks = { wall: Date.now(), run: 1000 };
  const [realNow, realRun] = [Date.now, performance.now];
  Date.now = () => clocks.wall;
  performance.now = () => clocks.run;
  const [values, listeners, told] = [new Map(), [], []];
  const storage = {
    get: async (key) => values.get(key), onChange: (key, listener) => listeners.push(listener),
    set: async (key, value) => { values.set(key, value); for (const listener of listeners) listener(); },
  };
  try {
    const tabs = [];
    for (const tab of [0, 1]) {
      const onReturn = (from, to) => told.push([tab, Math.round((to - from) / 1000)]);
      tabs.push(await watchActivity(storage, () => idle, onReturn));
    }
    for (const [what, ms] of steps) {
      if (what === "hide" || what === "show") {
        Object.defineProperty(document, "hidden", { configurable: true, value: what === "hide" });
      }
      if (what === "wall" || what === "both") clocks.wall += ms;
      if (what === "both") clocks.run += ms;
      if (what === "touch") tabs[ms]({ timeStamp: clocks.run });
      if (what === "touch late") tabs[ms]({ timeStamp: clocks.run - 5 });
      await new Promise((resolve) => setTimeout(resolve));
    }
  } finally {
    [Date.now, performance.now] = [realNow, realRun];
    delete document.hidden;
  }
  return told;
}
"""

BUSY = [("touch", 0), ("touch", 1)]


@pytest.mark.parametrize(
    ("idle", "steps", "told"),
    [
        (10, [*BUSY, ("both", 10 * MINUTE), *BUSY, *BUSY], [[0, 600]]),
        (10, [*BUSY, ("both", MINUTE), *BUSY], []),
        # One tab has asked about the sleep; a minute's reading later the other is touched.
        (10, [*BUSY, ("wall", 3 * MINUTE), ("touch", 0), ("both", 61_000), ("touch", 1)], [[0, 180]]),
        # Three minutes in which everything stood still.
        (10, [*BUSY, ("wall", 3 * MINUTE), *BUSY, *BUSY], [[0, 180]]),
        (10, [*BUSY, ("both", 3 * MINUTE), *BUSY, *BUSY], [[0, 180]]),
        (10, [*BUSY, ("hide", 0), ("touch", 0), ("wall", 3 * MINUTE), ("show", 0), *BUSY], [[0, 180]]),
        (
            10,
            [("touch", 0), ("wall", 2 * MINUTE), ("touch late", 0), ("both", 50_000), ("touch", 0)],
            [[0, 120]],
        ),
        # Behind another tab a page may be put to sleep by itself.
        (10, [*BUSY, ("hide", 0), ("touch", 0), ("both", 3 * MINUTE), ("show", 0), *BUSY], []),
        # A clock that is set back tells nothing.
        (10, [*BUSY, ("wall", -3 * MINUTE), *BUSY], []),
        (0, [*BUSY, ("wall", 3 * MINUTE), *BUSY, ("both", 60 * MINUTE), *BUSY], []),
    ],
    ids=[
        "untouched", "not for long", "asked in one tab", "asleep", "asleep with a clock that goes on",
        "asleep behind another tab", "told late", "put to sleep", "set back", "never",
    ],
)  # fmt: skip
def test_return_is_told_once(
    page: Page, idle: int, steps: list[tuple[str, int]], told: list[list[int]]
) -> None:
    assert page.evaluate(WATCHED, {"idle": idle, "steps": steps}) == told
