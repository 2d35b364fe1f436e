// @ts-check
// "Connect this browser", on the tracker's own page: one click makes a token and keeps it in the manager's storage. It is never
// written into the page.

/** @import { Link } from "./words.js" */
/** @import { Storage } from "./storage.js" */
import { onTrusted, setText } from "./dom.js";

/**
 * A short name for the profile's list, "Firefox on Windows".
 * @param {string} agent  navigator.userAgent
 */
export function browserName(agent) {
  const first = (/** @type {[RegExp, string][]} */ table) => table.find(([pattern]) => pattern.test(agent))?.[1];
  const browser = first([
    [/Edg\//, "Edge"], [/OPR\//, "Opera"], [/Vivaldi\//, "Vivaldi"], [/Firefox\//, "Firefox"], [/Chrom(e|ium)\//, "Chrome"], [/Safari\//, "Safari"],
  ]);
  const system = first([
    [/Android/, "Android"], [/iPhone|iPad/, "iOS"], [/Windows/, "Windows"], [/CrOS/, "ChromeOS"], [/Mac OS X/, "macOS"], [/Linux/, "Linux"],
  ]);
  return `${browser ?? "Browser"} on ${system ?? "an unknown system"}`;
}

/**
 * @param {Document} page
 * @param {Storage} storage
 * @param {string} version
 */
export async function attachConnect(page, storage, version) {
  const found = page.querySelector("[data-widget-found]");
  const status = page.querySelector("[data-widget-status]");
  const button = page.querySelector("[data-widget-connect]");
  const csrf = page.querySelector("[data-widget-csrf]");
  if (found instanceof HTMLElement) setText(found, `The widget is installed in this browser (version ${version}).`);
  if (!(button instanceof HTMLButtonElement && status instanceof HTMLElement && csrf instanceof HTMLInputElement)) return;

  const account = button.getAttribute("data-account");
  const held = await storage.get("link");
  const good = held && held.account === account && (await storage.get("link-ended")) !== held.since;
  if (good) setText(status, `This browser is connected as “${held.name}”. Connecting again replaces that.`);

  onTrusted(button, "click", async (event) => {
    event.preventDefault();
    button.disabled = true;
    setText(status, "Connecting…");
    setText(status, await connect(storage, account, csrf.value));
    button.disabled = false;
  });
}

/**
 * Takes the token that a new one replaces off the profile's list. Where that fails it merely stays there.
 * @param {string} id
 * @param {string} csrf
 */
async function endToken(id, csrf) {
  await fetch(`${SERVER}/tokens/${encodeURIComponent(id)}`, {
    method: "DELETE", credentials: "same-origin", headers: { "x-csrf-token": csrf },
  }).catch(() => undefined);
}

/**
 * @param {Storage} storage
 * @param {string | null} account
 * @param {string} csrf
 * @returns {Promise<string>} what to tell her
 */
async function connect(storage, account, csrf) {
  try {
    const name = browserName(navigator.userAgent);
    const reply = await fetch(`${SERVER}/tokens`, {
      method: "POST",
      credentials: "same-origin",
      headers: { "Content-Type": "application/json", Accept: "application/json", "x-csrf-token": csrf },
      body: JSON.stringify({ name }),
    });
    const body = await reply.json();
    if (!reply.ok) return `Not connected. ${typeof body.detail === "string" ? body.detail : "Reload the page and try again."}`;
    /** @type {Link | undefined} */
    const before = await storage.get("link");
    if (before?.account !== account) await storage.remove("answer");
    /** @type {Link} */
    const link = { token: body.token, id: body.id, name: body.name, account, since: new Date().toISOString() };
    await storage.set("link", link);
    if (before && before.account === account) await endToken(before.id, csrf);
    return `Connected as “${body.name}”. Open a task page: the panel is there.`;
  } catch {
    return "Not connected: the tracker did not answer. Try again.";
  }
}
