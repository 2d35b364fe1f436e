// @ts-check
// Numbers as people type and read them. `decimal_of` in app/services/validation.py accepts what is accepted here.

/**
 * The number that was typed, its decimals behind a point or a comma: both "5.5" and "5,5".
 * @param {string} text
 * @returns {number} NaN if the text is no such number, as one with thousands separated
 */
export function numberOf(text) {
  const typed = text.trim();
  return /^[+-]?(\d+[.,]?\d*|[.,]\d+)$/.test(typed) ? Number(typed.replace(",", ".")) : NaN;
}

/**
 * A number as the value of a field: exact, with a decimal comma where the language writes one.
 * @param {number} number
 * @param {string} language
 */
export function numberText(number, language) {
  const hasComma = new Intl.NumberFormat(language).format(0.5).includes(",");
  return hasComma ? String(number).replace(".", ",") : String(number);
}
