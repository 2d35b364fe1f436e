// @ts-check
// What she works with: the time on this question, where it stands against its own target, and the buttons.

/** @import { Action, Model } from "./words.js" */
/** @import { Band } from "./pace.js" */
/** @import { Hotkeys } from "./hotkeys.js" */
/** @import { View } from "./machine.js" */
import { clockText } from "./clock.js";
import { el, icon, momentOf, pushButton, setLine, setText } from "./dom.js";
import { chordLabel } from "./hotkeys.js";
import { activeMs, averageText } from "./machine.js";
import { BAND, bandOf, bandText } from "./pace.js";
import { ACTIONS } from "./words.js";

/**
 * What the buttons are called.
 * @type {Readonly<Record<Action, string>>}
 */
export const LABELS = {
  NEXT: "Next", PAUSE: "Pause", UNDO: "Undo", EXIT: "Exit", DISCARD: "Discard this one", LEAVE: "End without counting",
};

/** A mark for each zone, told apart by its shape alone: still open, ticked, a warning. */
const MARKS = {
  early: "M8 2.5a5.5 5.5 0 1 0 0 11a5.5 5.5 0 1 0 0-11",
  band: "M2.5 8.5l3.5 4l7.5-9",
  late: "M8 2L15 14H1ZM8 6.5v3.5M8 12v.01",
};
/** The bar ends at this share of the target, so that the far edge of the band lies on it too. */
const BAR_ENDS = 1.5;
/** @param {number} ratio */
const onBar = (ratio) => `${((100 * Math.min(ratio, BAR_ENDS)) / BAR_ENDS).toFixed(1)}%`;

export function zoneMark() {
  return el("span", "mark", icon(""));
}

/**
 * @param {HTMLElement} mark
 * @param {Band | null} band
 */
export function setMark(mark, band) {
  const zone = band?.zone ?? "";
  mark.hidden = !band;
  if (mark.dataset.zone === zone) return;
  mark.dataset.zone = zone;
  if (band) mark.replaceChildren(icon(MARKS[band.zone]));
}

/** @param {View} view */
export function standsOf({ active, pausedSince }) {
  return !active ? "ready" : pausedSince === null ? "running" : "paused";
}

/**
 * The open question at one moment.
 * @typedef {object} Time
 * @property {boolean} active
 * @property {number | null} ms  worked on it; null where this browser cannot know it
 * @property {string} text
 * @property {Band | null} band
 */

/**
 * @param {View} view
 * @param {number} now  ms on the server's clock
 * @returns {Time}
 */
export function timeOf(view, now) {
  const ms = activeMs(view, now);
  const band = ms !== null && view.targetMinutes ? bandOf(ms, view.targetMinutes * 60_000) : null;
  return { active: view.active, ms, text: ms === null ? "--:--" : clockText(ms), band };
}

/**
 * @param {object} parts
 * @param {boolean} parts.mac
 * @param {(action: Action, at?: number) => void} parts.press
 */
export function mainRoom({ mac, press }) {
  const clock = el("span", { class: "clock", role: "timer", "aria-label": "Time on this question" });
  const target = el("span", "target");
  const fill = el("span", "fill");
  const edges = el("span", "edges");
  edges.style.left = onBar(BAND.lower);
  edges.style.width = onBar(BAND.upper - BAND.lower);
  const bar = el("div", { class: "bar", "aria-hidden": "true" }, fill, edges);
  const [mark, left] = [zoneMark(), el("span")];
  const zone = el("p", "zone", mark, left);
  const [average, paceName, pace] = [el("dd"), el("dt"), el("dd")];
  const facts = el("dl", {}, el("div", {}, el("dt", {}, "Average"), average), el("div", {}, paceName, pace));
  const buttons = ACTIONS.map((action) => {
    const [label, keys] = [el("span", {}, LABELS[action]), el("kbd")];
    const button = pushButton({ class: `press ${action.toLowerCase()}` }, (event) => press(action, momentOf(event)), label, keys);
    return { action, button, label, keys };
  });
  const row = el("div", { class: "buttons", role: "group", "aria-label": "Tracker" }, ...buttons.map((each) => each.button));

  return {
    time: el("div", "room", el("div", "time", clock, target), bar, zone, facts),
    row,

    /** @param {Hotkeys} hotkeys */
    drawKeys(hotkeys) {
      for (const { action, keys } of buttons) setLine(keys, chordLabel(hotkeys[action], mac));
    },

    /** @param {Model} model */
    draw({ view, pace: { label, emoji, ratio } }) {
      const { active, targetMinutes, pausedSince, count } = view;
      setText(target, active && targetMinutes ? `of ${clockText(targetMinutes * 60_000)}` : "");
      bar.hidden = !active || !targetMinutes;
      facts.hidden = !count;
      setText(average, averageText(view));
      setText(paceName, ratio ? `Pace ${(100 * ratio).toFixed()}%` : "Pace");
      setText(pace, `${emoji} ${label}`);
      setText(buttons[ACTIONS.indexOf("PAUSE")].label, pausedSince === null ? LABELS.PAUSE : "Resume");
    },

    /** @param {Time} now */
    drawTime({ text, band }) {
      setText(clock, text);
      setMark(mark, band);
      if (band) setText(left, ` ${bandText(band)}`);
      zone.hidden = !band;
      fill.style.width = onBar(band?.ratio ?? 0);
    },
  };
}
