// @ts-check
// The task page: read when it has come, and with "automatic" on, what she does there presses NEXT for her. It looks
// and listens; it never submits, refreshes or acquires anything.

/** @import { Preferences } from "./preferences.js" */
/** @import { Reading } from "./words.js" */
/** @import { Storage } from "./storage.js" */
import { momentOf, onTrusted } from "./dom.js";
import { isWithin, readPage } from "./reader.js";

const LOOK_EVERY_MS = 1000;
/** Pages draw themselves bit by bit: what is missing now may come. */
const PATIENCE_MS = 3_000;
const SETTLED_AFTER_MS = 15_000;
const ON_LIST = "on-list";

/**
 * @param {object} parts
 * @param {Storage} parts.storage
 * @param {Preferences} parts.preferences
 * @param {(page: Reading, complete: boolean, leftList: number | null) => Promise<void>} parts.read  what stands there now, and
 *   whether more is to be expected; `leftList`: when she left the list for this task, wall clock, ms, else null
 * @param {(task: string | null, discard: boolean, at: number) => void} parts.close  she submitted or released this task; when, wall clock, ms
 */
export function watchPage({ storage, preferences, read, close }) {
  let href = "";
  /** A name for this view of the page, for tasks without an id. */
  let view = "";
  let since = 0;
  let came = 0;
  let settled = false;

  const readNow = () => readPage(document, location.href, preferences.now, view);

  function notice() {
    since = Date.now();
    // The page was asked for when she left the last one; a page that only changes its address leaves nothing.
    came = href ? since : Math.round(since - performance.now());
    href = location.href;
    view = `view ${crypto.randomUUID()}`;
    settled = false;
  }

  function look() {
    if (location.href !== href) notice();
    // A page that waits in the background is worked on from when she comes to it.
    came = document.hidden ? 0 : came || Date.now();
    if (settled || document.hidden || document.readyState === "loading") return;
    const page = readNow();
    const waited = Date.now() - since;
    const complete = page.checks.every((check) => check.found);
    const told = complete || waited > PATIENCE_MS;
    settled = complete || waited > SETTLED_AFTER_MS;
    // At once: whether she left the list for this task must be known before anything is said about the open question.
    void read(told ? page : { ...page, checks: [] }, false, null);
    if (told) void tell(page);
  }

  /** @param {Reading} page */
  async function tell(page) {
    let leftList = null;
    if (page.place === "list") await storage.set(ON_LIST, true);
    if (page.place === "task" && (await storage.get(ON_LIST))) {
      await storage.remove(ON_LIST);
      if (preferences.now.automatic) leftList = came;
    }
    if (page.checks.length) void storage.set("self-test", { at: new Date().toISOString(), checks: page.checks });
    await read(page, true, leftList);
  }

  function lookAgain() {
    settled = false;
    look();
  }

  onTrusted(window, "click", (event) => {
    const { automatic, selectors } = preferences.now;
    if (!automatic) return;
    const discard = isWithin(event, selectors.release);
    if (!discard && !isWithin(event, selectors.submit)) return;
    const page = readNow();
    if (page.place === "task") close(page.task, discard, momentOf(event));
  }, { capture: true });

  preferences.onChange(lookAgain);
  onTrusted(window, "visibilitychange", lookAgain);
  onTrusted(window, "DOMContentLoaded", look);
  // Some sites change the page without loading another; nothing tells a userscript in every browser.
  setInterval(look, LOOK_EVERY_MS);
  look();
}
