// @ts-check
// The panel's settings: which keys press what, what is read, and whom this browser is connected to. All that takes
// typing stands on the tracker's own page, out of the task site's sight.

/** @import { Action, Link } from "./words.js" */
/** @import { Preferences } from "./preferences.js" */
import { el, outward, pushButton, setText } from "./dom.js";
import { DEFAULT_HOTKEYS, chordLabel, chordOf, chordProblem } from "./hotkeys.js";
import { LABELS } from "./panel_main.js";
import { ACTIONS } from "./words.js";

/** @type {["reading" | "automatic", string][]} */
const SWITCHES = [["reading", "Read id and estimated time"], ["automatic", "Submit presses Next"]];

/**
 * @param {object} parts
 * @param {Preferences} parts.preferences
 * @param {boolean} parts.mac
 * @param {string} parts.server
 * @param {() => void} parts.showSent
 * @param {() => void} parts.back
 */
export function settingsRoom({ preferences, mac, server, showSent, back }) {
  /** @type {Action | null} */
  let listening = null;
  const keys = ACTIONS.map((action) => ({
    action,
    button: pushButton({ class: "press", "aria-label": `Keys for ${LABELS[action]}` }, () => listen(listening === action ? null : action)),
  }));
  const switches = SWITCHES.map(([what, label]) => {
    const state = el("span", "state");
    const change = () => preferences.change({ [what]: !preferences.now[what] });
    return { what, state, button: pushButton({ class: "switch", role: "switch" }, change, label, state) };
  });
  const problem = el("p", { class: "quiet", role: "status" });
  const reset = pushButton("textual", () => {
    listen(null);
    preferences.change({ hotkeys: { ...DEFAULT_HOTKEYS } });
  }, "Back to the usual keys");
  const link = el("p", "quiet");
  const element = el("div", "view",
    el("h2", {}, "Keys"), el("div", "keys", ...keys.flatMap(({ action, button }) => [el("span", {}, LABELS[action]), button])),
    problem, reset, el("h2", {}, "Task pages"), ...switches.map((each) => each.button), link,
    el("p", "pair", outward(`${server}/widget#settings`, "textual", "All settings"), outward(`${server}/widget#use`, "textual", "Help"),
      pushButton("textual", showSent, "What is sent")),
    pushButton("press", back, "Done"));

  /** @param {Action | null} action */
  function listen(action) {
    listening = action;
    setText(problem, action ? "Press the new keys. Esc keeps the old ones, Backspace takes them away." : "");
    draw();
  }

  /**
   * @param {Action} action
   * @param {string} chord
   */
  function change(action, chord) {
    listen(null);
    preferences.change({ hotkeys: { ...preferences.now.hotkeys, [action]: chord } });
  }

  function draw() {
    for (const { action, button } of keys) {
      setText(button, action === listening ? "Press keys…" : chordLabel(preferences.now.hotkeys[action], mac) || "none");
      button.ariaPressed = `${action === listening}`;
    }
    for (const { what, button, state } of switches) {
      button.ariaChecked = `${preferences.now[what]}`;
      setText(state, preferences.now[what] ? "on" : "off");
    }
  }

  return {
    element,
    draw,
    stop: () => listen(null),

    /** @param {Link | null} held */
    drawLink(held) {
      setText(link, held ? `Connected as “${held.name}”.` : "This browser is not connected.");
    },

    /**
     * Takes a key press while new keys are awaited.
     * @param {KeyboardEvent} event
     * @returns {boolean} whether it was taken
     */
    take(event) {
      if (listening === null) return false;
      const chord = chordOf(event);
      if (event.code === "Escape") listen(null);
      else if (event.code === "Backspace") change(listening, "");
      else if (chord !== null) {
        const why = chordProblem(chord, listening, preferences.now.hotkeys);
        if (why === null) change(listening, chord);
        else setText(problem, why);
      }
      return true;
    },
  };
}
