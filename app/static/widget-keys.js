// @ts-check
// The fields in which she presses the keys that she wants. A field holds a chord of physical keys such as "Alt+Shift+KeyN" in
// `data-chord` and shows it as it stands on her keyboard.

import { DEFAULT_HOTKEYS, chordLabel, chordOf } from "../widget/hotkeys.js";

/** Chords that a browser or the system takes before or along with the page, on any platform. */
const TAKEN = new Set([
  ..."Q W T N P R C V X Z A F".split(" ").map((key) => `Ctrl+Key${key}`),
  ..."Q W T N P R I J C B".split(" ").map((key) => `Ctrl+Shift+Key${key}`),
  ..."A B I T".split(" ").map((key) => `Alt+Shift+Key${key}`),
  ..."F4 Tab Space Escape ArrowLeft ArrowRight Home KeyD KeyE KeyF".split(" ").map((key) => `Alt+${key}`),
  ..."Alt+Shift+Tab Ctrl+Tab Ctrl+F4 Ctrl+Shift+Delete Ctrl+Shift+Tab Ctrl+Alt+Delete F1 F3 F5 F6 F7 F10 F11 F12".split(" "),
]);
const MAC = /Mac|iPhone|iPad/.test(navigator.platform);

export const KEY_FIELDS = Object.keys(DEFAULT_HOTKEYS);

/** @param {Element} field */
export const chordIn = (field) => field.getAttribute("data-chord") ?? "";

/**
 * @param {HTMLInputElement} field
 * @param {string} chord  "" for no keys
 */
export function putChord(field, chord) {
  field.setAttribute("data-chord", chord);
  field.value = chordLabel(chord, MAC) || "none";
}

/**
 * Why a chord cannot be used, as a sentence; "" when it can.
 * @param {string} chord
 * @param {string[]} others  chords of the other fields
 */
function problemOf(chord, others) {
  if (TAKEN.has(chord) || chord.includes("Meta+")) return "Browsers keep these keys for themselves. Try others.";
  if (!/(Ctrl|Alt)\+/.test(chord) && !/^(Shift\+)?F\d+$/.test(chord)) return "Hold Alt or Ctrl as well.";
  return others.includes(chord) ? "Another button has these keys already." : "";
}

/**
 * From now on keys pressed in a field become its chord. Tab goes on to the next field, Backspace takes the keys away.
 * @param {HTMLInputElement[]} fields
 * @param {(sentence: string) => void} tell
 */
export function listenForChords(fields, tell) {
  for (const field of fields) {
    field.addEventListener("keydown", (press) => {
      const chord = chordOf(press);
      if (chord && /^(Shift\+)?Tab$/.test(chord)) return;
      press.preventDefault();
      if (!chord) return;
      const clears = chord === "Backspace" || chord === "Delete";
      const problem = clears ? "" : problemOf(chord, fields.filter((each) => each !== field).map(chordIn));
      tell(problem);
      if (!problem) putChord(field, clears ? "" : chord);
    });
  }
}
