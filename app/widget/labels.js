// @ts-check
// Which texts may be the id or the type of a task, as the server takes them (app/tracking/labels.py). Pure.

/** Characters. */
export const LONGEST_TASK_ID = 64;
export const LONGEST_TASK_TYPE = 40;

/** Controls, surrogates, private use, marks that reorder the text: the same code points in every Unicode version. */
const NOT_IN_LABELS = /[\p{Cc}\p{Cs}\p{Co}\u202a-\u202e\u2066-\u2069]/u;

/**
 * @param {string} text
 * @param {number} longest  characters
 * @returns {string | undefined} with a plain space for each character of white space; undefined: the server refuses it
 */
export function plainLabel(text, longest) {
  const plain = text.replace(/\p{White_Space}/gu, " ");
  return NOT_IN_LABELS.test(plain) || [...plain].length > longest ? undefined : plain;
}
