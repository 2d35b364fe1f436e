// @ts-check
// Entry point: on the tracker's own page the script connects the browser, on the task site it shows the panel.

/** @import { Model } from "./types.js" */
import { createAlerts } from "./alerts.js";
import { watchPage } from "./automatic.js";
import { LANGUAGE, attachPage } from "./bridge.js";
import { momentOf, onTrusted } from "./dom.js";
import { isTypingTarget, pressedAction } from "./hotkeys.js";
import { watchActivity } from "./idle.js";
import { speak } from "./messages.js";
import { createPanel } from "./panel.js";
import { loadPreferences } from "./preferences.js";
import { managerStorage } from "./storage.js";
import { createTracker } from "./tracker.js";
import { managerTransport } from "./transport.js";

const POLL_EVERY_MS = 60_000;

/** Resolves when the document can be drawn on. */
async function documentReady() {
  if (document.readyState !== "loading") return;
  await new Promise((resolve) => document.addEventListener("DOMContentLoaded", resolve));
}

/**
 * What handles a key press.
 * @typedef {object} KeyHandlers
 * @property {(event: KeyboardEvent) => void} noteActivity
 * @property {(event: KeyboardEvent, at: number) => boolean} press  `at`: wall clock, ms; returns whether it is a hotkey
 */

/**
 * Listens before the task page does, which may swallow keys, wherever the manager keeps to `document-start`; in Firefox
 * scripts of the page may come first. Keys pressed before everything is loaded count as well.
 * @param {Promise<KeyHandlers>} loading
 */
function listenForKeys(loading) {
  /** @type {KeyHandlers | undefined} */
  let handlers;
  void loading.then((loaded) => (handlers = loaded));
  onTrusted(window, "keydown", (event) => {
    if (event.isComposing) return;
    const at = momentOf(event);
    const isTyping = isTypingTarget(event.composedPath()[0]);
    if (!handlers) {
      void loading.then((loaded) => isTyping || loaded.press(event, at));
      return;
    }
    handlers.noteActivity(event);
    if (isTyping || !handlers.press(event, at)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, { capture: true });
}

/** @returns {Promise<KeyHandlers>} */
async function startWidget() {
  const storage = managerStorage();
  const [preferences, language] = await Promise.all([loadPreferences(storage), storage.get(LANGUAGE)]);
  speak(language, navigator.language);
  /** @type {ReturnType<typeof createPanel> | undefined} */
  let panel;
  /** @type {Model | undefined} */
  let latestModel;
  const tracker = createTracker(storage, managerTransport(SERVER), (model) => {
    latestModel = model;
    panel?.draw(model);
    scheduleAlert(model);
  });
  const scheduleAlert = createAlerts(storage, preferences, tracker.now);
  await tracker.start();
  const noteActivity = await watchActivity(storage, () => preferences.now.idleMinutes, (from, to) => {
    if (tracker.isRunning()) void tracker.wasAway(from, to);
  });
  watchPage({ storage, preferences, read: tracker.read, close: tracker.closeTask });
  lookRegularly(tracker.look);
  // Keys work from the beginning; the panel needs a document.
  void documentReady().then(() => {
    panel = createPanel({ ...tracker, server: SERVER, mac: /Mac|iPhone|iPad/.test(navigator.platform), preferences });
    panel.attach();
    if (latestModel) panel.draw(latestModel);
  });
  return {
    noteActivity,
    press(event, at) {
      const action = pressedAction(event, preferences.now.hotkeys);
      if (action !== null && !event.repeat) void tracker.press(action, at);
      return action !== null;
    },
  };
}

/**
 * Another device may have acted: asks when the user comes back, and regularly while the page is visible.
 * @param {() => void} look
 */
function lookRegularly(look) {
  const lookIfVisible = () => document.hidden || look();
  for (const type of ["focus", "online", "visibilitychange"]) onTrusted(window, type, lookIfVisible);
  setInterval(lookIfVisible, POLL_EVERY_MS);
}

async function main() {
  if (location.origin !== SERVER) {
    // Match patterns have no ports: this may be the widget page of another server.
    if (!location.pathname.startsWith("/widget")) listenForKeys(startWidget());
    return;
  }
  if (location.pathname !== "/widget") return;
  await documentReady();
  await attachPage(document, managerStorage(), VERSION);
}

void main();
