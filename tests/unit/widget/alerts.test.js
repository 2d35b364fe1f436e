// Alerts at the edges of the pace band.

import assert from "node:assert/strict";
import { test } from "node:test";

import { createAlerts } from "../../../app/widget/alerts.js";
import { createStorage, until, wait } from "./support.js";

const LOWER_EDGE_MS = 54_000; // 90 % of a minute
/** Longer than a tab waits for its turn. */
const TURN_MS = 800;

/** A question of one minute's target, `leftMs` before the edge of its band. */
const beforeEdge = (leftMs) => ({
  view: {
    active: true,
    startedAt: Date.now() - LOWER_EDGE_MS + leftMs,
    pausedMs: 0,
    pausedSince: null,
    targetMinutes: 1,
  },
});

/** What was notified from now on. */
function notified() {
  const texts = [];
  globalThis.GM_notification = ({ text }) => void texts.push(text);
  return texts;
}

test("a question that reaches the band is told once", async () => {
  const texts = notified();
  const storage = createStorage({}, 0);
  const model = beforeEdge(20);
  const schedules = [1, 2].map(() => createAlerts(storage, { now: { alert: "notification" } }, Date.now));
  for (const schedule of schedules) schedule(model);
  await until(() => texts.length > 0);
  await wait(TURN_MS);
  assert.equal(texts.length, 1);
});

test("a question that was closed while the tab waited for its turn is not told, and the next one is", async () => {
  const texts = notified();
  const schedule = createAlerts(createStorage({}, 0), { now: { alert: "notification" } }, Date.now);
  schedule(beforeEdge(10));
  await wait(60);
  schedule(beforeEdge(TURN_MS));
  await wait(TURN_MS - 100);
  assert.deepEqual(texts, []);
  await until(() => texts.length > 0);
  assert.equal(texts.length, 1);
});
