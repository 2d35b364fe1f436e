// @ts-check
// Watches the task page: reads it when it has loaded, and with "automatic" on turns submit, release and leaving the
// task list into events. It only reads and listens; it never submits, refreshes or acquires anything.

/** @import { Preferences } from "./preferences.js" */
/** @import { Reading } from "./types.js" */
/** @import { Storage } from "./storage.js" */
import { momentOf, onTrusted } from "./dom.js";
import { isWithin, readPage } from "./reader.js";

const LOOK_EVERY_MS = 1000;
/** Pages are drawn step by step: within this time what is missing may still appear. */
const PATIENCE_MS = 3_000;
const SETTLED_AFTER_MS = 15_000;
const ON_LIST = "on-list";

/**
 * @param {object} dependencies
 * @param {Storage} dependencies.storage
 * @param {Preferences} dependencies.preferences
 * @param {(page: Reading, complete: boolean, leftList: number | null) => Promise<void>} dependencies.read  what the
 *   page shows now, and whether no more is expected; `leftList`: when the user left the list for this task, wall clock,
 *   ms
 * @param {(task: string | null, discard: boolean, at: number) => void} dependencies.close  the user submitted or
 *   released (`discard`) this task; `at`: wall clock, ms
 */
export function watchPage({ storage, preferences, read, close }) {
  let href = "";
  /** A generated name for this view of the page, for tasks without an id. */
  let viewName = "";
  /** When this view was first seen. Wall clock, ms. */
  let since = 0;
  /** When this view was opened, or brought to the front; 0: still in the background. Wall clock, ms. */
  let openedAt = 0;
  let settled = false;

  const readNow = () => readPage(document, location.href, preferences.now, viewName);

  function beginView() {
    since = Date.now();
    // A loaded page was requested when the user left the previous one; a changed address alone loads nothing.
    openedAt = href ? since : Math.round(since - performance.now());
    href = location.href;
    viewName = `view ${crypto.randomUUID()}`;
    settled = false;
  }

  /** A page in the background is worked on from the moment it comes to the front. */
  function noticeVisibility() {
    if (document.hidden) openedAt = 0;
    else openedAt ||= Date.now();
  }

  function look() {
    if (location.href !== href) beginView();
    noticeVisibility();
    if (settled || document.hidden || document.readyState === "loading") return;
    const page = readNow();
    const waitedMs = Date.now() - since;
    const isComplete = page.checks.every((check) => check.found);
    const isReady = isComplete || waitedMs > PATIENCE_MS;
    settled = isComplete || waitedMs > SETTLED_AFTER_MS;
    // First as incomplete: whether the user left the list must be known before the open question is described.
    void read(isReady ? page : { ...page, checks: [] }, false, null);
    if (isReady) void report(page);
  }

  /** @param {Reading} page */
  async function report(page) {
    if (page.place === "list") await storage.set(ON_LIST, true);
    const leftList = page.place === "task" && (await leaveList()) && preferences.now.automatic;
    if (page.checks.length) void storage.set("self-test", { at: new Date().toISOString(), checks: page.checks });
    await read(page, true, leftList ? openedAt : null);
  }

  /** @returns {Promise<boolean>} whether the user was on the list before this task */
  async function leaveList() {
    if (!(await storage.get(ON_LIST))) return false;
    await storage.remove(ON_LIST);
    return true;
  }

  function lookAgain() {
    settled = false;
    look();
  }

  onTrusted(window, "click", (event) => {
    const { automatic, selectors } = preferences.now;
    if (!automatic) return;
    const isRelease = isWithin(event, selectors.release);
    if (!isRelease && !isWithin(event, selectors.submit)) return;
    const page = readNow();
    if (page.place === "task") close(page.task, isRelease, momentOf(event));
  }, { capture: true });

  preferences.onChange(lookAgain);
  onTrusted(window, "visibilitychange", lookAgain);
  onTrusted(window, "DOMContentLoaded", look);
  // Some sites change the page without loading another, and no event tells a userscript in every browser.
  setInterval(look, LOOK_EVERY_MS);
  look();
}
