// @ts-check
// Moving the panel by its header and its handle, and changing its width at its edge: by pointer and by arrow keys.

/** @import { Preferences } from "./preferences.js" */
/** @import { Anchor, Point } from "./placement.js" */
import { onTrusted } from "./dom.js";
import { anchorOf, placeAt } from "./placement.js";
import { DEFAULTS } from "./preferences.js";

/** Of the panel, CSS pixels. */
export const [NARROWEST, WIDEST] = [220, 480];

/** @type {Record<string, [number, number]>} */
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/**
 * @param {object} parts
 * @param {HTMLElement} parts.panel
 * @param {HTMLElement} parts.header
 * @param {HTMLElement} parts.grip
 * @param {HTMLElement} parts.edge  faces the middle of the window
 * @param {Preferences} parts.preferences
 * @returns {{place: () => void, size: () => void}} put the panel where it belongs, and give it the width that is kept
 */
export function makeMovable({ panel, header, grip, edge, preferences }) {
  const screen = () => ({ width: document.documentElement.clientWidth || innerWidth, height: innerHeight });
  const area = () => ({ width: panel.offsetWidth, height: panel.offsetHeight });
  const here = () => ({ left: panel.offsetLeft, top: panel.offsetTop });
  const keep = () => preferences.change({ anchor: anchorOf(here(), area(), screen()) });
  const place = () => putAt(preferences.now.anchor);

  /** @param {Anchor} anchor */
  function putAt(anchor) {
    const { left, top } = placeAt(anchor, area(), screen());
    panel.style.left = `${left}px`;
    panel.style.top = `${top}px`;
  }

  /**
   * @param {Point} from
   * @param {number} x
   * @param {number} y
   */
  function move({ left, top }, x, y) {
    putAt({ right: false, bottom: false, x: left + x, y: top + y });
  }

  /** @param {number} wanted */
  function widen(wanted) {
    const width = Math.round(Math.max(NARROWEST, Math.min(wanted, WIDEST)));
    panel.style.width = preferences.now.collapsed ? "" : `${width}px`;
    // All in it is measured in its letters: a wider panel is a larger one, to be read from further away.
    panel.style.fontSize = `${13 + (width - DEFAULTS.width) / 72}px`;
    edge.ariaValueNow = `${width}`;
    return width;
  }

  onDrag(header, (down) => {
    const pressed = /** @type {Element} */ (down.target).closest("button");
    if (pressed && pressed !== grip) return null;
    const from = here();
    return [(x, y) => move(from, x, y), keep];
  });
  onArrow(grip, (x, y) => {
    move(here(), x, y);
    keep();
  });
  onDrag(edge, () => {
    const [from, outwards] = [panel.offsetWidth, preferences.now.anchor.right ? -1 : 1];
    let width = from;
    return [(x) => {
      width = widen(from + outwards * x);
    }, () => preferences.change({ width })];
  });
  onArrow(edge, (x, y) => preferences.change({ width: widen(preferences.now.width + x - y) }));
  addEventListener("resize", place);

  return {
    place,
    size() {
      const { anchor, collapsed, width } = preferences.now;
      edge.hidden = collapsed;
      edge.classList.toggle("left", anchor.right);
      panel.classList.toggle("low", anchor.bottom);
      widen(width);
    },
  };
}

/**
 * @param {HTMLElement} element
 * @param {(down: PointerEvent) => [(x: number, y: number) => void, () => void] | null} begin  what to do as the
 *   pointer moves (x and y: from where it went down) and when it is let go; null: nothing
 */
function onDrag(element, begin) {
  onTrusted(element, "pointerdown", (down) => {
    const drag = down.button === 0 && begin(down);
    if (!drag) return;
    element.setPointerCapture(down.pointerId);
    element.onpointermove = (move) => drag[0](move.clientX - down.clientX, move.clientY - down.clientY);
    element.onlostpointercapture = () => {
      element.onpointermove = element.onlostpointercapture = null;
      drag[1]();
    };
  });
}

/**
 * @param {HTMLElement} element
 * @param {(x: number, y: number) => void} handler  CSS pixels; with Shift, long steps
 */
function onArrow(element, handler) {
  onTrusted(element, "keydown", (event) => {
    const step = STEPS[event.key];
    if (!step || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const length = event.shiftKey ? 80 : 16;
    handler(step[0] * length, step[1] * length);
  });
}
