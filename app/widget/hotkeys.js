// @ts-check
// Which keys mean what. Pure: a key press comes in as the fields of its KeyboardEvent. The tracker's page about the widget loads
// this module as it stands.

/** @import { Action } from "./words.js" */

/** @typedef {Record<Action, string>} Hotkeys  a chord such as "Alt+Shift+KeyN" for each action; "" = no keys */

/**
 * Alt+Shift with a letter: no browser keeps these letters for itself (Chrome and Edge take A, B, I and T), none closes a window, and
 * outside text fields no layout writes anything with them. Physical keys (`code`), since with Alt macOS turns N
 * and U into dead keys and other layouts into other letters.
 * @type {Readonly<Hotkeys>}
 */
export const DEFAULT_HOTKEYS = {
  NEXT: "Alt+Shift+KeyN", PAUSE: "Alt+Shift+KeyP", UNDO: "Alt+Shift+KeyU", EXIT: "Alt+Shift+KeyX",
  DISCARD: "Alt+Shift+KeyD", LEAVE: "",
};

const MODIFIER_CODES = /^(Alt|Shift|Control|Meta|OS)(Left|Right)?$/;
const TEXTLESS_INPUTS = /^(button|checkbox|color|file|image|radio|range|reset|submit)$/i;

/**
 * @typedef {object} KeyPress
 * @property {string} code
 * @property {boolean} altKey
 * @property {boolean} ctrlKey
 * @property {boolean} metaKey
 * @property {boolean} shiftKey
 */

/**
 * @param {KeyPress} press
 * @returns {string | null} null while only modifiers are down
 */
export function chordOf(press) {
  if (!press.code || MODIFIER_CODES.test(press.code)) return null;
  const held = [press.ctrlKey && "Ctrl", press.metaKey && "Meta", press.altKey && "Alt", press.shiftKey && "Shift"];
  return [...held, press.code].filter(Boolean).join("+");
}

/**
 * @param {KeyPress} press
 * @param {Hotkeys} hotkeys
 * @returns {Action | null}
 */
export function pressedAction(press, hotkeys) {
  const chord = chordOf(press);
  const found = Object.entries(hotkeys).find(([, each]) => each === chord);
  return found ? /** @type {Action} */ (found[0]) : null;
}

/**
 * As it stands on a button.
 * @param {string} chord
 * @param {boolean} mac
 */
export function chordLabel(chord, mac) {
  const signs = /** @type {Record<string, string>} */ ({ Ctrl: "⌃", Alt: "⌥", Shift: "⇧" });
  const parts = chord.split("+").map((part) => part.replace(/^(Key|Digit|Numpad|Arrow)(?=.)/, ""));
  return mac ? parts.map((part) => signs[part] ?? part).join("") : parts.join("+");
}

/**
 * Whether typing goes into this element, so that keys belong to it.
 * @param {any} target
 * @returns {boolean}
 */
export function isTypingTarget(target) {
  if (!target || typeof target.tagName !== "string") return false;
  const tag = target.tagName.toUpperCase();
  if (tag === "INPUT") return !TEXTLESS_INPUTS.test(target.type);
  return tag === "TEXTAREA" || tag === "SELECT" || target.isContentEditable === true;
}
