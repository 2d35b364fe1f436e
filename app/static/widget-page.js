// @ts-check
// The widget's page. An installed widget writes what it knows into one element, as JSON without its token; everything
// that is drawn of it is drawn here. What only the widget can do (connect, store settings) it does itself at the click.

import { MESSAGES } from "./widget-messages.js";
import { drawSettings } from "./widget-settings.js";

/**
 * The connection of this browser, as the widget knows it.
 * @typedef {object} Link
 * @property {string} id  of its token
 * @property {string} name
 * @property {string | null} account
 * @property {string} since  ISO 8601; tells one connection from the next
 * @property {boolean} good  as far as the widget knows
 */

/**
 * What the widget writes.
 * @typedef {object} Told
 * @property {string} version
 * @property {Link} [link]
 * @property {{at: string, checks: {what: string, found: boolean}[]}} [selfTest]
 * @property {{at: string, method: string, path: string, body: string, status: number}[]} [sent]  newest last
 * @property {{at: string, leftOut: Record<string, string | number>, reason: string}} [leftOut]  what the server refused
 *   of a press that it then took without it
 * @property {string} [alertFailed]  when a notification last could not be shown, ISO 8601
 * @property {boolean} notifies  notifications can work in this manager
 * @property {{what?: string, detail?: string, times?: number}} said  result of the last click, with its number
 * @property {Record<string, any>} choices
 * @property {Record<string, string>} usual  the defaults of selectors and keys
 */

/** @type {[RegExp, string][]} */
const BROWSERS = [
  [/Edg\//, "Edge"],
  [/OPR\//, "Opera"],
  [/Vivaldi\//, "Vivaldi"],
  [/Firefox\//, "Firefox"],
  [/Chrom(e|ium)\//, "Chrome"],
  [/Safari\//, "Safari"],
];
/** @type {[RegExp, string][]} */
const SYSTEMS = [
  [/Android/, "Android"],
  [/iPhone|iPad/, "iOS"],
  [/Windows/, "Windows"],
  [/CrOS/, "ChromeOS"],
  [/Mac OS X/, "macOS"],
  [/Linux/, "Linux"],
];

/** @type {Record<string, (told: Told) => string>} */
const RESULTS = {
  busy: () => MESSAGES.busy,
  connected: ({ link }) => MESSAGES.connected(link?.name ?? ""),
  disconnected: () => MESSAGES.disconnected,
  listed: ({ link }) => MESSAGES.listed(link?.name ?? ""),
  refused: ({ said }) => MESSAGES.refused(said.detail),
  unanswered: () => MESSAGES.unanswered,
};

/** @param {string} name */
function part(name) {
  return /** @type {HTMLElement | null} */ (document.querySelector(`[data-widget-${name}]`));
}

const board = part("told");
const status = part("status");
const connectButton = part("connect");
const disconnectButton = part("disconnect");
const nameField = part("name");
const install = part("install");
const account = connectButton?.dataset.account;
/** What the status line is about: it changes only with this, so that nothing is read aloud twice. */
let shownClick = 0;
let shownLink = "";
/** A connection that is no longer listed by the account, though the widget does not know yet. */
let endedSince = "";
let isFound = false;

/** A name for the list on the profile, such as "Firefox on Windows". */
function browserName() {
  const first = (/** @type {[RegExp, string][]} */ table) =>
    table.find(([pattern]) => pattern.test(navigator.userAgent))?.[1];
  return MESSAGES.browserName(first(BROWSERS), first(SYSTEMS));
}

/** @param {string} at  ISO 8601 */
function momentText(at) {
  const format = /** @type {const} */ ({ weekday: "short", hour: "2-digit", minute: "2-digit", second: "2-digit" });
  return new Date(at).toLocaleString(MESSAGES.locale, format);
}

/** @param {Told} told */
function drawLink(told) {
  const { link } = told;
  const isGood = link !== undefined && link.good && link.since !== endedSince;
  if (disconnectButton) disconnectButton.hidden = !isGood;
  if (nameField instanceof HTMLInputElement && link && nameField.value === browserName()) nameField.value = link.name;
  drawStatus(told, isGood);
}

/**
 * @param {Told} told
 * @param {boolean} isGood  the connection
 */
function drawStatus(told, isGood) {
  const { link, said } = told;
  const result = RESULTS[said.what ?? ""];
  const linkNow = `${link?.since} ${isGood}`;
  const click = said.times ?? 0;
  if (!status) return;
  if (result && click !== shownClick) status.textContent = result(told);
  else if (said.what !== "busy" && linkNow !== shownLink) status.textContent = link ? linkText(link, isGood) : "";
  else return;
  shownClick = click;
  shownLink = linkNow;
}

/**
 * @param {Link} link
 * @param {boolean} isGood
 */
function linkText({ name, account: linked }, isGood) {
  if (!isGood) return MESSAGES.noLongerConnected(name);
  if (!account) return MESSAGES.connectedHere(name);
  if (linked !== account) return MESSAGES.connectedForOther(name);
  return MESSAGES.connectedForYou(name, connectButton?.dataset.email ?? "");
}

/** @param {Told} told */
function drawChecks({ selfTest }) {
  if (!selfTest) return;
  const moment = momentText(selfTest.at);
  for (const { what, found } of selfTest.checks) {
    const place = /** @type {HTMLElement | null} */ (document.querySelector(`[data-check="${what}"]`));
    if (!place) continue;
    place.textContent = found ? MESSAGES.found(moment) : MESSAGES.notFound(moment);
    place.className = found ? "hint" : "wrong";
  }
}

/** @param {Told} told */
function drawSent({ sent = [] }) {
  const entries = sent.map(({ at, method, path, body, status: answer }) => {
    const [entry, title, bytes] = ["li", "p", "pre"].map((tag) => document.createElement(tag));
    const moment = momentText(at);
    title.textContent = answer ? MESSAGES.answered(moment, answer) : MESSAGES.noAnswer(moment);
    bytes.textContent = `${method} ${path}${body && `\n${body}`}`;
    entry.append(title, bytes);
    return entry;
  });
  const nothing = document.createElement("li");
  nothing.textContent = MESSAGES.nothingSent;
  document.querySelector("[data-sent]")?.replaceChildren(...(entries.length ? entries.reverse() : [nothing]));
}

/** @param {Told} told */
function drawLeftOut({ leftOut }) {
  const place = part("left-out");
  if (!place) return;
  const values = Object.values(leftOut?.leftOut ?? {}).join(", ");
  place.textContent = leftOut ? MESSAGES.leftOut(momentText(leftOut.at), values, leftOut.reason) : "";
}

/** @param {Told} told */
function drawAlert({ alertFailed, notifies }) {
  const place = part("alert-failed");
  const failed = alertFailed ? MESSAGES.alertFailed(momentText(alertFailed)) : "";
  if (place) place.textContent = notifies ? failed : MESSAGES.noNotifications;
}

/** A token that was ended on the profile is known here before the widget sends anything. */
async function lookForEnd() {
  const { link } = readTold() ?? {};
  if (!link?.good || link.account !== account) return;
  // Without an answer the page shows what the widget knows.
  const reply = await fetch("/tokens", { headers: { Accept: "application/json" } }).catch(() => undefined);
  const listed = reply?.ok ? await reply.json() : undefined;
  if (!listed || listed.some((/** @type {{id: string}} */ each) => each.id === link.id)) return;
  endedSince = link.since;
  draw();
}

/** For the page of a first day, which the script does not run on. */
function noteInstalled() {
  try {
    localStorage.setItem("widget-installed", "yes");
  } catch {
    // The browser keeps nothing for this site: then that page learns it from the connection.
  }
}

/** @returns {Told | undefined} undefined if no widget is installed */
function readTold() {
  return board?.textContent ? JSON.parse(board.textContent) : undefined;
}

function draw() {
  const told = readTold();
  if (!told) return;
  const version = part("found");
  if (version && !isFound) version.textContent = MESSAGES.installed(told.version);
  for (const each of document.querySelectorAll("[data-widget-missing]")) each.remove();
  drawLink(told);
  drawChecks(told);
  drawSent(told);
  drawLeftOut(told);
  drawAlert(told);
  drawSettings(told);
  if (!isFound) void lookForEnd();
  if (!isFound) noteInstalled();
  isFound = true;
}

/** @param {HTMLInputElement} field */
function suggestName(field) {
  field.value = field.value.trim() || browserName();
}

if (nameField instanceof HTMLInputElement) {
  nameField.addEventListener("change", () => suggestName(nameField));
  suggestName(nameField);
}
// Behind a proxy with TLS that the server does not know of.
if (install?.dataset.widgetInstall?.startsWith("http:") && location.protocol === "https:") {
  install.className = "notice notice-bad";
  install.textContent = MESSAGES.plainHttp(location.origin);
}
if (board) new MutationObserver(draw).observe(board, { childList: true, characterData: true, subtree: true });
draw();

document.addEventListener("click", (event) => {
  // An installed widget handles this click, and prevents the default.
  if (event.target === connectButton && !event.defaultPrevented && status) status.textContent = MESSAGES.notInstalled;
});
