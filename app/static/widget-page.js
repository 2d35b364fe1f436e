// @ts-check
// The widget's page. Where the widget is installed, it writes what it knows into one element, as JSON and never with its token;
// all that is drawn of it is drawn here. What only the widget can do (connect, keep settings), it does at the click itself.

import { drawSettings } from "./widget-settings.js";

/**
 * @typedef {object} Told
 * @property {string} version
 * @property {{id: string, name: string, account: string | null, since: string, good: boolean}} [link]
 * @property {{at: string, checks: {what: string, found: boolean}[]}} [selfTest]
 * @property {{at: string, method: string, path: string, body: string, status: number}[]} [sent]  newest last
 * @property {{what?: string, detail?: string, times?: number}} said  what came of the last click
 * @property {Record<string, any>} choices
 * @property {Record<string, string>} usual  the selectors of whoever chose none
 */

const TROUBLE = "The widget does not run in this browser yet. Install it (step 1), allow user scripts in Chrome, then load this page again.";
const KEPT = "Presses that were not sent yet are kept in this browser.";
/** @type {Record<string, (told: Told) => string>} */
const SENTENCES = {
  busy: () => "One moment…",
  connected: ({ link }) => `Connected as “${link?.name}”. Open a task page: the panel is there.`,
  disconnected: () => `Disconnected. ${KEPT}`,
  listed: ({ link }) => `Disconnected. ${KEPT} Take “${link?.name}” off the list on the profile of that account too.`,
  refused: ({ said }) => `Not connected. ${said.detail ?? "Load this page again and try once more."}`,
  unanswered: () => "That did not work: the tracker did not answer. Try again.",
};

/** @param {string} name */
const part = (name) => /** @type {HTMLElement | null} */ (document.querySelector(`[data-widget-${name}]`));

const [board, status, connecting, ending, nameField] = ["told", "status", "connect", "disconnect", "name"].map(part);
const account = connecting?.dataset.account;
/** What the status line is about: it changes only with this, so that nothing is read aloud twice. */
let shown = "";
/** A connection that is no longer on the list of the account, though the widget has not found out yet. */
let ended = "";

/**
 * A name for the profile's list, "Firefox on Windows".
 * @param {string} agent
 */
function browserName(agent) {
  const first = (/** @type {[RegExp, string][]} */ table) => table.find(([pattern]) => pattern.test(agent))?.[1];
  const browser = first([
    [/Edg\//, "Edge"], [/OPR\//, "Opera"], [/Vivaldi\//, "Vivaldi"], [/Firefox\//, "Firefox"], [/Chrom(e|ium)\//, "Chrome"], [/Safari\//, "Safari"],
  ]);
  const system = first([
    [/Android/, "Android"], [/iPhone|iPad/, "iOS"], [/Windows/, "Windows"], [/CrOS/, "ChromeOS"], [/Mac OS X/, "macOS"], [/Linux/, "Linux"],
  ]);
  return `${browser ?? "Browser"} on ${system ?? "an unknown system"}`;
}

/** @param {string} at  ISO 8601 */
const moment = (at) => new Date(at).toLocaleString("en-GB", { weekday: "short", hour: "2-digit", minute: "2-digit", second: "2-digit" });

/** @param {Told} told */
function drawLink(told) {
  const { link, said } = told;
  const good = link !== undefined && link.good && link.since !== ended;
  if (ending) ending.hidden = !good;
  if (nameField instanceof HTMLInputElement && link && nameField.value === browserName(navigator.userAgent)) nameField.value = link.name;
  const sentence = SENTENCES[said.what ?? ""];
  const about = `${link?.since} ${good}`;
  if (!status) return;
  if (sentence && shown.split("/")[0] !== String(said.times)) {
    status.textContent = sentence(told);
    shown = `${said.times}/${about}`;
  } else if (said.what !== "busy" && shown.split("/")[1] !== about) {
    status.textContent = link ? standing(link, good) : "";
    shown = `${said.times}/${about}`;
  }
}

/**
 * @param {NonNullable<Told["link"]>} link
 * @param {boolean} good
 */
function standing(link, good) {
  if (!good) return `This browser was connected as “${link.name}” and no longer is. What you press is kept: connect it to send the rest.`;
  const mine = link.account === account ? ` and records for ${connecting?.dataset.email}` : " and records for another account than the one here";
  return `This browser is connected as “${link.name}”${account ? mine : ""}.`;
}

/** @param {Told} told */
function drawChecks({ selfTest }) {
  for (const { what, found } of selfTest?.checks ?? []) {
    const place = /** @type {HTMLElement | null} */ (document.querySelector(`[data-check="${what}"]`));
    if (!place || !selfTest) continue;
    place.textContent = `${found ? "✓ Found" : "✗ Not found"} on the last task page (${moment(selfTest.at)}).`;
    place.className = found ? "hint" : "wrong";
  }
}

/** @param {Told} told */
function drawSent({ sent = [] }) {
  const entries = sent.map(({ at, method, path, body, status: answer }) => {
    const [entry, when, bytes] = ["li", "p", "pre"].map((tag) => document.createElement(tag));
    when.textContent = `${moment(at)} · ${answer ? `answered ${answer}` : "no answer"}`;
    bytes.textContent = `${method} ${path}${body && `\n${body}`}`;
    entry.append(when, bytes);
    return entry;
  });
  document.querySelector("[data-sent]")?.replaceChildren(...(entries.length ? entries.reverse() : ["Nothing yet."]));
}

/** A token that was ended on the profile is known here before a press finds out. */
async function lookForEnd() {
  const { link } = read() ?? {};
  if (!link?.good || link.account !== account) return;
  const reply = await fetch("/tokens", { headers: { Accept: "application/json" } }).catch(() => undefined);
  const listed = reply?.ok ? await reply.json() : undefined;
  if (!listed || listed.some((/** @type {{id: string}} */ each) => each.id === link.id)) return;
  ended = link.since;
  draw();
}

/** @returns {Told | undefined} */
const read = () => (board?.textContent ? JSON.parse(board.textContent) : undefined);

let found = false;
function draw() {
  const told = read();
  if (!told) return;
  const version = part("found");
  if (version && !found) version.textContent = `The widget is installed in this browser (version ${told.version}).`;
  for (const each of document.querySelectorAll("[data-widget-missing]")) each.remove();
  drawLink(told);
  drawChecks(told);
  drawSent(told);
  drawSettings(told);
  if (!found) void lookForEnd();
  found = true;
}

if (nameField instanceof HTMLInputElement) {
  const suggest = () => {
    nameField.value = nameField.value.trim() || browserName(navigator.userAgent);
  };
  nameField.addEventListener("change", suggest);
  suggest();
}
if (board) new MutationObserver(draw).observe(board, { childList: true, characterData: true, subtree: true });
draw();

document.addEventListener("click", (event) => {
  if (event.target === connecting && !event.defaultPrevented && status) status.textContent = TROUBLE;
});
