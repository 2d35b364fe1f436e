// @ts-check
// A session's page. A selection in the drawing becomes the address of that stretch, whose drawing comes from the
// server; a question's row and its block mark each other. Each goes by the fragment of its address: "#q-12".

/** @typedef {SVGElement | HTMLElement} Block */

const LEAST_DRAG = 6; // pixels; less is a click
const SWAPPED = "#course, #questions"; // the sections whose links keep the stretch

const status = /** @type {HTMLElement} */ (document.querySelector("[data-said]"));
/** The question to which the address or a click has led, marked while no other is. @type {string | undefined} */
let chosen;
/** @type {string | undefined} */
let markedNow;
/** @type {{x: number, boxes: [Block, DOMRect][], isSelecting: boolean} | undefined} */
let drag;
let wasDragged = false;
/** Where the keyboard is in the drawing, and where its selection began. @type {Block | undefined} */
let place;
/** @type {Block | undefined} */
let anchor;
/** The numbers of the first and the last question selected. @type {[number, number] | undefined} */
let selected;
let shownQuery = location.search;

/** @returns {SVGElement | null} */
function drawing() {
  return document.querySelector("#course [data-marks]");
}

/** @returns {Block[]} */
function allBlocks() {
  return [...(drawing()?.querySelectorAll("a") ?? [])];
}

/** @param {Element} block */
function fragmentOf(block) {
  return (block.getAttribute("href") ?? "").replace(/^[^#]*/, "");
}

/** @param {string | undefined} fragment */
function blockOf(fragment) {
  return allBlocks().find((block) => fragmentOf(block) === fragment);
}

/** @param {string | undefined} fragment */
function rowOf(fragment) {
  return fragment ? document.getElementById(fragment.slice(1)) : null;
}

// --- Marking ---------------------------------------------------------------------------------------

/** @param {string | undefined} fragment */
function mark(fragment) {
  markedNow = fragment;
  for (const marked of document.querySelectorAll(".is-marked")) marked.classList.remove("is-marked");
  const block = blockOf(fragment);
  block?.classList.add("is-marked");
  rowOf(fragment)?.classList.add("is-marked");
  const bar = block?.querySelector(".q");
  const cursor = drawing()?.querySelector(".cursor");
  cursor?.toggleAttribute("hidden", !bar);
  if (!bar) return;
  const [x, width] = ["x", "width"].map((name) => parseFloat(bar.getAttribute(name) ?? "0"));
  cursor?.setAttribute("x", `${x + width / 2}%`);
}

/** Marks a question to stay so. @param {string} fragment */
function choose(fragment) {
  chosen = fragment;
  mark(chosen);
}

/** @param {EventTarget | null} target */
function rowAround(target) {
  return target instanceof Element ? target.closest("tr[id^='q-']") : null;
}

/** @param {Event} event */
function markRow({ target }) {
  const row = rowAround(target);
  if (row) mark(`#${row.id}`);
}

/** @param {PointerEvent | FocusEvent} event */
function unmarkRow({ target, relatedTarget }) {
  if (rowAround(target) !== rowAround(relatedTarget)) mark(chosen);
}

/** From a block to its row, if this part of the list has it. @param {Element} block */
function goToRow(block) {
  const row = rowOf(fragmentOf(block));
  if (!row) return false;
  choose(fragmentOf(block));
  row.scrollIntoView({ block: "center" });
  /** @type {HTMLElement | null} */ (row.querySelector("a, button"))?.focus({ preventScroll: true });
  return true;
}

/** From a row to its block, if the drawing has it. @param {Element} row */
function goToBlock(row) {
  const block = blockOf(`#${row.id}`);
  if (!block) return false;
  document.getElementById("course")?.scrollIntoView({ block: "nearest" });
  drawing()?.focus({ preventScroll: true });
  block.dispatchEvent(new Event("showtip", { bubbles: true }));
  return true;
}

// --- Selecting -------------------------------------------------------------------------------------

/** @param {Block[]} blocks */
function select(blocks) {
  const numbers = blocks.map((block) => Number(fragmentOf(block).slice("#q-".length))).filter(Boolean);
  selected = numbers.length ? [numbers[0], numbers[numbers.length - 1]] : undefined;
  const frame = drawing()?.querySelector(".selection");
  frame?.toggleAttribute("hidden", !selected);
  if (!selected || !frame) return;
  const boxes = blocks.map((block) => block.getBoundingClientRect());
  const left = boxes[0].left - /** @type {SVGElement} */ (drawing()).getBoundingClientRect().left;
  frame.setAttribute("x", String(left));
  frame.setAttribute("width", String(boxes[boxes.length - 1].right - boxes[0].left));
}

function unselect() {
  drag = undefined;
  anchor = undefined;
  select([]);
}

/** @param {PointerEvent} event */
function startDrag({ target, button, clientX }) {
  wasDragged = false;
  if (button || !(target instanceof Element) || !target.closest("#course [data-marks]")) return;
  drag = { x: clientX, boxes: allBlocks().map((block) => [block, block.getBoundingClientRect()]), isSelecting: false };
}

/** @param {PointerEvent} event */
function moveDrag({ clientX, pointerId }) {
  if (!drag || (!drag.isSelecting && Math.abs(clientX - drag.x) < LEAST_DRAG)) return;
  drag.isSelecting = true;
  wasDragged = true;
  drawing()?.setPointerCapture(pointerId);
  const [left, right] = [drag.x, clientX].sort((a, b) => a - b);
  select(drag.boxes.filter(([, box]) => box.right >= left && box.left <= right).map(([block]) => block));
}

function endDrag() {
  if (drag?.isSelecting) void zoom();
  drag = undefined;
}

/** A block is shown: by the keyboard, then with the Shift key held or not, or by the pointer.
 * @param {Block} block @param {boolean} isShift */
function moveTo(block, isShift) {
  mark(fragmentOf(block));
  if (isShift) {
    anchor ??= place ?? block;
    const blocks = allBlocks();
    const [first, last] = [blocks.indexOf(anchor), blocks.indexOf(block)].sort((a, b) => a - b);
    select(blocks.slice(first, last + 1));
    if (selected) status.textContent = sentence(...selected);
  } else if (!drag) unselect();
  place = block;
}

/** @param {number} first @param {number} last */
function sentence(first, last) {
  return (status.dataset.said ?? "").replace("{first}", `${first}`).replace("{last}", `${last}`);
}

// --- Zooming ---------------------------------------------------------------------------------------

/** Shows the stretch that is selected. */
async function zoom() {
  if (!selected) return;
  const address = new URL(location.href);
  address.searchParams.delete("done");
  address.searchParams.set("from", String(selected[0]));
  address.searchParams.set("to", String(selected[1]));
  await visit(address.href);
}

/** @param {string} address */
async function visit(address) {
  if (await draw(address)) history.pushState({ isZoom: true }, "", address);
  else location.assign(address);
  shownQuery = location.search;
}

/** Without an answer the document is empty. @param {string} address */
async function fetchPage(address) {
  // A page that cannot be had is opened by its address: the browser then says why.
  const answer = await fetch(address).catch(() => undefined);
  return new DOMParser().parseFromString(answer?.ok ? await answer.text() : "", "text/html");
}

/** Draws what the page at an address draws; false if it does not. @param {string} address */
async function draw(address) {
  const page = await fetchPage(address);
  const stretch = page.querySelector("[data-stretch]")?.textContent ?? "";
  if (!page.getElementById("course")) return false;
  const hadFocus = document.activeElement?.closest("#course");
  for (const section of page.querySelectorAll(SWAPPED)) document.getElementById(section.id)?.replaceWith(section);
  unselect();
  place = undefined;
  mark(chosen);
  status.textContent = stretch;
  if (hadFocus) drawing()?.focus({ preventScroll: true });
  return true;
}

function goBack() {
  const all = /** @type {HTMLAnchorElement | null} */ (document.querySelector("[data-zoom]"));
  if (!all) return;
  if (history.state?.isZoom) history.back();
  else void visit(all.href);
}

// --- Listening -------------------------------------------------------------------------------------

/** Before tips.js, for which Enter follows the link of the block. @param {KeyboardEvent} event */
function onKey(event) {
  const isHere = event.target instanceof Element && event.target.closest("[data-marks]");
  if (event.key === "Escape") escape(Boolean(isHere));
  else if (event.key === "Enter" && isHere && selected) {
    event.preventDefault();
    void zoom();
  }
}

/** One step back: from a selection, else from a stretch. @param {boolean} isHere  the drawing has the focus */
function escape(isHere) {
  if (drag?.isSelecting || (isHere && selected)) unselect();
  else if (isHere) goBack();
}

/** @param {HTMLAnchorElement | SVGAElement} link @returns {boolean} whether it leads to something on this page */
function goTo(link) {
  const row = rowAround(link);
  if (link.closest("[data-marks]")) return goToRow(link);
  if (row) return goToBlock(row);
  if (!link.matches("[data-zoom]")) return false;
  void visit(/** @type {HTMLAnchorElement} */ (link).href);
  return true;
}

/** @param {MouseEvent} event */
function onClick(event) {
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  const row = rowAround(event.target);
  if (row) choose(`#${row.id}`); // a finger cannot stay over it
  if (!link || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (goTo(link)) event.preventDefault();
}

chosen = document.querySelector("tr.is-marked")?.id.replace(/^/, "#");

document.addEventListener("tip", (event) => {
  const block = /** @type {Block} */ (event.target);
  if (block.closest("#course")) moveTo(block, /** @type {CustomEvent<boolean>} */ (event).detail);
});
document.addEventListener("untip", ({ target }) => {
  // The pointer may be over a row by now.
  if (markedNow === fragmentOf(/** @type {Element} */ (target))) mark(chosen);
});
document.addEventListener("pointerover", markRow);
document.addEventListener("pointerout", unmarkRow);
document.addEventListener("focusin", markRow);
document.addEventListener("focusout", unmarkRow);

document.addEventListener("pointerdown", startDrag);
document.addEventListener("pointermove", moveDrag);
document.addEventListener("pointerup", endDrag);
document.addEventListener("pointercancel", unselect);
document.addEventListener("dragstart", (event) => {
  if (drag) event.preventDefault(); // links can be dragged; here that is a selection
});

document.addEventListener("keydown", onKey, true);
document.addEventListener("click", onClick);
addEventListener(
  "click",
  (event) => {
    if (!wasDragged) return;
    wasDragged = false;
    event.stopPropagation(); // the end of a selection is no click
    event.preventDefault();
  },
  true,
);
addEventListener("popstate", () => {
  // A fragment alone is no other drawing.
  if (location.search !== shownQuery) void draw(location.href).then((isDrawn) => isDrawn || location.reload());
  shownQuery = location.search;
});
