// @ts-check
// Moving the panel by its header, and changing its width at its edge: with the pointer and with the arrow keys.

/** @import { Preferences } from "./preferences.js" */
/** @import { Anchor } from "./placement.js" */
import { onTrusted } from "./dom.js";
import { anchorOf, placeAt } from "./placement.js";
import { DEFAULTS } from "./preferences.js";

/** Of the panel, CSS pixels. */
export const NARROWEST = 220;
export const WIDEST = 480;

/** CSS pixels for one press of an arrow key, and with Shift. */
const STEP = 16;
const LONG_STEP = 80;
/** At the default width; above it one pixel more for each so many pixels of width. */
const FONT_SIZE = 13;
const WIDTH_PER_FONT_PIXEL = 72;

/** @type {Record<string, [number, number]>} */
const DIRECTIONS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/**
 * @param {object} parts
 * @param {HTMLElement} parts.panel
 * @param {HTMLElement} parts.header
 * @param {HTMLElement} parts.grip
 * @param {HTMLElement} parts.edge  the side that faces the middle of the window
 * @param {Preferences} parts.preferences
 * @returns {{place: () => void, resize: () => void}} apply the stored place, and the stored width
 */
export function makeMovable({ panel, header, grip, edge, preferences }) {
  const screenSize = () => ({ width: document.documentElement.clientWidth || innerWidth, height: innerHeight });
  const panelSize = () => ({ width: panel.offsetWidth, height: panel.offsetHeight });
  const position = () => ({ left: panel.offsetLeft, top: panel.offsetTop });
  const storePlace = () => preferences.change({ anchor: anchorOf(position(), panelSize(), screenSize()) });
  const place = () => placeAtAnchor(preferences.now.anchor);

  /** @param {Anchor} anchor */
  function placeAtAnchor(anchor) {
    const { left, top } = placeAt(anchor, panelSize(), screenSize());
    panel.style.left = `${left}px`;
    panel.style.top = `${top}px`;
  }

  /**
   * @param {number} left
   * @param {number} top
   */
  function moveTo(left, top) {
    placeAtAnchor({ right: false, bottom: false, x: left, y: top });
  }

  /**
   * @param {number} wanted
   * @returns {number} the width within the limits
   */
  function setWidth(wanted) {
    const width = Math.round(Math.max(NARROWEST, Math.min(wanted, WIDEST)));
    panel.style.width = preferences.now.collapsed ? "" : `${width}px`;
    // Everything in the panel is sized relative to its font: a wider panel is larger, to be read from further away.
    panel.style.fontSize = `${FONT_SIZE + (width - DEFAULTS.width) / WIDTH_PER_FONT_PIXEL}px`;
    edge.ariaValueNow = `${width}`;
    return width;
  }

  onDrag(header, (down) => {
    const button = /** @type {Element} */ (down.target).closest("button");
    if (button && button !== grip) return null;
    const from = position();
    return { move: (x, y) => moveTo(from.left + x, from.top + y), end: storePlace };
  });
  onArrow(grip, (x, y) => {
    const { left, top } = position();
    moveTo(left + x, top + y);
    storePlace();
  });
  onDrag(edge, () => {
    const from = panel.offsetWidth;
    const outwards = preferences.now.anchor.right ? -1 : 1;
    let width = from;
    return {
      move: (x) => {
        width = setWidth(from + outwards * x);
      },
      end: () => preferences.change({ width }),
    };
  });
  onArrow(edge, (x, y) => preferences.change({ width: setWidth(preferences.now.width + x - y) }));
  addEventListener("resize", place);

  return {
    place,
    resize() {
      const { anchor, collapsed, width } = preferences.now;
      edge.hidden = collapsed;
      edge.classList.toggle("on-left", anchor.right);
      panel.classList.toggle("at-bottom", anchor.bottom);
      setWidth(width);
    },
  };
}

/**
 * @typedef {object} Drag
 * @property {(x: number, y: number) => void} move  CSS pixels from where the pointer went down
 * @property {() => void} end
 */

/**
 * @param {HTMLElement} element
 * @param {(down: PointerEvent) => Drag | null} begin  null: this is no drag
 */
function onDrag(element, begin) {
  onTrusted(element, "pointerdown", (down) => {
    const drag = down.button === 0 ? begin(down) : null;
    if (!drag) return;
    element.setPointerCapture(down.pointerId);
    element.onpointermove = (event) => drag.move(event.clientX - down.clientX, event.clientY - down.clientY);
    element.onlostpointercapture = () => {
      element.onpointermove = null;
      element.onlostpointercapture = null;
      drag.end();
    };
  });
}

/**
 * @param {HTMLElement} element
 * @param {(x: number, y: number) => void} handler  CSS pixels
 */
function onArrow(element, handler) {
  onTrusted(element, "keydown", (event) => {
    const direction = DIRECTIONS[event.key];
    if (!direction || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const length = event.shiftKey ? LONG_STEP : STEP;
    handler(direction[0] * length, direction[1] * length);
  });
}
