// @ts-check
// Every text that the widget's page sets by script, in the language of the page. Its other texts are in its template.

import { GERMAN } from "./widget-messages-de.js";

/** @typedef {typeof ENGLISH} Messages */

const KEPT = "Presses that were not sent yet are kept in this browser.";

export const ENGLISH = {
  /** How moments are written. */
  locale: "en-GB",
  notInstalled:
    "The widget does not run in this browser yet. Install it (step 1), allow user scripts in Chrome, then load this "
    + "page again.",
  plainHttp: (/** @type {string} */ origin) =>
    "The widget cannot be installed from here: this page came by https, but the widget would use plain http. "
    + `Whoever runs the server sets PUBLIC_URL=${origin}.`,
  installed: (/** @type {string} */ version) => `The widget is installed in this browser (version ${version}).`,

  /** Results of "Connect this browser" and "Disconnect". */
  busy: "One moment…",
  connected: (/** @type {string} */ name) => `Connected as “${name}”. Open a task page: the panel is there.`,
  disconnected: `Disconnected. ${KEPT}`,
  listed: (/** @type {string} */ name) =>
    `Disconnected. ${KEPT} Take “${name}” off the list on the profile of that account too.`,
  refused: (/** @type {string | undefined} */ detail) =>
    `Not connected. ${detail ?? "Load this page again and try once more."}`,
  unanswered: "That did not work: the tracker did not answer. Try again.",

  /** The state of the connection. */
  noLongerConnected: (/** @type {string} */ name) =>
    `This browser was connected as “${name}” and no longer is. What you press is kept: connect it to send the rest.`,
  connectedHere: (/** @type {string} */ name) => `This browser is connected as “${name}”.`,
  connectedForYou: (/** @type {string} */ name, /** @type {string} */ email) =>
    `This browser is connected as “${name}” and records for ${email}.`,
  connectedForOther: (/** @type {string} */ name) =>
    `This browser is connected as “${name}” and records for another account than the one here.`,
  browserName: (/** @type {string | undefined} */ browser, /** @type {string | undefined} */ system) =>
    `${browser ?? "Browser"} on ${system ?? "an unknown system"}`,

  /** The self-test and the last requests. */
  found: (/** @type {string} */ moment) => `Found on the last task page (${moment}).`,
  notFound: (/** @type {string} */ moment) => `Not found on the last task page (${moment}).`,
  answered: (/** @type {string} */ moment, /** @type {number} */ status) => `${moment} · answered ${status}`,
  noAnswer: (/** @type {string} */ moment) => `${moment} · no answer`,
  nothingSent: "Nothing yet.",

  /** The settings. */
  saved: "Saved. Open panels follow.",
  notSaved: "Not saved: the userscript manager refused to keep it. Try again.",
  noNotifications: "Notifications do not work in this userscript manager: a quiet sound is played instead.",
  alertFailed: (/** @type {string} */ moment) =>
    `${moment}: a notification could not be shown, and a quiet sound was played instead.`,
  leftOut: (/** @type {string} */ moment, /** @type {string} */ values, /** @type {string} */ reason) =>
    `${moment}: the tracker refused “${values}” and recorded the press without it (${reason}).`,
  invalid: "Not saved: look at what is marked.",
  defaultsFilledIn: "The usual is filled in, not yet saved.",
  noKeys: "none",
  /** What stands on keys, where it differs from their codes. @type {Record<string, string>} */
  keys: {},
  keysTaken: "Browsers keep these keys for themselves. Try others.",
  modifierNeeded: "Hold Alt or Ctrl as well.",
  keysInUse: "Another button has these keys already.",
};

const LANGUAGES = new Map([["en", ENGLISH], ["de", GERMAN]]);

export const MESSAGES = LANGUAGES.get(document.documentElement.lang) ?? ENGLISH;
