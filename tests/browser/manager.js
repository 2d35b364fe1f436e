// What surrounds the userscript in the page: the test's manager puts the capitals' values in. See manager.py.
(() => {
  if (window.top !== window || !__PATTERNS__.some((each) => new RegExp(each).test(location.href))) return;
  if (__OPEN_SHADOW__) {
    // So that the test can look inside; another test leaves it closed.
    const attach = Element.prototype.attachShadow;
    Element.prototype.attachShadow = function (init) { return attach.call(this, { ...init, mode: "open" }); };
  }
  const run = (
    GM_getValue, GM_setValue, GM_deleteValue, GM_listValues, GM_addValueChangeListener, GM_xmlhttpRequest, GM,
  ) => {
    __SCRIPT__
  };
  const { __managerValues, __managerSet, __managerDelete, __managerRequest } = globalThis;
  const request = ({ onload, onerror, onabort, ontimeout, ...details }) => {
    __managerRequest(details).then((reply) => (reply ? onload(reply) : onerror()));
  };
  const old = async () => {
    // As Tampermonkey does: all values are there when the script starts, changes are written through and passed on.
    const values = new Map(Object.entries(await __managerValues()));
    const listeners = [];
    const notify = (key, value, remote) => {
      for (const [name, listener] of listeners) if (name === key) listener(key, undefined, value, remote);
    };
    globalThis.__managerChanged = (key, value) => {
      if (value === null) values.delete(key); else values.set(key, value);
      notify(key, value, true);
    };
    run(
      (key) => structuredClone(values.get(key)),
      (key, value) => {
        values.set(key, structuredClone(value));
        void __managerSet(key, value);
        notify(key, value, false);
      },
      (key) => {
        values.delete(key);
        void __managerDelete(key);
        notify(key, undefined, false);
      },
      () => [...values.keys()],
      (key, listener) => listeners.push([key, listener]),
      request, undefined);
  };
  const four = () => run(undefined, undefined, undefined, undefined, undefined, undefined, {
    getValue: async (key) => (await __managerValues())[key],
    setValue: __managerSet,
    deleteValue: __managerDelete,
    listValues: async () => Object.keys(await __managerValues()),
    xmlHttpRequest: request,
  });
  addEventListener("load", () => (__FLAVOUR__ === "GM_" ? old() : four()));
})();
