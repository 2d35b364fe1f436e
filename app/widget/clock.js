// @ts-check
// The widget's clock, and how durations are written. Pure: the wall clock is passed in as a number.

/**
 * What the clock remembers between two events.
 * @typedef {object} ClockMemory
 * @property {number} last  the latest moment given out, ms since the Unix epoch
 * @property {number} offset  ms added to the wall clock so that stamps never run backwards
 */

/** @type {Readonly<ClockMemory>} */
export const FRESH_CLOCK = { last: 0, offset: 0 };

/** Beyond this difference the server corrects a client's stamps by `sent_at`; the widget's drawing does too. */
const CORRECTED_BEYOND_MS = 60_000;
/** Beyond this one it does so only where a stamp cannot be right. */
const CORRECTED_UP_TO_MS = 12 * 3_600_000;

/**
 * The next moment, strictly later than every moment before it.
 *
 * If the wall clock is set back, the offset carries on from the last stamp; `sent_at` is read from the same clock, so
 * the server can correct all stamps. A new session starts from the wall clock again as soon as that has caught up:
 * otherwise many small corrections would add up to a minute that nobody removes.
 * @param {number} wall  Date.now()
 * @param {ClockMemory} memory
 * @param {boolean} [opening]  no session is active
 * @returns {ClockMemory} `last` is the new moment
 */
export function nextStamp(wall, memory, opening = false) {
  const kept = opening && wall > memory.last ? 0 : memory.offset;
  const offset = Math.max(kept, memory.last + 1 - wall);
  return { last: wall + offset, offset };
}

/**
 * Below the millisecond a stamp carries digits that are random per tab, so that two tabs rarely give out the same
 * stamp. At least 10 microseconds on both sides stay within the same millisecond: the events that describe a question
 * use them.
 */
const TAB_DIGITS = 10 + (crypto.getRandomValues(new Uint16Array(1))[0] % 980);

/**
 * @param {number} ms  by the widget's clock
 * @returns {number} microseconds since the Unix epoch
 */
export function stampOf(ms) {
  return ms * 1000 + TAB_DIGITS;
}

/**
 * @param {number} micros  microseconds since the Unix epoch
 * @returns {string} ISO 8601, UTC, always of the same width: the strings sort by time
 */
export function isoOf(micros) {
  const milliseconds = new Date(Math.floor(micros / 1000)).toISOString().slice(0, -1);
  return `${milliseconds}${String(micros % 1000).padStart(3, "0")}Z`;
}

/**
 * The widget's clock, read without giving out a stamp.
 * @param {number} wall  Date.now()
 * @param {ClockMemory} memory
 * @returns {number} ms since the Unix epoch
 */
export function readClock(wall, memory) {
  return Math.max(wall + memory.offset, memory.last);
}

/**
 * The difference to add to the widget's time to get the time under which the server files an event.
 * @param {number} serverMs
 * @param {number} widgetMs  the widget's clock at the same moment
 * @returns {number} ms; 0 for a difference that the server does not correct
 */
export function serverShift(serverMs, widgetMs) {
  const shift = serverMs - widgetMs;
  return Math.abs(shift) > CORRECTED_BEYOND_MS ? shift : 0;
}

/**
 * Whether the clocks are so far apart that either may be the wrong one.
 * @param {number} serverMs
 * @param {number} widgetMs  the widget's clock at the same moment
 */
export function clocksDiffer(serverMs, widgetMs) {
  return Math.abs(serverMs - widgetMs) > CORRECTED_UP_TO_MS;
}

/** @param {number} number */
function twoDigits(number) {
  return String(number).padStart(2, "0");
}

/**
 * A duration in whole seconds passed: `mm:ss` below one hour, `h:mm:ss` from there on.
 * @param {number} ms  negative counts as 0
 */
export function clockText(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const text = `${twoDigits(minutes)}:${twoDigits(seconds % 60)}`;
  return hours ? `${hours}:${text}` : text;
}
