// @ts-check
// "Connect this browser" and "Disconnect" on the tracker's own page. One click makes a token and stores it in the
// userscript manager, which tells every open panel. The token is never written into the page.

/** @import { Link } from "./types.js" */
/** @import { Storage } from "./storage.js" */
import { onTrusted } from "./dom.js";
import { sentenceOf } from "./replies.js";

/**
 * The result of a click; the page has the sentences for them.
 * @typedef {"busy" | "connected" | "disconnected" | "listed" | "refused" | "unanswered" | "saved" | "unsaved"}
 *   ResultName
 */

/** @typedef {{what: ResultName, detail?: string}} ClickResult */

/**
 * Who is logged in on the page.
 * @typedef {object} Login
 * @property {string | null} account  null: nobody
 * @property {string} csrf  token
 */

/**
 * @param {Document} page
 * @param {Storage} storage
 * @param {(result: ClickResult) => void} report
 */
export function attachConnect(page, storage, report) {
  const part = (/** @type {string} */ name) => page.querySelector(`[data-widget-${name}]`);
  const connectButton = part("connect");
  // Without a login there is nothing to connect to, but a browser can still be disconnected.
  const login = {
    account: connectButton?.getAttribute("data-account") ?? null,
    csrf: part("csrf")?.getAttribute("value") ?? "",
  };
  let isBusy = false;

  /**
   * @param {Element | null} button
   * @param {() => Promise<ClickResult>} act
   */
  function onClick(button, act) {
    if (!button) return;
    onTrusted(button, "click", async (event) => {
      event.preventDefault();
      if (isBusy) return;
      isBusy = true;
      report({ what: "busy" });
      // A failure of any kind is told in one sentence: try again.
      report(await act().catch(() => ({ what: "unanswered" })));
      isBusy = false;
    });
  }

  onClick(connectButton, () => {
    const name = /** @type {HTMLInputElement} */ (part("name"));
    return connect(storage, login, name.value);
  });
  onClick(part("disconnect"), () => disconnect(storage, login));
}

/**
 * @param {string} method
 * @param {string} path
 * @param {string} csrf
 * @param {object} [body]
 */
function request(method, path, csrf, body) {
  return fetch(SERVER + path, {
    method,
    headers: { "Content-Type": "application/json", "x-csrf-token": csrf },
    body: body && JSON.stringify(body),
  });
}

/**
 * Deletes the token of a connection on the server.
 * @param {Link | undefined} link
 * @param {Login} login
 * @returns {Promise<boolean>} whether it is certainly deleted
 */
async function deleteToken(link, { account, csrf }) {
  if (!link || account === null || link.account !== account) return false;
  // Without an answer it is not certain that the token is deleted, and the page says so.
  const reply = await request("DELETE", `/tokens/${encodeURIComponent(link.id)}`, csrf).catch(() => undefined);
  return reply?.status === 204 || reply?.status === 404;
}

/**
 * @param {Storage} storage
 * @param {Login} login
 * @param {string} name  of this browser
 * @returns {Promise<ClickResult>}
 */
async function connect(storage, login, name) {
  const reply = await request("POST", "/tokens", login.csrf, { name });
  const body = await reply.json();
  if (!reply.ok) return { what: "refused", ...(body.detail && { detail: sentenceOf(body.detail) }) };
  /** @type {Link | undefined} */
  const previous = await storage.get("link");
  if (previous?.account !== login.account) {
    for (const key of ["answer", "sent"]) await storage.remove(key);
  }
  /** @type {Link} */
  const link = {
    token: body.token,
    id: body.id,
    name: body.name,
    account: login.account,
    since: new Date().toISOString(),
  };
  await storage.set("link", link);
  // If the previous token cannot be deleted, it only stays in the list on the profile.
  await deleteToken(previous, login);
  return { what: "connected" };
}

/**
 * Removes the token alone: later events still belong to the account that was connected.
 * @param {Storage} storage
 * @param {Login} login
 * @returns {Promise<ClickResult>}
 */
async function disconnect(storage, login) {
  /** @type {Link} */
  const link = await storage.get("link");
  const isDeleted = await deleteToken(link, login);
  await storage.set("link-ended", link.since);
  await storage.set("link", { ...link, token: "" });
  return { what: isDeleted ? "disconnected" : "listed" };
}
