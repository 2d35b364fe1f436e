// @ts-check
// Moving the panel by its header and its handle, and changing its width at its edge: by pointer and by arrow keys.

/** @import { Preferences } from "./preferences.js" */
/** @import { Point } from "./placement.js" */
import { onTrusted } from "./dom.js";
import { anchorOf, placeAt } from "./placement.js";

/** Widths of the panel, CSS pixels. */
export const [NARROWEST, USUAL, WIDEST] = [220, 264, 480];

/** @type {Record<string, [number, number]>} */
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/**
 * @param {object} parts
 * @param {HTMLElement} parts.panel
 * @param {HTMLElement} parts.header
 * @param {HTMLElement} parts.grip
 * @param {Preferences} parts.preferences
 * @returns {() => void} puts the panel where it belongs; to be called whenever its size may have changed
 */
export function makeMovable({ panel, header, grip, preferences }) {
  const screen = () => ({ width: document.documentElement.clientWidth || innerWidth, height: innerHeight });
  const size = () => ({ width: panel.offsetWidth, height: panel.offsetHeight });

  function place() {
    put(placeAt(preferences.now.anchor, size(), screen()));
  }

  /** @param {Point} point */
  function put(point) {
    panel.style.left = `${point.left}px`;
    panel.style.top = `${point.top}px`;
  }

  /**
   * @param {Point} wanted
   * @returns {Point} the same, or as near to it as the screen allows
   */
  function onScreen({ left, top }) {
    return placeAt({ right: false, bottom: false, x: left, y: top }, size(), screen());
  }

  const here = () => ({ left: panel.offsetLeft, top: panel.offsetTop });
  const keep = () => preferences.change({ anchor: anchorOf(here(), size(), screen()) });

  onDrag(header, (down) => {
    const pressed = down.composedPath().find((each) => each instanceof HTMLButtonElement);
    if (pressed && pressed !== grip) return null;
    const from = here();
    return { move: (x, y) => put(onScreen({ left: from.left + x, top: from.top + y })), end: keep };
  });

  onArrow(grip, ([x, y], event) => {
    const [at, length] = [here(), event.shiftKey ? 80 : 16];
    put(onScreen({ left: at.left + x * length, top: at.top + y * length }));
    keep();
  });

  addEventListener("resize", place);
  return place;
}

/**
 * Changes the panel's width on the edge that faces the middle of the window.
 * @param {object} parts
 * @param {HTMLElement} parts.panel
 * @param {HTMLElement} parts.edge
 * @param {Preferences} parts.preferences
 * @returns {() => void} gives the panel the width that is kept
 */
export function makeResizable({ panel, edge, preferences }) {
  const here = () => panel.offsetWidth;

  /** @param {number} wanted */
  function put(wanted) {
    const width = Math.round(Math.max(NARROWEST, Math.min(wanted, WIDEST)));
    panel.style.width = preferences.now.collapsed ? "" : `${width}px`;
    // All in it is measured in its letters: a wider panel is a larger one, to be read from further away.
    panel.style.fontSize = `${(13 + (width - USUAL) / 72).toFixed(2)}px`;
    edge.setAttribute("aria-valuenow", `${width}`);
    return width;
  }

  onDrag(edge, () => {
    const [from, outwards] = [here(), preferences.now.anchor.right ? -1 : 1];
    let width = from;
    return {
      move: (x) => {
        width = put(from + outwards * x);
      },
      end: () => preferences.change({ width }),
    };
  });

  onArrow(edge, ([x, y]) => preferences.change({ width: put(preferences.now.width + 20 * (x - y)) }));

  return () => {
    edge.hidden = preferences.now.collapsed;
    edge.classList.toggle("left", preferences.now.anchor.right);
    put(preferences.now.width);
  };
}

/**
 * @param {HTMLElement} element
 * @param {(down: PointerEvent) => {move: (x: number, y: number) => void, end: () => void} | null} begin  x and y: from where it began
 */
function onDrag(element, begin) {
  onTrusted(element, "pointerdown", (down) => {
    const drag = down.button === 0 && begin(down);
    if (!drag) return;
    const over = new AbortController();
    const { signal } = over;
    element.setPointerCapture(down.pointerId);
    element.addEventListener("pointermove", (move) => drag.move(move.clientX - down.clientX, move.clientY - down.clientY), { signal });
    element.addEventListener("lostpointercapture", () => {
      over.abort();
      drag.end();
    }, { signal });
  });
}

/**
 * @param {HTMLElement} element
 * @param {(step: [number, number], event: KeyboardEvent) => void} handler
 */
function onArrow(element, handler) {
  onTrusted(element, "keydown", (event) => {
    const step = STEPS[event.key];
    if (!step || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    handler(step, event);
  });
}
