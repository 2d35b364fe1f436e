// @ts-check
// What one tab knows, and what follows from it. Pure: nothing here reads the storage or a clock.

/** @import { Adopted, Away, Link, Model, Reading, Refused, Waiting } from "./types.js" */
/** @import { ClockMemory } from "./clock.js" */
/** @import { Opened } from "./tasks.js" */
/** @import { View } from "./machine.js" */
import { FRESH_CLOCK } from "./clock.js";
import { NO_SESSION, project, sessionPace } from "./machine.js";
import { MESSAGES } from "./messages.js";
import { belongsTo } from "./sender.js";
import { openedAt, withAll } from "./tasks.js";

/**
 * @typedef {object} TrackerState
 * @property {Waiting[]} entries  in the queue
 * @property {Waiting[]} pending  being written to the storage: not drawn yet, but later events come after them
 * @property {Refused[]} refused  of all accounts
 * @property {Adopted | null} adopted
 * @property {Link | null} link
 * @property {boolean} connected
 * @property {ClockMemory} clock
 * @property {Opened[]} opened  questions that this browser opened, oldest first
 * @property {number | null} arrivedAt  as in `Model`
 * @property {Reading} page
 * @property {boolean} settled  everything expected on the page was found, or will not appear any more
 * @property {View} view  with entries and pending events applied
 * @property {string | null} trouble  as in `Model`
 * @property {string | null} notice  as in `Model`
 * @property {string | null} check  as in `Model`
 */

/** @returns {TrackerState} of a tab that has read nothing yet */
export function initialState() {
  return {
    entries: [],
    pending: [],
    refused: [],
    adopted: null,
    link: null,
    connected: false,
    clock: FRESH_CLOCK,
    opened: [],
    arrivedAt: null,
    page: { place: "other", task: null, fields: {}, estimate: "", checks: [] },
    settled: false,
    view: NO_SESSION,
    trouble: null,
    notice: null,
    check: null,
  };
}

/** @param {TrackerState} state */
export function accountOf({ link }) {
  return link?.account ?? null;
}

/**
 * @param {TrackerState} state
 * @param {{account: string | null}} entry
 * @returns {boolean} whether it may be shown under the current connection
 */
export function isMine({ link }, entry) {
  return link === null || belongsTo(entry, link);
}

/** @param {TrackerState} state */
export function shiftOf({ adopted }) {
  return adopted?.shift ?? 0;
}

/**
 * The start of the open question as filed by the server; without an open question 1970.
 * @param {TrackerState} state
 * @returns {number} ms by the widget's clock
 */
export function startedAtOf(state) {
  return (state.view.startedAt ?? 0) - shiftOf(state);
}

/** @param {TrackerState} state */
export function openQuestionOf(state) {
  const mine = state.opened.filter((each) => isMine(state, each));
  return openedAt(mine, startedAtOf(state), shiftOf(state));
}

/**
 * Whether the open question has no task: after submitting the last task the user is back on the list.
 * @param {TrackerState} state
 */
export function isWithoutTask(state) {
  if (state.page.place !== "list") return false;
  const open = openQuestionOf(state);
  return open !== undefined && open.after !== null && open.task === null;
}

/**
 * The server's last answer with these entries applied.
 * @param {TrackerState} state
 * @param {Waiting[]} entries
 * @returns {View}
 */
export function viewWith(state, entries) {
  const { adopted } = state;
  const events = entries.filter((entry) => isMine(state, entry)).map(({ event }) => event);
  return project(adopted, events.filter(({ event_id }) => !adopted?.covers.includes(event_id)));
}

/** @param {TrackerState} state */
export function currentView(state) {
  return viewWith(state, withAll(state.entries, state.pending));
}

/** @param {Adopted | null} adopted */
function clockNotice(adopted) {
  return adopted?.clocksDiffer ? MESSAGES.clocksDiffer : null;
}

/**
 * @param {TrackerState} state
 * @param {Away | undefined} away  the absence that the user is asked about
 * @returns {Model}
 */
export function modelOf(state, away) {
  const { entries, adopted, link, connected, trouble, arrivedAt, check, page } = state;
  const view = viewWith(state, entries);
  const refused = state.refused.filter((each) => isMine(state, each));
  const waiting = entries.filter((entry) => isMine(state, entry)).length;
  return {
    view,
    pace: sessionPace(view),
    adopted,
    link,
    connected,
    trouble,
    arrivedAt,
    check,
    reading: page,
    waiting,
    foreign: entries.length - waiting,
    away: away ?? null,
    refused: refused.filter((each) => !each.fresh),
    notice: state.notice ?? refused.findLast((each) => each.fresh)?.reason ?? clockNotice(adopted),
  };
}
