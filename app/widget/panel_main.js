// @ts-check
// The main section: the time on this question, where it stands against its own target, and the buttons.

/** @import { Action, Model } from "./types.js" */
/** @import { Band, Pace } from "./pace.js" */
/** @import { Hotkeys } from "./hotkeys.js" */
/** @import { View } from "./machine.js" */
import { clockText } from "./clock.js";
import { createButton, createElement, createIcon, momentOf, setLine, setText } from "./dom.js";
import { chordLabel } from "./hotkeys.js";
import { activeMs, averageText } from "./machine.js";
import { MESSAGES } from "./messages.js";
import { BAND, bandOf, bandText } from "./pace.js";
import { ACTIONS } from "./types.js";

/** A mark for each zone that differs by shape alone: an open circle, a tick, a warning. */
const ZONE_ICONS = {
  early: "M8 2.5a5.5 5.5 0 1 0 0 11a5.5 5.5 0 1 0 0-11",
  band: "M2.5 8.5l3.5 4l7.5-9",
  late: "M8 2L15 14H1ZM8 6.5v3.5M8 12v.01",
};
/** The bar ends at this share of the target, so that the upper edge of the band lies on it too. */
const BAR_END_RATIO = 1.5;

/**
 * @param {number} ratio
 * @returns {string} position on the bar, CSS
 */
function positionOnBar(ratio) {
  return `${((100 * Math.min(ratio, BAR_END_RATIO)) / BAR_END_RATIO).toFixed(1)}%`;
}

export function createZoneMark() {
  return createElement("span", "mark", createIcon(""));
}

/**
 * @param {HTMLElement} mark
 * @param {Band | null} band
 */
export function setZoneMark(mark, band) {
  const zone = band?.zone ?? "";
  mark.hidden = !band;
  if (mark.dataset.zone === zone) return;
  mark.dataset.zone = zone;
  if (band) mark.replaceChildren(createIcon(ZONE_ICONS[band.zone]));
}

/**
 * @param {HTMLElement} face
 * @param {Pace} pace
 */
export function setFace(face, pace) {
  face.replaceChildren(createIcon(pace.face));
}

/**
 * @param {View} view
 * @returns {"ready" | "running" | "paused"}
 */
export function sessionStateOf({ active, pausedSince }) {
  if (!active) return "ready";
  return pausedSince === null ? "running" : "paused";
}

/**
 * The open question at one moment.
 * @typedef {object} QuestionTime
 * @property {boolean} active
 * @property {number | null} ms  active time; null if this browser does not know it
 * @property {string} text
 * @property {Band | null} band
 */

/**
 * @param {View} view
 * @param {number} now  ms on the server's clock
 * @returns {QuestionTime}
 */
export function timeOf(view, now) {
  const ms = activeMs(view, now);
  const band = ms !== null && view.targetMinutes ? bandOf(ms, view.targetMinutes * 60_000) : null;
  return { active: view.active, ms, text: ms === null ? MESSAGES.unknownTime : clockText(ms), band };
}

/**
 * @param {object} dependencies
 * @param {boolean} dependencies.mac
 * @param {(action: Action, at?: number) => void} dependencies.press
 */
export function createMainSection({ mac, press }) {
  const time = createTimeDisplay();
  const buttons = ACTIONS.map((action) => createActionButton(action, press));
  const pauseLabel = buttons[ACTIONS.indexOf("PAUSE")].label;
  const attributes = { class: "buttons", role: "group", "aria-label": MESSAGES.actionGroup };

  return {
    time: time.element,
    row: createElement("div", attributes, ...buttons.map(({ button }) => button)),
    drawTime: time.drawTime,

    /** @param {Hotkeys} hotkeys */
    drawKeys(hotkeys) {
      for (const { action, keys } of buttons) setLine(keys, chordLabel(hotkeys[action], mac, MESSAGES.keys));
    },

    /** @param {Model} model */
    draw(model) {
      const isPaused = model.view.pausedSince !== null;
      time.draw(model);
      setText(pauseLabel, isPaused ? MESSAGES.resume : MESSAGES.actions.PAUSE);
    },
  };
}

/**
 * @param {Action} action
 * @param {(action: Action, at?: number) => void} press
 */
function createActionButton(action, press) {
  const label = createElement("span", {}, MESSAGES.actions[action]);
  const keys = createElement("kbd");
  const attributes = { class: `press ${action.toLowerCase()}` };
  const button = createButton(attributes, (event) => press(action, momentOf(event)), label, keys);
  return { action, button, label, keys };
}

/** Clock, target, bar, zone, average and pace. */
function createTimeDisplay() {
  const clock = createElement("span", { class: "clock", role: "timer", "aria-label": MESSAGES.timeOnQuestion });
  const target = createElement("span", "target");
  const fill = createElement("span", "fill");
  const edges = createElement("span", "edges");
  edges.style.left = positionOnBar(BAND.lower);
  edges.style.width = positionOnBar(BAND.upper - BAND.lower);
  const bar = createElement("div", { class: "bar", "aria-hidden": "true" }, fill, edges);
  const mark = createZoneMark();
  const zoneText = createElement("span");
  const zone = createElement("p", "zone", mark, zoneText);
  const average = createElement("dd");
  const paceTitle = createElement("dt");
  const face = createElement("span", "face");
  const paceLabel = createElement("span");
  const facts = createElement("dl", {},
    createElement("div", {}, createElement("dt", {}, MESSAGES.average), average),
    createElement("div", {}, paceTitle, createElement("dd", {}, face, paceLabel)));

  return {
    element: createElement("div", "section", createElement("div", "time", clock, target), bar, zone, facts),

    /** @param {Model} model */
    draw({ view, pace }) {
      const targetMinutes = view.active ? view.targetMinutes : null;
      setText(target, targetMinutes ? MESSAGES.ofTarget(clockText(targetMinutes * 60_000)) : "");
      bar.hidden = !targetMinutes;
      facts.hidden = !view.count;
      setText(average, averageText(view));
      setText(paceTitle, pace.ratio ? MESSAGES.paceWith(MESSAGES.percent(pace.ratio)) : MESSAGES.pace);
      setFace(face, pace);
      setText(paceLabel, ` ${pace.label}`);
    },

    /** @param {QuestionTime} now */
    drawTime({ text, band }) {
      setText(clock, text);
      setZoneMark(mark, band);
      if (band) setText(zoneText, ` ${bandText(band)}`);
      zone.hidden = !band;
      fill.style.width = positionOnBar(band?.ratio ?? 0);
    },
  };
}
