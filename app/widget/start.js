// @ts-check
// Where the script begins: on the tracker's own page it connects the browser, on the task site it shows the panel.

import { isTypingTarget, pressedAction } from "./hotkeys.js";
import { attachPage } from "./page.js";
import { createPanel } from "./panel.js";
import { loadPreferences } from "./preferences.js";
import { managerStorage } from "./storage.js";
import { createTracker } from "./tracker.js";
import { managerTransport } from "./transport.js";

const LOOK_EVERY_MS = 60_000;

async function startPanel() {
  const storage = managerStorage();
  const preferences = await loadPreferences(storage);
  /** @type {ReturnType<typeof createPanel>} */
  let panel;
  const tracker = createTracker(storage, managerTransport(SERVER), (model) => panel.draw(model));
  panel = createPanel({
    server: SERVER,
    mac: /Mac|iPhone|iPad/.test(navigator.platform),
    preferences,
    press: (type) => void tracker.press(type),
    dismiss: (event) => void tracker.dismiss(event),
    now: tracker.now,
  });

  addEventListener("keydown", (event) => {
    if (!event.isTrusted || event.isComposing) return;
    const action = pressedAction(event, preferences.now.hotkeys);
    const taken = panel.keys.take(event);
    if (!taken && (action === null || isTypingTarget(event.composedPath()[0]))) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (!taken && action !== null && !event.repeat) void tracker.press(action);
  }, { capture: true });

  // Another device may have acted: ask on return, and now and then while somebody looks.
  const look = () => {
    if (!document.hidden) void tracker.look();
  };
  addEventListener("focus", look);
  addEventListener("online", look);
  document.addEventListener("visibilitychange", look);
  setInterval(look, LOOK_EVERY_MS);

  panel.attach();
  await tracker.start();
}

function start() {
  if (location.origin !== SERVER) return startPanel();
  if (location.pathname === "/widget") return attachPage(document, managerStorage(), VERSION);
}

void start();
