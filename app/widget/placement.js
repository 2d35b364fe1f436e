// @ts-check
// Where the panel is placed: stored as the distance from the nearest corner, so that it stays there if the window
// changes, and kept within the window. Pure.

/** @typedef {{width: number, height: number}} Size  CSS pixels */
/** @typedef {{left: number, top: number}} Point  CSS pixels */

/**
 * @typedef {object} Anchor
 * @property {boolean} right  the nearest corner is on the right
 * @property {boolean} bottom  the nearest corner is at the bottom
 * @property {number} x  distance from that corner, CSS pixels
 * @property {number} y  distance from that corner, CSS pixels
 */

const MARGIN = 8;

/** @type {Readonly<Anchor>} */
export const DEFAULT_ANCHOR = { right: true, bottom: true, x: 20, y: 20 };

/**
 * @param {Point} at
 * @param {Size} size
 * @param {Size} screen
 * @returns {Anchor}
 */
export function anchorOf(at, size, screen) {
  const right = at.left + size.width / 2 > screen.width / 2;
  const bottom = at.top + size.height / 2 > screen.height / 2;
  return {
    right,
    bottom,
    x: right ? screen.width - at.left - size.width : at.left,
    y: bottom ? screen.height - at.top - size.height : at.top,
  };
}

/**
 * @param {Anchor} anchor
 * @param {Size} size
 * @param {Size} screen
 * @returns {Point} wholly on the screen; if the screen is too small, at its left and upper edge
 */
export function placeAt(anchor, size, screen) {
  const left = anchor.right ? screen.width - anchor.x - size.width : anchor.x;
  const top = anchor.bottom ? screen.height - anchor.y - size.height : anchor.y;
  return {
    left: within(left, screen.width - size.width - MARGIN),
    top: within(top, screen.height - size.height - MARGIN),
  };
}

/**
 * @param {number} value
 * @param {number} highest
 */
function within(value, highest) {
  return Math.max(MARGIN, Math.min(value, highest));
}
