// @ts-check
// Where the script begins: on the tracker's own page it connects the browser, on the task site it shows the panel.

/** @import { Model } from "./words.js" */
import { createAlerts } from "./alerts.js";
import { watchPage } from "./automatic.js";
import { momentOf, onTrusted } from "./dom.js";
import { isTypingTarget, pressedAction } from "./hotkeys.js";
import { watchActivity } from "./idle.js";
import { attachPage } from "./page.js";
import { createPanel } from "./panel.js";
import { loadPreferences } from "./preferences.js";
import { managerStorage } from "./storage.js";
import { createTracker } from "./tracker.js";
import { managerTransport } from "./transport.js";

const POLL_EVERY_MS = 60_000;

/** Resolves when the page can be drawn on. */
async function drawable() {
  if (document.readyState === "loading") await new Promise((resolve) => document.addEventListener("DOMContentLoaded", resolve));
}

/** @typedef {Awaited<ReturnType<typeof assemble>>} Keys */

/**
 * Before anything of the task page's own, which may swallow keys. What is pressed before all is loaded counts too.
 * @param {Promise<Keys>} loading
 */
function listenForKeys(loading) {
  /** @type {Keys | undefined} */
  let keys;
  void loading.then((loaded) => (keys = loaded));
  onTrusted(window, "keydown", (event) => {
    if (event.isComposing) return;
    const [at, typing] = [momentOf(event), isTypingTarget(event.composedPath()[0])];
    if (!keys) return void loading.then((loaded) => typing || loaded.press(event, at));
    keys.seen(event);
    if (typing || !keys.press(event, at)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, { capture: true });
}

async function assemble() {
  const storage = managerStorage();
  const preferences = await loadPreferences(storage);
  /** @type {ReturnType<typeof createPanel> | undefined} */
  let panel;
  /** @type {Model | undefined} */
  let latest;
  const tracker = createTracker(storage, managerTransport(SERVER), (model) => {
    latest = model;
    panel?.draw(model);
    alert(model);
  });
  const alert = createAlerts(storage, preferences, tracker.now);
  await tracker.start();
  const seen = await watchActivity(storage, () => preferences.now.idleMinutes, (from, to) => {
    if (tracker.isRunning()) void tracker.wasAway(from, to);
  });
  watchPage({ storage, preferences, read: tracker.read, close: tracker.closeTask });
  keepLooking(tracker.look);
  // Keys count from the first moment on; a face needs a page to be on.
  void drawable().then(() => {
    panel = createPanel({ ...tracker, server: SERVER, mac: /Mac|iPhone|iPad/.test(navigator.platform), preferences });
    panel.attach();
    if (latest) panel.draw(latest);
  });
  return {
    seen,
    /**
     * @param {KeyboardEvent} event
     * @param {number} at  wall clock, ms
     * @returns {boolean} whether it is one of her keys
     */
    press(event, at) {
      const action = pressedAction(event, preferences.now.hotkeys);
      if (action !== null && !event.repeat) void tracker.press(action, at);
      return action !== null;
    },
  };
}

/**
 * Another device may have acted: ask on return, and now and then while somebody looks.
 * @param {() => void} look
 */
function keepLooking(look) {
  const lookIfSeen = () => document.hidden || look();
  for (const type of ["focus", "online", "visibilitychange"]) onTrusted(window, type, lookIfSeen);
  setInterval(lookIfSeen, POLL_EVERY_MS);
}

async function start() {
  if (location.origin !== SERVER) {
    // Match patterns know no ports: this may be the same page of another server.
    if (!location.pathname.startsWith("/widget")) listenForKeys(assemble());
    return;
  }
  if (location.pathname !== "/widget") return;
  await drawable();
  await attachPage(document, managerStorage(), VERSION);
}

void start();
