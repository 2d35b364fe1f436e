// @ts-check
// The panel on the task page. It draws the model and reports presses; it decides nothing.

/** @import { EventType, TrackedEvent } from "./words.js" */
/** @import { Model } from "./tracker.js" */
/** @import { Preferences } from "./preferences.js" */
import { clockText } from "./clock.js";
import { el, icon, onTrusted, setText } from "./dom.js";
import { chordLabel } from "./hotkeys.js";
import { activeMs } from "./machine.js";
import { makeMovable } from "./moving.js";
import { keysView } from "./panel_keys.js";
import { dress } from "./panel_style.js";
import { refusedView } from "./panel_refused.js";

const GRIP = "M6 4v.01M10 4v.01M6 8v.01M10 8v.01M6 12v.01M10 12v.01";
const SLIDERS = "M2 5h6m4 0h2M2 11h2m4 0h6M10 3v4M6 9v4";
const MINUS = "M3 8h10";
const PLUS = "M3 8h10M8 3v10";
const LABELS = /** @type {Record<EventType, string>} */ ({ NEXT: "Next", PAUSE: "Pause", UNDO: "Undo", EXIT: "Exit" });

/**
 * @param {object} wiring
 * @param {string} wiring.server
 * @param {boolean} wiring.mac
 * @param {Preferences} wiring.preferences
 * @param {(type: EventType) => void} wiring.press
 * @param {(event: TrackedEvent) => void} wiring.dismiss
 * @param {() => number} wiring.now  ms on the server's clock
 */
export function createPanel({ server, mac, preferences, press, dismiss, now }) {
  const host = document.createElement("raterhub-tracker");
  const root = host.attachShadow({ mode: "closed" });
  dress(root);

  const grip = el("button", { class: "icon grip", type: "button", "aria-label": "Move the panel with the arrow keys" }, icon(GRIP));
  const name = el("span", { "aria-live": "polite" });
  const brief = el("span", { class: "brief" });
  const state = el("span", { class: "state", "aria-live": "polite" });
  const gear = el("button", { class: "icon", type: "button", "aria-label": "Settings", "aria-expanded": "false" }, icon(SLIDERS));
  const fold = el("button", { class: "icon", type: "button" });
  const header = el("header", {}, grip, el("span", { class: "title" }, name, brief), state, gear, fold);

  const clock = el("span", { class: "clock", role: "timer", "aria-live": "off", "aria-label": "Time on this question" });
  const target = el("span", { class: "target" });
  const fill = el("span");
  const bar = el("div", { class: "bar", "aria-hidden": "true" }, fill);
  const average = el("dd");
  const ratio = el("dt");
  const pace = el("dd");
  const facts = el("dl", {},
    el("div", {}, el("dt", {}, "Average"), average), el("div", {}, ratio, pace));
  const buttons = /** @type {Record<EventType, {button: HTMLButtonElement, label: HTMLElement, keys: HTMLElement}>} */ ({});
  for (const type of /** @type {EventType[]} */ (Object.keys(LABELS))) {
    const [label, keys] = [el("span", {}, LABELS[type]), el("kbd")];
    const button = el("button", { class: `press ${type.toLowerCase()}`, type: "button" }, label, keys);
    onTrusted(button, "click", () => press(type));
    // The task page keeps its focus: a press must not take her out of a field or away from a choice.
    button.addEventListener("pointerdown", (event) => event.preventDefault());
    button.addEventListener("mousedown", (event) => event.preventDefault());
    buttons[type] = { button, label, keys };
  }
  const row = el("div", { class: "buttons", role: "group", "aria-label": "Tracker" }, ...Object.values(buttons).map((each) => each.button));
  const waiting = el("p", { class: "waiting" });
  const notice = el("p", { class: "notice", role: "status", "aria-live": "polite" });
  const connect = el("a", { class: "link", href: `${server}/widget`, target: "_blank", rel: "noopener noreferrer" }, "Connect this browser");
  const refusedCount = el("button", { class: "textual", type: "button" });
  const main = el("div", { class: "view" }, el("div", { class: "time" }, clock, target), bar, facts, row, connect, waiting, refusedCount, notice);

  const keys = keysView({ preferences, mac, server, back: () => open("main") });
  const refused = refusedView({ dismiss, back: () => open("main") });
  const views = { main, keys: keys.element, refused: refused.element };
  const panel = el("section", { class: "panel", "aria-label": "RaterHub Tracker" }, header, main, keys.element, refused.element);
  root.append(panel);

  /** @type {keyof typeof views} */
  let shown = "main";
  /** @type {Model | null} */
  let model = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let tick;
  const place = makeMovable({ panel, header, grip, preferences });

  onTrusted(gear, "click", () => open(shown === "keys" ? "main" : "keys"));
  onTrusted(fold, "click", () => preferences.change({ collapsed: !preferences.now.collapsed }));
  onTrusted(refusedCount, "click", () => open("refused"));
  document.addEventListener("visibilitychange", drawTime);
  preferences.onChange(drawFrame);

  /** @param {keyof typeof views} view */
  function open(view) {
    shown = view;
    if (view !== "keys") keys.stop();
    if (view !== "main" && preferences.now.collapsed) preferences.change({ collapsed: false });
    drawFrame();
  }

  function drawFrame() {
    const { collapsed, hotkeys } = preferences.now;
    for (const [view, element] of Object.entries(views)) element.hidden = collapsed || view !== shown;
    brief.hidden = !collapsed;
    gear.hidden = collapsed;
    drawName();
    gear.setAttribute("aria-expanded", String(shown === "keys" && !collapsed));
    fold.setAttribute("aria-label", collapsed ? "Show all" : "Show one line");
    fold.setAttribute("aria-expanded", String(!collapsed));
    fold.replaceChildren(icon(collapsed ? PLUS : MINUS));
    for (const [type, each] of Object.entries(buttons)) setText(each.keys, chordLabel(hotkeys[/** @type {EventType} */ (type)], mac));
    keys.draw();
    drawTime();
    place();
  }

  function drawName() {
    if (!model) return;
    const { active, index } = model.view;
    const { collapsed } = preferences.now;
    setText(name, !active ? "No session" : collapsed ? `Q${index}` : `Question ${index}`);
    state.hidden = collapsed && (!active || model.view.pausedSince === null);
  }

  function drawTime() {
    clearTimeout(tick);
    if (!model) return;
    const ms = activeMs(model.view, now());
    const text = ms === null ? "--:--" : clockText(ms);
    setText(clock, text);
    const limit = (model.view.targetMinutes ?? 0) * 60_000;
    fill.style.width = ms !== null && limit ? `${Math.min(100, (ms / limit) * 100).toFixed(1)}%` : "0";
    setText(brief, preferences.now.collapsed ? briefly(model, text) : "");
    const running = model.view.active && model.view.pausedSince === null && ms !== null;
    // One wake-up a second, at the moment the text changes; none while nothing moves or nobody looks.
    if (running && !document.hidden) tick = setTimeout(drawTime, 1000 - (ms % 1000) + 5);
  }

  /** @param {Model} next */
  function draw(next) {
    model = next;
    const { view, adopted } = model;
    const answer = adopted?.answer;
    const paused = view.pausedSince !== null;
    panel.classList.toggle("idle", !view.active);
    panel.classList.toggle("running", view.active && !paused);
    panel.classList.toggle("paused", paused);
    drawName();
    setText(state, !view.active ? "ready" : paused ? "paused" : "running");
    setText(target, view.active && view.targetMinutes ? `of ${clockText(view.targetMinutes * 60_000)}` : "");
    const counted = answer?.session_id && answer.total_questions > 0;
    facts.hidden = !answer?.session_id;
    setText(average, counted ? answer.avg_active_mmss : "–");
    setText(ratio, counted ? `Pace ${answer.pace_ratio.toFixed(2)}` : "Pace");
    setText(pace, counted ? `${answer.pace_emoji} ${answer.pace_label}` : "–");
    setText(buttons.PAUSE.label, paused ? "Resume" : "Pause");
    connect.hidden = model.connected;
    setText(waiting, waitingText(model));
    waiting.hidden = !waiting.textContent;
    setText(refusedCount, model.refused.length === 1 ? "1 press was refused" : `${model.refused.length} presses were refused`);
    refusedCount.hidden = !model.refused.length;
    if (!model.refused.length && shown === "refused") open("main");
    refused.draw(model.refused);
    keys.drawLink(model.connected ? model.link : null);
    setText(notice, model.notice ?? "");
    notice.classList.toggle("alert", model.notice !== null);
    drawTime();
    place();
  }

  // A page that rebuilds its document would take the panel along.
  new MutationObserver(() => host.isConnected || attach()).observe(document.documentElement, { childList: true });

  function attach() {
    document.documentElement.append(host);
    drawFrame();
  }

  return { attach, draw, keys };
}

/**
 * The whole panel in one line.
 * @param {Model} model
 * @param {string} time
 */
function briefly(model, time) {
  const { view, adopted, waiting, connected } = model;
  const answer = adopted?.answer;
  return [
    view.active ? ` ${time}` : "",
    answer && view.active && answer.total_questions ? `${answer.pace_emoji} ${answer.pace_ratio.toFixed(2)}` : "",
    waiting ? `${waiting} waiting` : "",
    connected ? "" : "not connected",
  ].filter(Boolean).join(" · ");
}

/** @param {Model} model */
function waitingText({ view, adopted, waiting, foreign, trouble, connected }) {
  const many = (/** @type {number} */ n) => (n === 1 ? "1 press waits" : `${n} presses wait`);
  const parts = [];
  if (waiting && !connected) parts.push(`${many(waiting)} until this browser is connected. Nothing is lost.`);
  else if (waiting && trouble) parts.push(`${trouble} ${many(waiting)} and will be sent.`);
  else if (waiting > 1) parts.push(`${many(waiting)} to be sent.`);
  else if (trouble) parts.push(trouble);
  if (adopted?.answer.forgotten && !view.active) parts.push("The last session was left running. Next begins a new one.");
  if (foreign) parts.push(`${many(foreign)} for the account pressed under.`);
  return parts.join(" ");
}
