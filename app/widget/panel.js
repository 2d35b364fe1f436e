// @ts-check
// The panel on the task page. It draws the model and reports presses; it decides nothing.

/** @import { Action, AwayAnswer, Model, TrackedEvent } from "./words.js" */
/** @import { Preferences } from "./preferences.js" */
import { el, onTrusted, setLine, setText } from "./dom.js";
import { NARROWEST, WIDEST, makeMovable } from "./moving.js";
import { bandText } from "./pace.js";
import { awayRoom, awayText } from "./panel_away.js";
import { panelHeader } from "./panel_header.js";
import { mainRoom, standsOf, timeOf } from "./panel_main.js";
import { readingRoom } from "./panel_reading.js";
import { refusedRoom } from "./panel_refused.js";
import { statusRoom } from "./panel_status.js";
import { dress } from "./panel_style.js";

/** Longer than anybody holds a button down. */
const LONGEST_CLICK_MS = 1000;

/**
 * What the panel needs to know, and whom it tells.
 * @typedef {object} Wiring
 * @property {string} server
 * @property {boolean} mac
 * @property {Preferences} preferences
 * @property {(action: Action, at?: number) => void} press  `at`: wall clock, ms
 * @property {(event: TrackedEvent) => void} dismiss  a refused press that she has read
 * @property {(event: TrackedEvent) => void} retry
 * @property {() => void} checkArrived
 * @property {(answer: AwayAnswer) => void} answerAway
 * @property {() => number} now  ms on the server's clock
 */

/** @param {Wiring} wiring */
export function createPanel(wiring) {
  const { preferences, now } = wiring;
  // No name of its own: the page could define that element, and so reach even a closed root.
  const host = el("div", { id: "raterhub-tracker" });
  const root = host.attachShadow({ mode: "closed" });
  dress(root);

  const header = panelHeader(wiring);
  const said = el("p", { class: "said", role: "status" });
  const away = awayRoom(wiring);
  const main = mainRoom(wiring);
  const status = statusRoom({ ...wiring, readRefused: () => open("refused") });
  const reading = readingRoom(wiring);
  const refused = refusedRoom({ ...wiring, back: () => open("main") });
  const views = {
    main: el("div", "view", main.time, main.row, reading.element, status.element),
    refused: refused.element,
  };
  const notice = el("p", "alert");
  const edge = el("div", {
    class: "edge", role: "slider", tabindex: "0", "aria-label": "Width of the panel",
    "aria-valuemin": `${NARROWEST}`, "aria-valuemax": `${WIDEST}`,
  });
  const panel = el("section", { class: "panel", "aria-label": "RaterHub Tracker" },
    header.element, said, el("div", "body", away.element, ...Object.values(views), notice), edge);
  root.append(panel);

  /** @type {keyof typeof views} */
  let shown = "main";
  /** @type {Model | null} */
  let model = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let tick;
  let told = "";
  /** Set while a button is down: meanwhile nothing is drawn that could move it. @type {ReturnType<typeof setTimeout> | undefined} */
  let held;
  const { place, size } = makeMovable({ panel, header: header.element, grip: header.grip, edge, preferences });

  onTrusted(window, "visibilitychange", drawTime);
  preferences.onChange(drawFrame);
  new ResizeObserver(place).observe(panel);
  // The task page keeps its focus: a click here must not take her out of a field or away from a choice.
  panel.addEventListener("mousedown", (event) => {
    if (!(/** @type {Element} */ (event.target).closest("select"))) event.preventDefault();
  });
  // A button that moved between down and up would be let go beside itself, and nothing would be pressed.
  onTrusted(panel, "pointerdown", () => {
    held ??= setTimeout(letGo, LONGEST_CLICK_MS);
  });
  onTrusted(panel, "click", letGo);
  // What is typed in here is not for the task page's own shortcuts.
  for (const type of ["keydown", "keyup"]) panel.addEventListener(type, (event) => event.stopPropagation());

  /** @param {keyof typeof views} view */
  function open(view) {
    shown = view;
    const focused = root.activeElement;
    if (view !== "main" && preferences.now.collapsed) preferences.change({ collapsed: false });
    else drawFrame();
    if (focused?.closest("[hidden]")) views[view].querySelector("button")?.focus();
  }

  function drawFrame() {
    const { collapsed, hotkeys } = preferences.now;
    for (const [view, element] of Object.entries(views)) element.hidden = collapsed || view !== shown;
    panel.classList.toggle("folded", collapsed);
    header.drawFrame(collapsed);
    main.drawKeys(hotkeys);
    size();
    drawModel();
    place();
  }

  function letGo() {
    clearTimeout(held);
    held = undefined;
    drawModel();
  }

  function drawTime() {
    clearTimeout(tick);
    if (!model) return;
    const time = timeOf(model.view, now());
    main.drawTime(time);
    if (preferences.now.collapsed) header.drawTime(time);
    const zone = time.band?.zone ?? "";
    if (panel.dataset.zone !== zone) panel.dataset.zone = zone;
    // Told when the zone turns, and not when a question begins: every question begins early.
    const stands = `${model.view.index} ${zone}`;
    if (told !== stands && time.band && zone !== "early") setText(said, bandText(time.band));
    told = stands;
    const running = model.view.active && model.view.pausedSince === null && time.ms !== null;
    // One wake-up a second, at the moment the text changes; none while nothing moves or nobody looks.
    if (running && !document.hidden) tick = setTimeout(drawTime, 1000 - ((time.ms ?? 0) % 1000) + 5);
  }

  function drawModel() {
    if (!model) return;
    const { view } = model;
    const { collapsed, width } = preferences.now;
    panel.dataset.stands = standsOf(view);
    header.draw(model, collapsed, collapsed || width < 250);
    main.draw(model);
    status.draw(model);
    reading.draw(model.reading);
    away.draw(model.away);
    refused.draw(model.refused);
    setLine(notice, model.notice ?? "");
    if (!model.refused.length && shown === "refused") open("main");
    drawTime();
  }

  /** @param {Model} next */
  function draw(next) {
    if (next.away && next.away.from !== model?.away?.from) setText(said, awayText(next.away));
    if (next.notice && next.notice !== model?.notice) setText(said, next.notice);
    model = next;
    if (!held) drawModel();
  }

  // A page that rebuilds its document would take the panel along. One look a while later, however much changes until then:
  // with a page that takes it away each time, a look for each change would make two changes of one, for ever.
  const rebuilt = new MutationObserver(() => {
    rebuilt.disconnect();
    setTimeout(attach, 100);
  });

  function attach() {
    // There may be none just now; then the document changes again.
    if (!host.isConnected) document.documentElement?.append(host);
    for (const each of [document, document.documentElement]) rebuilt.observe(each, { childList: true });
    drawFrame();
  }

  return { attach, draw };
}
