// @ts-check
// Which keys trigger which action. Pure: a key press is passed in as the fields of its KeyboardEvent. The tracker's
// page about the widget loads this module as well.

/** @import { Action } from "./types.js" */

/** @typedef {Record<Action, string>} Hotkeys  a chord such as "Alt+Shift+KeyN" for each action; "": no keys */

/**
 * Alt+Shift with a letter: no browser reserves these letters (Chrome and Edge take A, B, I and T), none closes a
 * window, and outside text fields no keyboard layout types anything with them. Physical keys (`code`), because with Alt
 * macOS turns N and U into dead keys and other layouts into other letters.
 * @type {Readonly<Hotkeys>}
 */
export const DEFAULT_HOTKEYS = {
  NEXT: "Alt+Shift+KeyN",
  PAUSE: "Alt+Shift+KeyP",
  UNDO: "Alt+Shift+KeyU",
  EXIT: "Alt+Shift+KeyX",
  DISCARD: "Alt+Shift+KeyD",
  LEAVE: "",
};

const MODIFIER_CODES = /^(Alt|Shift|Control|Meta|OS)(Left|Right)?$/;
const TEXTLESS_INPUTS = /^(button|checkbox|color|file|image|radio|range|reset|submit)$/i;
/** What macOS prints for the modifiers. @type {Record<string, string>} */
const MAC_SIGNS = { Ctrl: "⌃", Alt: "⌥", Shift: "⇧" };

/**
 * @typedef {object} KeyPress
 * @property {string} code
 * @property {boolean} [altKey]
 * @property {boolean} [ctrlKey]
 * @property {boolean} [metaKey]
 * @property {boolean} [shiftKey]
 */

/**
 * @param {KeyPress} press
 * @returns {string | null} null while only modifiers are held
 */
export function chordOf(press) {
  if (!press.code || MODIFIER_CODES.test(press.code)) return null;
  const held = [press.ctrlKey && "Ctrl", press.metaKey && "Meta", press.altKey && "Alt", press.shiftKey && "Shift"];
  return [...held, press.code].filter(Boolean).join("+");
}

/**
 * @param {KeyPress} press
 * @param {Partial<Hotkeys>} hotkeys
 * @returns {Action | null}
 */
export function pressedAction(press, hotkeys) {
  const chord = chordOf(press);
  const found = Object.entries(hotkeys).find(([, each]) => each === chord);
  return found ? /** @type {Action} */ (found[0]) : null;
}

/**
 * A chord as it is shown on a button.
 * @param {string} chord
 * @param {boolean} mac
 * @param {Record<string, string>} [names]  of keys in the user's language, where they differ from their codes
 */
export function chordLabel(chord, mac, names = {}) {
  const signs = mac ? { ...names, ...MAC_SIGNS } : names;
  const keys = chord.split("+").map((key) => key.replace(/^(Key|Digit|Numpad|Arrow)(?=.)/, ""));
  return keys.map((key) => signs[key] ?? key).join(mac ? "" : "+");
}

/**
 * Whether the user types text into this element, so that keys belong to it.
 * @param {any} target
 * @returns {boolean}
 */
export function isTypingTarget(target) {
  if (!target || typeof target.tagName !== "string") return false;
  const tag = target.tagName.toUpperCase();
  if (tag === "INPUT") return !TEXTLESS_INPUTS.test(target.type);
  return tag === "TEXTAREA" || tag === "SELECT" || target.isContentEditable === true;
}
