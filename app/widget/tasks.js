// @ts-check
// Which task each question was opened for, and what a NEXT knows of the question that it opens. Pure.
//
// Some users press NEXT when the next task is on the page, others right before they submit the last one. In the second
// case the page still shows the task that is being closed: the task of the new question is known only when the next
// page has loaded. Then the question is described: its NEXT is undone and repeated, one and two microseconds later,
// with the fields that are known now. For the state machine NEXT, UNDO, NEXT has the effect of one NEXT. If the server
// corrects a clock that is far off, it files later requests a little later, after the place that it gave to the NEXT.
//
// The first NEXT of a session cannot be undone. It is described by a NEXT one microsecond before it, which opens
// session and question, and an UNDO one microsecond after it, which takes the original NEXT back. If that is repeated,
// two microseconds before and after.

/** @import { Away, Reading, TaskFields, TrackedEvent, Waiting } from "./types.js" */
/** @import { View } from "./machine.js" */
import { isoOf } from "./clock.js";

/**
 * A question that this browser opened.
 * @typedef {object} Opened
 * @property {string} id  of the original NEXT
 * @property {string | null} account  as in `Waiting`
 * @property {TrackedEvent} event  the NEXT, as it was last described
 * @property {boolean} opening  it also opened the session: UNDO could not reopen a question before it
 * @property {number} count  number of counted questions of the session when this one began
 * @property {number} times  how often it was described
 * @property {number} [pressed]  if it was described: the time of the original NEXT, microseconds since the Unix epoch
 * @property {string | null} task  null as long as the task is not known
 * @property {string | null} after  the task that its NEXT closed, if that was still on the page
 */

/**
 * The fields of an event that say something of its task, and nothing of the press.
 * @type {(keyof TaskFields)[]}
 */
const TASK_FIELDS = ["task_id", "target_minutes", "task_type"];
/** Number of questions that are remembered. */
const KEPT = 20;
/** The server corrects a clock that is far off only as exactly as the network is fast. */
const NEARBY_MS = 3_000;
/** An older answer may be outdated: the user may have corrected the session on the tracker's pages. */
const RECENT_MS = 2_000;

/**
 * The question that began at a moment.
 * @param {Opened[]} opened  oldest first
 * @param {number} startedAt  ms by the widget's clock
 * @param {number} shift  ms from the widget's clock to the server's; 0: not corrected, so the times are equal
 * @returns {Opened | undefined} undefined if this browser did not open it
 */
export function openedAt(opened, startedAt, shift) {
  const distance = (/** @type {Opened} */ each) => Math.abs(Date.parse(each.event.timestamp) - startedAt);
  const limit = shift ? NEARBY_MS : 1;
  // Of two at the same distance the later one, which describes the other.
  const latestFirst = [...opened].reverse();
  return latestFirst.filter((each) => distance(each) < limit).sort((a, b) => distance(a) - distance(b))[0];
}

/**
 * What is known of the question that a NEXT opens.
 * @param {Opened | undefined} open  the open question
 * @param {Reading} reading  of the page on which NEXT is pressed
 * @returns {{fields: TaskFields, task: string | null, after: string | null}}
 */
export function nextFor(open, { place, task, fields }) {
  if (place !== "task" || task === null) return { fields: {}, task: null, after: null };
  // On the page of the task of the open question a NEXT closes this task, and does not open it.
  if (open && (open.task === task || wasSubmitted(open, task))) return { fields: {}, task: null, after: task };
  return { fields, task, after: null };
}

/**
 * @param {Opened} open
 * @param {string | null} task
 * @returns {boolean} whether the open question began by closing this task
 */
export function wasSubmitted(open, task) {
  return task !== null && open.task === null && open.after === task;
}

/**
 * @param {Opened | undefined} open
 * @param {Reading} reading
 * @returns {open is Opened} whether the page shows something of the open question's task that its NEXT does not have
 */
export function isFound(open, { place, task, fields }) {
  if (!open || place !== "task" || task === null) return false;
  if (open.task === null) return open.after !== task;
  if (open.task !== task) return false;
  // Some pages draw the estimated time last, and the user picks a type after seeing the task.
  const known = /** @type {Record<string, unknown>} */ ({ ...open.event });
  return Object.entries(fields).some(([name, value]) => known[name] !== value);
}

/**
 * @typedef {object} Circumstances
 * @property {View} view  with the events that are being written to the storage
 * @property {number} shift  ms from the widget's clock to the server's; 0: not corrected
 * @property {Away | undefined} away  the absence that the user is asked about
 * @property {boolean} reachable  the server is
 * @property {boolean} waits  the NEXT of the question is not yet acknowledged
 * @property {number} age  of the server's last answer, ms
 */

/**
 * Whether the open question can be described now.
 * @param {Opened} open
 * @param {Circumstances} circumstances
 * @returns {"yes" | "no" | "ask"} "ask": only with a newer answer of the server
 */
export function canDescribe(open, circumstances) {
  const { view, shift, away, reachable, waits, age } = circumstances;
  // If the user ends the session at an absence, UNDO would find no question to reopen.
  if (away || !canBeUndone(open, view, shift)) return "no";
  // A question was deleted or restored meanwhile: UNDO and NEXT would close the previous one again and revert that.
  if (open.count !== view.count) return "no";
  if (!waits) return age < RECENT_MS ? "yes" : "ask";
  // Until its NEXT is acknowledged, the server may find that it opened a session; if the server cannot be reached, this
  // browser decides. If a clock is far off, only the server knows the place of the NEXT: an UNDO could come before it.
  return shift || open.opening || reachable ? "no" : "yes";
}

/**
 * @param {Opened} open
 * @param {View} view
 * @param {number} shift
 */
function canBeUndone({ opening }, view, shift) {
  // The NEXT before the first one would come after it if the server corrected the two by different amounts.
  if (opening) return !shift;
  return view.index >= 2 || view.closed.length > 0;
}

/**
 * The events that describe a question, and the question with its description. The ids of the events follow from that of
 * the NEXT: if two tabs find the same task at once, the question is described once.
 * @param {Opened} open
 * @param {string | null} task
 * @param {TaskFields} fields
 * @param {number} startedAt  of the open question, ms by the widget's clock, as filed by the server
 * @returns {{events: TrackedEvent[], known: Opened}} an UNDO and a NEXT in the order of their times (another tab may
 *   send the first before the second is stored); no events without fields
 */
export function describing(open, task, fields, startedAt) {
  if (!Object.keys(fields).length) return { events: [], known: { ...open, task } };
  const { event, opening } = open;
  const times = open.times + 1;
  const pressed = (opening && open.pressed) || Math.round(startedAt * 1000);
  /** @type {TrackedEvent} */
  const undo = {
    event_id: idAfter(event.event_id, 1),
    type: "UNDO",
    timestamp: isoOf(opening ? pressed + times : pressed + 1),
  };
  /** @type {TrackedEvent} */
  const next = {
    ...event,
    event_id: idAfter(event.event_id, 2),
    timestamp: isoOf(opening ? pressed - times : pressed + 2),
    ...fields,
  };
  return { events: opening ? [next, undo] : [undo, next], known: { ...open, event: next, task, times, pressed } };
}

/**
 * An event without what the server refused of its task: a press counts without it.
 * @param {TrackedEvent} event
 * @param {string[]} refused  names of fields
 * @returns {{left: TrackedEvent, leftOut: TaskFields} | null} null if nothing of its task was refused
 */
export function withoutRefused(event, refused) {
  const names = TASK_FIELDS.filter((name) => name in event && refused.includes(name));
  const left = { ...event };
  for (const name of names) delete left[name];
  return names.length ? { left, leftOut: Object.fromEntries(names.map((name) => [name, event[name]])) } : null;
}

/**
 * @param {string} id  UUID
 * @param {number} n
 * @returns {string} the UUID with n added to its last 16 bits
 */
export function idAfter(id, n) {
  const last = (parseInt(id.slice(-4), 16) + n) & 0xffff;
  return id.slice(0, -4) + last.toString(16).padStart(4, "0");
}

/**
 * @param {{event: TrackedEvent}} a
 * @param {{event: TrackedEvent}} b
 */
function byTime(a, b) {
  return a.event.timestamp < b.event.timestamp ? -1 : 1;
}

/**
 * @param {Waiting[]} some
 * @param {Waiting[]} more
 * @returns {Waiting[]} both without duplicates, in the order of their times
 */
export function withAll(some, more) {
  const ids = new Set(more.map(({ event }) => event.event_id));
  return [...some.filter(({ event }) => !ids.has(event.event_id)), ...more].sort(byTime);
}

/**
 * @param {Opened[]} opened
 * @param {Opened} one
 * @returns {Opened[]} with `one`, unless `opened` knows more of it; only the latest
 */
export function withOpened(opened, one) {
  const known = opened.find(({ id }) => id === one.id);
  if (known && (known.times > one.times || (known.times === one.times && known.task))) return opened;
  return [...opened.filter((each) => each !== known), one].sort(byTime).slice(-KEPT);
}
