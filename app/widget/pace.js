// @ts-check
// How the time taken compares with the time allowed, as the server reckons it. Pure.
// What decides something (which label, which second) is decided with whole microseconds: a sum that lies exactly
// on a boundary must not fall to the side of a rounding error.

import { clockText } from "./clock.js";

/**
 * How fast a number of questions was, taken together.
 * @typedef {object} Pace
 * @property {string} label
 * @property {string} emoji
 * @property {number} ratio  active time / target time; 1 = exactly on target
 */

/**
 * Where the open question stands between too fast and too slow.
 * @typedef {object} Band
 * @property {"early" | "band" | "late"} zone
 * @property {number} leftMs  until its target; negative once that is passed
 * @property {number} ratio  active time / target time
 */

/** Below this many tenths of the target, this label; an exact boundary belongs to the slower side. */
const PACES = /** @type {const} */ ([
  [5, "way too fast (<50%)", "⚡🐇"],
  [7, "fast (50–70%)", "🐇"],
  [9, "slightly fast", "🙂"],
  [11, "on target", "💜✅"],
  [13, "a bit slow", "🐢"],
  [Infinity, "slow", "🐌"],
]);

/** The edges of the band as ratios: from `lower` on, and below `upper`, a question is on target. */
export const BAND = { lower: PACES[2][0] / 10, upper: PACES[3][0] / 10 };

/** @type {Readonly<Pace>} */
export const NO_PACE = { label: "No questions", emoji: "😴", ratio: 0 };

/** Of questions whose target or time this browser cannot know until the server answers. @type {Readonly<Pace>} */
const UNKNOWN_PACE = { label: "not known yet", emoji: "❔", ratio: 0 };

/** @param {number} ms */
export function wholeMicros(ms) {
  return Math.round(ms * 1000);
}

/**
 * Ratio, and place in the table of paces.
 * @param {number} activeMs
 * @param {number} targetMs
 */
function compare(activeMs, targetMs) {
  const [active, target] = [wholeMicros(activeMs), wholeMicros(targetMs)];
  return { ratio: active / target, rank: PACES.findIndex(([tenths]) => 10 * active < tenths * target) };
}

/**
 * The pace of `count` questions with these sums; null where a sum is not known.
 * @param {number | null} activeMs
 * @param {number | null} targetMs
 * @param {number} count
 * @returns {Pace}
 */
export function paceOf(activeMs, targetMs, count) {
  if (!count) return NO_PACE;
  // What this browser believes can be wrong for a moment: never below nothing.
  if (activeMs === null || targetMs === null || targetMs <= 0) return UNKNOWN_PACE;
  const { ratio, rank } = compare(activeMs, targetMs);
  const [, label, emoji] = PACES[rank];
  return { label, emoji, ratio };
}

/**
 * Too fast matters as well as too slow: the band is where the table of paces says "on target".
 * @param {number} activeMs  of the open question
 * @param {number} targetMs  its own target, above 0
 * @returns {Band}
 */
export function bandOf(activeMs, targetMs) {
  const { ratio, rank } = compare(activeMs, targetMs);
  const zone = rank < 3 ? "early" : rank === 3 ? "band" : "late";
  return { zone, leftMs: targetMs - activeMs, ratio };
}

const ZONE_WORDS = { early: "fast if submitted now", band: "on target", late: "too slow" };

/**
 * The band in words, such as "03:05 left · fast if submitted now". Time left and the whole seconds passed add up to
 * the target.
 * @param {Band} band
 */
export function bandText({ zone, leftMs }) {
  const seconds = Math.ceil(leftMs / 1000);
  return `${clockText(Math.abs(seconds) * 1000)} ${seconds < 0 ? "over" : "left"} · ${ZONE_WORDS[zone]}`;
}

/**
 * `ms` divided among `per` as the site writes spans: mm:ss, from one hour on h:mm:ss, below zero with a leading `-`.
 * Rounded once, to the nearest second, a half away from zero; nothing is -00:00.
 * @param {number} ms
 * @param {number} [per]  0 questions have an average of 00:00
 */
export function mmss(ms, per = 1) {
  const [micros, unit] = [wholeMicros(ms), per * 1e6];
  const whole = per ? Math.floor((2 * Math.abs(micros) + unit) / (2 * unit)) : 0;
  return (micros < 0 && whole ? "-" : "") + clockText(whole * 1000);
}
