// @ts-check
// What the server's reply means for the events that were sent. Pure.

/** @import { TrackedEvent } from "./types.js" */
import { MESSAGES } from "./messages.js";

/**
 * @typedef {object} Reply
 * @property {number} status  0: no answer (network error, timeout)
 * @property {string} text
 * @property {string | null} retryAfter  value of the header
 */

/**
 * accepted: recorded. later: the outcome is unknown, send again. unfit: refused by the state machine, final if nothing
 * earlier waits. refused: final; `fields` are the names of the fields that were wrong. disconnected: the token is no
 * longer valid.
 * @typedef {{kind: "accepted", body: any}
 *   | {kind: "later", waitMs: number, reason: string}
 *   | {kind: "unfit" | "refused" | "disconnected", reason: string, fields: string[]}} Verdict
 */

/** @type {Record<number, "unfit" | "refused" | "disconnected">} */
const FINAL = { 400: "unfit", 401: "disconnected", 403: "disconnected", 422: "refused" };
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;
/** Limit for `Retry-After`: some proxies ask for hours. */
const LONGEST_RETRY_AFTER_MS = 600_000;

/**
 * Only an answer that certainly comes from the tracker is final: the login page of a hotel also answers 200, and the
 * error page of a proxy 400.
 * @param {Reply} reply
 * @param {(body: any) => boolean} isAnswer  checks the shape of a good answer
 * @returns {Verdict}
 */
export function judge(reply, isAnswer) {
  const body = parsed(reply.text);
  if (reply.status === 200 && body && isAnswer(body)) return { kind: "accepted", body };
  const kind = FINAL[reply.status];
  if (kind && body?.detail) return { kind, reason: sentenceOf(body.detail), fields: fieldsOf(body.detail) };
  return { kind: "later", waitMs: retryAfterMs(reply.retryAfter), reason: troubleOf(reply.status) };
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
    Array.isArray(results) &&
    results.length === events.length &&
    events.every((event, i) => results[i]?.event_id === event.event_id);
}

/** @param {any} body */
export function isKnownAnswer(body) {
  return Array.isArray(body.known);
}

/**
 * @param {{event_id: string, status: string}[]} results  of a batch
 * @returns {Set<string>}
 */
export function refusedIdsOf(results) {
  return new Set(results.filter(({ status }) => status === "refused").map(({ event_id }) => event_id));
}

/**
 * @param {Verdict} verdict
 * @returns {verdict is {kind: "unfit" | "refused", reason: string, fields: string[]}}
 */
export function isRefusal(verdict) {
  return verdict.kind === "refused" || verdict.kind === "unfit";
}

/**
 * The pause before the next attempt: doubling, with jitter so that many widgets do not return at once; never shorter
 * than the server asked for.
 * @param {number} attempt  0 for the first failure
 * @param {number} asked  ms
 * @param {number} random  0 <= random < 1
 * @returns {number} ms
 */
export function pauseMs(attempt, asked, random) {
  const growing = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(attempt, 10));
  return Math.max(asked, growing * (0.5 + random / 2));
}

/**
 * `Retry-After` in seconds, as the tracker sends it. A date, as some proxies send it, is ignored: the clock may be
 * wrong.
 * @param {string | null} header
 * @returns {number} ms; 0 if there is no usable value
 */
export function retryAfterMs(header) {
  const seconds = Number(header);
  return seconds > 0 ? Math.min(LONGEST_RETRY_AFTER_MS, seconds * 1000) : 0;
}

/**
 * A refusal as one sentence; a 422 has one message for each field.
 * @param {any} detail
 * @returns {string}
 */
export function sentenceOf(detail) {
  if (!Array.isArray(detail)) return String(detail);
  const fields = fieldsOf(detail);
  return detail.map(({ msg }, i) => `${fields[i]}: ${msg}`).join("; ");
}

/**
 * @param {any} detail
 * @returns {string[]} the name of each field that a 422 is about
 */
function fieldsOf(detail) {
  return Array.isArray(detail) ? detail.map(({ loc }) => String([].concat(loc).at(-1))) : [];
}

/** @param {number} status */
function troubleOf(status) {
  if (status === 0) return MESSAGES.unreachable;
  if (status === 429) return MESSAGES.askedToWait;
  return MESSAGES.unusableAnswer(status);
}

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    // Whatever is no JSON is not the tracker's answer, and is judged as none.
    return null;
  }
}
