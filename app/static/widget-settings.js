// @ts-check
// The form with the widget's settings: filled with what the widget tells, looked over at "Save", and handed to the widget as
// `data-choices`. It takes them from there at the same click, and keeps them.

import { KEY_FIELDS, chordIn, listenForChords, putChord } from "./widget-keys.js";

/** @typedef {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} Field */
/** @typedef {{selector: string, text: string, type: string}} Rule */

const LONGEST_TYPE = 40; // characters, as the server takes it
const LONGEST_IDLE = 600; // minutes
const SELECTORS = ["taskParameter", "estimate", "submit", "release", "taskPath", "listPath"];
const NAMES = ["reading", "automatic", "end", "alert", "idleMinutes", "types", ...SELECTORS, ...KEY_FIELDS];

const form = /** @type {HTMLFormElement} */ (document.querySelector("#settings"));
const rules = /** @type {HTMLElement} */ (form.querySelector("[data-rules]"));
const adding = /** @type {HTMLElement} */ (form.querySelector("[data-add]"));
const status = /** @type {HTMLElement} */ (form.querySelector("[data-settings-status]"));
const keysWrong = /** @type {HTMLElement} */ (form.querySelector("#keys-wrong"));
const template = /** @type {HTMLTemplateElement} */ (form.querySelector("template"));
/** @type {Record<string, string>} the form as it was last filled: what differs from it, she changed */
let filled = {};
/** @type {Record<string, string>} the form as it was handed over, until it is said what came of that */
let handed = {};
/** @type {Record<string, string>} */
let usual = {};
let heard = 0;
let ruleNumber = 0;

/** @param {string} name */
const field = (name) => /** @type {Field} */ (form.elements.namedItem(name));
/** @param {Element} row */
const inputsOf = (row) => [...row.querySelectorAll("input")];
/** @param {string} text */
const linesOf = (text) => [...new Set(text.split("\n").map((line) => line.trim()).filter(Boolean))];
/** @param {Rule[]} some  empty ones are none */
const rulesText = (some) => JSON.stringify(some.filter((rule) => rule.selector + rule.text + rule.type));

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
 * Fills in what the widget tells. What she changed and has not saved stays.
 * @param {import("./widget-page.js").Told} told
 */
export function drawSettings({ choices, usual: usualOnes, said }) {
  usual = usualOnes;
  for (const each of form.querySelectorAll("fieldset")) each.disabled = false;
  if (said.times && said.times !== heard && (said.what === "saved" || said.what === "unsaved")) {
    if (said.what === "saved") filled = handed;
    status.textContent = said.what === "saved" ? "Saved. Open panels follow." : "Not saved: the userscript manager refused to keep it. Try again.";
  }
  heard = said.times ?? 0;
  const before = shown();
  for (const [name, text] of Object.entries(textsOf(choices))) {
    const first = filled[name] === undefined;
    if (!first && before[name] !== filled[name]) continue;
    filled[name] = text;
    if (!first && before[name] === text) continue;
    if (name === "rules") rules.replaceChildren(...choices.rules.map(newRow));
    else put(field(name), text);
  }
}

/**
 * @param {Record<string, any>} choices
 * @returns {Record<string, string>}
 */
function textsOf(choices) {
  const texts = Object.fromEntries(["reading", "automatic", "end", "alert", "idleMinutes"].map((name) => [name, String(choices[name])]));
  return { ...texts, types: choices.types.join("\n"), rules: rulesText(choices.rules), ...choices.selectors, ...choices.hotkeys };
}

/**
 * @param {Record<string, string>} texts
 * @returns {Record<string, unknown>} only what she changed: another tab may have changed the rest
 */
function choicesOf(texts) {
  const isOwn = (/** @type {string} */ name) => texts[name].trim() !== usual[name] && (texts[name].trim() !== "" || KEY_FIELDS.includes(name));
  const ownOf = (/** @type {string[]} */ names) => Object.fromEntries(names.filter(isOwn).map((name) => [name, texts[name].trim()]));
  /** @type {Record<string, unknown>} */
  const all = {
    ...texts, reading: texts.reading === "true", automatic: texts.automatic === "true", idleMinutes: Number(texts.idleMinutes),
    types: linesOf(texts.types), rules: JSON.parse(texts.rules),
    // Kept only where they differ from the usual, so that a later version's usual ones reach her.
    selectors: ownOf(SELECTORS), hotkeys: ownOf(KEY_FIELDS),
  };
  const changed = Object.keys(texts).filter((name) => texts[name] !== filled[name]).map(choiceWith);
  return Object.fromEntries(changed.map((name) => [name, all[name]]));
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
    return false;
  }
}

/**
 * @param {string} name
 * @param {string} text  trimmed
 */
function fits(name, text) {
  if (name === "idleMinutes") return /^\d+$/.test(text) && Number(text) <= LONGEST_IDLE;
  if (name === "types") return linesOf(text).every((line) => line.length <= LONGEST_TYPE);
  if (["estimate", "submit", "release"].includes(name)) return !text || isSelector(text);
  return !name.endsWith("Path") || !text || text.startsWith("/");
}

/** @param {Rule} rule */
function ruleFits({ selector, text, type }) {
  return !(selector + text + type) || (isSelector(selector) && type !== "" && type.length <= LONGEST_TYPE);
}

/**
 * @param {Field[]} fields
 * @param {HTMLElement | null} place  where the sentence stands that it carries
 * @param {boolean} fine
 */
function mark(fields, place, fine) {
  if (place) place.textContent = fine ? "" : (place.dataset.wrong ?? "");
  for (const each of fields) {
    if (fine) each.removeAttribute("aria-invalid");
    else each.setAttribute("aria-invalid", "true");
  }
  return fine;
}

/** @returns {boolean} whether all can be kept; what cannot is told beside it */
function check() {
  const fine = [
    ...NAMES.map((name) => mark([field(name)], document.getElementById(`${name}-wrong`), fits(name, textOf(field(name)).trim()))),
    ...[...rules.children].map((row) => mark(inputsOf(row), row.querySelector(".wrong"), ruleFits(ruleOf(row)))),
  ];
  return fine.every(Boolean);
}

// On the way down: the widget listens at the form itself, and finds there what it shall keep.
document.addEventListener("submit", (event) => {
  if (event.target !== form) return;
  event.preventDefault();
  form.removeAttribute("data-choices");
  keysWrong.textContent = "";
  if (check()) {
    handed = shown();
    form.setAttribute("data-choices", JSON.stringify(choicesOf(handed)));
    return;
  }
  status.textContent = "Not saved: look at what is marked.";
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
    for (const name of button.getAttribute("data-usual") === "keys" ? KEY_FIELDS : SELECTORS) put(field(name), usual[name]);
    keysWrong.textContent = "";
    status.textContent = "The usual is filled in, not yet saved.";
  });
}
listenForChords(KEY_FIELDS.map((name) => /** @type {HTMLInputElement} */ (field(name))), (sentence) => {
  keysWrong.textContent = sentence;
  status.textContent = "";
});
