// @ts-check
// Detects that keyboard and pointer were not used for a while, or that the computer slept.

/** @import { Storage } from "./storage.js" */
import { momentOf, onTrusted } from "./dom.js";

const POINTER_EVENTS = ["pointerdown", "pointermove", "wheel"];
/** The latest activity is stored no more often than this. */
const STORED_EVERY_MS = 20_000;
const BEAT_EVERY_MS = 10_000;
/** A page in front whose timer did not run for this long was not busy: the computer slept. */
const SLEEP_MS = 60_000;

/**
 * Watches keyboard and pointer in all tabs together, and sleep of the computer.
 * @param {Storage} storage
 * @param {() => number} idleMinutes  0: never ask
 * @param {(from: number, to: number) => void} onReturn  after that long without activity, or after a sleep; wall clock,
 *   ms
 * @returns {Promise<(event: Pick<Event, "timeStamp">) => void>} to be called at each key, before it does anything
 */
export async function watchActivity(storage, idleMinutes, onReturn) {
  let lastActivity = 0;
  let storedActivity = 0;
  const sleep = createSleepDetector();

  async function readActivity() {
    lastActivity = Math.max(lastActivity, (await storage.get("activity")) ?? 0);
  }

  /** @param {number} now */
  function isReturn(now) {
    const limitMs = idleMinutes() * 60_000;
    if (!lastActivity || !limitMs) return false;
    // After a sleep the first activity asks. Moments are rounded to a millisecond. A clock that was set back makes
    // `now` smaller and says nothing.
    return now - lastActivity >= limitMs || lastActivity <= sleep.latest() + 1;
  }

  /** @param {Pick<Event, "timeStamp">} event */
  function noteActivity(event) {
    sleep.beat();
    const now = momentOf(event);
    if (isReturn(now)) onReturn(lastActivity, now);
    lastActivity = now;
    if (Math.abs(now - storedActivity) < STORED_EVERY_MS) return;
    storedActivity = now;
    void storage.set("activity", now);
  }

  storage.onChange("activity", () => void readActivity());
  await readActivity();
  onTrusted(window, "visibilitychange", sleep.beat);
  setInterval(sleep.beat, BEAT_EVERY_MS);
  for (const type of POINTER_EVENTS) onTrusted(window, type, noteActivity, { capture: true, passive: true });
  return noteActivity;
}

/**
 * Detects sleep in two ways. Some systems stop `performance.now()` during sleep, which then falls behind the wall
 * clock. On the others no timer runs meanwhile; but in a background tab the browser alone may stop timers, so this way
 * counts only for a tab in front.
 */
function createSleepDetector() {
  let latestSleep = 0;
  /** When a beat last ran in front, wall clock, ms; 0: in the background. */
  let lastBeat = 0;
  /** Wall clock minus `performance.now()` at the last beat, ms. */
  let drift = NaN;

  return {
    beat() {
      const now = Date.now();
      const driftNow = now - performance.now();
      if (lastBeat && now - lastBeat > SLEEP_MS) latestSleep = lastBeat;
      if (driftNow - drift > SLEEP_MS) latestSleep = now - driftNow + drift;
      drift = driftNow;
      lastBeat = document.hidden ? 0 : now;
    },

    /** @returns {number} the beginning of the latest sleep, wall clock, ms; 0: none */
    latest: () => latestSleep,
  };
}
