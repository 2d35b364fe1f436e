// @ts-check
// Events that are not yet answered, those that were refused, and for a while those that were acknowledged. Each event
// has a storage key of its own, so two tabs that write at once never overwrite each other's events.

/** @import { Refused, TrackedEvent, Waiting } from "./types.js" */
/** @import { Storage } from "./storage.js" */

const WAITING = "event:";
const REFUSED = "refused:";
const DONE = "done:";
/** Set whenever the queue changes: the one key that other tabs can listen to. */
export const QUEUE_CHANGED = "queue-changed";
/** Acknowledged events that stay stored, to be able to ask later whether the server still has them. */
const DONE_KEPT = 500;

/**
 * Keys sort by the time of the event: ISO stamps of one width, then the id.
 * @param {{event: TrackedEvent}} entry
 */
function keyOf({ event }) {
  return `${event.timestamp}:${event.event_id}`;
}

/** @typedef {ReturnType<typeof createQueue>} Queue */

/** @param {Storage} storage */
export function createQueue(storage) {
  const announceChange = () => storage.set(QUEUE_CHANGED, crypto.randomUUID());

  /**
   * Waiting entries by key. An event never changes, so with hundreds waiting each is read once.
   * @type {Map<string, Waiting>}
   */
  const cache = new Map();

  /** @param {string} prefix */
  async function keysWith(prefix) {
    return (await storage.keys()).filter((key) => key.startsWith(prefix)).sort();
  }

  /**
   * @param {string} prefix
   * @param {(key: string) => Promise<any>} [read]
   * @returns {Promise<any[]>}
   */
  async function readAll(prefix, read = storage.get) {
    const values = await Promise.all((await keysWith(prefix)).map(read));
    // Another tab may have removed one between listing and reading.
    return values.filter((value) => value !== undefined);
  }

  /**
   * @param {string} key
   * @returns {Promise<Waiting | undefined>}
   */
  async function readCached(key) {
    const cached = cache.get(key);
    if (cached) return cached;
    const entry = await storage.get(key);
    if (entry) cache.set(key, entry);
    return entry;
  }

  /**
   * Written under the new key before it is removed under the old one: it is always in at least one place.
   * @param {string} from
   * @param {string} to
   * @param {Waiting} entry
   */
  async function move(from, to, entry) {
    await storage.set(to + keyOf(entry), entry);
    await storage.remove(from + keyOf(entry));
    cache.delete(from + keyOf(entry));
  }

  return {
    /** @returns {Promise<Waiting[]>} in the order of their times */
    waiting: () => readAll(WAITING, readCached),

    /** @returns {Promise<Refused[]>} in the order of their times */
    refused: () => readAll(REFUSED),

    /** @returns {Promise<Waiting[]>} the latest few hundred that were acknowledged, in the order of their times */
    done: () => readAll(DONE),

    /**
     * All writes have begun when this returns. If one of them fails, none of the events is kept: an UNDO without the
     * NEXT after it would mean something else.
     * @param {Waiting[]} entries
     * @returns {Promise<boolean>} whether they are stored
     */
    async add(entries) {
      const writes = await Promise.allSettled(entries.map((entry) => storage.set(WAITING + keyOf(entry), entry)));
      const isKept = writes.every(({ status }) => status === "fulfilled");
      if (!isKept) await Promise.allSettled(entries.map((entry) => storage.remove(WAITING + keyOf(entry))));
      void announceChange();
      return isKept;
    },

    /** @param {Waiting[]} entries  acknowledged */
    async settle(entries) {
      for (const { event, account } of entries) await move(WAITING, DONE, { event, account });
      await storage.set("arrived", Date.now());
      await announceChange();
      for (const key of (await keysWith(DONE)).slice(0, -DONE_KEPT)) await storage.remove(key);
    },

    /**
     * Stored among the refused events, where the user sees it, before it leaves the queue.
     * @param {Refused} entry
     */
    async refuse(entry) {
      await move(WAITING, REFUSED, entry);
      await announceChange();
    },

    /** @param {Waiting} entry  waiting, and changed in what it says of its task */
    async change(entry) {
      cache.delete(WAITING + keyOf(entry));
      await storage.set(WAITING + keyOf(entry), entry);
    },

    /** @param {Waiting[]} entries  refused or acknowledged, to be sent again */
    async sendAgain(entries) {
      for (const { event, account } of entries) {
        await storage.set(WAITING + keyOf({ event }), { event, account });
        for (const prefix of [REFUSED, DONE]) await storage.remove(prefix + keyOf({ event }));
      }
      await announceChange();
    },

    /** @param {{event: TrackedEvent}[]} entries  refused events that the user has read about */
    async dismiss(entries) {
      for (const entry of entries) await storage.remove(REFUSED + keyOf(entry));
      await announceChange();
    },
  };
}
