// @ts-check
// Pages that update themselves. On an event of `GET /live` the page is fetched again, and its elements with an id and
// `data-live` are replaced. `#live` has the version that the page shows, and the time at which it was made. A hidden
// page has no stream. `<time data-since="…" data-paused-seconds="…" data-paused-since="…">` is a running clock.

const POLL_MS = 20_000; // the page is fetched at this interval if no stream can be opened
const RECONNECT_MS = 1_000; // after an open stream has ended, for example by a restart of the server
const JITTER_MS = 2_000; // at most, random: pages do not reconnect at the same moment

/** @type {EventSource | undefined} */
let stream;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let retry;
/** @type {Promise<void> | undefined} */
let fetching;
let isStale = false; // a change was notified after the fetch under way began
let hasEnded = false; // the login
let ahead = 0; // the server's clock minus this browser's, ms
/** @type {ReturnType<typeof setTimeout> | undefined} */
let ticking;
/** @type {Document | undefined} */
let pending; // a fetched page with a part that is not replaced yet, because it is being edited

// The stream, and the page fetched again.

/** Fetches the page again: one fetch at a time, and one more after a change meanwhile. */
function refresh() {
  isStale = true;
  fetching ??= fetchWhileStale().finally(() => (fetching = undefined));
  return fetching;
}

async function fetchWhileStale() {
  while (isStale && !hasEnded) {
    isStale = false;
    try {
      const answer = await fetch(location.href, { cache: "no-store", headers: { accept: "text/html" } });
      const received = Date.now();
      if (answer.status === 401 || (answer.redirected && new URL(answer.url).pathname === "/login")) endLogin();
      else if (answer.ok) show(await answer.text(), received);
    } catch {
      // The server cannot be reached: the stream ends too, and the page is fetched when it reconnects.
    }
  }
}

/**
 * @param {string} html
 * @param {number} received  by this browser's clock, ms
 */
function show(html, received) {
  const fresh = new DOMParser().parseFromString(html, "text/html");
  tick(fresh, received);
  tick(document, received);
  replaceChanged(fresh);
  startClocks(received);
}

function endLogin() {
  hasEnded = true;
  close();
  const notice = document.getElementById("live-ended");
  const link = notice?.querySelector("a");
  if (link) link.href = `/login?next=${encodeURIComponent(location.pathname + location.search)}`;
  if (notice) notice.hidden = false;
}

function open() {
  if (stream || hasEnded || document.hidden) return;
  const version = document.getElementById("live")?.dataset.version ?? "";
  stream = new EventSource(`/live?version=${encodeURIComponent(version)}`);
  let worked = false;
  stream.addEventListener("open", () => (worked = true));
  stream.addEventListener("changed", () => void refresh());
  stream.addEventListener("error", () => {
    close();
    retry = setTimeout(resume, (worked ? RECONNECT_MS : POLL_MS) + Math.random() * JITTER_MS);
  });
}

function close() {
  clearTimeout(retry);
  stream?.close();
  stream = undefined;
}

async function resume() {
  await refresh();
  open();
}

// Clocks: computed each time from time stamps, so that they are right after the machine was suspended.

/**
 * A duration as mm:ss, from one hour on as h:mm:ss.
 * @param {number} ms
 */
function durationText(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const parts = [Math.floor(seconds / 60) % 60, seconds % 60].map((part) => String(part).padStart(2, "0"));
  const hours = Math.floor(seconds / 3600);
  return (hours ? [hours, ...parts] : parts).join(":");
}

/**
 * How long a question has been worked on, ms.
 * @param {DOMStringMap} data  of its clock
 * @param {number} now  by the server's clock, ms since the epoch
 */
function elapsedMs(data, now) {
  const until = data.pausedSince ? Date.parse(data.pausedSince) : now;
  return until - Date.parse(data.since ?? "") - Number(data.pausedSeconds ?? 0) * 1000;
}

/** @param {Document} where */
function clocksOf(where) {
  return /** @type {NodeListOf<HTMLElement>} */ (where.querySelectorAll("time[data-since]"));
}

/**
 * Sets every clock of a document.
 * @param {Document} where
 * @param {number} at  by this browser's clock, ms since the epoch
 */
function tick(where, at) {
  for (const clock of clocksOf(where)) {
    const text = durationText(elapsedMs(clock.dataset, at + ahead));
    if (clock.textContent !== text) clock.textContent = text;
  }
}

/** When the first byte of this page came, ms since the epoch. */
function pageReceived() {
  const [loading] = performance.getEntriesByType("navigation");
  const start = loading instanceof PerformanceNavigationTiming ? loading.responseStart : performance.now();
  return performance.timeOrigin + start;
}

/**
 * Reads the server's clock from `#live`, and lets the clocks tick with the seconds of the first one.
 * @param {number} received  when the page was received, by this browser's clock
 */
function startClocks(received = pageReceived()) {
  const stamp = Date.parse(document.getElementById("live")?.dataset.now ?? "");
  if (!Number.isNaN(stamp)) ahead = stamp - received;
  keepTicking();
}

function keepTicking() {
  clearTimeout(ticking);
  const [first] = clocksOf(document);
  if (!first || document.hidden) return;
  tick(document, Date.now());
  const elapsed = elapsedMs(first.dataset, Date.now() + ahead);
  ticking = setTimeout(keepTicking, 1000 - (((elapsed % 1000) + 1000) % 1000) + 5);
}

// Parts that differ are replaced: focus, typed text, open details and the scroll position are kept.

/**
 * Replaces the elements `[data-live]` that are different in `fresh`. One that is being edited is replaced when
 * its field loses the focus.
 * @param {Document} fresh  the page as it is now
 */
function replaceChanged(fresh) {
  pending = undefined;
  const anchor = window.scrollY ? partInView() : undefined;
  const top = anchor?.getBoundingClientRect().top ?? 0;
  for (const old of partsOf(document)) {
    const now = fresh.getElementById(old.id);
    if (now && isTypedInto(old)) pending = fresh;
    else if (now) replace(old, document.importNode(now, true));
  }
  const moved = anchor && document.getElementById(anchor.id);
  if (moved) window.scrollBy({ top: moved.getBoundingClientRect().top - top, behavior: "instant" });
}

/** @param {Document} where */
function partsOf(where) {
  return /** @type {NodeListOf<HTMLElement>} */ (where.querySelectorAll("[data-live][id]"));
}

function partInView() {
  return [...partsOf(document)].find((part) => part.getBoundingClientRect().bottom > 0);
}

/** @param {HTMLElement} part */
function isTypedInto(part) {
  const active = document.activeElement;
  return part.contains(active) && Boolean(active?.matches("input, textarea, select, [contenteditable]"));
}

/**
 * @param {HTMLElement} old
 * @param {HTMLElement} now
 */
function replace(old, now) {
  const isSame = withoutHidden(old).isEqualNode(withoutHidden(now));
  if (isSame) return copyHidden(now, old);
  const active = old.contains(document.activeElement) ? document.activeElement : null;
  copyOpen(old, now);
  copyTyped(old, now);
  const focused = active && twinOf(active, now);
  old.replaceWith(now);
  focused?.focus({ preventScroll: true });
  // For scripts that set up this part.
  now.dispatchEvent(new CustomEvent("live-replaced", { bubbles: true }));
}

/**
 * A copy for comparison: without tokens of forms, which differ in each response, and without open details.
 * @param {HTMLElement} part
 */
function withoutHidden(part) {
  const copy = /** @type {HTMLElement} */ (part.cloneNode(true));
  copy.querySelectorAll("input[type=hidden]").forEach((field) => field.setAttribute("value", ""));
  copy.querySelectorAll("details").forEach((details) => details.removeAttribute("open"));
  return copy;
}

/**
 * Copies the tokens of forms: those of the newer page are valid for longer.
 * @param {HTMLElement} from
 * @param {HTMLElement} to
 */
function copyHidden(from, to) {
  const fields = to.querySelectorAll("input[type=hidden]");
  from.querySelectorAll("input[type=hidden]").forEach((field, i) => {
    fields[i].setAttribute("value", field.getAttribute("value") ?? "");
  });
}

/**
 * @param {HTMLElement} from
 * @param {HTMLElement} to
 */
function copyOpen(from, to) {
  for (const details of from.querySelectorAll("details")) {
    const twin = twinOf(details, to);
    if (twin) twin.toggleAttribute("open", details.open);
  }
}

/**
 * @param {HTMLElement} from
 * @param {HTMLElement} to
 */
function copyTyped(from, to) {
  for (const field of from.querySelectorAll("input, textarea")) {
    const typed = /** @type {HTMLInputElement} */ (field);
    const twin = /** @type {HTMLInputElement | null} */ (twinOf(field, to));
    if (twin && typed.type !== "hidden" && typed.value !== typed.defaultValue) twin.value = typed.value;
    if (twin && typed.checked !== typed.defaultChecked) twin.checked = typed.checked;
  }
}

/**
 * The counterpart of `element` in `part`: by id, else by tag, attributes and text.
 * @param {Element} element
 * @param {HTMLElement} part
 * @returns {HTMLElement | null}
 */
function twinOf(element, part) {
  if (element.id) return part.querySelector(`[id="${CSS.escape(element.id)}"]`);
  const key = keyOf(element);
  const others = /** @type {NodeListOf<HTMLElement>} */ (part.querySelectorAll(element.localName));
  return [...others].find((other) => keyOf(other) === key) ?? null;
}

/** @param {Element} element */
function keyOf(element) {
  const names = ["href", "name", "formaction", "aria-label"].map((name) => element.getAttribute(name));
  const says = element.matches("details") ? element.querySelector("summary")?.textContent : "";
  return [...names, says].join("\n");
}

document.addEventListener("visibilitychange", () => {
  keepTicking();
  if (document.hidden) close();
  else void resume();
});
addEventListener("pagehide", close);
addEventListener("pageshow", (shown) => void (shown.persisted && resume()));
document.addEventListener("focusout", () => {
  // `document.activeElement` is the next field only after this event.
  setTimeout(() => pending && replaceChanged(pending), 0);
});
startClocks();
open();
