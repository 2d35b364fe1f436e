// @ts-check
// Mutual exclusion between tabs: a lease in the manager's storage, which all tabs share and the page's scripts do not.
//
// Whatever wants the lease writes a claim under a key of its own, waits, and then looks: it holds the lease if no other
// claim does and none has a smaller key, and its claim says so. Some managers keep a copy of the storage in each tab
// (Tampermonkey, Violentmonkey), which hears of other tabs' writes after a while. The wait is at least twice this while
// plus the time of a look: so of two claims that do not see each other, one sees that the other holds.
//
// No clock is compared: clocks jump, and stop in a sleep. A claim is alive as long as it changes. Whoever waits counts
// its looks at a claim without a change; after some it removes the claim, whose tab was killed or frozen. A tab that
// comes back late finds its claim gone.

/** @import { Storage } from "./storage.js" */
import { onTrusted } from "./dom.js";

/** From a claim to the first look: other tabs know of a change within a quarter of this. */
const SETTLE_MS = 250;
const LOOK_AGAIN_MS = 250;
/** Browsers run the timers of a tab in the background no more than once a second. */
const RENEW_EVERY_MS = 500;
/** An answer of the storage that took longer may no longer hold: the tab may have been frozen meanwhile. */
const OUTDATED_MS = 2000;
/** Looks at a claim without a change, after which its tab does nothing any more. */
const LOOKS_UNTIL_DEAD = 14;

/** @typedef {{holds: boolean, beat: number}} Claim  `beat` grows while the tab lives */

/**
 * Runs `work` in one tab at a time, and once at a time in this tab.
 * @template T
 * @param {Storage} storage
 * @param {string} name
 * @param {(isHeld: () => Promise<boolean>) => Promise<T>} work  `isHeld`: whether no other tab has taken over meanwhile
 *   because this one was frozen
 * @returns {Promise<T>} rejected as `work` is, and if the storage fails
 */
export async function oneTabAtATime(storage, name, work) {
  const claim = createClaim(storage, `lease:${name}:`);
  const ended = new AbortController();
  // The next page of this tab need not wait until the claim of this one counts as dead.
  onTrusted(window, "pagehide", claim.release, { signal: ended.signal });
  try {
    await claim.hold();
    return await work(claim.isThere);
  } finally {
    ended.abort();
    claim.release();
  }
}

/**
 * @param {Storage} storage
 * @param {string} prefix  of the keys of all claims to this lease
 */
function createClaim(storage, prefix) {
  const key = prefix + crypto.randomUUID();
  let holds = false;
  let beat = 0;
  let isOver = false;
  /** @type {Promise<unknown>} */
  let writing = Promise.resolve();
  /** By key, how the claims were last seen. @type {Record<string, Seen>} */
  let seen = {};

  /** @param {boolean} isHolder */
  function write(isHolder) {
    holds = isHolder;
    beat += 1;
    writing = storage.set(key, { holds, beat });
    return writing;
  }

  const isThere = async () => (await storage.get(key)) !== undefined;

  /** Changes the claim again and again, unless another tab has removed it. */
  async function stayAlive() {
    while (!isOver) {
      await pause(RENEW_EVERY_MS);
      const asked = performance.now();
      const isKept = !isOver && (await isThere()) && performance.now() - asked < OUTDATED_MS;
      if (isKept && !isOver) await write(holds);
    }
  }

  /** @returns {Promise<Map<string, Claim | undefined>>} of all tabs; those that do not change any more are removed */
  async function look() {
    const keys = (await storage.keys()).filter((each) => each.startsWith(prefix));
    const claims = await Promise.all(keys.map(storage.get));
    seen = Object.fromEntries(keys.map((each, i) => [each, seenAgain(seen[each], claims[i]?.beat)]));
    for (const each of keys) {
      if (each !== key && seen[each].looks > LOOKS_UNTIL_DEAD) await storage.remove(each);
    }
    return new Map(keys.map((each, i) => [each, claims[i]]));
  }

  /** @returns {Promise<"first" | "waits" | "gone">} where this claim stands; gone: another tab has removed it */
  async function standing() {
    const claims = await look();
    if (!claims.delete(key)) return "gone";
    return [...claims].every(([each, claim]) => !claim?.holds && key < each) ? "first" : "waits";
  }

  return {
    isThere,

    /** Waits until this claim holds the lease. */
    async hold() {
      let settleMs = SETTLE_MS;
      await write(false);
      // If the storage fails, nobody sees this claim change: others may take over, as they should.
      stayAlive().catch(() => {});
      await pause(settleMs);
      for (;;) {
        const began = performance.now();
        const now = await standing();
        if (now === "first") await write(true);
        const tookMs = performance.now() - began;
        if (holds && tookMs < settleMs / 2) return;
        // A claim that was written during a long look may not have been seen.
        settleMs = Math.max(SETTLE_MS, 4 * tookMs);
        if (now !== "waits") await write(false);
        await pause(now === "waits" ? LOOK_AGAIN_MS : settleMs);
      }
    },

    release() {
      isOver = true;
      // Whoever awaits a write hears of its failure. If the removal fails, the claim does not change any more, and is
      // removed by whoever waits.
      writing.catch(() => {}).then(() => storage.remove(key)).catch(() => {});
    },
  };
}

/** @typedef {{beat: number | undefined, looks: number}} Seen  `looks`: for how many it has not changed */

/**
 * @param {Seen | undefined} before
 * @param {number | undefined} beat
 * @returns {Seen}
 */
function seenAgain(before, beat) {
  return { beat, looks: before && before.beat === beat ? before.looks + 1 : 0 };
}

/** @param {number} ms */
function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
