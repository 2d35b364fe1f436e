import assert from "node:assert/strict";
import { test } from "node:test";

import { anchorOf, placeAt } from "../../../app/widget/placement.js";

const SCREEN = { width: 1000, height: 700 };
const SIZE = { width: 260, height: 300 };

for (const [x, y] of [[-500, -500], [5000, 5000], [8, 8], [700, 20], [20, 380], [732, 392], [500, 300]]) {
  test(`a panel at ${x}, ${y} is on the screen and comes back there`, () => {
    const placed = placeAt({ right: false, bottom: false, x, y }, SIZE, SCREEN);
    assert.ok(placed.left >= 8 && placed.left <= 732, `left ${placed.left}`);
    assert.ok(placed.top >= 8 && placed.top <= 392, `top ${placed.top}`);
    const anchor = anchorOf(placed, SIZE, SCREEN);
    assert.deepEqual(placeAt(anchor, SIZE, SCREEN), placed);
    const small = placeAt(anchor, SIZE, { width: 300, height: 200 });
    assert.ok(small.left >= 8 && small.left <= 32, `left ${small.left}`);
    assert.equal(small.top, 8);
  });
}
