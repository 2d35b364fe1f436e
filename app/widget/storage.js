// @ts-check
// The userscript manager's storage: the task site's own scripts cannot read it. `GM_*` where the manager has them
// (Tampermonkey, Violentmonkey), else `GM.*` (Greasemonkey 4).

/**
 * @typedef {object} Storage
 * @property {(key: string) => Promise<any>} get  undefined when there is nothing
 * @property {(key: string, value: unknown) => Promise<void>} set
 * @property {(key: string) => Promise<void>} remove
 * @property {() => Promise<string[]>} keys
 * @property {(key: string, listener: () => void) => void} onChange  also for changes by other tabs, where the manager can tell
 */

/** @returns {Storage} */
export function managerStorage() {
  const old = typeof GM_getValue === "function";
  const listen = typeof GM_addValueChangeListener === "function"
    ? GM_addValueChangeListener
    : typeof GM === "object" ? GM.addValueChangeListener : undefined;
  return {
    get: async (key) => (old ? GM_getValue(key) : GM.getValue(key)) ?? undefined,
    set: async (key, value) => (old ? GM_setValue(key, value) : GM.setValue(key, value)),
    remove: async (key) => (old ? GM_deleteValue(key) : GM.deleteValue(key)),
    keys: async () => (old ? GM_listValues() : GM.listValues()),
    onChange: (key, listener) => {
      listen?.(key, () => listener());
    },
  };
}
