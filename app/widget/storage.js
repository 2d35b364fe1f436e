// @ts-check
// The userscript manager's storage: the task site's own scripts cannot read it. `GM_*` where the manager has them
// (Tampermonkey, Violentmonkey), else `GM.*` (Greasemonkey 4).

/**
 * @typedef {object} Storage
 * @property {(key: string) => Promise<any>} get  undefined when there is nothing
 * @property {(key: string, value: unknown) => Promise<void>} set  on its way to the disk when this returns, there when it resolves
 * @property {(key: string) => Promise<void>} remove
 * @property {() => Promise<string[]>} keys
 * @property {(key: string, listener: () => void) => void} onChange  called for changes by other tabs too
 */

/** @returns {Storage} */
export function managerStorage() {
  const old = typeof GM_getValue === "function";
  const modern = typeof GM === "object";
  const listen = typeof GM_addValueChangeListener === "function" ? GM_addValueChangeListener : undefined;
  const told = listen ? null : tabsToldByHand();
  return {
    get: async (key) => (old ? GM_getValue(key) : GM.getValue(key)) ?? undefined,
    // Of the two, only the promise says when the manager has the value.
    set: async (key, value) => {
      await (modern && GM.setValue ? GM.setValue(key, value) : GM_setValue(key, value));
      told?.tell(key);
    },
    remove: async (key) => (modern && GM.deleteValue ? GM.deleteValue(key) : GM_deleteValue(key)),
    keys: async () => (old ? GM_listValues() : GM.listValues()),
    onChange: (key, listener) => {
      if (listen) listen(key, () => listener());
      told?.onChange(key, listener);
    },
  };
}

/**
 * For managers that tell nobody of a change. Scripts of the task site can listen in and call out as well: so a message
 * is the name of a key that everybody knows, and all that it brings about is a look into the storage.
 */
function tabsToldByHand() {
  const channel = new BroadcastChannel("raterhub-tracker");
  /** @type {[string, () => void][]} */
  const listeners = [];
  const heard = (/** @type {unknown} */ key) => listeners.filter(([name]) => name === key).map(([, listener]) => listener());
  channel.onmessage = ({ data }) => heard(data);
  // A channel ends at the site's border: what she did on the tracker's page is found when she comes back.
  addEventListener("focus", () => listeners.map(([, listener]) => listener()));
  return {
    /** @param {string} key */
    tell: (key) => heard(key).length && channel.postMessage(key),
    /**
     * @param {string} key
     * @param {() => void} listener
     */
    onChange: (key, listener) => listeners.push([key, listener]),
  };
}
