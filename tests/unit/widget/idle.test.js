// When the user was away: no activity for long enough, or the computer slept.

import assert from "node:assert/strict";
import { test } from "node:test";

import "./support.js";
import { MINUTE_MS, withProperty } from "./support.js";
import { watchActivity } from "../../../app/widget/idle.js";

globalThis.window ??= new EventTarget();

const BUSY = [["touch", 0], ["touch", 1]];
const CASES = [
  ["untouched", 10, [...BUSY, ["both", 10 * MINUTE_MS], ...BUSY, ...BUSY], [[0, 600]]],
  ["not for long", 10, [...BUSY, ["both", MINUTE_MS], ...BUSY], []],
  [
    // One tab has asked about the sleep; a minute of reading later the other is touched.
    "asked in one tab",
    10,
    [...BUSY, ["wall", 3 * MINUTE_MS], ["touch", 0], ["both", 61_000], ["touch", 1]],
    [[0, 180]],
  ],
  ["asleep", 10, [...BUSY, ["wall", 3 * MINUTE_MS], ...BUSY, ...BUSY], [[0, 180]]],
  ["asleep with a clock that goes on", 10, [...BUSY, ["both", 3 * MINUTE_MS], ...BUSY, ...BUSY], [[0, 180]]],
  [
    "asleep behind another tab",
    10,
    [...BUSY, ["hide"], ["touch", 0], ["wall", 3 * MINUTE_MS], ["show"], ...BUSY],
    [[0, 180]],
  ],
  [
    "delivered late",
    10,
    [["touch", 0], ["wall", 2 * MINUTE_MS], ["touch late", 0], ["both", 50_000], ["touch", 0]],
    [[0, 120]],
  ],
  [
    // The browser may stop the timers of a page behind another tab.
    "put to sleep by the browser",
    10,
    [...BUSY, ["hide"], ["touch", 0], ["both", 3 * MINUTE_MS], ["show"], ...BUSY],
    [],
  ],
  ["a clock that is set back", 10, [...BUSY, ["wall", -3 * MINUTE_MS], ...BUSY], []],
  ["never", 0, [...BUSY, ["wall", 3 * MINUTE_MS], ...BUSY, ["both", 60 * MINUTE_MS], ...BUSY], []],
];

/** Two tabs that share a storage, with clocks that the test turns: which tab asked, and about how many seconds. */
async function returnsOf(idleMinutes, steps) {
  const clocks = { wall: Date.now(), run: 1000 };
  const values = new Map();
  const listeners = [];
  const returns = [];
  const storage = {
    get: async (key) => values.get(key),
    set: async (key, value) => {
      values.set(key, value);
      for (const listener of listeners) listener();
    },
    onChange: (_key, listener) => listeners.push(listener),
  };
  const act = {
    hide: () => (document.hidden = true),
    show: () => (document.hidden = false),
    wall: (ms) => (clocks.wall += ms),
    both: (ms) => {
      clocks.wall += ms;
      clocks.run += ms;
    },
    "touch": (tab) => tabs[tab]({ timeStamp: clocks.run }),
    "touch late": (tab) => tabs[tab]({ timeStamp: clocks.run - 5 }),
  };
  const tabs = [];
  await withProperty(Date, "now", () => clocks.wall, () =>
    withProperty(performance, "now", () => clocks.run, async () => {
      for (const tab of [0, 1]) {
        const onReturn = (from, to) => returns.push([tab, Math.round((to - from) / 1000)]);
        tabs.push(await watchActivity(storage, () => idleMinutes, onReturn));
      }
      for (const [step, value] of steps) {
        act[step](value);
        await new Promise(setImmediate);
      }
    }));
  return returns;
}

for (const [name, idleMinutes, steps, expected] of CASES) {
  test(`a return is reported once: ${name}`, async (context) => {
    context.mock.timers.enable({ apis: ["setInterval"] });
    assert.deepEqual(await returnsOf(idleMinutes, steps), expected);
  });
}
