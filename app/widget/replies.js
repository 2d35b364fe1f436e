// @ts-check
// What the server's reply means for the event that was sent. Pure.

/** @import { TrackedEvent } from "./words.js" */

/**
 * @typedef {object} Reply
 * @property {number} status  0 when no answer came (network error, time-out)
 * @property {string} text
 * @property {string | null} retryAfter  the header as it came
 */

/**
 * accepted: recorded, leave the queue. later: nothing is known, send again. unfit: the state machine refused it, final
 * when nothing earlier waits. refused: final. disconnected: the token is no longer good.
 * @typedef {{kind: "accepted", body: any}
 *   | {kind: "later", waitMs: number, reason: string}
 *   | {kind: "unfit" | "refused" | "disconnected", reason: string}} Verdict
 */

const FINAL = /** @type {Record<number, "unfit" | "refused" | "disconnected">} */ ({
  400: "unfit", 401: "disconnected", 403: "disconnected", 422: "refused",
});
const LONGEST_PAUSE_MS = 60_000;
/** Of what is asked for: some proxies name hours. */
const LONGEST_ASKED_MS = 600_000;

/**
 * Only an answer that is certainly the tracker's own settles anything: a hotel's login page answers 200 too, and a
 * proxy's error page 400.
 * @param {Reply} reply
 * @param {(body: any) => boolean} isAnswer  the shape of a good answer
 * @returns {Verdict}
 */
export function judge(reply, isAnswer) {
  const body = parsed(reply.text);
  if (reply.status === 200 && body && isAnswer(body)) return { kind: "accepted", body };
  const kind = FINAL[reply.status];
  if (kind && body?.detail) return { kind, reason: sentence(body.detail) };
  return { kind: "later", waitMs: retryAfterMs(reply.retryAfter), reason: trouble(reply.status) };
}

/** @param {any} body */
export function isEventAnswer(body) {
  return body.status === "ok" && typeof body.is_active === "boolean" && typeof body.server_timestamp === "string";
}

/**
 * @param {TrackedEvent[]} events  as they were sent
 * @returns {(body: any) => boolean}
 */
export function isBatchAnswer(events) {
  return ({ results }) =>
    Array.isArray(results) && results.length === events.length && events.every((event, i) => results[i]?.event_id === event.event_id);
}

/** @param {any} body */
export function isKnownAnswer(body) {
  return Array.isArray(body.known);
}

/**
 * The pause before the next attempt: doubling, with jitter so that many widgets do not return at the same moment; never
 * shorter than the server asked for.
 * @param {number} attempt  0 for the first failure
 * @param {number} asked  ms
 * @param {number} random  0 <= random < 1
 */
export function pauseMs(attempt, asked, random) {
  const growing = Math.min(LONGEST_PAUSE_MS, 1000 * 2 ** Math.min(attempt, 10));
  return Math.max(asked, growing * (0.5 + random / 2));
}

/**
 * `Retry-After` in seconds, as the tracker gives it. A date, as some proxies do, would be read by a clock that may be wrong.
 * @param {string | null} header
 */
export function retryAfterMs(header) {
  const seconds = Number(header);
  return seconds > 0 ? Math.min(LONGEST_ASKED_MS, seconds * 1000) : 0;
}

/**
 * A refusal as one sentence; a 422 lists one message for each field.
 * @param {any} detail
 * @returns {string}
 */
function sentence(detail) {
  if (!Array.isArray(detail)) return String(detail);
  return detail.map((item) => `${[].concat(item.loc).at(-1)}: ${item.msg}`).join("; ");
}

/** @param {number} status */
function trouble(status) {
  if (status === 0) return "The tracker cannot be reached.";
  if (status === 429) return "The tracker asks for a short pause.";
  return `No usable answer from the tracker (${status}).`;
}

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
