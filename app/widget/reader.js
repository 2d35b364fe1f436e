// @ts-check
// Reads a task page: its id, the estimated time, a type by the user's own rules, and whether the expected elements are
// there. Pure over a document. It reads nothing else; of what it reads, only `fields` can ever be sent.

/** @import { Choices, Selectors } from "./preferences.js" */
/** @import { Reading, TaskFields } from "./types.js" */
import { LONGEST_TASK_ID, LONGEST_TASK_TYPE, plainLabel } from "./labels.js";

/** An estimated time is a few words: a longer text is something else, and is not read. */
const LONGEST_ESTIMATE = 80;
/** As the server accepts it. */
const LONGEST_MINUTES = 600;

const NUMBER = String.raw`(\d+(?:\.\d{1,4}|,\d{1,2})?)\s*`;
const UNIT = String.raw`(h(?:ours?)?|m(?:in(?:ute)?s?)?|s(?:ec(?:ond)?s?)?)\b`;
/** A range or a single value with a unit: text before, low, unit of low, high, unit; no other digits in the text. */
const ESTIMATE = new RegExp(
  String.raw`^(\P{N}*?)(?:${NUMBER}(?:${UNIT}\s*)?(?:\p{Pd}|to\b)\s*)?${NUMBER}${UNIT}\P{N}*$`,
  "iu",
);
/** @type {Record<string, number>} */
const MINUTES = { h: 60, m: 1, s: 1 / 60 };

/**
 * @param {string} number  with a point or a comma
 * @param {string} unit
 */
function toMinutes(number, unit) {
  return Number(number.replace(",", ".")) * MINUTES[unit[0].toLowerCase()];
}

/**
 * An estimated time such as "1.5 minutes", "2 - 4 min", "90 seconds".
 * @param {string} text
 * @returns {{lower: number, upper: number} | null} minutes, equal for a single value; null if the text could mean
 *   something else, for 0, and for more than the server accepts
 */
export function estimateOf(text) {
  const match = ESTIMATE.exec(text.trim());
  if (!match) return null;
  const [, before, low, lowUnit, high, unit] = match;
  // A sign, or the rest of a longer number.
  if (/[\p{Pd}\p{Sm}.,]$/u.test(before)) return null;
  const ends = [toMinutes(low ?? high, lowUnit ?? unit), toMinutes(high, unit)];
  const [lower, upper] = ends.sort((a, b) => a - b);
  return upper > 0 && upper <= LONGEST_MINUTES ? { lower, upper } : null;
}

/**
 * @param {Document} page
 * @param {string} selector  set by the user: an invalid one finds nothing
 */
function findAll(page, selector) {
  try {
    return [...page.querySelectorAll(selector)];
  } catch {
    // The settings refuse such a selector; one of an older version finds nothing, as the self-test tells.
    return [];
  }
}

/**
 * Whether an event passes an element that matches; no element matches an invalid selector.
 * @param {Event} event
 * @param {string} selector
 */
export function isWithin(event, selector) {
  try {
    return event.composedPath().some((target) => /** @type {Partial<Element>} */ (target).matches?.(selector));
  } catch {
    // As above; automatic is off for a selector that no element matches.
    return false;
  }
}

/**
 * @param {string} text
 * @param {number} longest  characters
 * @returns {string | undefined} undefined for an empty text, and for one that the server would refuse
 */
function labelOf(text, longest) {
  return plainLabel(text.trim(), longest) || undefined;
}

/**
 * Where the user is; if both paths fit, the longer decides.
 * @param {string} pathname
 * @param {Selectors} selectors
 * @returns {Reading["place"]}
 */
function placeOf(pathname, { taskPath, listPath }) {
  const matched = (/** @type {string} */ path) => (pathname.startsWith(path) ? path.length : 0);
  if (matched(taskPath) > matched(listPath)) return "task";
  return matched(listPath) ? "list" : "other";
}

/**
 * @param {URL} address  some pages carry their parameters in the fragment
 * @param {string} parameter
 */
function taskIdOf({ search, hash }, parameter) {
  const parameters = new URLSearchParams(`${search}&${hash.split(/[#?]/).at(-1)}`);
  return labelOf(parameters.getAll(parameter).join(","), LONGEST_TASK_ID);
}

/**
 * @param {Document} page
 * @param {string} selector
 * @returns {{text: string, range: {lower: number, upper: number}} | null}
 */
function readEstimate(page, selector) {
  const text = (findAll(page, selector)[0]?.textContent ?? "").trim().replace(/\s+/g, " ");
  const range = text.length > LONGEST_ESTIMATE ? null : estimateOf(text);
  return range && { text, range };
}

/**
 * @param {{lower: number, upper: number}} range  minutes
 * @param {Choices["end"]} end
 * @returns {number | undefined} minutes with four decimals; undefined: too small to be a target
 */
function targetOf({ lower, upper }, end) {
  const minutes = { lower, upper, middle: (lower + upper) / 2 }[end];
  return Math.round(minutes * 1e4) / 1e4 || undefined;
}

/**
 * The picked type, or that of the first rule that fits.
 * @param {Document} page
 * @param {Choices} choices
 */
function taskTypeOf(page, { types, picked, rules }) {
  if (types.includes(picked)) return labelOf(picked, LONGEST_TASK_TYPE);
  const rule = rules.find(({ selector, text }) => findAll(page, selector).some(
    (element) => element.textContent?.toLowerCase().includes(text.toLowerCase()),
  ));
  return labelOf(rule?.type ?? "", LONGEST_TASK_TYPE);
}

/**
 * @param {TaskFields} fields
 * @returns {TaskFields} without keys for what was not found
 */
function definedFields(fields) {
  return JSON.parse(JSON.stringify(fields));
}

/**
 * @param {Document} page
 * @param {string} href  its address
 * @param {Choices} choices
 * @param {string} viewName  tells this view of a task page from the next if no task id can be read
 * @returns {Reading}
 */
export function readPage(page, href, choices, viewName) {
  const { selectors } = choices;
  const address = new URL(href);
  const place = placeOf(address.pathname, selectors);
  if (place !== "task" || !choices.reading) {
    return { place, task: place === "task" ? viewName : null, fields: {}, estimate: "", checks: [] };
  }
  const id = taskIdOf(address, selectors.taskParameter);
  const estimate = readEstimate(page, selectors.estimate);
  return {
    place,
    task: id ?? viewName,
    fields: definedFields({
      task_id: id,
      target_minutes: estimate ? targetOf(estimate.range, choices.end) : undefined,
      task_type: taskTypeOf(page, choices),
    }),
    estimate: estimate?.text ?? "",
    checks: [
      { what: "task number", found: id !== undefined },
      { what: "estimated time", found: estimate !== null },
      { what: "submit button", found: findAll(page, selectors.submit).length > 0 },
      { what: "release button", found: findAll(page, selectors.release).length > 0 },
    ],
  };
}
