// A userscript manager in the page, as fast as one can be: values are written at once, as Tampermonkey does it with its
// copy in the page, and requests are the page's own. The capitals' values are put in before it runs.
addEventListener("load", () => {
  const attach = Element.prototype.attachShadow;
  Element.prototype.attachShadow = function (init) {
    const root = attach.call(this, init);
    probe.watch(root);
    return root;
  };
  const values = new Map(Object.entries(__VALUES__).map(([key, value]) => [key, JSON.stringify(value)]));
  const listeners = [];
  const notify = (key, value) => {
    for (const [name, listener] of listeners) if (name === key) listener(key, undefined, value, false);
  };
  const GM_getValue = (key) => (values.has(key) ? JSON.parse(values.get(key)) : undefined);
  const GM_setValue = (key, value) => {
    values.set(key, JSON.stringify(value));
    notify(key, value);
  };
  const GM_deleteValue = (key) => {
    values.delete(key);
    if (key.startsWith("event:")) probe.mark("settled");
    notify(key, undefined);
  };
  const GM_listValues = () => [...values.keys()];
  const GM_addValueChangeListener = (key, listener) => listeners.push([key, listener]);
  const GM_xmlhttpRequest = ({ method, url, headers, data, onload, onerror }) => {
    if (method === "POST") probe.mark("asked");
    probe.requests.push(url);
    fetch(url, { method, headers, body: data, credentials: "omit", cache: "no-store" }).then(async (reply) => {
      const responseText = await reply.text();
      if (method === "POST") probe.mark("answered");
      const responseHeaders = [...reply.headers].map(([name, value]) => `${name}: ${value}`).join("\r\n");
      onload({ status: reply.status, responseText, responseHeaders });
    }, onerror);
  };
  __SCRIPT__
});
