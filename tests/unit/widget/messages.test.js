// Texts for the user are in app/widget/messages.js alone: eslint finds them in any other part.

import assert from "node:assert/strict";
import { test } from "node:test";

import { ESLint } from "eslint";

const eslint = new ESLint();

/** The lines of `code`, as a part of this name, in which a text for the user was found. */
async function linesWithTexts(code, part = "panel_new.js") {
  const [{ messages }] = await eslint.lintText(code, { filePath: `app/widget/${part}` });
  return messages.filter(({ ruleId }) => ruleId === "no-restricted-syntax").map(({ line }) => line);
}

const FOUND = [
  'export const notice = "Press again.";',
  'export const notice = "Task type";',
  "export const notice = (count) => `${count} presses were refused.`;",
  'setText(element, "paused");',
  "setLine(element, count ? `${count} waiting` : \"\");",
  'createElement("span", {}, "by rule");',
  'createButton("press", act, "Next");',
  "createExternalLink(href, \"link\", `Connect ${name}`);",
  'createElement("div", { "aria-label": "tracker" });',
  'link.ariaLabel = folded ? "all" : "one";',
];
for (const code of FOUND) {
  test(`a text is found in ${code}`, async () => {
    assert.notDeepEqual(await linesWithTexts(code), []);
    assert.deepEqual(await linesWithTexts(code, "messages.js"), []);
  });
}

const ALLOWED = [
  'createElement("p", { class: "quiet warn", role: "status" });',
  'createButton("textual warn", act, MESSAGES.back);',
  'setText(element, MESSAGES.back);',
  "setText(element, ` · ${time}`);",
  'page.querySelector("[data-widget-told]");',
  'const key = "task number";',
];
for (const code of ALLOWED) {
  test(`no text is found in ${code}`, async () => assert.deepEqual(await linesWithTexts(code), []));
}
