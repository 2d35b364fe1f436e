import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { FACES } from "../../../app/widget/faces.js";
import { bandOf, bandText, mmss, paceOf } from "../../../app/widget/pace.js";

// test_pace_cases.py holds the core to this table as well.
const CASES = JSON.parse(readFileSync(new URL("pace_cases.json", import.meta.url), "utf8"));

function assertNear(actual, expected, tolerance = 1e-9) {
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected}`);
}

for (const { active, target, count, pace: [label, , ratio] } of CASES.paces) {
  test(`pace of ${active} s of ${target} s in ${count} questions`, () => {
    const pace = paceOf(active * 1000, target * 1000, count);
    assert.equal(pace.label, label);
    assertNear(pace.ratio, ratio, 2e-8);
  });
}

for (const { seconds, per, text } of CASES.spans) {
  test(`${seconds} s / ${per} are written ${text}`, () => assert.equal(mmss(seconds * 1000, per), text));
}

test("pace of what this browser cannot know", () => {
  const unknown = { label: "not known yet", face: FACES.unknown, ratio: 0 };
  for (const sums of [[null, 60_000, 1], [1000, null, 1], [1000, 0, 1], [-60_000, -330_000, -1]]) {
    assert.deepEqual(paceOf(...sums), unknown);
  }
  assert.equal(paceOf(null, null, 0).label, "No questions");
});

const BANDS = [
  [0, "early", "05:00 left · fast if submitted now"],
  [999, "early", "05:00 left · fast if submitted now"],
  [269_999.999, "early", "00:31 left · fast if submitted now"],
  [270_000, "band", "00:30 left · on target"],
  [300_000, "band", "00:00 left · on target"],
  [300_999, "band", "00:00 left · on target"],
  [301_000, "band", "00:01 over · on target"],
  [329_999.999, "band", "00:29 over · on target"],
  [330_000, "late", "00:30 over · too slow"],
  [4_000_000, "late", "1:01:40 over · too slow"],
];
for (const [active, zone, text] of BANDS) {
  test(`band after ${active} ms of 300 s`, () => {
    const band = bandOf(active, 300_000);
    assert.deepEqual([band.zone, band.leftMs], [zone, 300_000 - active]);
    assertNear(band.ratio, active / 300_000);
    assert.equal(bandText(band), text);
  });
}
