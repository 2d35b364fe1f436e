// @ts-check
// Tooltips: on hover, on a tap, and by keyboard, in one element that moves about.
//
// A chart is `<svg data-marks tabindex="0" role="img" aria-label="…">`: one tab stop. Its marks are `<g data-tip>`, or
// `<a data-tip href="…" tabindex="-1">` within `<g aria-hidden="true">` where a click leads somewhere. Arrows, Home and
// End visit them in their order in the document; Enter follows the link. A mark's text is that of its `<title>`, which
// browsers show without this script, or else the value of `data-tip`. On the chart:
//   data-marks="x"   marks side by side, left to right: what counts is where the pointer is across the chart
//   data-across="7"  by how many marks the left and right arrows go (1 if absent), data-down="7" the others
// Everywhere else `<… data-tip="text" tabindex="0">` shows its text on hover, tap and focus.
//
// For a page's own script: a mark sends `tip` when it comes to be shown (`detail`: whether the Shift key was held) and
// `untip` when it is not shown any more; `showtip`, sent to a mark, shows it. All three bubble.

/** @typedef {HTMLElement | SVGElement} Mark */

const GAP = 8; // pixels from the mark, and from the edge of the window
/** @type {Record<string, ["across" | "down", 1 | -1]>} */
const ARROWS = {
  ArrowLeft: ["across", -1],
  ArrowRight: ["across", 1],
  ArrowUp: ["down", -1],
  ArrowDown: ["down", 1],
};

const tip = document.createElement("div");
tip.className = "tip";
tip.setAttribute("aria-hidden", "true");
/** Reads aloud what the keyboard reaches. */
const voice = document.createElement("div");
voice.className = "visually-hidden";
voice.setAttribute("aria-live", "polite");
document.body.append(tip, voice);

/** @type {Mark | undefined} */
let shown;
let isByPointer = false;
/** What was shown when the pointer went down. @type {Mark | undefined} */
let shownBefore;
let isTouch = false;
/** The mark last shown in each chart, from which the arrow keys go on. @type {WeakMap<Element, Mark>} */
const places = new WeakMap();

/** Moves the `<title>` of marks into `data-tip`, also of charts that are drawn later: browsers would show it too. */
function takeOver() {
  for (const title of document.querySelectorAll("[data-tip] > title")) {
    const mark = /** @type {Mark} */ (/** @type {unknown} */ (title.parentNode));
    mark.dataset.tip = (title.textContent ?? "").trim();
    title.remove();
  }
  // A screen reader keeps the arrow keys of an image to itself.
  for (const chart of document.querySelectorAll("[data-marks][role=img]")) chart.setAttribute("role", "application");
  if (shown && !shown.isConnected) hide();
}

/** @param {EventTarget | null} target @returns {SVGElement | null} */
function chartOf(target) {
  return target instanceof Element ? target.closest("[data-marks]") : null;
}

/** @param {Element} chart @returns {Mark[]} */
function marksOf(chart) {
  return [...chart.querySelectorAll("[data-tip]")].map((mark) => /** @type {Mark} */ (mark));
}

/** The mark that the pointer means. @param {MouseEvent} event @returns {Mark | undefined} */
function markAt({ target, clientX }) {
  const chart = chartOf(target);
  if (!(target instanceof Element)) return undefined;
  if (chart?.dataset.marks !== "x") return /** @type {Mark | null} */ (target.closest("[data-tip]")) ?? undefined;
  const marks = marksOf(chart);
  let low = 0;
  let high = marks.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (marks[middle].getBoundingClientRect().right < clientX) low = middle + 1;
    else high = middle;
  }
  return marks[low];
}

/** @param {Mark} mark @param {{isPointer?: boolean, isSpoken?: boolean, shiftKey?: boolean}} [how] */
function show(mark, { isPointer = false, isSpoken = false, shiftKey = false } = {}) {
  takeOver(); // the mark may have been drawn a moment ago
  isByPointer = isPointer;
  if (isSpoken) voice.textContent = mark.dataset.tip ?? "";
  if (mark === shown) return;
  hide();
  shown = mark;
  mark.classList.add("is-shown");
  const chart = chartOf(mark);
  if (chart) places.set(chart, mark);
  tip.textContent = mark.dataset.tip ?? "";
  tip.classList.add("is-shown");
  place(mark.getBoundingClientRect());
  mark.dispatchEvent(new CustomEvent("tip", { bubbles: true, detail: shiftKey }));
}

/** Above the mark, or below where there is no room, and within the window. @param {DOMRect} box */
function place({ left, width, top, bottom }) {
  tip.style.left = "0";
  const most = document.documentElement.clientWidth - tip.offsetWidth - GAP;
  const x = Math.max(GAP, Math.min(left + width / 2 - tip.offsetWidth / 2, most));
  const above = top - tip.offsetHeight - GAP;
  tip.style.left = `${x + scrollX}px`;
  tip.style.top = `${(above < 0 ? bottom + GAP : above) + scrollY}px`;
}

function hide() {
  const mark = shown;
  shown = undefined;
  tip.classList.remove("is-shown");
  mark?.classList.remove("is-shown");
  mark?.dispatchEvent(new CustomEvent("untip", { bubbles: true }));
}

/** As a click on the mark does. @param {Mark} mark @param {MouseEvent | KeyboardEvent} event */
function follow(mark, { ctrlKey, metaKey }) {
  mark.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true, ctrlKey, metaKey }));
}

/** The number of the mark that a key leads to from that with the number `at` (-1: none yet).
 * @param {string} key @param {number} at @param {number} count @param {DOMStringMap} steps */
function keyed(key, at, count, steps) {
  if (key === "Home") return 0;
  if (key === "End") return count - 1;
  const [axis, sign] = ARROWS[key] ?? [];
  if (!axis || !sign) return undefined;
  const next = at < 0 ? 0 : at + sign * Number(steps[axis] ?? 1);
  return next >= 0 && next < count ? next : at;
}

/** @param {KeyboardEvent} event @param {SVGElement} chart */
function onKey(event, chart) {
  const marks = marksOf(chart);
  const at = marks.findIndex((mark) => mark === places.get(chart));
  const isEnter = event.key === "Enter";
  const mark = marks[(isEnter ? at : keyed(event.key, at, marks.length, chart.dataset)) ?? -1];
  if (!mark) return;
  event.preventDefault();
  if (isEnter) follow(mark, event);
  else show(mark, { isSpoken: true, shiftKey: event.shiftKey });
}

document.addEventListener("pointermove", (event) => {
  if (event.pointerType === "touch") return;
  const mark = event.buttons ? undefined : markAt(event); // a pressed button drags
  if (mark) show(mark, { isPointer: true });
  else if (isByPointer) hide();
});

document.addEventListener(
  "pointerdown",
  (event) => {
    isTouch = event.pointerType !== "mouse";
    shownBefore = shown;
  },
  true,
);

document.addEventListener(
  "click",
  (event) => {
    if (!event.isTrusted) return; // sent by `follow`
    const mark = markAt(event);
    if (!mark) hide();
    else if (isTouch && mark !== shownBefore) {
      if (chartOf(mark)) event.preventDefault(); // a first tap shows the text, a second one follows the link
      show(mark, { isPointer: true });
    } else if (!mark.contains(/** @type {Node} */ (event.target))) follow(mark, event);
  },
  true,
);

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") hide();
  const chart = chartOf(event.target);
  const isShortcut = event.altKey || event.ctrlKey || event.metaKey;
  if (chart && !isShortcut && !event.defaultPrevented) onKey(event, chart);
});

document.addEventListener("focusin", ({ target }) => {
  if (!(target instanceof Element) || !target.matches(":focus-visible")) return;
  if (target.matches("[data-marks]")) {
    const mark = places.get(target) ?? marksOf(target)[0];
    if (mark) show(mark); // the chart's own label is read first
  } else if (target.matches("[data-tip]")) show(/** @type {Mark} */ (target), { isSpoken: true });
});

document.addEventListener("focusout", () => {
  if (!isByPointer) hide();
});

document.addEventListener("showtip", ({ target }) => show(/** @type {Mark} */ (target), { isSpoken: true }));
addEventListener("resize", hide);

new MutationObserver(takeOver).observe(document.body, { childList: true, subtree: true });
takeOver();
