// @ts-check
// What the session looks like while presses still wait to be sent: the server's last answer with them played on top.
// A drawing, not a decision: the server judges every event itself, and its next answer replaces all of this.
// Pure; every time is in milliseconds on the server's clock.

/** @import { Answer, EventType, TrackedEvent } from "./words.js" */

/**
 * A question that was closed and can be reopened.
 * @typedef {{startedAt: number | null, pausedMs: number, counted: boolean}} Closed
 */

/**
 * @typedef {object} View
 * @property {boolean} active
 * @property {number} index  number of the open question, 0 when no session is active
 * @property {number | null} startedAt  of the open question; null when this browser cannot know it
 * @property {number} pausedMs  finished pauses of the open question
 * @property {number | null} pausedSince  null while running
 * @property {number | null} targetMinutes
 * @property {Closed[]} closed  newest last; only those that this browser knows of
 */

/** @type {Readonly<View>} */
export const NO_SESSION = Object.freeze({
  active: false, index: 0, startedAt: null, pausedMs: 0, pausedSince: null, targetMinutes: null, closed: [],
});

/**
 * @param {string | null} iso
 * @returns {number | null}
 */
function instant(iso) {
  const ms = iso === null ? NaN : Date.parse(iso);
  return Number.isNaN(ms) ? null : ms;
}

/**
 * The state that an answer of the server describes.
 * @param {Answer | null} answer
 * @returns {View}
 */
export function viewOf(answer) {
  // Left running for too long: the next NEXT begins a new session, as if there were none.
  if (!answer || !answer.is_active || answer.forgotten) return NO_SESSION;
  const startedAt = instant(answer.current_question_started_at);
  const [raw, active] = [answer.last_question_raw_seconds, answer.last_question_active_seconds];
  const knowsLast = answer.last_event_type === "NEXT" && typeof raw === "number" && typeof active === "number";
  return {
    active: true,
    index: answer.current_question_index ?? answer.total_questions + 1,
    startedAt,
    pausedMs: (answer.current_question_paused_seconds ?? 0) * 1000,
    pausedSince: instant(answer.paused_since),
    targetMinutes: answer.current_target_minutes,
    closed: knowsLast && startedAt !== null
      ? [{ startedAt: startedAt - raw * 1000, pausedMs: (raw - active) * 1000, counted: true }]
      : [],
  };
}

/**
 * One event further. What the machine refuses leaves the view as it was.
 * @param {View} view
 * @param {EventType} type
 * @param {number} at
 * @param {boolean} [discard]
 * @returns {View}
 */
export function applyEvent(view, type, at, discard = false) {
  if (!view.active) {
    return type === "NEXT" ? { ...NO_SESSION, active: true, index: 1, startedAt: at } : view;
  }
  switch (type) {
    case "NEXT": {
      const left = { startedAt: view.startedAt, pausedMs: pausedUntil(view, at), counted: !discard };
      return {
        ...NO_SESSION, active: true, index: view.index + (discard ? 0 : 1), startedAt: at,
        targetMinutes: view.targetMinutes, closed: [...view.closed, left],
      };
    }
    case "PAUSE":
      return view.pausedSince === null
        ? { ...view, pausedSince: at }
        : { ...view, pausedMs: pausedUntil(view, at), pausedSince: null };
    case "UNDO":
      return reopened(view);
    case "EXIT":
      return NO_SESSION;
  }
}

/**
 * The question closed last runs on from its own start; pauses since then belong to it.
 * @param {View} view
 * @returns {View}
 */
function reopened(view) {
  const last = view.closed.at(-1);
  if (!last) {
    // Closed before this browser's memory begins: the number is clear, the time is not until the server answers.
    return view.index > 1 ? { ...view, index: view.index - 1, startedAt: null } : view;
  }
  return {
    ...view,
    index: view.index - (last.counted ? 1 : 0),
    startedAt: last.startedAt,
    pausedMs: last.pausedMs + view.pausedMs,
    closed: view.closed.slice(0, -1),
  };
}

/**
 * @param {View} view
 * @param {number} at
 */
function pausedUntil(view, at) {
  return view.pausedMs + (view.pausedSince === null ? 0 : Math.max(0, at - view.pausedSince));
}

/**
 * The server's last answer with the waiting events on top.
 * @param {Answer | null} answer
 * @param {TrackedEvent[]} waiting  in the order of their times
 * @param {number} shift  ms from the widget's clock to the server's
 * @returns {View}
 */
export function project(answer, waiting, shift) {
  return waiting.reduce(
    (view, event) => applyEvent(view, event.type, Date.parse(event.timestamp) + shift, event.discard === true),
    viewOf(answer),
  );
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
