// @ts-check
// What she chose: keys, place and size of the panel, what is read from the task page. Shared by all tabs.

/** @import { Anchor } from "./placement.js" */
/** @import { Hotkeys } from "./hotkeys.js" */
/** @import { Storage } from "./storage.js" */
import { DEFAULT_HOTKEYS } from "./hotkeys.js";
import { DEFAULT_ANCHOR } from "./placement.js";

export const PREFERENCES = "preferences";

/**
 * Where things stand on the task pages. These pages change without notice: so all of it can be set.
 * @typedef {object} Selectors
 * @property {string} taskPath  how the path of a task page begins
 * @property {string} listPath  how the path of the list of tasks begins
 * @property {string} taskParameter  the parameter of the address that carries the task's id
 * @property {string} estimate  CSS selector of the estimated time
 * @property {string} submit  CSS selector
 * @property {string} release  CSS selector
 */

/**
 * A rule of hers for the task type: where the element stands on the page (and has that text in it), the type is hers.
 * Only `type`, her own word, is ever sent.
 * @typedef {{selector: string, text: string, type: string}} TypeRule
 */

/**
 * @typedef {object} Choices
 * @property {Hotkeys} hotkeys
 * @property {Anchor} anchor
 * @property {number} width  of the panel, CSS pixels
 * @property {boolean} collapsed
 * @property {boolean} reading  task id and estimated time are read from the page
 * @property {boolean} automatic  submit, release and leaving the list press NEXT
 * @property {"upper" | "middle" | "lower"} end  which end of an estimated range is the target
 * @property {string[]} types  task types to pick from
 * @property {string} picked  the one picked in the panel; "" = by rule
 * @property {TypeRule[]} rules
 * @property {Selectors} selectors
 * @property {number} idleMinutes  without key or pointer, after which she is asked; 0 = never
 * @property {"none" | "sound" | "notification"} alert  at the edges of the pace band
 */

/** @type {Readonly<Choices>} */
export const DEFAULTS = Object.freeze({
  hotkeys: DEFAULT_HOTKEYS, anchor: DEFAULT_ANCHOR, width: 264, collapsed: false,
  reading: true, automatic: false, end: "upper", types: [], picked: "", rules: [],
  selectors: {
    taskPath: "/evaluation/rater/task/show", listPath: "/evaluation/rater/task/index", taskParameter: "taskIds",
    estimate: "span.ewok-estimated-task-weight", submit: "#ewok-task-submit-button", release: "#ewok-release-button",
  },
  idleMinutes: 10, alert: "none",
});

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
      void storage.set(PREFERENCES, preferences.now);
      for (const listener of listeners) listener();
    },

    /** @param {() => void} listener */
    onChange(listener) {
      listeners.push(listener);
    },
  };

  /** @returns {Promise<Choices>} what is not kept, or was not known to an older version, as it is by default */
  async function read() {
    const kept = (await storage.get(PREFERENCES)) ?? {};
    return {
      ...DEFAULTS, ...kept,
      hotkeys: { ...DEFAULT_HOTKEYS, ...kept.hotkeys }, selectors: { ...DEFAULTS.selectors, ...kept.selectors },
    };
  }

  storage.onChange(PREFERENCES, async () => {
    const kept = await read();
    if (JSON.stringify(kept) === JSON.stringify(preferences.now)) return;
    preferences.now = kept;
    for (const listener of listeners) listener();
  });
  return preferences;
}
