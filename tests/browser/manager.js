// What surrounds the userscript in the page: the test's manager puts the capitals' values in. See manager.py.
(() => {
  if (window.top !== window || !__PATTERNS__.some((each) => new RegExp(each).test(location.href))) return;
  if (__OPEN_SHADOW__) {
    // So that the test can look inside; another test leaves it closed.
    const attach = Element.prototype.attachShadow;
    Element.prototype.attachShadow = function (init) { return attach.call(this, { ...init, mode: "open" }); };
  }
  const run = (
    GM_getValue, GM_setValue, GM_deleteValue, GM_listValues, GM_addValueChangeListener, GM_xmlhttpRequest,
    GM_notification, GM,
  ) => {
    __SCRIPT__
  };
  const {
    __managerKeys, __managerGet, __managerSet, __managerDelete, __managerChanges, __managerRequest, __managerNotify,
  } = globalThis;
  const origin = Math.random().toString(36).slice(2);
  // A dialog is the one call to the outside that a page can wait for, as a manager's own scripts need not.
  const held = JSON.parse(prompt(__ASKED__) ?? '{"values": {}, "cursor": 0, "shift": 0}');

  // A wall clock that can be wrong. What counts from the page's beginning stays right, as it does in life.
  const RealDate = Date;
  let shift = held.shift;
  const now = () => RealDate.now() + shift;
  globalThis.__shiftClock = (ms) => { shift = ms; };
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, args, made) => Reflect.construct(target, args.length ? args : [now()], made),
    apply: () => new RealDate(now()).toString(),
    get: (target, name) => (name === "now" ? now : Reflect.get(target, name)),
  });

  // A window of its own is in front in every tab: a tab that the user has left is made to believe so.
  let hidden = false;
  const onLook = [];
  const listenTo = window.addEventListener;
  window.addEventListener = function (type, listener, ...options) {
    if (type === "visibilitychange") onLook.push(listener);
    return listenTo.call(this, type, listener, ...options);
  };
  globalThis.__hide = (now) => {
    if (now === hidden) return;
    hidden = now;
    Object.defineProperty(document, "hidden", { get: () => hidden, configurable: true });
    for (const listener of onLook) listener({ type: "visibilitychange", isTrusted: true });
  };

  const request = ({ onload, onerror, onabort, ontimeout, ...details }) => {
    __managerRequest({ ...details, asked: RealDate.now() }).then((reply) => (reply ? onload(reply) : onerror()));
  };
  const old = () => {
    // As Tampermonkey does: all values are there when the script starts, changes are written through and passed on. And it
    // has the other family as well, whose promises say when a value is kept.
    const values = new Map(Object.entries(held.values));
    const listeners = [];
    const notify = (key, value, remote) => {
      for (const [name, listener] of listeners) if (name === key) listener(key, undefined, value, remote);
    };
    const listen = async (cursor) => {
      const news = await __managerChanges(origin, cursor);
      for (const [key, value] of news.changes) {
        if (value === null) values.delete(key); else values.set(key, value);
        notify(key, value, true);
      }
      void listen(news.cursor);
    };
    void listen(held.cursor);
    const setValue = (key, value) => {
      values.set(key, structuredClone(value));
      const kept = __managerSet(origin, key, value);
      notify(key, value, false);
      return kept;
    };
    const deleteValue = (key) => {
      values.delete(key);
      const gone = __managerDelete(origin, key);
      notify(key, undefined, false);
      return gone;
    };
    run(
      (key) => structuredClone(values.get(key)),
      (key, value) => void setValue(key, value),
      (key) => void deleteValue(key),
      () => [...values.keys()],
      (key, listener) => listeners.push([key, listener]),
      request, (details) => void __managerNotify(JSON.parse(JSON.stringify(details))), { setValue, deleteValue });
  };
  const four = () => run(undefined, undefined, undefined, undefined, undefined, undefined, undefined, {
    getValue: async (key) => (await __managerGet(key)) ?? undefined,
    setValue: (key, value) => __managerSet(origin, key, value),
    deleteValue: (key) => __managerDelete(origin, key),
    listValues: () => __managerKeys(),
    xmlHttpRequest: request,
    notification: (details) => __managerNotify(JSON.parse(JSON.stringify(details))),
  });
  const start = __FLAVOUR__ === "GM_" ? old : four;
  if (__RUN_AT__ === "document-start") start();
  else addEventListener("load", start);
})();
