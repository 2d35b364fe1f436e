// Every language of the panel and of the widget's page has every text, with the same values in it.

import assert from "node:assert/strict";
import { test } from "node:test";

import * as panel from "../../../app/widget/messages.js";
import { GERMAN } from "../../../app/widget/messages_de.js";
import { paceOf } from "../../../app/widget/pace.js";

globalThis.document = { documentElement: { lang: "de" } };
const page = await import("../../../app/static/widget-messages.js");
const { GERMAN: GERMAN_PAGE } = await import("../../../app/static/widget-messages-de.js");

/** Texts that stay as they are. */
const ALIKE = new Set(["product", "actions.PAUSE", "actionGroup", "unknownTime", "task", "estimate"]);
/** Texts that depend on the browser's settings or stand for keys. */
const OTHER = /^(locales?|keys)(\.|$)/;

/** @returns {Map<string, unknown>} every text by its path */
function textsOf(messages, path = "") {
  return new Map(Object.entries(messages).flatMap(([name, value]) =>
    typeof value === "object" && !OTHER.test(path + name)
      ? [...textsOf(value, `${path}${name}.`)]
      : [[path + name, value]]));
}

/** What a text says of each of its values; 1 and 7 to meet both forms of a plural. */
function saidOf(text, number) {
  if (typeof text !== "function") return text;
  const values = Array.from({ length: text.length }, (ignored, i) => number + 100 * i);
  try {
    return text(...values);
  } catch {
    // It takes a list.
    return text(values.map(String));
  }
}

function numbersOf(text) {
  return [...new Set(String(text).match(/\d+/g) ?? [])].sort();
}

for (const [where, english, german] of [
  ["panel", panel.ENGLISH, GERMAN],
  ["page", page.ENGLISH, GERMAN_PAGE],
]) {
  const [texts, translated] = [textsOf(english), textsOf(german)];

  test(`${where}: German has the texts of English and no others`, () => {
    assert.deepEqual([...translated.keys()], [...texts.keys()]);
  });

  for (const [path, text] of texts) {
    if (OTHER.test(path) || path === "refusal") continue;
    test(`${where}: ${path} says the same values in German`, () => {
      for (const number of [1, 7]) {
        const [said, inGerman] = [saidOf(text, number), saidOf(translated.get(path), number)];
        assert.deepEqual(numbersOf(inGerman), numbersOf(said));
        if (!ALIKE.has(path) && typeof text !== "function") assert.notEqual(inGerman, said);
      }
    });
  }
}

test("the page's texts are in the language of the page", () => {
  assert.equal(page.MESSAGES, GERMAN_PAGE);
});

const CHOICES = [
  [["de", "en-US"], "Weiter"],
  [["en", "de-AT"], "Next"],
  [[undefined, "de-AT"], "Weiter"],
  [[undefined, "DE"], "Weiter"],
  [["fr", "de"], "Weiter"],
  [[undefined, "fr-FR"], "Next"],
  [["constructor", "toString"], "Next"],
  [[], "Next"],
];
for (const [tags, next] of CHOICES) {
  test(`panel of somebody who reads ${tags.join(", then ")} says ${next}`, () => {
    panel.speak(...tags);
    assert.equal(panel.MESSAGES.actions.NEXT, next);
    panel.speak("en");
  });
}

test("a pace is named in the language of now", () => {
  panel.speak("de");
  assert.equal(paceOf(60_000, 60_000, 1).label, "im Ziel");
  assert.equal(paceOf(0, 0, 0).label, "Keine Fragen");
  panel.speak("en");
  assert.equal(paceOf(60_000, 60_000, 1).label, "on target");
});

test("a refusal that no table has stays as the tracker wrote it", () => {
  assert.equal(GERMAN.refusal("event_id: PAUSE is odd"), "event_id: PAUSE is odd");
  assert.equal(GERMAN.refusal(""), "");
});
