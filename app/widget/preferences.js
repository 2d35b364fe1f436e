// @ts-check
// What she chose: keys, place and size of the panel, what is read from the task page. Shared by all tabs.

/** @import { Anchor } from "./placement.js" */
/** @import { Hotkeys } from "./hotkeys.js" */
/** @import { Storage } from "./storage.js" */
import { DEFAULT_HOTKEYS } from "./hotkeys.js";
import { DEFAULT_ANCHOR } from "./placement.js";

const PREFERENCES = "preferences";

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

/**
 * What is kept: only what she chose, so that better defaults of a later version reach her.
 * @typedef {Partial<Omit<Choices, "selectors"> & {selectors: Partial<Selectors>}>} ChosenOnes
 */

/** @type {Readonly<Choices>} */
export const DEFAULTS = {
  hotkeys: DEFAULT_HOTKEYS, anchor: DEFAULT_ANCHOR, width: 264, collapsed: false,
  reading: true, automatic: false, end: "upper", types: [], picked: "", rules: [],
  selectors: {
    taskPath: "/evaluation/rater/task/show", listPath: "/evaluation/rater/task/index", taskParameter: "taskIds",
    estimate: "span.ewok-estimated-task-weight", submit: "#ewok-task-submit-button", release: "#ewok-release-button",
  },
  idleMinutes: 10, alert: "none",
};

/** @typedef {Awaited<ReturnType<typeof loadPreferences>>} Preferences */

/** @param {Storage} storage */
export async function loadPreferences(storage) {
  /** @type {(() => void)[]} */
  const listeners = [];
  /** @type {Promise<void>} */
  let saving = Promise.resolve();
  let kept = await read();
  const preferences = {
    now: withDefaults(kept),

    /**
     * Keeps these and leaves the others as they are in the storage: another tab may have changed them since.
     * @param {ChosenOnes} some
     * @returns {Promise<void>} rejected when the manager refuses to keep them
     */
    change(some) {
      kept = { ...kept, ...some };
      tell();
      const saved = saving.then(async () => storage.set(PREFERENCES, { ...(await read()), ...some }));
      saving = saved.catch(() => {});
      return saved;
    },

    /** @param {() => void} listener */
    onChange(listener) {
      listeners.push(listener);
    },
  };

  function tell() {
    preferences.now = withDefaults(kept);
    for (const listener of listeners) listener();
  }

  /** @returns {Promise<ChosenOnes>} */
  async function read() {
    return (await storage.get(PREFERENCES)) ?? {};
  }

  storage.onChange(PREFERENCES, async () => {
    await saving;
    const fresh = await read();
    if (JSON.stringify(withDefaults(fresh)) === JSON.stringify(preferences.now)) return;
    kept = fresh;
    tell();
  });
  return preferences;
}

/**
 * @param {ChosenOnes} kept
 * @returns {Choices} what was not chosen, or was not known to an older version, as it is by default
 */
function withDefaults(kept) {
  return {
    ...DEFAULTS, ...kept,
    hotkeys: { ...DEFAULT_HOTKEYS, ...kept.hotkeys }, selectors: { ...DEFAULTS.selectors, ...kept.selectors },
  };
}
