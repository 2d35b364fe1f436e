// @ts-check
// Which task each question was opened for, and so what a NEXT knows of the question that it opens. Pure.
//
// Some press NEXT when the next task stands before them, others right before they submit the last one. In the second
// case the page still shows the task that is being closed: what the new question is about is known only when the next
// page has come. Then the NEXT is described: undone and pressed again, one and two microseconds after itself, with
// what is known now. The machine makes of NEXT, UNDO, NEXT what it makes of one NEXT. Where the server corrects a clock
// that is far off, it files what is sent later a little later: after the place that it has given to the NEXT.
//
// The first NEXT of a session cannot be undone. It is described by a NEXT one microsecond before itself: this one opens
// the session and the question, and an UNDO one microsecond after the pressed one takes that back. Once more, by two.

/** @import { Away, Reading, TaskFields, TrackedEvent, Waiting } from "./words.js" */
/** @import { View } from "./machine.js" */
import { isoOf } from "./clock.js";

/**
 * One question as this browser opened it.
 * @typedef {object} Opened
 * @property {string} id  of the NEXT as it was pressed
 * @property {string | null} account  as of a press
 * @property {TrackedEvent} event  the NEXT, as it was last described
 * @property {boolean} opening  it also opened the session: there is nothing that UNDO could reopen
 * @property {number} count  how many questions of the session counted when it had begun
 * @property {number} times  how often it was described
 * @property {number} [pressed]  of one that was described: where the NEXT lay before, microseconds since the Unix epoch
 * @property {string | null} task  the task that it is about; null as long as that is not known
 * @property {string | null} after  the task that its NEXT closed, while that still stood on the page
 */

const KEPT = 20;
/** A widget's clock that is far off is corrected by the server only as exactly as the network is fast. */
const NEARBY_MS = 3_000;
/** What the server said of the session longer ago may have been corrected since, on the tracker's own pages. */
const RECENT_MS = 2_000;

/**
 * @param {Opened[]} opened  oldest first
 * @param {number} startedAt  of the open question, ms by the widget's clock
 * @param {number} shift  ms from the widget's clock to the server's; 0: not corrected, and so the very same moment
 * @returns {Opened | undefined} undefined when this browser did not open it
 */
export function openedAt(opened, startedAt, shift) {
  const apart = (/** @type {Opened} */ each) => Math.abs(Date.parse(each.event.timestamp) - startedAt);
  // Of two that are as near, the later: it describes the other.
  return [...opened].reverse().filter((each) => apart(each) < (shift ? NEARBY_MS : 1)).sort((a, b) => apart(a) - apart(b))[0];
}

/**
 * @param {Opened | undefined} open  the open question
 * @param {Reading} reading  of the page on which NEXT is pressed
 * @returns {{fields: TaskFields, task: string | null, after: string | null}} of the question that it opens
 */
export function nextFor(open, { place, task, fields }) {
  if (place !== "task" || task === null) return { fields: {}, task: null, after: null };
  // Pressed on the page of the very task that is open: it closes the task, rather than opening it.
  if (open && (open.task === task || wasSubmitted(open, task))) return { fields: {}, task: null, after: task };
  return { fields, task, after: null };
}

/**
 * @param {Opened} open
 * @param {string | null} task
 * @returns {boolean} whether the open question began by closing this very task
 */
export function wasSubmitted(open, task) {
  return task !== null && open.task === null && open.after === task;
}

/**
 * @param {Opened | undefined} open
 * @param {Reading} reading
 * @returns {open is Opened} whether the page shows at last what the open question is about
 */
export function isFound(open, { place, task, fields }) {
  if (!open || place !== "task" || task === null) return false;
  if (open.task === null) return open.after !== task;
  // It may not have been described as yet. Some pages draw the estimated time after all the rest, and she picks a type
  // when she has seen the task.
  return open.task === task && Object.entries(fields).some(([name, value]) => /** @type {any} */ (open.event)[name] !== value);
}

/**
 * Whether the open question can be described now; "ask": by a newer answer of the server.
 * @param {Opened} open
 * @param {object} known
 * @param {View} known.view  with what is under way
 * @param {number} known.shift  0: the clock is right
 * @param {Away | undefined} known.away  what she is asked about
 * @param {boolean} known.reachable  the server
 * @param {boolean} known.waits  its NEXT does, to be acknowledged
 * @param {number} known.age  of the server's last answer, ms
 * @returns {"yes" | "no" | "ask"}
 */
export function canDescribe({ opening, count }, { view, shift, away, reachable, waits, age }) {
  // An absence that she ends the session with would leave nothing that UNDO could reopen. What is to come before a NEXT
  // would come after it, were it put right by another request than that one.
  if (away || (opening ? shift : view.index < 2 && !view.closed.length)) return "no";
  // Deleted meanwhile, or restored: UNDO and NEXT close the question before anew, and would take that back.
  if (count !== view.count) return "no";
  // As long as its NEXT is on the way, the server may find that it opened a session. Without a connection nobody knows.
  // Of a clock that is off, the server alone says where the NEXT is: an UNDO could otherwise come before it.
  if (waits) return shift || opening || reachable ? "no" : "yes";
  return age < RECENT_MS ? "yes" : "ask";
}

/**
 * @param {Opened} open
 * @param {string | null} task
 * @param {TaskFields} fields
 * @param {number} startedAt  of the open question, ms by the widget's clock: where the server has filed it
 * @returns {{events: TrackedEvent[], known: Opened}} the UNDO and the NEXT, none without fields; and the question as it is
 *   known from then on. Their ids follow from the NEXT's own: two tabs that find the same task at once describe it once.
 */
export function describing(open, task, fields, startedAt) {
  if (!Object.keys(fields).length) return { events: [], known: { ...open, task } };
  const { event, opening } = open;
  const times = open.times + 1;
  const pressed = (opening && open.pressed) || Math.round(startedAt * 1000);
  const [undone, again] = opening ? [pressed + times, pressed - times] : [pressed + 1, pressed + 2];
  const undo = { event_id: idAfter(event.event_id, 1), type: /** @type {const} */ ("UNDO"), timestamp: isoOf(undone) };
  const next = { ...event, event_id: idAfter(event.event_id, 2), timestamp: isoOf(again), ...fields };
  // In the order of their times: another tab may send the first before the second is there.
  return { events: opening ? [next, undo] : [undo, next], known: { ...open, event: next, task, times, pressed } };
}

/**
 * @param {string} id  UUID
 * @param {number} n
 * @returns {string} the UUID so many after it
 */
export function idAfter(id, n) {
  return id.slice(0, -4) + ((parseInt(id.slice(-4), 16) + n) & 0xffff).toString(16).padStart(4, "0");
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
 * @returns {Waiting[]} each once, in the order of their times
 */
export function withAll(some, more) {
  const ids = new Set(more.map(({ event }) => event.event_id));
  return [...some.filter(({ event }) => !ids.has(event.event_id)), ...more].sort(byTime);
}

/**
 * @param {Opened[]} opened
 * @param {Opened} one
 * @returns {Opened[]} with it, unless more is known of it there, and without those that nobody will ask for any more
 */
export function withOpened(opened, one) {
  const known = opened.find(({ id }) => id === one.id);
  if (known && (known.times > one.times || (known.times === one.times && known.task))) return opened;
  return [...opened.filter((each) => each !== known), one].sort(byTime).slice(-KEPT);
}
