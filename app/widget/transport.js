// @ts-check
// Requests through the userscript manager: the task page's CORS and CSP have no say, and no cookie goes along.

/** @import { Reply } from "./replies.js" */
import { onTrusted } from "./dom.js";

const TIMEOUT_MS = 20_000;

/** @typedef {(method: string, path: string, token: string, body: string) => Promise<Reply>} Transport  body: "" for none */

/**
 * @param {string} server  its origin
 * @returns {Transport}
 */
export function managerTransport(server) {
  const request = typeof GM_xmlhttpRequest === "function" ? GM_xmlhttpRequest : GM.xmlHttpRequest;
  return (method, path, token, body) =>
    new Promise((resolve) => {
      const nothing = () => resolve({ status: 0, text: "", retryAfter: null });
      // A manager that forgets the time-out must not stop the sending for ever.
      const signal = AbortSignal.timeout(TIMEOUT_MS + 5_000);
      signal.onabort = nothing;
      // An answer that comes while the browser keeps the page for her to go back to is told nobody.
      onTrusted(window, "pageshow", ({ persisted }) => persisted && nothing(), { signal });
      // Some managers also answer with a promise of their own, which fails where `onerror` is called.
      Promise.resolve(request({
        method,
        url: server + path,
        headers: {
          Authorization: `Bearer ${token}`,
          ...(body && { "Content-Type": "application/json" }),
        },
        ...(body && { data: body }),
        timeout: TIMEOUT_MS,
        anonymous: true,
        redirect: "error",
        onload: (reply) =>
          resolve({
            status: reply.status,
            text: reply.responseText ?? "",
            // The headers come as one `name: value` a line.
            retryAfter: /^retry-after: *(.*)/im.exec(reply.responseHeaders ?? "")?.[1] ?? null,
          }),
        onerror: nothing,
        onabort: nothing,
        ontimeout: nothing,
      })).catch(nothing);
    });
}
