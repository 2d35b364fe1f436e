import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { LONGEST_TASK_ID, LONGEST_TASK_TYPE, plainLabel } from "../../../app/widget/labels.js";

// test_label_cases.py holds the core to this table as well.
const CASES = JSON.parse(readFileSync(new URL("label_cases.json", import.meta.url), "utf8"));

/** @returns {Set<number>} every number of these ranges */
function pointsOf(ranges) {
  return new Set(ranges.flatMap(([first, last]) => [...Array(last - first + 1).keys()].map((i) => first + i)));
}

test("longest labels are those of the table", () => {
  assert.deepEqual({ task_id: LONGEST_TASK_ID, task_type: LONGEST_TASK_TYPE }, CASES.longest);
});

for (const { text, plain } of CASES.labels) {
  test(`task type ${JSON.stringify(text)}`, () => {
    assert.equal(plainLabel(text, LONGEST_TASK_TYPE), plain ?? undefined);
  });
}

test("every code point is taken as the table says", () => {
  const white = pointsOf(CASES.whiteSpace);
  const refused = pointsOf(CASES.refused);
  for (let point = 0; point <= 0x10ffff; point += 1) {
    const text = String.fromCodePoint(point);
    const plain = white.has(point) ? " " : text;
    if (plainLabel(text, 1) !== (refused.has(point) ? undefined : plain)) assert.fail(`U+${point.toString(16)}`);
  }
});
