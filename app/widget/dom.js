// @ts-check
// Creating elements without markup: text is never parsed as HTML.

import { MESSAGES } from "./messages.js";

const SVG = "http://www.w3.org/2000/svg";

/** @typedef {string | Record<string, string>} Attributes  a string is the value of `class` */

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Attributes} [attributes]
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function createElement(tag, attributes = {}, ...children) {
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
export function createIcon(path) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(SVG, "path");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}

/**
 * @param {Attributes} attributes
 * @param {(event: Event) => void} handler  of clicks by the user
 * @param {...(Node | string)} children
 */
export function createButton(attributes, handler, ...children) {
  const button = createElement("button", attributes, ...children);
  onTrusted(button, "click", handler);
  return button;
}

/**
 * A link that opens in another tab and leaves the task page as it is.
 * @param {string} href
 * @param {string} className
 * @param {string} text
 */
export function createExternalLink(href, className, text) {
  return createElement("a", { class: className, href, target: "_blank", rel: "noopener noreferrer" }, text);
}

/**
 * @template {string} T
 * @typedef {T extends keyof WindowEventMap ? WindowEventMap[T] : Event} EventOf
 */

/**
 * Listens to events caused by the user or the browser: scripts of the task site cannot trigger the handler.
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
 * When the user acted: a busy page delivers its events late.
 * @param {Pick<Event, "timeStamp">} event
 * @returns {number} wall clock, whole ms
 */
export function momentOf(event) {
  return Math.round(Date.now() + event.timeStamp - performance.now());
}

/**
 * Sets a text only if it differs, so that screen readers do not read it again.
 * @param {Element} element
 * @param {string} text
 */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Sets the text of a line that is hidden while it is empty.
 * @param {HTMLElement} element
 * @param {string} text
 */
export function setLine(element, text) {
  setText(element, text);
  element.hidden = !text;
}

/**
 * A moment in local time, with the day if that is not today.
 * @param {number} ms  since the Unix epoch
 */
export function momentText(ms) {
  const at = new Date(ms);
  const isToday = at.toDateString() === new Date().toDateString();
  return at.toLocaleString(MESSAGES.locales, { timeStyle: "short", ...(!isToday && { dateStyle: "medium" }) });
}
