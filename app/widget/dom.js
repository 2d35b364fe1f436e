// @ts-check
// Elements without markup: text is only ever text.

const SVG = "http://www.w3.org/2000/svg";

/** @typedef {string | Record<string, string>} Attributes  a string: its class */

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Attributes} [attributes]
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  const named = typeof attributes === "string" ? { class: attributes } : attributes;
  for (const [name, value] of Object.entries(named)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/**
 * @param {string} path  drawn with a stroke in a box of 16 by 16
 * @returns {SVGSVGElement}
 */
export function icon(path) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(SVG, "path");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}

/**
 * @template {string} T
 * @typedef {T extends keyof WindowEventMap ? WindowEventMap[T] : Event} EventOf
 */

/**
 * Runs only for what a person or the browser did: scripts of the task site cannot press anything.
 * @template {string} T
 * @param {EventTarget} target
 * @param {T} type
 * @param {(event: EventOf<T>) => void} handler
 * @param {AddEventListenerOptions} [options]
 */
export function onTrusted(target, type, handler, options) {
  target.addEventListener(type, (event) => {
    if (event.isTrusted) handler(/** @type {EventOf<T>} */ (event));
  }, options);
}

/**
 * When she did it, wall clock, ms: a page that is busy hands her key presses over late.
 * @param {Event} event
 */
export function momentOf(event) {
  return Math.round(Date.now() + event.timeStamp - performance.now());
}

/**
 * @param {Attributes} attributes
 * @param {(event: Event) => void} handler
 * @param {...(Node | string)} children
 */
export function pushButton(attributes, handler, ...children) {
  const made = el("button", attributes, ...children);
  onTrusted(made, "click", handler);
  return made;
}

/**
 * A link that leaves the task page where it is.
 * @param {string} href
 * @param {string} look
 * @param {string} text
 */
export function outward(href, look, text) {
  return el("a", { class: look, href, target: "_blank", rel: "noopener noreferrer" }, text);
}

/**
 * @param {HTMLElement} element
 * @param {string} text  left alone when it stands there already, so that screen readers are not woken
 */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * A line that is not there while it has nothing to say.
 * @param {HTMLElement} element
 * @param {string} text
 */
export function setLine(element, text) {
  setText(element, text);
  element.hidden = !text;
}

/**
 * A moment as her clock shows it, with the day when that is not today.
 * @param {number} ms  since the Unix epoch
 */
export function momentText(ms) {
  const at = new Date(ms);
  const isToday = at.toDateString() === new Date().toDateString();
  return at.toLocaleString([], { timeStyle: "short", ...(!isToday && { dateStyle: "medium" }) });
}
