// @ts-check
// What the session looks like while presses still wait to be sent: the server's last answer with them played on top.
// A drawing, not a decision: the server judges every event itself, and its next answer replaces all of this.
// Pure; every time is in milliseconds on the server's clock, with microseconds behind the point. Where something is
// null, this browser cannot know it until the server answers.

/** @import { Adopted, Answer, TrackedEvent } from "./words.js" */
import { mmss, paceOf, wholeMicros } from "./pace.js";

/**
 * A question that was closed and can be reopened, with what it added to the sums.
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
 * @property {number} index  number of the open question, 0 when no session is active
 * @property {number | null} startedAt  of the open question
 * @property {number} pausedMs  finished pauses of the open question
 * @property {number | null} pausedSince  null while running
 * @property {number | null} targetMinutes  of the open question
 * @property {Closed[]} closed  newest last; only those that this browser knows of
 * @property {number} count  questions that count; of the session just ended when none is active, like the sums
 * @property {number | null} activeSumMs  of the questions that count, as is the next
 * @property {number | null} targetSumMs
 * @property {number | null} usualMinutes  the target of a question that brings none of its own
 */

/** @type {Readonly<View>} */
export const NO_SESSION = {
  active: false, index: 0, startedAt: null, pausedMs: 0, pausedSince: null, targetMinutes: null, closed: [],
  count: 0, activeSumMs: 0, targetSumMs: 0, usualMinutes: null,
};

/**
 * @param {string | null} iso
 * @returns {number | null}
 */
function instant(iso) {
  // Date.parse reads three digits behind the point; the three after those are the microseconds.
  const ms = iso === null ? NaN : Date.parse(iso) + Number(/\.\d{3}(\d{3})/.exec(iso)?.[1] ?? 0) / 1000;
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
  // Left running for too long: the next NEXT begins a new session, as if there were none.
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
  return { ...view, closed: lastOf(adopted, view) };
}

/**
 * Average and ratio are not rounded: the sums follow from them to the microsecond.
 * @param {Answer} answer
 */
function sumsOf({ total_questions: count, avg_active_seconds, pace_ratio }) {
  const activeSumMs = toMicro(avg_active_seconds * count * 1000);
  return { count, activeSumMs, targetSumMs: pace_ratio ? toMicro(activeSumMs / pace_ratio) : count ? null : 0 };
}

/**
 * The question that an answer to a NEXT has closed.
 * @param {Adopted} adopted
 * @param {View} view
 * @returns {Closed[]}
 */
function lastOf({ answer, discarded }, { startedAt, count, targetSumMs, usualMinutes }) {
  const { last_event_type: type, last_question_raw_seconds: raw, last_question_active_seconds: active } = answer;
  if (type !== "NEXT" || startedAt === null || raw === null || active === null) return [];
  // The answer does not tell its target: among one it is the sum's, among several probably the usual one.
  const targetMinutes = count === 1 && targetSumMs !== null ? targetSumMs / 60_000 : usualMinutes;
  return [{
    startedAt: startedAt - raw * 1000, pausedMs: toMicro((raw - active) * 1000), activeMs: toMicro(active * 1000),
    targetMinutes, counted: !discarded,
  }];
}

/**
 * One event further. What the machine refuses leaves the view as it was.
 * @param {View} view
 * @param {Pick<TrackedEvent, "type" | "discard" | "target_minutes">} event
 * @param {number} at
 * @returns {View}
 */
function applyEvent(view, event, at) {
  const { startedAt, targetMinutes, usualMinutes } = view;
  const opened = {
    ...NO_SESSION, active: true, index: 1, startedAt: at, targetMinutes: event.target_minutes ?? usualMinutes, usualMinutes,
  };
  if (!view.active) return event.type === "NEXT" ? opened : view;
  if (event.type === "UNDO") return reopened(view);
  const pausedMs = pausedUntil(view, at);
  if (event.type === "PAUSE") return { ...view, pausedMs, pausedSince: view.pausedSince === null ? at : null };
  const activeMs = startedAt === null ? null : toMicro(at - startedAt - pausedMs);
  const left = { startedAt, pausedMs, activeMs, targetMinutes, counted: !event.discard };
  const sums = sumsWith(view, left, 1);
  return event.type === "EXIT"
    ? { ...NO_SESSION, ...sums, index: 0, usualMinutes }
    : { ...opened, ...sums, closed: [...view.closed, left] };
}

/**
 * The sums with a closed question put in, or taken out again.
 * @param {View} view
 * @param {Closed} question
 * @param {1 | -1} sign
 */
function sumsWith({ index, count, activeSumMs, targetSumMs }, question, sign) {
  if (!question.counted) return { index, count, activeSumMs, targetSumMs };
  const sum = (/** @type {number | null} */ all, /** @type {number | null} */ one) =>
    all === null || one === null ? null : toMicro(all + sign * one);
  return {
    index: index + sign, count: count + sign, activeSumMs: sum(activeSumMs, question.activeMs),
    targetSumMs: sum(targetSumMs, targetMs(question.targetMinutes)),
  };
}

/** Closed before this browser's memory begins: that it counted is clear, time and target are not. */
const BEFORE_MEMORY = { startedAt: null, pausedMs: 0, activeMs: null, targetMinutes: null, counted: true };

/**
 * The question closed last runs on from its own start; pauses since then belong to it.
 * @param {View} view
 * @returns {View}
 */
function reopened(view) {
  const last = view.closed.at(-1) ?? (view.count ? BEFORE_MEMORY : null);
  return last ? {
    ...view, ...sumsWith(view, last, -1), startedAt: last.startedAt, pausedMs: toMicro(last.pausedMs + view.pausedMs),
    targetMinutes: last.targetMinutes, closed: view.closed.slice(0, -1),
  } : view;
}

/**
 * @param {View} view
 * @param {number} at
 */
function pausedUntil(view, at) {
  return toMicro(view.pausedMs + (view.pausedSince === null ? 0 : Math.max(0, at - view.pausedSince)));
}

/**
 * The server's last answer with the waiting events on top.
 * @param {Adopted | null} adopted
 * @param {TrackedEvent[]} waiting  in the order of their times
 * @returns {View}
 */
export function project(adopted, waiting) {
  const shift = adopted?.shift ?? 0;
  return waiting.reduce((view, event) => applyEvent(view, event, (instant(event.timestamp) ?? 0) + shift), viewOf(adopted));
}

/**
 * The session's pace over the questions that count.
 * @param {View} view
 */
export function sessionPace(view) {
  return paceOf(view.activeSumMs, view.targetSumMs, view.count);
}

/**
 * The average time of the questions that count, as the site writes it; "" where there is none or it is not known.
 * @param {View} view
 */
export function averageText({ activeSumMs, count }) {
  return activeSumMs === null || !count ? "" : mmss(activeSumMs, count);
}

/**
 * Time worked on the open question: frozen while paused, never negative; null where it is unknown.
 * @param {View} view
 * @param {number} now  ms on the server's clock
 * @returns {number | null}
 */
export function activeMs(view, now) {
  if (!view.active || view.startedAt === null) return null;
  return Math.max(0, (view.pausedSince ?? now) - view.startedAt - view.pausedMs);
}
