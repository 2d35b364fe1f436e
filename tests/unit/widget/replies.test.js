import assert from "node:assert/strict";
import { test } from "node:test";

import { isEventAnswer, judge, pauseMs, retryAfterMs } from "../../../app/widget/replies.js";

const GOOD = '{"status": "ok", "is_active": true, "server_timestamp": "2026-01-01T00:00:00Z"}';
const VERDICTS = [
  [200, GOOD, "accepted"],
  [200, '{"status": "ok", "is_active": tr', "later"],
  [200, "<html>Log in to this hotel's network</html>", "later"],
  [200, "{}", "later"],
  [400, '{"detail": "No active session."}', "unfit"],
  [400, "<html>Bad Request</html>", "later"],
  [401, '{"detail": "Log in first."}', "disconnected"],
  [401, "", "later"],
  [404, '{"detail": "Not Found"}', "later"],
  [408, '{"detail": "x"}', "later"],
  [422, '{"detail": [{"loc": ["body", "timestamp"], "msg": "Too far ahead", "type": "x"}]}', "refused"],
  [429, '{"detail": "x"}', "later"],
  [500, "", "later"],
  [503, '{"detail": "x"}', "later"],
  [0, "", "later"],
];
for (const [status, text, kind] of VERDICTS) {
  test(`${status} ${text.slice(0, 32)} is ${kind}`, () => {
    assert.equal(judge({ status, text, retryAfter: null }, isEventAnswer).kind, kind);
  });
}

test("reasons are sentences", () => {
  const reasonOf = (status, text) => judge({ status, text, retryAfter: null }, isEventAnswer).reason;
  const detail = '{"detail": [{"loc": ["body", "timestamp"], "msg": "Too far ahead", "type": "x"}]}';
  assert.equal(reasonOf(422, detail), "timestamp: Too far ahead");
  assert.equal(reasonOf(400, '{"detail": "No active session."}'), "No active session.");
  assert.equal(reasonOf(200, "<html>hotel</html>"), "No usable answer from the tracker (200).");
  assert.equal(reasonOf(429, ""), "The tracker asks for a short pause.");
  assert.equal(reasonOf(0, ""), "The tracker cannot be reached.");
});

test("pauses grow with jitter, and are as long as the server asked", () => {
  const lowest = [0, 1, 2, 3, 4, 5, 6, 7].map((attempt) => pauseMs(attempt, 0, 0));
  assert.deepEqual(lowest, [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
  assert.equal(pauseMs(500, 0, 0.5), 45_000);
  assert.equal(pauseMs(0, 7000, 0.5), 7000);
});

const HEADERS = [
  ["7", 7000],
  ["86400", 600_000],
  ["-1", 0],
  ["Thu, 01 Jan 2099 00:00:10 GMT", 0],
  [null, 0],
  ["soon", 0],
];
for (const [header, ms] of HEADERS) {
  test(`Retry-After: ${header} is ${ms} ms`, () => assert.equal(retryAfterMs(header), ms));
}
