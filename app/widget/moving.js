// @ts-check
// Moving the panel, by pointer on its header and by arrow keys on its handle.

/** @import { Preferences } from "./preferences.js" */
/** @import { Point } from "./placement.js" */
import { onTrusted } from "./dom.js";
import { anchorOf, placeAt } from "./placement.js";

const STEPS = /** @type {Record<string, [number, number]>} */ ({
  ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1],
});

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

  onTrusted(header, "pointerdown", (/** @type {PointerEvent} */ down) => {
    const pressed = /** @type {Element} */ (down.target).closest("button");
    if (down.button !== 0 || (pressed && pressed !== grip)) return;
    const from = here();
    const moving = new AbortController();
    header.setPointerCapture(down.pointerId);
    panel.classList.add("moving");
    header.addEventListener("pointermove", (move) => {
      put(onScreen({ left: from.left + move.clientX - down.clientX, top: from.top + move.clientY - down.clientY }));
    }, { signal: moving.signal });
    const stop = () => {
      moving.abort();
      panel.classList.remove("moving");
      keep();
    };
    header.addEventListener("pointerup", stop, { signal: moving.signal });
    header.addEventListener("pointercancel", stop, { signal: moving.signal });
  });

  onTrusted(grip, "keydown", (/** @type {KeyboardEvent} */ event) => {
    const step = STEPS[event.key];
    if (!step || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const length = event.shiftKey ? 80 : 16;
    const at = here();
    put(onScreen({ left: at.left + step[0] * length, top: at.top + step[1] * length }));
    keep();
  });

  addEventListener("resize", place);
  return place;
}
