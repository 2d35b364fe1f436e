// Requests that the userscript manager never answers: the sending goes on all the same.

import assert from "node:assert/strict";
import { test } from "node:test";

import { wait } from "./support.js";
import { managerTransport } from "../../../app/widget/transport.js";

const NOTHING = { status: 0, text: "", retryAfter: null };

/** A request whose manager returns `result()` and calls nothing; `pageshow`: reports to the page that it is shown. */
function request(result) {
  const listeners = [];
  globalThis.window = {
    addEventListener: (type, listener, { signal }) => type === "pageshow" && listeners.push({ listener, signal }),
  };
  globalThis.GM_xmlhttpRequest = result;
  const reply = managerTransport("https://tracker.test")("GET", "/sessions/current", "t", "");
  return {
    /** The reply, or "waits" if none has come for a while. */
    meanwhile: () => Promise.race([reply, wait(100, "waits")]),
    pageshow: (isTrusted, persisted) => listeners.forEach(({ listener }) => listener({ isTrusted, persisted })),
    signals: () => listeners.map(({ signal }) => signal),
  };
}

test("a request is given up in a page that comes out of the back/forward cache", async () => {
  const { meanwhile, pageshow, signals } = request(() => undefined);
  pageshow(true, false); // the page has loaded
  pageshow(false, true); // a script of the page says so
  assert.equal(await meanwhile(), "waits");
  pageshow(true, true);
  assert.deepEqual(await meanwhile(), NOTHING);
  // It listens no longer than the request can take.
  assert.deepEqual(signals().map((signal) => signal instanceof AbortSignal), [true]);
});

test("a request that the manager refuses by its promise is given up", async () => {
  const { meanwhile } = request(() => Promise.reject(new Error()));
  assert.deepEqual(await meanwhile(), NOTHING);
});

test("a reply is passed on with its Retry-After", async () => {
  const { meanwhile } = request((details) => {
    details.onload({ status: 429, responseText: "x", responseHeaders: "date: now\r\nRetry-After: 7" });
  });
  assert.deepEqual(await meanwhile(), { status: 429, text: "x", retryAfter: "7" });
});

test("a request carries the token, and its body as JSON", async () => {
  let sent;
  globalThis.window = { addEventListener: () => undefined };
  globalThis.GM_xmlhttpRequest = (details) => void (sent = details);
  void managerTransport("https://tracker.test")("POST", "/events", "secret", '{"a":1}');
  assert.deepEqual(
    [sent.method, sent.url, sent.headers, sent.data, sent.anonymous],
    [
      "POST",
      "https://tracker.test/events",
      { "Authorization": "Bearer secret", "Content-Type": "application/json" },
      '{"a":1}',
      true,
    ],
  );
});
