// @ts-check
// The user's settings: keys, place and size of the panel, what is read from the task page. Shared by all tabs.

/** @import { Anchor } from "./placement.js" */
/** @import { Hotkeys } from "./hotkeys.js" */
/** @import { Storage } from "./storage.js" */
import { DEFAULT_HOTKEYS } from "./hotkeys.js";
import { DEFAULT_ANCHOR } from "./placement.js";

const PREFERENCES = "preferences";

/**
 * Where things are on the task pages. These pages change without notice, so all of it can be set.
 * @typedef {object} Selectors
 * @property {string} taskPath  beginning of the path of a task page
 * @property {string} listPath  beginning of the path of the task list
 * @property {string} taskParameter  the parameter of the address that carries the task's id
 * @property {string} estimate  CSS selector of the estimated time
 * @property {string} submit  CSS selector
 * @property {string} release  CSS selector
 */

/**
 * A rule for the task type: if the page has this element (with this text in it), the task has this type. Only `type`,
 * the user's own word, is ever sent.
 * @typedef {{selector: string, text: string, type: string}} TypeRule
 */

/**
 * @typedef {object} Choices
 * @property {Hotkeys} hotkeys
 * @property {Anchor} anchor
 * @property {number} width  of the panel, CSS pixels
 * @property {boolean} collapsed
 * @property {boolean} reading  read task id and estimated time from the page
 * @property {boolean} automatic  submit, release and leaving the list send NEXT
 * @property {"upper" | "middle" | "lower"} end  which end of an estimated range is the target
 * @property {string[]} types  task types to pick from
 * @property {string} picked  the type picked in the panel; "": by rule
 * @property {TypeRule[]} rules
 * @property {Selectors} selectors
 * @property {number} idleMinutes  without activity, after which the user is asked; 0: never
 * @property {"none" | "sound" | "notification"} alert  at the edges of the pace band
 */

/**
 * What is stored: only what the user changed, so that better defaults of a later version take effect.
 * @typedef {Partial<Omit<Choices, "selectors"> & {selectors: Partial<Selectors>}>} StoredChoices
 */

/** @type {Readonly<Choices>} */
export const DEFAULTS = {
  hotkeys: DEFAULT_HOTKEYS,
  anchor: DEFAULT_ANCHOR,
  width: 264,
  collapsed: false,
  reading: true,
  automatic: false,
  end: "upper",
  types: [],
  picked: "",
  rules: [],
  selectors: {
    taskPath: "/evaluation/rater/task/show",
    listPath: "/evaluation/rater/task/index",
    taskParameter: "taskIds",
    estimate: "span.ewok-estimated-task-weight",
    submit: "#ewok-task-submit-button",
    release: "#ewok-release-button",
  },
  idleMinutes: 10,
  alert: "none",
};

/** @typedef {Awaited<ReturnType<typeof loadPreferences>>} Preferences */

/** @param {Storage} storage */
export async function loadPreferences(storage) {
  /** @type {(() => void)[]} */
  const listeners = [];
  /** @type {Promise<void>} */
  let saving = Promise.resolve();
  let stored = await read();
  const preferences = {
    now: withDefaults(stored),

    /**
     * Stores these choices and leaves the others as they are in the storage: another tab may have changed them since.
     * @param {StoredChoices} choices
     * @returns {Promise<void>} rejected if the manager does not store them
     */
    change(choices) {
      stored = { ...stored, ...choices };
      notify();
      const saved = saving.then(async () => storage.set(PREFERENCES, { ...(await read()), ...choices }));
      // Whoever changes something is told of its failure; the next change is stored all the same.
      saving = saved.catch(() => {});
      return saved;
    },

    /** @param {() => void} listener */
    onChange(listener) {
      listeners.push(listener);
    },
  };

  function notify() {
    preferences.now = withDefaults(stored);
    for (const listener of listeners) listener();
  }

  /** @returns {Promise<StoredChoices>} */
  async function read() {
    return (await storage.get(PREFERENCES)) ?? {};
  }

  storage.onChange(PREFERENCES, async () => {
    await saving;
    const fresh = await read();
    if (JSON.stringify(withDefaults(fresh)) === JSON.stringify(preferences.now)) return;
    stored = fresh;
    notify();
  });
  return preferences;
}

/**
 * @param {StoredChoices} stored
 * @returns {Choices} with the default of what was not changed, or was not known to an older version
 */
function withDefaults(stored) {
  return {
    ...DEFAULTS,
    ...stored,
    hotkeys: { ...DEFAULT_HOTKEYS, ...stored.hotkeys },
    selectors: { ...DEFAULTS.selectors, ...stored.selectors },
  };
}
