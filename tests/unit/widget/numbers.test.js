import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { numberOf, numberText } from "../../../app/static/numbers.js";

// test_number_cases.py holds the forms of the pages to this table as well.
const CASES = JSON.parse(readFileSync(new URL("number_cases.json", import.meta.url), "utf8"));

for (const [text, number] of CASES.numbers) {
  test(`${JSON.stringify(text)} is ${number}`, () => assert.equal(numberOf(text), number ?? NaN));
}

for (const [number, language, text] of CASES.texts) {
  test(`${number} is ${text} in the language ${language}`, () => {
    assert.equal(numberText(number, language), text);
    assert.equal(numberOf(text), number);
  });
}
