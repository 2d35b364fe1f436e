// @ts-check
// The widget's clock, and how spans of time are written. Pure: the wall clock comes in as a number.

/**
 * What the clock remembers between presses.
 * @typedef {object} ClockMemory
 * @property {number} last  the latest moment given out, ms since the Unix epoch
 * @property {number} offset  ms added to the wall clock so that stamps never run backwards
 */

/** @type {Readonly<ClockMemory>} */
export const FRESH_CLOCK = { last: 0, offset: 0 };

/** Beyond this difference the server corrects a client's stamps by `sent_at`; so does the drawing. */
const CORRECTED_BEYOND_MS = 60_000;

/**
 * The next moment: strictly later than every one before it. A wall clock that was set back does not make the
 * widget's clock wait for it: the offset carries on from the last stamp, and `sent_at`, read from the same clock,
 * lets the server put all of them right. A new session begins on the wall clock again as soon as it has caught up:
 * many small corrections must not add up to a minute that nobody takes out.
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
 * Below the millisecond a stamp carries this tab's own digits: two tabs hardly ever give out the same one. Some
 * microseconds before and after it belong to the same millisecond, for what describes it.
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
 * @param {number} micros
 * @returns {string} ISO 8601, UTC; all of one width, so that they sort as they happened
 */
export function isoOf(micros) {
  return `${new Date(Math.floor(micros / 1000)).toISOString().slice(0, -1)}${String(micros % 1000).padStart(3, "0")}Z`;
}

/**
 * The widget's clock without giving out a stamp.
 * @param {number} wall
 * @param {ClockMemory} memory
 */
export function readClock(wall, memory) {
  return Math.max(wall + memory.offset, memory.last);
}

/**
 * What to add to the widget's time to get the time under which the server files it.
 * @param {number} serverMs
 * @param {number} widgetMs  the widget's clock at the same moment
 */
export function serverShift(serverMs, widgetMs) {
  const shift = serverMs - widgetMs;
  return Math.abs(shift) > CORRECTED_BEYOND_MS ? shift : 0;
}

/**
 * A running time, `m:ss` shape of the site: `mm:ss` below one hour, `h:mm:ss` from there on. Whole seconds passed.
 * @param {number} ms
 */
export function clockText(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  return (hours ? `${hours}:` : "") + `${two(minutes)}:${two(seconds % 60)}`;
}
