// @ts-check
// Requests through the userscript manager: the CORS and CSP of the task page do not apply. It is asked to send no
// cookie; Greasemonkey sends the tracker's all the same, and the server goes by the token alone.

/** @import { Reply } from "./replies.js" */
import { onTrusted } from "./dom.js";

const TIMEOUT_MS = 20_000;
/** A manager that forgets the timeout must not stop the sending forever. */
const MANAGER_GRACE_MS = 5_000;
/** @type {Readonly<Reply>} */
const NO_ANSWER = { status: 0, text: "", retryAfter: null };

/**
 * @typedef {(method: string, path: string, token: string, body: string) => Promise<Reply>} Transport  body: "" for none
 */

/**
 * @param {string} server  its origin
 * @returns {Transport}
 */
export function managerTransport(server) {
  const request = typeof GM_xmlhttpRequest === "function" ? GM_xmlhttpRequest : GM.xmlHttpRequest;
  return (method, path, token, body) =>
    new Promise((resolve) => {
      const giveUp = () => resolve(NO_ANSWER);
      const signal = AbortSignal.timeout(TIMEOUT_MS + MANAGER_GRACE_MS);
      signal.onabort = giveUp;
      // An answer that comes while the browser keeps the page in its back/forward cache is never delivered.
      onTrusted(window, "pageshow", ({ persisted }) => persisted && giveUp(), { signal });
      const promise = request({
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
        onload: (reply) => resolve(replyOf(reply)),
        onerror: giveUp,
        onabort: giveUp,
        ontimeout: giveUp,
      });
      // Some managers also return a promise, which is rejected where `onerror` is called.
      Promise.resolve(promise).catch(giveUp);
    });
}

/**
 * @param {ManagerReply} reply
 * @returns {Reply}
 */
function replyOf({ status, responseText, responseHeaders }) {
  const retryAfter = /^retry-after: *(.*)/im.exec(responseHeaders ?? "");
  return { status, text: responseText ?? "", retryAfter: retryAfter?.[1] ?? null };
}
