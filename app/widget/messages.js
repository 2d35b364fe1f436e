// @ts-check
// Every text that the user sees in the panel. All other parts take their texts from here. A further language is another
// object of the type `Messages`, in a part of its own, and a line in `LANGUAGES`.

/** @import { EventType } from "./types.js" */
import { GERMAN } from "./messages_de.js";

/** @typedef {typeof ENGLISH} Messages */

/**
 * @param {number} count
 * @param {string} one
 * @param {string} many
 */
function plural(count, one, many) {
  return count === 1 ? one : `${count} ${many}`;
}

/** @param {number} count */
function pressesWait(count) {
  return plural(count, "1 press waits", "presses wait");
}

export const ENGLISH = {
  /** How moments are written, for `toLocaleString`: as the browser does. @type {string | string[]} */
  locales: [],
  product: "RaterHub Tracker",

  /** The buttons. */
  actions: {
    NEXT: "Next",
    PAUSE: "Pause",
    UNDO: "Undo",
    EXIT: "Exit",
    DISCARD: "Discard this one",
    LEAVE: "End without counting",
  },
  resume: "Resume",
  actionGroup: "Tracker",
  /** What stands on keys, where it differs from their codes. @type {Record<string, string>} */
  keys: {},

  /** The header. */
  movePanel: "Move the panel with the arrow keys",
  panelWidth: "Width of the panel",
  settings: "Settings",
  showAll: "Show all",
  showOneLine: "Show one line",
  noSession: "No session",
  question: (/** @type {number} */ index) => `Question ${index}`,
  questionShort: (/** @type {number} */ index) => `Q${index}`,
  sessionStates: { ready: "ready", running: "running", paused: "paused" },
  waitingShort: (/** @type {number} */ count) => `${count} waiting`,
  refusedShort: (/** @type {number} */ count) => `${count} refused`,
  notConnectedShort: "not connected",
  percent: (/** @type {number} */ ratio) => `${(100 * ratio).toFixed()}%`,

  /** Time and pace. */
  timeOnQuestion: "Time on this question",
  unknownTime: "--:--",
  ofTarget: (/** @type {string} */ target) => `of ${target}`,
  timeLeft: (/** @type {string} */ time) => `${time} left`,
  timeOver: (/** @type {string} */ time) => `${time} over`,
  zones: { early: "fast if submitted now", band: "on target", late: "too slow" },
  average: "Average",
  pace: "Pace",
  paceWith: (/** @type {string} */ percent) => `Pace ${percent}`,
  paces: {
    wayTooFast: "way too fast (<50%)",
    fast: "fast (50–70%)",
    slightlyFast: "slightly fast",
    onTarget: "on target",
    aBitSlow: "a bit slow",
    slow: "slow",
    noQuestions: "No questions",
    unknown: "not known yet",
  },
  bandReached: "Now on target.",
  bandLeft: "From here on this question is slow.",

  /** An absence. */
  awayGroup: "You were away",
  away: (/** @type {string} */ from, /** @type {string} */ to, /** @type {number} */ minutes) => {
    const length = minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
    return `You were away from ${from} to ${to} (${length}). Was that work?`;
  },
  awayWork: "It was work",
  awayPause: (/** @type {string} */ from, /** @type {string} */ to) => `Pause from ${from} to ${to}`,
  awayEnd: (/** @type {string} */ from) => `End the session at ${from}`,

  /** What was read from the task page. */
  taskType: "Task type",
  typeByRule: "by rule",
  task: (/** @type {string} */ id) => `Task ${id}`,
  estimate: (/** @type {string} */ text, /** @type {string} */ target) => `${text} → ${target}`,
  automatic: "automatic",
  checked: {
    "task number": "the task number",
    "estimated time": "the estimated time",
    "submit button": "the submit button",
    "release button": "the release button",
  },
  cannotRead: (/** @type {string[]} */ missing) =>
    `Cannot read ${missing.join(", ")} on this page; keys and buttons work.`,

  /** Delivery. */
  connect: "Connect this browser",
  notConnected: "This browser is not connected.",
  leftRunning: "The last session was left running. Next begins a new one.",
  endLeftRunning: "End it at its last press",
  waitingForConnection: (/** @type {number} */ count) =>
    `${pressesWait(count)} until this browser is connected. Nothing is lost.`,
  waitingInTrouble: (/** @type {string} */ trouble, /** @type {number} */ count) =>
    `${trouble} ${pressesWait(count)} and will be sent.`,
  waitingToBeSent: (/** @type {number} */ count) => `${pressesWait(count)} to be sent.`,
  waitingForAccount: (/** @type {number} */ count) => `${pressesWait(count)} for another account to be connected.`,
  allArrived: (/** @type {string} */ moment) => `All arrived · ${moment}`,
  lastArrived: (/** @type {string} */ moment) => `Last press arrived ${moment}`,
  unreachable: "The tracker cannot be reached.",
  clocksDiffer: "This computer's clock and the tracker's are more than 12 hours apart. Set the one that is wrong.",
  askedToWait: "The tracker asks for a short pause.",
  unusableAnswer: (/** @type {number} */ status) => `No usable answer from the tracker (${status}).`,
  managerFailed: "The userscript manager failed.",

  /** "Did everything arrive?" */
  checkArrived: "Did everything arrive?",
  nothingSent: "Nothing was sent yet.",
  allThere: (/** @type {number} */ count) => `All that was sent is there: ${count} of ${count} presses.`,
  someMissing: (/** @type {number} */ missing, /** @type {number} */ count) =>
    `${missing} of ${count} presses were not there. They are sent again.`,

  /** Refused events. */
  refusedCount: (/** @type {number} */ count) =>
    plural(count, "1 press was refused", "presses were refused"),
  refusedTitle: "Refused presses",
  refusedRetry: "Send again",
  refusedDismiss: "I have read this",
  /** The tracker answers in English. */
  refusal: (/** @type {string} */ reason) => reason,
  back: "Back",

  /** Notices about an action. */
  notKept: (/** @type {EventType} */ type) =>
    `${type} could not be kept by the userscript manager. Press again.`,
  noOpenQuestion: "No question is open.",
};

const LANGUAGES = new Map([["en", ENGLISH], ["de", GERMAN]]);

/** The texts in the language that `speak` has chosen. They are looked up when they are shown, never before. */
export const MESSAGES = { ...ENGLISH };

/**
 * Chooses the language of the texts: the first of these that there is, else English.
 * @param {...(string | undefined)} tags  such as "de-AT"
 */
export function speak(...tags) {
  const found = tags.map((tag) => LANGUAGES.get(String(tag).split("-")[0].toLowerCase())).find(Boolean);
  Object.assign(MESSAGES, found ?? ENGLISH);
}
