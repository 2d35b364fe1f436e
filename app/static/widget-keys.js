// @ts-check
// The fields in which the user presses the keys for an action. A field holds a chord of physical keys such as
// "Alt+Shift+KeyN" in `data-chord`, and shows it as it is printed on the keyboard.

import { DEFAULT_HOTKEYS, chordLabel, chordOf } from "../widget/hotkeys.js";
import { MESSAGES } from "./widget-messages.js";

/**
 * @param {string} modifiers  such as "Ctrl+"
 * @param {string} keys  separated by spaces
 */
function chordsWith(modifiers, keys) {
  return keys.split(" ").map((key) => modifiers + key);
}

/** Chords that a browser or the system takes before the page, or along with it, on any platform. */
const TAKEN = new Set([
  ...chordsWith("Ctrl+Key", "Q W T N P R C V X Z A F"),
  ...chordsWith("Ctrl+Shift+Key", "Q W T N P R I J C B"),
  ...chordsWith("Alt+Shift+Key", "A B I T"),
  ...chordsWith("Alt+", "F4 Tab Space Escape ArrowLeft ArrowRight Home KeyD KeyE KeyF Shift+Tab"),
  ...chordsWith("Ctrl+", "Tab F4 Shift+Delete Shift+Tab Alt+Delete"),
  ...chordsWith("", "F1 F3 F5 F6 F7 F10 F11 F12"),
]);
const MAC = /Mac|iPhone|iPad/.test(navigator.platform);

export const KEY_FIELDS = Object.keys(DEFAULT_HOTKEYS);

/** @param {Element} field */
export function chordIn(field) {
  return field.getAttribute("data-chord") ?? "";
}

/**
 * @param {HTMLInputElement} field
 * @param {string} chord  "": no keys
 */
export function putChord(field, chord) {
  field.setAttribute("data-chord", chord);
  field.value = chordLabel(chord, MAC, MESSAGES.keys) || MESSAGES.noKeys;
}

/**
 * Why a chord cannot be used, as a sentence; "" if it can.
 * @param {string} chord
 * @param {string[]} others  chords of the other fields
 */
function problemOf(chord, others) {
  if (TAKEN.has(chord) || chord.includes("Meta+")) return MESSAGES.keysTaken;
  if (!/(Ctrl|Alt)\+/.test(chord) && !/^(Shift\+)?F\d+$/.test(chord)) return MESSAGES.modifierNeeded;
  return others.includes(chord) ? MESSAGES.keysInUse : "";
}

/**
 * From now on keys pressed in a field become its chord. Tab goes to the next field, Backspace removes the keys.
 * @param {HTMLInputElement[]} fields
 * @param {(problem: string) => void} report  called with a sentence, or "" if there is no problem
 */
export function listenForChords(fields, report) {
  for (const field of fields) {
    field.addEventListener("keydown", (press) => {
      const chord = chordOf(press);
      if (chord && /^(Shift\+)?Tab$/.test(chord)) return;
      press.preventDefault();
      if (!chord) return;
      const isClearing = chord === "Backspace" || chord === "Delete";
      const others = fields.filter((each) => each !== field).map(chordIn);
      const problem = isClearing ? "" : problemOf(chord, others);
      report(problem);
      if (!problem) putChord(field, isClearing ? "" : chord);
    });
  }
}
