// @ts-check
// What she chose about the panel: hotkeys, place, size. Shared by all tabs.

/** @import { Anchor } from "./placement.js" */
/** @import { Hotkeys } from "./hotkeys.js" */
/** @import { Storage } from "./storage.js" */
import { DEFAULT_HOTKEYS } from "./hotkeys.js";
import { DEFAULT_ANCHOR } from "./placement.js";

const KEY = "preferences";

/** @typedef {{hotkeys: Hotkeys, anchor: Anchor, collapsed: boolean}} Choices */
/** @typedef {Awaited<ReturnType<typeof loadPreferences>>} Preferences */

/** @param {Storage} storage */
export async function loadPreferences(storage) {
  /** @type {(() => void)[]} */
  const listeners = [];
  const preferences = {
    now: await read(),

    /** @param {Partial<Choices>} some */
    change(some) {
      preferences.now = { ...preferences.now, ...some };
      void storage.set(KEY, preferences.now);
      for (const listener of listeners) listener();
    },

    /** @param {() => void} listener */
    onChange(listener) {
      listeners.push(listener);
    },
  };

  /** @returns {Promise<Choices>} */
  async function read() {
    const kept = (await storage.get(KEY)) ?? {};
    return {
      hotkeys: { ...DEFAULT_HOTKEYS, ...kept.hotkeys },
      anchor: kept.anchor ?? DEFAULT_ANCHOR,
      collapsed: kept.collapsed === true,
    };
  }

  storage.onChange(KEY, async () => {
    const kept = await read();
    if (JSON.stringify(kept) === JSON.stringify(preferences.now)) return;
    preferences.now = kept;
    for (const listener of listeners) listener();
  });
  return preferences;
}
