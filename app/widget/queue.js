// @ts-check
// Presses that are not yet answered, those that were refused, and for a while those that arrived. Each has a key of its
// own in the storage, so two tabs that press at once never overwrite each other's.

/** @import { Refused, TrackedEvent, Waiting } from "./words.js" */
/** @import { Storage } from "./storage.js" */

const WAITING = "event:";
const REFUSED = "refused:";
const DONE = "done:";
/** Changes whenever the queue does: the one key that other tabs can listen to. */
export const QUEUE_CHANGED = "queue-changed";
/** Presses that stay after they arrived, so that it can be asked later whether they are still there. */
const DONE_KEPT = 500;

/**
 * Keys sort as the events happened: ISO stamps of one width, then the id.
 * @param {{event: TrackedEvent}} entry
 */
function keyOf({ event }) {
  return `${event.timestamp}:${event.event_id}`;
}

/** @typedef {ReturnType<typeof createQueue>} Queue */

/** @param {Storage} storage */
export function createQueue(storage) {
  const changed = () => storage.set(QUEUE_CHANGED, crypto.randomUUID());

  /** @param {string} prefix */
  const keys = async (prefix) => (await storage.keys()).filter((key) => key.startsWith(prefix)).sort();

  /**
   * @param {string} prefix
   * @param {(key: string) => Promise<any>} [read]
   * @returns {Promise<any[]>}
   */
  async function all(prefix, read = storage.get) {
    const values = await Promise.all((await keys(prefix)).map(read));
    // Another tab may have taken one away between the listing and the reading.
    return values.filter((value) => value !== undefined);
  }

  /** @type {Map<string, Waiting>} */
  const known = new Map();
  /** A press never changes: with hundreds of them waiting each is fetched once, not after every press. */
  const readOnce = async (/** @type {string} */ key) => known.get(key) ?? known.set(key, await storage.get(key)).get(key);

  /**
   * First there, then gone here: whatever happens in between, it is in one place at least.
   * @param {string} from
   * @param {string} to
   * @param {Waiting} entry
   */
  async function move(from, to, entry) {
    await storage.set(to + keyOf(entry), entry);
    await storage.remove(from + keyOf(entry));
    known.delete(from + keyOf(entry));
  }

  return {
    /** @returns {Promise<Waiting[]>} in the order of their times */
    waiting: () => all(WAITING, readOnce),

    /** @returns {Promise<Refused[]>} in the order of their times */
    refused: () => all(REFUSED),

    /** @returns {Promise<Waiting[]>} acknowledged; the latest few hundred, in the order of their times */
    done: () => all(DONE),

    /**
     * All of them are on their way to the storage when this returns, and there when it resolves: to whether they are.
     * Where one cannot be kept, none is: an UNDO without the NEXT after it would be something else.
     * @param {Waiting[]} entries
     */
    async add(entries) {
      const sets = await Promise.allSettled(entries.map((entry) => storage.set(WAITING + keyOf(entry), entry)));
      const kept = sets.every(({ status }) => status === "fulfilled");
      if (!kept) await Promise.allSettled(entries.map((entry) => storage.remove(WAITING + keyOf(entry))));
      void changed();
      return kept;
    },

    /** @param {Waiting[]} entries  acknowledged */
    async settle(entries) {
      for (const { event, account } of entries) await move(WAITING, DONE, { event, account });
      await storage.set("arrived", Date.now());
      await changed();
      for (const key of (await keys(DONE)).slice(0, -DONE_KEPT)) await storage.remove(key);
    },

    /**
     * Kept where she can see it, with the reason, before it leaves the queue.
     * @param {Refused} entry
     */
    async refuse(entry) {
      await move(WAITING, REFUSED, entry);
      await changed();
    },

    /** @param {Waiting[]} entries  refused or believed to have arrived: to be sent again */
    async sendAgain(entries) {
      for (const { event, account } of entries) {
        await storage.set(WAITING + keyOf({ event }), { event, account });
        for (const prefix of [REFUSED, DONE]) await storage.remove(prefix + keyOf({ event }));
      }
      await changed();
    },

    /** @param {{event: TrackedEvent}[]} entries  refused ones that she has read about */
    async dismiss(entries) {
      for (const entry of entries) await storage.remove(REFUSED + keyOf(entry));
      await changed();
    },
  };
}
