// @ts-check
// How the time taken compares with the time allowed, computed as the server does. Pure. Decisions (which label, which
// second) are made with whole microseconds: a sum that lies exactly on a boundary must not be moved off it by a
// rounding error.

import { clockText } from "./clock.js";
import { FACES } from "./faces.js";
import { MESSAGES } from "./messages.js";

/**
 * The pace of a number of questions.
 * @typedef {object} Pace
 * @property {string} label
 * @property {string} face  a path for `createIcon`
 * @property {number} ratio  active time / target time; 1 = exactly on target
 */

/**
 * Where the open question stands between too fast and too slow.
 * @typedef {object} Band
 * @property {"early" | "band" | "late"} zone
 * @property {number} leftMs  until its target; negative after that
 * @property {number} ratio  active time / target time
 */

/**
 * The paces from fast to slow: each applies below `tenths` tenths of the target. A ratio exactly on a boundary belongs
 * to the slower side.
 * @type {{tenths: number, name: keyof typeof FACES}[]}
 */
const PACES = [
  { tenths: 5, name: "wayTooFast" },
  { tenths: 7, name: "fast" },
  { tenths: 9, name: "slightlyFast" },
  { tenths: 11, name: "onTarget" },
  { tenths: 13, name: "aBitSlow" },
  { tenths: Infinity, name: "slow" },
];
/** The index of "on target" in `PACES`. */
const ON_TARGET = 3;

/** The edges of the band as ratios: a question is on target from `lower` on, and below `upper`. */
export const BAND = { lower: PACES[ON_TARGET - 1].tenths / 10, upper: PACES[ON_TARGET].tenths / 10 };

/**
 * @param {keyof typeof FACES} name
 * @param {number} ratio
 * @returns {Pace}
 */
function paceNamed(name, ratio) {
  return { label: MESSAGES.paces[name], face: FACES[name], ratio };
}

/** @param {number} ms */
export function wholeMicros(ms) {
  return Math.round(ms * 1000);
}

/**
 * @param {number} activeMs
 * @param {number} targetMs
 * @returns {{ratio: number, rank: number}} `rank`: index in `PACES`
 */
function compare(activeMs, targetMs) {
  const active = wholeMicros(activeMs);
  const target = wholeMicros(targetMs);
  const rank = PACES.findIndex(({ tenths }) => 10 * active < tenths * target);
  return { ratio: active / target, rank };
}

/**
 * The pace of a number of questions.
 * @param {number | null} activeMs  sum; null: not known
 * @param {number | null} targetMs  sum; null: not known
 * @param {number} count  of the questions
 * @returns {Pace}
 */
export function paceOf(activeMs, targetMs, count) {
  if (!count) return paceNamed("noQuestions", 0);
  // Until the server answers, the sums of this browser can be wrong; a target sum of 0 or less is no target.
  if (activeMs === null || targetMs === null || targetMs <= 0) return paceNamed("unknown", 0);
  const { ratio, rank } = compare(activeMs, targetMs);
  return paceNamed(PACES[rank].name, ratio);
}

/** @param {number} rank  index in `PACES` */
function zoneOf(rank) {
  if (rank < ON_TARGET) return "early";
  return rank === ON_TARGET ? "band" : "late";
}

/**
 * Too fast matters as well as too slow: the band is where the pace is "on target".
 * @param {number} activeMs  of the open question
 * @param {number} targetMs  its own target, above 0
 * @returns {Band}
 */
export function bandOf(activeMs, targetMs) {
  const { ratio, rank } = compare(activeMs, targetMs);
  return { zone: zoneOf(rank), leftMs: targetMs - activeMs, ratio };
}

/**
 * The time left, such as "03:05 left". Time left and the whole seconds passed add up to the target.
 * @param {Band} band
 */
export function timeLeftText({ leftMs }) {
  const seconds = Math.ceil(leftMs / 1000);
  const text = clockText(Math.abs(seconds) * 1000);
  return seconds < 0 ? MESSAGES.timeOver(text) : MESSAGES.timeLeft(text);
}

/**
 * The band in words, such as "03:05 left · fast if submitted now".
 * @param {Band} band
 */
export function bandText(band) {
  return `${timeLeftText(band)} · ${MESSAGES.zones[band.zone]}`;
}

/**
 * `ms` divided by `per` as the pages write durations: mm:ss, from one hour on h:mm:ss, negative with a leading `-`.
 * Rounded once, to the nearest second, a half away from zero; never -00:00.
 * @param {number} ms
 * @param {number} [per]  0 questions have an average of 00:00
 */
export function mmss(ms, per = 1) {
  const micros = wholeMicros(ms);
  const unit = per * 1e6;
  const seconds = per ? Math.floor((2 * Math.abs(micros) + unit) / (2 * unit)) : 0;
  const sign = micros < 0 && seconds ? "-" : "";
  return sign + clockText(seconds * 1000);
}
