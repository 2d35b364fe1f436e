// @ts-check
// The panel's settings: which keys press what, and whom this browser is connected to.

/** @import { Action, Link } from "./words.js" */
/** @import { Preferences } from "./preferences.js" */
import { el, onTrusted, setText } from "./dom.js";
import { DEFAULT_HOTKEYS, chordLabel, chordOf, chordProblem } from "./hotkeys.js";
import { ACTIONS } from "./words.js";

/**
 * @param {object} parts
 * @param {Preferences} parts.preferences
 * @param {boolean} parts.mac
 * @param {string} parts.server
 * @param {() => void} parts.back
 */
export function keysView({ preferences, mac, server, back }) {
  /** @type {Action | null} */
  let listening = null;
  const buttons = /** @type {Record<Action, HTMLButtonElement>} */ ({});
  const list = el("div", { class: "keys" });
  for (const type of ACTIONS) {
    const button = el("button", { type: "button", "aria-label": `Keys for ${type}` });
    onTrusted(button, "click", () => listen(listening === type ? null : type));
    buttons[type] = button;
    list.append(el("span", {}, type), button);
  }
  const problem = el("p", { class: "notice", role: "status", "aria-live": "polite" });
  const reset = el("button", { type: "button", class: "textual" }, "Back to the usual keys");
  const link = el("p", { class: "notice" });
  const manage = el("a", { class: "textual", href: `${server}/widget`, target: "_blank", rel: "noopener noreferrer" }, "Connections and help");
  const done = el("button", { type: "button", class: "press" }, "Done");
  const element = el("div", { class: "view" }, el("h2", {}, "Keys"), list, problem, reset, link, manage, done);
  onTrusted(reset, "click", () => {
    listen(null);
    preferences.change({ hotkeys: { ...DEFAULT_HOTKEYS } });
  });
  onTrusted(done, "click", back);

  /** @param {Action | null} type */
  function listen(type) {
    listening = type;
    setText(problem, "");
    draw();
  }

  function draw() {
    for (const type of ACTIONS) {
      setText(buttons[type], type === listening ? "Press keys… (Esc: keep)" : chordLabel(preferences.now.hotkeys[type], mac));
      buttons[type].setAttribute("aria-pressed", String(type === listening));
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
      if (event.code === "Escape") {
        listen(null);
        return true;
      }
      const chord = chordOf(event);
      if (chord === null) return true;
      const why = chordProblem(chord, listening, preferences.now.hotkeys);
      if (why !== null) {
        setText(problem, why);
        return true;
      }
      const hotkeys = { ...preferences.now.hotkeys, [listening]: chord };
      listen(null);
      preferences.change({ hotkeys });
      return true;
    },
  };
}
