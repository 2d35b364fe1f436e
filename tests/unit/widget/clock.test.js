import assert from "node:assert/strict";
import { test } from "node:test";

import { clockText, clocksDiffer, isoOf, nextStamp, serverShift } from "../../../app/widget/clock.js";

test("stamps strictly increase when the clock stands still or is set back", () => {
  let memory = { last: 0, offset: 0 };
  const stamps = [1000, 1000, 1000, 5000, 2000, 2500, 2500, 9000].map((wall) => {
    memory = nextStamp(wall, memory);
    return memory.last;
  });
  // Set back by three seconds after 5000: half a second later is half a second later all the same.
  assert.deepEqual(stamps, [1000, 1001, 1002, 5002, 5003, 5503, 5504, 12004]);
});

test("a new session begins on the wall clock once that has caught up", () => {
  assert.deepEqual(nextStamp(9000, { last: 8000, offset: 500 }, true), { last: 9000, offset: 0 });
  assert.deepEqual(nextStamp(9000, { last: 8000, offset: 500 }, false), { last: 9500, offset: 500 });
});

test("stamps are ISO 8601 with microseconds", () => {
  assert.equal(isoOf(1_777_629_600_000_999), "2026-05-01T10:00:00.000999Z");
});

const HOUR_MS = 3_600_000;
// The server's clock minus the widget's, what the server corrects, and whether the clocks differ.
const CLOCKS = [
  ["a minute", 60_000, 0, false],
  ["three hours", -3 * HOUR_MS, -3 * HOUR_MS, false],
  ["twelve hours", 12 * HOUR_MS, 12 * HOUR_MS, false],
  ["more than twelve hours", 12 * HOUR_MS + 1, 12 * HOUR_MS + 1, true],
  ["more than twelve hours behind", -12 * HOUR_MS - 1, -12 * HOUR_MS - 1, true],
];
for (const [name, ms, shift, differ] of CLOCKS) {
  test(`clocks that are apart: ${name}`, () => {
    const widget = Date.parse("2026-05-01T10:00:00Z");
    assert.deepEqual([serverShift(widget + ms, widget), clocksDiffer(widget + ms, widget)], [shift, differ]);
  });
}

const TEXTS = [
  [0, "00:00"],
  [999, "00:00"],
  [59_999, "00:59"],
  [60_000, "01:00"],
  [3_599_999, "59:59"],
  [3_600_000, "1:00:00"],
];
for (const [ms, text] of TEXTS) {
  test(`${ms} ms are written ${text}`, () => assert.equal(clockText(ms), text));
}
