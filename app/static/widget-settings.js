// @ts-check
// The form with the widget's settings: filled with what the widget writes, validated at "Save", and handed to the
// widget in the attribute `data-choices`. The widget takes them from there at the same click, and stores them.

/** @import { Told } from "./widget-page.js" */
import { LONGEST_TASK_TYPE, plainLabel } from "../widget/labels.js";
import { KEY_FIELDS, chordIn, listenForChords, putChord } from "./widget-keys.js";
import { numberOf, numberText } from "./numbers.js";
import { MESSAGES } from "./widget-messages.js";

/** @typedef {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} Field */
/** @typedef {{selector: string, text: string, type: string}} Rule */

const LONGEST_IDLE = 600; // minutes
const SELECTORS = ["taskParameter", "estimate", "submit", "release", "taskPath", "listPath"];
const PLAIN = ["reading", "automatic", "end", "alert", "idleMinutes"];
const NAMES = [...PLAIN, "types", ...SELECTORS, ...KEY_FIELDS];

const form = /** @type {HTMLFormElement} */ (document.querySelector("#settings"));
const rules = /** @type {HTMLElement} */ (form.querySelector("[data-rules]"));
const adding = /** @type {HTMLElement} */ (form.querySelector("[data-add]"));
const status = /** @type {HTMLElement} */ (form.querySelector("[data-settings-status]"));
const keysWrong = /** @type {HTMLElement} */ (form.querySelector("#keys-wrong"));
const template = /** @type {HTMLTemplateElement} */ (form.querySelector("template"));
/** The form as it was last filled: what differs from it was changed by the user. @type {Record<string, string>} */
let filled = {};
/** The form as it was handed to the widget, until the widget reports the result. @type {Record<string, string>} */
let handedOver = {};
/** The defaults of selectors and keys. @type {Record<string, string>} */
let defaults = {};
/** The number of the click whose result was shown last. */
let shownClick = 0;
let ruleNumber = 0;

/** @param {string} name */
function field(name) {
  return /** @type {Field} */ (form.elements.namedItem(name));
}

/** @param {Element} row */
function inputsOf(row) {
  return [...row.querySelectorAll("input")];
}

/** @param {string} text */
function linesOf(text) {
  return [...new Set(text.split("\n").map((line) => line.trim()).filter(Boolean))];
}

/** @param {Rule} rule */
function isEmpty({ selector, text, type }) {
  return !selector && !text && !type;
}

/** @param {Rule[]} all */
function rulesText(all) {
  return JSON.stringify(all.filter((rule) => !isEmpty(rule)));
}

/** @param {Field} from */
function textOf(from) {
  if (KEY_FIELDS.includes(from.name)) return chordIn(from);
  return from instanceof HTMLInputElement && from.type === "checkbox" ? String(from.checked) : from.value;
}

/**
 * @param {Field} to
 * @param {string} text
 */
function put(to, text) {
  if (to instanceof HTMLInputElement && KEY_FIELDS.includes(to.name)) putChord(to, text);
  else if (to instanceof HTMLInputElement && to.type === "checkbox") to.checked = text === "true";
  else to.value = text;
}

/**
 * @param {Element} row
 * @returns {Rule}
 */
function ruleOf(row) {
  const [selector, text, type] = inputsOf(row).map((each) => each.value.trim());
  return { selector, text, type };
}

/** @returns {Record<string, string>} every setting as it stands in the form */
function shown() {
  const texts = Object.fromEntries(NAMES.map((name) => [name, textOf(field(name))]));
  return { ...texts, rules: rulesText([...rules.children].map(ruleOf)) };
}

/** @param {Partial<Rule>} rule */
function newRow(rule) {
  const row = /** @type {HTMLElement} */ (template.content.firstElementChild?.cloneNode(true));
  const wrong = /** @type {HTMLElement} */ (row.querySelector(".wrong"));
  wrong.id = `rule-${++ruleNumber}-wrong`;
  for (const each of inputsOf(row)) {
    each.value = rule[/** @type {keyof Rule} */ (each.name)] ?? "";
    each.setAttribute("aria-describedby", wrong.id);
  }
  row.querySelector("button")?.addEventListener("click", () => {
    row.remove();
    adding.focus();
  });
  return row;
}

/**
 * Fills in what the widget wrote. Fields that the user changed and has not saved stay.
 * @param {Told} told
 */
export function drawSettings({ choices, usual, said }) {
  defaults = usual;
  for (const each of form.querySelectorAll("fieldset")) each.disabled = false;
  drawResult(said);
  const before = shown();
  for (const [name, text] of Object.entries(textsOf(choices))) {
    const isFirstTime = filled[name] === undefined;
    if (!isFirstTime && before[name] !== filled[name]) continue;
    filled[name] = text;
    if (!isFirstTime && before[name] === text) continue;
    if (name === "rules") rules.replaceChildren(...choices.rules.map(newRow));
    else put(field(name), text);
    // An older version may have stored what the server refuses.
    if (name === "rules") [...rules.children].forEach(checkRule);
    else checkField(name);
  }
}

/** @param {Told["said"]} said */
function drawResult({ what, times = 0 }) {
  const isNew = times !== 0 && times !== shownClick;
  shownClick = times;
  if (!isNew || (what !== "saved" && what !== "unsaved")) return;
  if (what === "saved") filled = handedOver;
  status.textContent = what === "saved" ? MESSAGES.saved : MESSAGES.notSaved;
}

/**
 * @param {Record<string, any>} choices
 * @returns {Record<string, string>}
 */
function textsOf(choices) {
  const texts = Object.fromEntries(PLAIN.map((name) => [name, String(choices[name])]));
  return {
    ...texts,
    idleMinutes: numberText(choices.idleMinutes, document.documentElement.lang),
    types: choices.types.join("\n"),
    rules: rulesText(choices.rules),
    ...choices.selectors,
    ...choices.hotkeys,
  };
}

/**
 * @param {Record<string, string>} texts
 * @returns {Record<string, unknown>} only what the user changed: another tab may have changed the rest
 */
function choicesOf(texts) {
  /** @type {Record<string, unknown>} */
  const all = {
    ...texts,
    reading: texts.reading === "true",
    automatic: texts.automatic === "true",
    idleMinutes: numberOf(texts.idleMinutes),
    types: linesOf(texts.types),
    rules: JSON.parse(texts.rules),
    selectors: changedFromDefault(texts, SELECTORS),
    hotkeys: changedFromDefault(texts, KEY_FIELDS),
  };
  const changed = Object.keys(texts).filter((name) => texts[name] !== filled[name]).map(choiceWith);
  return Object.fromEntries(changed.map((name) => [name, all[name]]));
}

/**
 * Values equal to the defaults are not stored, so that the defaults of a later version take effect. An empty selector
 * means the default; an empty key field means no keys.
 * @param {Record<string, string>} texts
 * @param {string[]} names
 */
function changedFromDefault(texts, names) {
  const values = names.map((name) => [name, texts[name].trim()]);
  return Object.fromEntries(
    values.filter(([name, value]) => value !== defaults[name] && (value !== "" || KEY_FIELDS.includes(name))),
  );
}

/** @param {string} name  of a field */
function choiceWith(name) {
  if (KEY_FIELDS.includes(name)) return "hotkeys";
  return SELECTORS.includes(name) ? "selectors" : name;
}

/** @param {string} text */
function isSelector(text) {
  try {
    document.createDocumentFragment().querySelector(text);
    return true;
  } catch {
    // That is the answer: the browser has no other way to tell.
    return false;
  }
}

/** @param {string} text */
function isTaskType(text) {
  return plainLabel(text, LONGEST_TASK_TYPE) !== undefined;
}

/**
 * @param {string} name
 * @param {string} text  trimmed
 */
function fits(name, text) {
  if (name === "idleMinutes") return numberOf(text) >= 0 && numberOf(text) <= LONGEST_IDLE;
  if (name === "types") return linesOf(text).every(isTaskType);
  if (["estimate", "submit", "release"].includes(name)) return !text || isSelector(text);
  return !name.endsWith("Path") || !text || text.startsWith("/");
}

/** @param {Rule} rule */
function ruleFits(rule) {
  const { selector, type } = rule;
  return isEmpty(rule) || (isSelector(selector) && type !== "" && isTaskType(type));
}

/**
 * @param {Field[]} fields
 * @param {HTMLElement | null} place  shows its own `data-wrong` if the fields are not valid
 * @param {boolean} isValid
 */
function mark(fields, place, isValid) {
  if (place) place.textContent = isValid ? "" : (place.dataset.wrong ?? "");
  for (const each of fields) {
    if (isValid) each.removeAttribute("aria-invalid");
    else each.setAttribute("aria-invalid", "true");
  }
  return isValid;
}

/** @param {string} name */
function checkField(name) {
  const isValid = fits(name, textOf(field(name)).trim());
  return mark([field(name)], document.getElementById(`${name}-wrong`), isValid);
}

/** @param {Element} row */
function checkRule(row) {
  return mark(inputsOf(row), row.querySelector(".wrong"), ruleFits(ruleOf(row)));
}

/** @returns {boolean} whether everything is valid; mistakes are marked */
function check() {
  return [...NAMES.map(checkField), ...[...rules.children].map(checkRule)].every(Boolean);
}

// In the capture phase: the widget listens at the form itself, and finds the attribute set.
document.addEventListener("submit", (event) => {
  if (event.target !== form) return;
  event.preventDefault();
  form.removeAttribute("data-choices");
  keysWrong.textContent = "";
  if (check()) {
    handedOver = shown();
    form.setAttribute("data-choices", JSON.stringify(choicesOf(handedOver)));
    return;
  }
  status.textContent = MESSAGES.invalid;
  /** @type {HTMLElement | null} */ (form.querySelector("[aria-invalid]"))?.focus();
}, { capture: true });

form.addEventListener("input", () => {
  status.textContent = "";
});
adding.addEventListener("click", () => {
  const row = newRow({});
  rules.append(row);
  inputsOf(row)[0].focus();
});
for (const button of form.querySelectorAll("[data-usual]")) {
  button.addEventListener("click", () => {
    const names = button.getAttribute("data-usual") === "keys" ? KEY_FIELDS : SELECTORS;
    for (const name of names) put(field(name), defaults[name]);
    keysWrong.textContent = "";
    status.textContent = MESSAGES.defaultsFilledIn;
  });
}
listenForChords(KEY_FIELDS.map((name) => /** @type {HTMLInputElement} */ (field(name))), (problem) => {
  keysWrong.textContent = problem;
  status.textContent = "";
});
