// @ts-check
// The panel on the task page. It draws the model and reports what the user does; it decides nothing.

/** @import { Action, AwayAnswer, Model, TrackedEvent } from "./types.js" */
/** @import { QuestionTime } from "./panel_main.js" */
/** @import { Preferences } from "./preferences.js" */
import { createElement, onTrusted, setLine, setText } from "./dom.js";
import { MESSAGES } from "./messages.js";
import { NARROWEST, WIDEST, makeMovable } from "./move_resize.js";
import { bandText } from "./pace.js";
import { awayText, createAwaySection } from "./panel_away.js";
import { createHeader } from "./panel_header.js";
import { createMainSection, sessionStateOf, timeOf } from "./panel_main.js";
import { createReadingSection } from "./panel_reading.js";
import { createRefusedSection } from "./panel_refused.js";
import { createStatusSection } from "./panel_status.js";
import { applyStyle } from "./panel_style.js";

/** Longer than anybody holds a button down. */
const LONGEST_CLICK_MS = 1000;
/** Below this width (CSS pixels) the header uses short names. */
const NARROW_WIDTH = 250;
const REATTACH_AFTER_MS = 100;
/** Added to the wake-up at a whole second, so that it never comes too early. */
const TICK_MARGIN_MS = 5;

/**
 * What the panel needs, and what it reports to.
 * @typedef {object} PanelDependencies
 * @property {string} server
 * @property {boolean} mac
 * @property {Preferences} preferences
 * @property {(action: Action, at?: number) => void} press  `at`: wall clock, ms
 * @property {(event: TrackedEvent) => void} dismiss  a refused event that the user has read about
 * @property {(event: TrackedEvent) => void} retry
 * @property {() => void} checkArrived
 * @property {(answer: AwayAnswer) => void} answerAway
 * @property {() => number} now  ms on the server's clock
 */

/** @param {PanelDependencies} dependencies */
export function createPanel(dependencies) {
  const { preferences, now } = dependencies;
  const header = createHeader(dependencies);
  const spoken = createElement("p", { class: "announcement", role: "status" });
  const away = createAwaySection(dependencies);
  const main = createMainSection(dependencies);
  const status = createStatusSection({ ...dependencies, readRefused: () => open("refused") });
  const reading = createReadingSection(dependencies);
  const refused = createRefusedSection({ ...dependencies, back: () => open("main") });
  const views = {
    main: createElement("div", "view", main.time, main.row, reading.element, status.element),
    refused: refused.element,
  };
  const notice = createElement("p", "alert");
  const edge = createEdge();
  const body = createElement("div", "body", away.element, ...Object.values(views), notice);
  const panel = createElement("section", { class: "panel", "aria-label": MESSAGES.product },
    header.element, spoken, body, edge);
  const { host, root } = createHost(panel);
  const { place, resize } = makeMovable({ panel, header: header.element, grip: header.grip, edge, preferences });

  /** @type {keyof typeof views} */
  let openView = "main";
  /** @type {Model | null} */
  let model = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let tick;
  /** The question and zone that were read aloud last. */
  let spokenZone = "";
  /**
   * Set while a button is down: meanwhile nothing is drawn that could move it.
   * @type {ReturnType<typeof setTimeout> | undefined}
   */
  let heldDown;

  onTrusted(window, "visibilitychange", drawTime);
  preferences.onChange(drawFrame);
  new ResizeObserver(place).observe(panel);
  keepFocusOfPage(panel);
  keepKeysFromPage(panel);
  // A button that moves between pointer down and up is not clicked.
  onTrusted(panel, "pointerdown", () => {
    heldDown ??= setTimeout(release, LONGEST_CLICK_MS);
  });
  onTrusted(panel, "click", release);

  function release() {
    clearTimeout(heldDown);
    heldDown = undefined;
    drawModel();
  }

  /** @param {keyof typeof views} view */
  function open(view) {
    openView = view;
    const focused = root.activeElement;
    if (view !== "main" && preferences.now.collapsed) preferences.change({ collapsed: false });
    else drawFrame();
    if (focused?.closest("[hidden]")) views[view].querySelector("button")?.focus();
  }

  function drawFrame() {
    const { collapsed, hotkeys } = preferences.now;
    for (const [view, element] of Object.entries(views)) element.hidden = collapsed || view !== openView;
    panel.classList.toggle("collapsed", collapsed);
    header.drawFrame(collapsed);
    main.drawKeys(hotkeys);
    resize();
    drawModel();
    place();
  }

  function drawTime() {
    clearTimeout(tick);
    if (!model) return;
    const time = timeOf(model.view, now());
    main.drawTime(time);
    if (preferences.now.collapsed) header.drawTime(time);
    const zone = time.band?.zone ?? "";
    if (panel.dataset.zone !== zone) panel.dataset.zone = zone;
    speakZone(model, time);
    const isRunning = model.view.active && model.view.pausedSince === null;
    // One wake-up a second, when the text changes; none while nothing changes or the page is hidden.
    if (isRunning && time.ms !== null && !document.hidden) {
      tick = setTimeout(drawTime, 1000 - (time.ms % 1000) + TICK_MARGIN_MS);
    }
  }

  /**
   * Reads the zone aloud when it changes, except at the beginning of a question, which is always early.
   * @param {Model} model
   * @param {QuestionTime} time
   */
  function speakZone({ view }, { band }) {
    const zone = `${view.index} ${band?.zone ?? ""}`;
    if (zone !== spokenZone && band && band.zone !== "early") setText(spoken, bandText(band));
    spokenZone = zone;
  }

  function drawModel() {
    if (!model) return;
    const { collapsed, width } = preferences.now;
    panel.dataset.session = sessionStateOf(model.view);
    header.draw(model, collapsed, collapsed || width < NARROW_WIDTH);
    main.draw(model);
    status.draw(model);
    reading.draw(model.reading);
    away.draw(model.away);
    refused.draw(model.refused);
    setLine(notice, model.notice ?? "");
    if (!model.refused.length && openView === "refused") open("main");
    drawTime();
  }

  /** @param {Model} next */
  function draw(next) {
    if (next.away && next.away.from !== model?.away?.from) setText(spoken, awayText(next.away));
    if (next.notice && next.notice !== model?.notice) setText(spoken, next.notice);
    model = next;
    if (!heldDown) drawModel();
  }

  // A page that rebuilds its document removes the panel. It is attached again a while later, once for all changes until
  // then: with a page that removes it each time, a reaction to each change would be an endless loop.
  const rebuilt = new MutationObserver(() => {
    rebuilt.disconnect();
    setTimeout(attach, REATTACH_AFTER_MS);
  });

  function attach() {
    // Without a document element there is nothing to attach to; when there is one, the document changes again.
    if (!host.isConnected) document.documentElement?.append(host);
    for (const each of [document, document.documentElement]) rebuilt.observe(each, { childList: true });
    drawFrame();
  }

  return { attach, draw };
}

/**
 * The element on the task page, with the panel in a closed shadow root. It is a `div`: the page could define a custom
 * element of any name, and its definition would get the closed root.
 * @param {HTMLElement} panel
 */
function createHost(panel) {
  const host = createElement("div", { id: "raterhub-tracker" });
  const root = host.attachShadow({ mode: "closed" });
  applyStyle(root);
  root.append(panel);
  return { host, root };
}

/** The side by which the panel is made wider. */
function createEdge() {
  return createElement("div", {
    class: "edge",
    role: "slider",
    tabindex: "0",
    "aria-label": MESSAGES.panelWidth,
    "aria-valuemin": `${NARROWEST}`,
    "aria-valuemax": `${WIDEST}`,
  });
}

/**
 * A click on the panel takes the focus from no field of the task page.
 * @param {HTMLElement} panel
 */
function keepFocusOfPage(panel) {
  panel.addEventListener("mousedown", (event) => {
    if (!(/** @type {Element} */ (event.target).closest("select"))) event.preventDefault();
  });
}

/**
 * Keys in the panel trigger no shortcuts of the task page.
 * @param {HTMLElement} panel
 */
function keepKeysFromPage(panel) {
  for (const type of ["keydown", "keyup"]) panel.addEventListener(type, (event) => event.stopPropagation());
}
