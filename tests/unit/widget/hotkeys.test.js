import assert from "node:assert/strict";
import { test } from "node:test";

import { chordLabel, isTypingTarget, pressedAction } from "../../../app/widget/hotkeys.js";

const KEYS = { NEXT: "Alt+Shift+KeyN", PAUSE: "F8", LEAVE: "" };
const PRESS = { code: "KeyN", altKey: true, shiftKey: true, ctrlKey: false, metaKey: false };

test("chords are physical keys with exactly these modifiers", () => {
  assert.equal(pressedAction(PRESS, KEYS), "NEXT");
  assert.equal(pressedAction({ ...PRESS, ctrlKey: true }, KEYS), null);
  assert.equal(pressedAction({ code: "F8" }, KEYS), "PAUSE");
});

test("modifiers alone, and keys without a code, trigger nothing", () => {
  assert.equal(pressedAction({ ...PRESS, code: "AltLeft" }, KEYS), null);
  assert.equal(pressedAction({ code: "" }, KEYS), null);
});

test("chords are written as on the keyboard", () => {
  assert.equal(chordLabel("Alt+Shift+KeyN", false), "Alt+Shift+N");
  assert.equal(chordLabel("Alt+Shift+KeyN", true), "⌥⇧N");
  assert.equal(chordLabel("Ctrl+Numpad1", false), "Ctrl+1");
});

const TARGETS = [
  [{ tagName: "input", type: "text" }, true],
  [{ tagName: "INPUT", type: "radio" }, false],
  [{ tagName: "TEXTAREA" }, true],
  [{ tagName: "SELECT" }, true],
  [{ tagName: "DIV", isContentEditable: true }, true],
  [{ tagName: "DIV", isContentEditable: false }, false],
  [null, false],
];
for (const [target, isTyping] of TARGETS) {
  test(`keys in ${JSON.stringify(target)} ${isTyping ? "are typed" : "are hotkeys"}`, () => {
    assert.equal(isTypingTarget(target), isTyping);
  });
}
