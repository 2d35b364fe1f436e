// @ts-check
// The first line of the panel, and the whole panel while it is collapsed: question, time, time left, pace, what waits.

/** @import { Model } from "./types.js" */
/** @import { Preferences } from "./preferences.js" */
/** @import { QuestionTime } from "./panel_main.js" */
import { createButton, createElement, createExternalLink, createIcon, setText } from "./dom.js";
import { MESSAGES } from "./messages.js";
import { timeLeftText } from "./pace.js";
import { createZoneMark, sessionStateOf, setFace, setZoneMark } from "./panel_main.js";

const GRIP_ICON = "M6 4v.01M10 4v.01M6 8v.01M10 8v.01M6 12v.01M10 12v.01";
const SETTINGS_ICON = "M2 5h6m4 0h2M2 11h2m4 0h6M10 3v4M6 9v4";
const MINUS_ICON = "M3 8h10";
const PLUS_ICON = "M3 8h10M8 3v10";
const SEPARATOR = " · ";

/**
 * @param {object} dependencies
 * @param {string} dependencies.server
 * @param {Preferences} dependencies.preferences
 */
export function createHeader({ server, preferences }) {
  const grip = createElement("button", { class: "icon grip", "aria-label": MESSAGES.movePanel }, createIcon(GRIP_ICON));
  const name = createElement("span", { "aria-live": "polite" });
  const time = createElement("span");
  const mark = createZoneMark();
  const left = createElement("span");
  const face = createElement("span", "face");
  const pace = createElement("span");
  const rest = createElement("span");
  const brief = createElement("span", "brief", time, mark, left, pace, rest);
  const state = createElement("span", { class: "state", "aria-live": "polite" });
  // Settings are on the tracker's own page: the task site could read what is typed on its pages.
  const settings = createExternalLink(`${server}/widget#settings`, "icon", "");
  settings.ariaLabel = MESSAGES.settings;
  settings.append(createIcon(SETTINGS_ICON));
  const toggle = createButton("icon", () => preferences.change({ collapsed: !preferences.now.collapsed }));
  const title = createElement("span", "title", name, brief);

  return {
    element: createElement("header", {}, grip, title, state, settings, toggle),
    grip,

    /** @param {boolean} collapsed */
    drawFrame(collapsed) {
      brief.hidden = !collapsed;
      settings.hidden = collapsed;
      toggle.ariaLabel = collapsed ? MESSAGES.showAll : MESSAGES.showOneLine;
      toggle.replaceChildren(createIcon(collapsed ? PLUS_ICON : MINUS_ICON));
    },

    /**
     * @param {Model} model
     * @param {boolean} collapsed
     * @param {boolean} narrow  too narrow for the long name
     */
    draw(model, collapsed, narrow) {
      const sessionState = sessionStateOf(model.view);
      setText(name, nameText(model, narrow));
      setText(state, MESSAGES.sessionStates[sessionState]);
      state.hidden = collapsed && sessionState !== "paused";
      if (!collapsed) return;
      const { ratio } = model.pace;
      setFace(face, model.pace);
      pace.replaceChildren(...(model.view.active && ratio ? [SEPARATOR, face, ` ${MESSAGES.percent(ratio)}`] : []));
      setText(rest, factsOf(model).map((fact) => SEPARATOR + fact).join(""));
    },

    /** @param {QuestionTime} now */
    drawTime({ text, band, active }) {
      const timeText = active ? SEPARATOR + text : "";
      setText(time, active && band ? timeText + SEPARATOR : timeText);
      setZoneMark(mark, band);
      setText(left, band ? ` ${timeLeftText(band)}` : "");
    },
  };
}

/**
 * @param {Model} model
 * @param {boolean} narrow
 */
function nameText({ view }, narrow) {
  if (!view.active) return MESSAGES.noSession;
  return narrow ? MESSAGES.questionShort(view.index) : MESSAGES.question(view.index);
}

/**
 * What the collapsed panel shows after time and pace.
 * @param {Model} model
 */
function factsOf({ waiting, refused, connected }) {
  const facts = [];
  if (waiting) facts.push(MESSAGES.waitingShort(waiting));
  if (refused.length) facts.push(MESSAGES.refusedShort(refused.length));
  if (!connected) facts.push(MESSAGES.notConnectedShort);
  return facts;
}
