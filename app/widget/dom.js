// @ts-check
// Elements without markup: text is only ever text.

const SVG = "http://www.w3.org/2000/svg";

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, string>} [attributes]
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
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
 * Runs only for what a person did: scripts of the task site cannot press anything.
 * @template {Event} E
 * @param {EventTarget} target
 * @param {string} type
 * @param {(event: E) => void} handler
 */
export function onTrusted(target, type, handler) {
  target.addEventListener(type, (event) => {
    if (event.isTrusted) handler(/** @type {E} */ (event));
  });
}

/**
 * @param {HTMLElement} element
 * @param {string} text  left alone when it stands there already, so that screen readers are not woken
 */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
