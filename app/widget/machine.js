// @ts-check
// The state of the session while events still wait to be sent: the server's last answer with the waiting events
// applied. This is for drawing only: the server judges every event itself, and its next answer replaces this state.
// Pure. Times are in milliseconds on the server's clock, with microseconds as the fraction. null means that this
// browser does not know the value until the server answers.

/** @import { Adopted, Answer, TrackedEvent } from "./types.js" */
import { mmss, paceOf, wholeMicros } from "./pace.js";

/**
 * A closed question that can be reopened, with what it added to the sums.
 * @typedef {object} Closed
 * @property {number | null} startedAt
 * @property {number} pausedMs
 * @property {number | null} activeMs
 * @property {number | null} targetMinutes
 * @property {boolean} counted
 */

/**
 * @typedef {object} View
 * @property {boolean} active
 * @property {number} index  number of the open question, 0 if no session is active
 * @property {number | null} startedAt  of the open question
 * @property {number} pausedMs  finished pauses of the open question
 * @property {number | null} pausedSince  null while running
 * @property {number | null} targetMinutes  of the open question
 * @property {Closed[]} closed  newest last; only those that this browser knows
 * @property {number} count  counted questions; of the session that just ended if none is active, as are the sums
 * @property {number | null} activeSumMs  of the counted questions
 * @property {number | null} targetSumMs  of the counted questions
 * @property {number | null} usualMinutes  the target of a question without a target of its own
 */

/** @type {Readonly<View>} */
export const NO_SESSION = {
  active: false,
  index: 0,
  startedAt: null,
  pausedMs: 0,
  pausedSince: null,
  targetMinutes: null,
  closed: [],
  count: 0,
  activeSumMs: 0,
  targetSumMs: 0,
  usualMinutes: null,
};

/**
 * @param {string | null} iso
 * @returns {number | null} null for null and for what is no time stamp
 */
function instant(iso) {
  if (iso === null) return null;
  // Date.parse reads three decimals; the next three are the microseconds.
  const micros = Number(/\.\d{3}(\d{3})/.exec(iso)?.[1] ?? 0);
  const ms = Date.parse(iso) + micros / 1000;
  return Number.isNaN(ms) ? null : ms;
}

/** @param {number} ms */
function toMicro(ms) {
  return wholeMicros(ms) / 1000;
}

/**
 * @param {number | null} minutes
 * @returns {number | null}
 */
function targetMs(minutes) {
  return minutes === null ? null : Math.max(0.001, toMicro(minutes * 60_000));
}

/**
 * The state that an answer of the server describes.
 * @param {Adopted | null} adopted
 * @returns {View}
 */
function viewOf(adopted) {
  if (!adopted) return NO_SESSION;
  const { answer } = adopted;
  const ended = { ...NO_SESSION, usualMinutes: adopted.usualMinutes ?? null, ...sumsOf(answer) };
  // After a forgotten session the next NEXT opens a new session, as if there were none.
  if (!answer.is_active || answer.forgotten) return ended;
  const view = {
    ...ended,
    active: true,
    index: ended.count + 1,
    startedAt: instant(answer.current_question_started_at),
    pausedMs: toMicro((answer.current_question_paused_seconds ?? 0) * 1000),
    pausedSince: instant(answer.paused_since),
    targetMinutes: answer.current_target_minutes,
  };
  return { ...view, closed: lastClosed(adopted, view) };
}

/**
 * Average and ratio in an answer are not rounded: the sums follow from them exactly to the microsecond.
 * @param {Answer} answer
 */
function sumsOf(answer) {
  const count = answer.total_questions;
  const activeSumMs = toMicro(answer.avg_active_seconds * count * 1000);
  return { count, activeSumMs, targetSumMs: targetSumOf(answer.pace_ratio, activeSumMs, count) };
}

/**
 * @param {number} ratio
 * @param {number} activeSumMs
 * @param {number} count
 */
function targetSumOf(ratio, activeSumMs, count) {
  if (ratio) return toMicro(activeSumMs / ratio);
  return count ? null : 0;
}

/**
 * The question that was closed by the NEXT of an answer.
 * @param {Adopted} adopted
 * @param {View} view
 * @returns {Closed[]} one question, or none if the answer does not tell
 */
function lastClosed({ answer, discarded }, { startedAt, count, targetSumMs, usualMinutes }) {
  const rawSeconds = answer.last_question_raw_seconds;
  const activeSeconds = answer.last_question_active_seconds;
  if (answer.last_event_type !== "NEXT") return [];
  if (startedAt === null || rawSeconds === null || activeSeconds === null) return [];
  // The answer does not tell its target: with one question it is the sum, with several probably the usual target.
  const targetMinutes = count === 1 && targetSumMs !== null ? targetSumMs / 60_000 : usualMinutes;
  return [{
    startedAt: startedAt - rawSeconds * 1000,
    pausedMs: toMicro((rawSeconds - activeSeconds) * 1000),
    activeMs: toMicro(activeSeconds * 1000),
    targetMinutes,
    counted: !discarded,
  }];
}

/** @typedef {Pick<TrackedEvent, "type" | "discard" | "target_minutes">} AppliedEvent */

/**
 * Applies one event. An event that the state machine refuses leaves the view as it is.
 * @param {View} view
 * @param {AppliedEvent} event
 * @param {number} at
 * @returns {View}
 */
function applyEvent(view, event, at) {
  if (!view.active) return event.type === "NEXT" ? opened(view, event, at) : view;
  switch (event.type) {
    case "UNDO":
      return reopened(view);
    case "PAUSE":
      return { ...view, pausedMs: pausedUntil(view, at), pausedSince: view.pausedSince === null ? at : null };
    case "EXIT": {
      const sums = sumsWith(view, closedAt(view, event, at), 1);
      return { ...NO_SESSION, ...sums, index: 0, usualMinutes: view.usualMinutes };
    }
    case "NEXT": {
      const question = closedAt(view, event, at);
      return { ...opened(view, event, at), ...sumsWith(view, question, 1), closed: [...view.closed, question] };
    }
  }
}

/**
 * The first question of a session.
 * @param {View} view
 * @param {AppliedEvent} event
 * @param {number} at
 * @returns {View}
 */
function opened({ usualMinutes }, event, at) {
  const targetMinutes = event.target_minutes ?? usualMinutes;
  return { ...NO_SESSION, active: true, index: 1, startedAt: at, targetMinutes, usualMinutes };
}

/**
 * The open question, closed by this event.
 * @param {View} view
 * @param {AppliedEvent} event
 * @param {number} at
 * @returns {Closed}
 */
function closedAt(view, event, at) {
  const { startedAt, targetMinutes } = view;
  const pausedMs = pausedUntil(view, at);
  const activeMs = startedAt === null ? null : toMicro(at - startedAt - pausedMs);
  return { startedAt, pausedMs, activeMs, targetMinutes, counted: !event.discard };
}

/**
 * The index and the sums with a closed question added or removed.
 * @param {View} view
 * @param {Closed} question
 * @param {1 | -1} sign
 */
function sumsWith({ index, count, activeSumMs, targetSumMs }, question, sign) {
  if (!question.counted) return { index, count, activeSumMs, targetSumMs };
  return {
    index: index + sign,
    count: count + sign,
    activeSumMs: sum(activeSumMs, question.activeMs, sign),
    targetSumMs: sum(targetSumMs, targetMs(question.targetMinutes), sign),
  };
}

/**
 * @param {number | null} total
 * @param {number | null} part
 * @param {1 | -1} sign
 */
function sum(total, part, sign) {
  return total === null || part === null ? null : toMicro(total + sign * part);
}

/** A question closed before this browser's memory begins: it counted, but its time and target are not known. */
const NOT_REMEMBERED = { startedAt: null, pausedMs: 0, activeMs: null, targetMinutes: null, counted: true };

/**
 * The question closed last runs again from its own start; pauses since then belong to it.
 * @param {View} view
 * @returns {View}
 */
function reopened(view) {
  const last = view.closed.at(-1) ?? (view.count ? NOT_REMEMBERED : null);
  if (!last) return view;
  return {
    ...view,
    ...sumsWith(view, last, -1),
    startedAt: last.startedAt,
    pausedMs: toMicro(last.pausedMs + view.pausedMs),
    targetMinutes: last.targetMinutes,
    closed: view.closed.slice(0, -1),
  };
}

/**
 * @param {View} view
 * @param {number} at
 */
function pausedUntil({ pausedMs, pausedSince }, at) {
  const running = pausedSince === null ? 0 : Math.max(0, at - pausedSince);
  return toMicro(pausedMs + running);
}

/**
 * The server's last answer with the waiting events applied.
 * @param {Adopted | null} adopted
 * @param {TrackedEvent[]} waiting  in the order of their times
 * @returns {View}
 */
export function project(adopted, waiting) {
  const shift = adopted?.shift ?? 0;
  return waiting.reduce(
    (view, event) => applyEvent(view, event, (instant(event.timestamp) ?? 0) + shift),
    viewOf(adopted),
  );
}

/**
 * The session's pace over its counted questions.
 * @param {View} view
 */
export function sessionPace(view) {
  return paceOf(view.activeSumMs, view.targetSumMs, view.count);
}

/**
 * The average time of the counted questions, as the pages write it; "" if there are none or it is not known.
 * @param {View} view
 */
export function averageText({ activeSumMs, count }) {
  return activeSumMs === null || !count ? "" : mmss(activeSumMs, count);
}

/**
 * Active time of the open question: does not grow while paused, never negative; null if it is not known.
 * @param {View} view
 * @param {number} now  ms on the server's clock
 * @returns {number | null}
 */
export function activeMs(view, now) {
  if (!view.active || view.startedAt === null) return null;
  return Math.max(0, (view.pausedSince ?? now) - view.startedAt - view.pausedMs);
}
