// @ts-check
// "Connect this browser" and "Disconnect", on the tracker's own page: one click makes a token and keeps it in the manager's
// storage, from where every open panel hears of it. It is never written into the page.

/** @import { Link } from "./words.js" */
/** @import { Storage } from "./storage.js" */
import { onTrusted } from "./dom.js";

/**
 * What came of a click; the page has the sentences.
 * @typedef {{what: "busy" | "connected" | "disconnected" | "listed" | "refused" | "unanswered" | "saved" | "unsaved", detail?: string}} Said
 */

/**
 * @param {Document} page
 * @param {Storage} storage
 * @param {(said: Said) => void} say
 */
export function attachConnect(page, storage, say) {
  const [connecting, ending, csrf, name] = ["connect", "disconnect", "csrf", "name"]
    .map((each) => page.querySelector(`[data-widget-${each}]`));
  // Where nobody is logged in there is nothing to connect to, but a browser can still be disconnected.
  const account = connecting?.getAttribute("data-account") ?? null;
  const token = csrf?.getAttribute("value") ?? "";
  let busy = false;

  /**
   * @param {Element | null} button
   * @param {() => Promise<Said>} act
   */
  const on = (button, act) => button && onTrusted(button, "click", async (event) => {
    event.preventDefault();
    if (busy) return;
    busy = true;
    say({ what: "busy" });
    say(await act().catch(() => ({ what: "unanswered" })));
    busy = false;
  });
  on(connecting, () => connect(storage, account, token, /** @type {HTMLInputElement} */ (name).value));
  on(ending, () => disconnect(storage, account, token));
}

/**
 * @param {string} method
 * @param {string} path
 * @param {string} csrf
 * @param {object} [body]
 */
function askTracker(method, path, csrf, body) {
  return fetch(SERVER + path, {
    method,
    headers: { "Content-Type": "application/json", "x-csrf-token": csrf },
    body: body && JSON.stringify(body),
  });
}

/**
 * Takes a token off the list on the profile.
 * @param {Link | undefined} link
 * @param {string | null} account  who is logged in
 * @param {string} csrf
 * @returns {Promise<boolean>} whether it is certainly gone
 */
async function endToken(link, account, csrf) {
  if (!link || account === null || link.account !== account) return false;
  const reply = await askTracker("DELETE", `/tokens/${encodeURIComponent(link.id)}`, csrf).catch(() => {});
  return reply?.status === 204 || reply?.status === 404;
}

/**
 * @param {Storage} storage
 * @param {string | null} account
 * @param {string} csrf
 * @param {string} name
 * @returns {Promise<Said>}
 */
async function connect(storage, account, csrf, name) {
  const reply = await askTracker("POST", "/tokens", csrf, { name });
  const { token, id, ...body } = await reply.json();
  if (!reply.ok) return { what: "refused", ...(typeof body.detail === "string" && { detail: body.detail }) };
  /** @type {Link | undefined} */
  const before = await storage.get("link");
  for (const key of before?.account === account ? [] : ["answer", "sent"]) await storage.remove(key);
  /** @type {Link} */
  const link = { token, id, name: body.name, account, since: new Date().toISOString() };
  await storage.set("link", link);
  // Where the one that it replaces cannot be ended it merely stays on the list.
  await endToken(before, account, csrf);
  return { what: "connected" };
}

/**
 * What is pressed from here on stays under the account that was connected; only the token goes.
 * @param {Storage} storage
 * @param {string | null} account
 * @param {string} csrf
 * @returns {Promise<Said>}
 */
async function disconnect(storage, account, csrf) {
  /** @type {Link} */
  const link = await storage.get("link");
  const gone = await endToken(link, account, csrf);
  await storage.set("link-ended", link.since);
  await storage.set("link", { ...link, token: "" });
  return { what: gone ? "disconnected" : "listed" };
}
