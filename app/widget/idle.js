// @ts-check
// Notices when nobody has touched key or pointer for a while, or the computer has slept.

/** @import { Storage } from "./storage.js" */
import { momentOf, onTrusted } from "./dom.js";

const POINTING = ["pointerdown", "pointermove", "wheel"];
/** Written down no more often than this; an hour's absence need not be known to the second. */
const NOTED_EVERY_MS = 20_000;
const BEAT_EVERY_MS = 10_000;
/** A page in front that does nothing for as long was not busy: the computer slept. */
const SLEEP_MS = 60_000;

/**
 * Watches for keys and pointer, in all tabs together, and for sleep of the computer.
 * @param {Storage} storage
 * @param {() => number} idleMinutes  0 = never asks
 * @param {(from: number, to: number) => void} onReturn  after so long without any, or after a sleep; wall clock, ms
 * @returns {Promise<(event: Event) => void>} to be called at each key, before it does anything
 */
export async function watchActivity(storage, idleMinutes, onReturn) {
  let last = 0;
  let noted = 0;
  let beaten = 0;
  let asleep = 0;
  let drift = NaN;

  /** Where a sleep stops `performance.now()`, that falls behind. Elsewhere nothing runs meanwhile; but in a tab behind it may not either. */
  function beat() {
    const now = Date.now();
    const apart = now - performance.now();
    if (beaten && now - beaten > SLEEP_MS) asleep = beaten;
    if (apart - drift > SLEEP_MS) asleep = now - apart + drift;
    drift = apart;
    beaten = document.hidden ? 0 : now;
  }

  const hear = async () => {
    last = Math.max(last, (await storage.get("activity")) ?? 0);
  };

  /** @param {Event} event */
  function seen(event) {
    beat();
    const now = momentOf(event);
    const limit = idleMinutes() * 60_000;
    // Set back, the clock says nothing about how long it was. What was touched since a sleep has asked about it. (Moments are rounded.)
    if (last && limit && (now - last >= limit || last <= asleep + 1)) onReturn(last, now);
    last = now;
    if (Math.abs(now - noted) < NOTED_EVERY_MS) return;
    noted = now;
    void storage.set("activity", now);
  }

  storage.onChange("activity", () => void hear());
  await hear();
  onTrusted(window, "visibilitychange", beat);
  setInterval(beat, BEAT_EVERY_MS);
  for (const type of POINTING) onTrusted(window, type, seen, { capture: true, passive: true });
  return seen;
}
