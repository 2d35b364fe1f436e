// The estimated time. Reading a page needs a document: tests/browser/parts/test_reader.py.

import assert from "node:assert/strict";
import { test } from "node:test";

import { estimateOf } from "../../../app/widget/reader.js";

const ESTIMATES = [
  ["1.5 minutes", 1.5, 1.5],
  ["2 - 4 minutes", 2, 4],
  ["2–4 min", 2, 4],
  ["2 — 4 Minutes", 2, 4],
  ["2 to 4 minutes", 2, 4],
  ["4 - 2 minutes", 2, 4],
  ["1,5 minutes", 1.5, 1.5],
  ["1,5 - 2,25 min.", 1.5, 2.25],
  ["90 seconds", 1.5, 1.5],
  ["30 - 90 sec", 0.5, 1.5],
  ["30 seconds - 2 minutes", 0.5, 2],
  ["1 minute", 1, 1],
  ["1 hour", 60, 60],
  ["0.5\u00a0hours", 30, 30],
  ["10 h", 600, 600],
  ["0 - 2 minutes", 0, 2],
  ["Estimated time: 2 - 4 minutes per task", 2, 4],
  ["AET - 3 minutes", 3, 3],
  ["(5 mins)", 5, 5],
];
for (const [text, lower, upper] of ESTIMATES) {
  test(`"${text}" is ${lower} to ${upper} minutes`, () => {
    const estimate = estimateOf(text);
    assert.ok(Math.abs(estimate.lower - lower) < 1e-12 && Math.abs(estimate.upper - upper) < 1e-12);
  });
}

const UNCERTAIN = [
  "",
  "soon",
  "minutes",
  "4",
  "2 - 4",
  "0 minutes",
  "0 - 0 minutes",
  "-2 minutes",
  "−2 minutes",
  "+2 minutes",
  ".5 minutes",
  "1.2.3 minutes",
  "1,500 minutes",
  "601 minutes",
  "10.1 hours",
  "1e3 minutes",
  "2 - 4 - 6 minutes",
  "2 of 17 tasks, 3 minutes",
  "1 hour 30 minutes",
  "3 minutes, 2 left",
  "2 minutiae",
  "2 hostiles",
  "NaN minutes",
  `${"9".repeat(400)} minutes`,
];
for (const text of UNCERTAIN) {
  test(`"${text.slice(0, 40)}" is not read`, () => assert.equal(estimateOf(text), null));
}
