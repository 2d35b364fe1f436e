// The machine that the widget draws, by the table of cases. test_machine_cases.py holds the core to the table as well;
// test_machine_logs.py compares the two on random logs and from answers of the server.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { isoOf } from "../../../app/widget/clock.js";
import { viewsOf } from "./views.js";

const CASES = JSON.parse(readFileSync(new URL("machine_cases.json", import.meta.url), "utf8"));
/** Seconds: times as large as real ones, for the precision of a double. */
const BEGIN = 1_795_000_000;
const NOTHING = { is_active: false, total_questions: 0, avg_active_seconds: 0, pace_ratio: 0 };
const ADOPTED = { answer: NOTHING, at: 0, shift: 0, covers: [], usualMinutes: 5 };

function eventsOf(rows) {
  return rows.map(([type, at, fields], i) => (
    { event_id: String(i), type, timestamp: isoOf(Math.round((BEGIN + at) * 1e6)), ...fields }
  ));
}

function sinceBegin(seconds) {
  return seconds === null ? null : (Math.round(seconds * 1e6) - BEGIN * 1e6) / 1e6;
}

for (const { name, events, ...expected } of CASES.filter((each) => each.events.length)) {
  test(name, () => {
    const view = viewsOf({ adopted: ADOPTED, events: eventsOf(events) }).at(-1);
    if (view.open) {
      view.open.started = sinceBegin(view.open.started);
      view.open.paused_since = sinceBegin(view.open.paused_since);
    }
    view.pace[1] = Math.round(view.pace[1] * 1e6) / 1e6;
    assert.deepEqual(view, expected);
  });
}

test("the target is unknown until the usual one is known", () => {
  const events = eventsOf([["NEXT", 0], ["NEXT", 60, { target_minutes: 2 }], ["NEXT", 180]]);
  const views = viewsOf({ adopted: { ...ADOPTED, usualMinutes: null }, events });
  assert.deepEqual(views.map(({ open }) => open.target), [null, 2, null]);
  assert.deepEqual(views.at(-1).pace, ["not known yet", 0]);
  // Before this browser was ever connected, with targets from the pages.
  assert.deepEqual(viewsOf({ adopted: null, events: events.slice(1) }).at(-1).pace, ["on target", 1]);
});

test("stamps are shifted to the server's clock", () => {
  const threeHours = 3 * 3600;
  const adopted = { ...ADOPTED, shift: -threeHours * 1000 };
  const [view] = viewsOf({ adopted, events: eventsOf([["NEXT", threeHours + 0.000123]]) });
  assert.equal(view.open.started, BEGIN + 0.000123);
});
