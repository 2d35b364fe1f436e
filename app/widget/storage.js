// @ts-check
// The userscript manager's storage, which the task site's own scripts cannot read. `GM_*` if the manager has them
// (Tampermonkey, Violentmonkey), otherwise `GM.*` (Greasemonkey 4).

/**
 * @typedef {object} Storage
 * @property {(key: string) => Promise<any>} get  undefined if there is no value
 * @property {(key: string, value: unknown) => Promise<void>} set  the write has begun when this returns, and is
 *   complete when it resolves
 * @property {(key: string) => Promise<void>} remove
 * @property {() => Promise<string[]>} keys
 * @property {(key: string, listener: () => void) => void} onChange  also called for changes by other tabs
 */

/** @returns {Storage} */
export function managerStorage() {
  const hasOldApi = typeof GM_getValue === "function";
  const hasNewApi = typeof GM === "object";
  const listen = typeof GM_addValueChangeListener === "function" ? GM_addValueChangeListener : undefined;
  const channel = listen ? null : createChangeChannel();
  return {
    get: async (key) => (hasOldApi ? GM_getValue(key) : GM.getValue(key)) ?? undefined,
    set: async (key, value) => {
      // Of the two functions, only the promise of the new one tells when the value is stored.
      await (hasNewApi && GM.setValue ? GM.setValue(key, value) : GM_setValue(key, value));
      channel?.announce(key);
    },
    remove: async (key) => (hasNewApi && GM.deleteValue ? GM.deleteValue(key) : GM_deleteValue(key)),
    keys: async () => (hasOldApi ? GM_listValues() : GM.listValues()),
    onChange: (key, listener) => {
      if (listen) listen(key, () => listener());
      channel?.onChange(key, listener);
    },
  };
}

/**
 * Change messages between tabs, for managers that have none. Scripts of the task site can listen and send as well: so a
 * message is only the name of a well-known key, and causes only a read of the storage.
 */
function createChangeChannel() {
  const channel = new BroadcastChannel("raterhub-tracker");
  /** @type {{key: string, listener: () => void}[]} */
  const listeners = [];

  /**
   * @param {unknown} key
   * @returns {boolean} whether anybody listens to this key
   */
  function notify(key) {
    const interested = listeners.filter((each) => each.key === key);
    for (const { listener } of interested) listener();
    return interested.length > 0;
  }

  channel.onmessage = ({ data }) => notify(data);
  // A channel ends at the site's origin: changes made on the tracker's page are found when the user comes back.
  addEventListener("focus", () => {
    for (const { listener } of listeners) listener();
  });

  return {
    /** @param {string} key */
    announce(key) {
      if (notify(key)) channel.postMessage(key);
    },

    /**
     * @param {string} key
     * @param {() => void} listener
     */
    onChange(key, listener) {
      listeners.push({ key, listener });
    },
  };
}
