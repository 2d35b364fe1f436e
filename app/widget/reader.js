// @ts-check
// What a task page tells: its id, the estimated time, a type by her own rules, and whether what is looked for is there.
// Pure over a document. It reads nothing else; of what it reads, only `fields` can ever be sent.

/** @import { Choices } from "./preferences.js" */
/** @import { Reading } from "./words.js" */

/** An estimated time is a few words: a longer text is something else, and none of our business. */
const LONGEST_ESTIMATE = 80;
const NUMBER = String.raw`(\d+(?:\.\d{1,4}|,\d{1,2})?)\s*`;
const UNIT = String.raw`(h(?:ours?)?|m(?:in(?:ute)?s?)?|s(?:ec(?:ond)?s?)?)\b`;
const ESTIMATE = new RegExp(String.raw`^(\P{N}*?)(?:${NUMBER}(?:${UNIT}\s*)?(?:\p{Pd}|to\b)\s*)?${NUMBER}${UNIT}\P{N}*$`, "iu");
const MINUTES = /** @type {Record<string, number>} */ ({ h: 60, m: 1, s: 1 / 60 });

/**
 * An estimated time such as "1.5 minutes", "2 - 4 min", "90 seconds": both ends in minutes, equal for a single value.
 * Null where the text could mean something else, and for what no task takes: nothing, or more than the server accepts.
 * @param {string} text
 * @returns {{lower: number, upper: number} | null}
 */
export function estimateOf(text) {
  const [, before = "-", low, lowUnit, high, unit = ""] = ESTIMATE.exec(text.trim()) ?? [];
  // A sign, or the rest of a longer number.
  if (/[\p{Pd}\p{Sm}.,]$/u.test(before)) return null;
  const minutes = (/** @type {string} */ number, /** @type {string} */ of) =>
    Number(number.replace(",", ".")) * MINUTES[of[0].toLowerCase()];
  const [lower, upper] = [minutes(low ?? high, lowUnit ?? unit), minutes(high, unit)].sort((a, b) => a - b);
  return upper > 0 && upper <= 600 ? { lower, upper } : null;
}

/**
 * @param {Document} page
 * @param {string} selector  hers: one that is not valid finds nothing
 */
function findAll(page, selector) {
  try {
    return [...page.querySelectorAll(selector)];
  } catch {
    return [];
  }
}

/**
 * Whether an event passes an element that matches; with a selector that is not valid, none does.
 * @param {Event} event
 * @param {string} selector
 */
export function isWithin(event, selector) {
  try {
    return event.composedPath().some((target) => /** @type {Partial<Element>} */ (target).matches?.(selector));
  } catch {
    return false;
  }
}

/**
 * A short text that the server takes: with any other it would refuse the whole press.
 * @param {string} text
 * @param {number} longest  characters
 * @returns {string | undefined}
 */
function label(text, longest) {
  const plain = text.trim();
  return plain && [...plain].length <= longest && !/(?! )[\p{C}\p{Z}]/u.test(plain) ? plain : undefined;
}

/**
 * @param {Document} page
 * @param {string} href  its address
 * @param {Choices} choices
 * @param {string} viewName  tells this view of a task page from the next where no task id can be read
 * @returns {Reading}
 */
export function readPage(page, href, { selectors, reading, end, types, picked, rules }, viewName) {
  const { pathname, search, hash } = new URL(href);
  // The longer of the beginnings that fit.
  const [task, list] = [selectors.taskPath, selectors.listPath].map((begin) => (pathname.startsWith(begin) ? begin.length : 0));
  const place = task > list ? "task" : list ? "list" : "other";
  const view = place === "task" ? viewName : null;
  if (!view || !reading) return { place, task: view, fields: {}, estimate: "", checks: [] };

  // Some pages carry their parameters in the fragment.
  const parameters = new URLSearchParams(`${search}&${hash.split(/[#?]/).at(-1)}`);
  const id = label(parameters.getAll(selectors.taskParameter).join(","), 64);
  const text = (findAll(page, selectors.estimate)[0]?.textContent ?? "").trim().replace(/\s+/g, " ");
  const span = text.length > LONGEST_ESTIMATE ? null : estimateOf(text);
  const wanted = span ? { ...span, middle: (span.lower + span.upper) / 2 }[end] : 0;
  const rule = rules.find((each) => findAll(page, each.selector).some(
    (element) => element.textContent?.toLowerCase().includes(each.text.toLowerCase())));
  const fields = {
    task_id: id,
    target_minutes: Math.round(wanted * 1e4) / 1e4 || undefined,
    task_type: label(types.includes(picked) ? picked : rule?.type ?? "", 40),
  };
  // Through JSON: what was not found is not even named.
  return {
    place, task: id ?? view, fields: JSON.parse(JSON.stringify(fields)), estimate: span ? text : "",
    checks: [
      { what: "task number", found: !!id }, { what: "estimated time", found: !!span },
      { what: "submit button", found: !!findAll(page, selectors.submit)[0] },
      { what: "release button", found: !!findAll(page, selectors.release)[0] },
    ],
  };
}
