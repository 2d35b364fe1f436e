// @ts-check
// What is kept of the server's answer: the answer, the shift between the two clocks, and what it tells of targets.

/** @import { Adopted, Answer, TrackedEvent, Waiting } from "./types.js" */
import { clocksDiffer, serverShift } from "./clock.js";

/**
 * @param {Answer} answer
 * @param {Waiting[]} covered  events that the answer contains
 * @param {number} widgetMs  the widget's clock
 * @param {Adopted | null | undefined} before  what is kept of the answer before
 * @returns {Adopted}
 */
export function adoptedFrom(answer, covered, widgetMs, before) {
  const serverMs = Date.parse(answer.server_timestamp);
  const differ = clocksDiffer(serverMs, widgetMs);
  const last = covered.at(-1)?.event;
  return {
    answer,
    at: Date.now(),
    shift: differ ? shiftOfNext(answer, last, serverMs - widgetMs, before) : serverShift(serverMs, widgetMs),
    clocksDiffer: differ,
    covers: covered.map(({ event }) => event.event_id),
    usualMinutes: usualMinutesOf(answer, last, before),
    discarded: last?.discard,
  };
}

/**
 * The shift by clocks that differ: where a NEXT was filed tells whether the server has corrected its stamp.
 * @param {Answer} answer
 * @param {TrackedEvent | undefined} last  the latest event of the answer
 * @param {number} shift  from the widget's clock to the server's, in milliseconds
 * @param {Adopted | null | undefined} before
 */
function shiftOfNext(answer, last, shift, before) {
  if (last?.type !== "NEXT" || !answer.current_question_started_at) return before?.shift ?? shift;
  const filed = Date.parse(answer.current_question_started_at) - Date.parse(last.timestamp);
  return Math.abs(filed) < Math.abs(shift) / 2 ? 0 : shift;
}

/**
 * The target of a question without a target of its own, as far as answers tell.
 * @param {Answer} answer
 * @param {TrackedEvent | undefined} last  the latest event of the answer
 * @param {Adopted | null | undefined} before
 */
function usualMinutesOf(answer, last, before) {
  const isUsual = answer.is_active && last?.type === "NEXT" && last.target_minutes === undefined;
  return isUsual ? answer.current_target_minutes : (before?.usualMinutes ?? null);
}
