// @ts-check
// Presses that are not yet answered, and presses that were refused for good. Each has a key of its own in the storage,
// so two tabs that press at once never overwrite each other's.

/** @import { Refused, TrackedEvent, Waiting } from "./words.js" */
/** @import { Storage } from "./storage.js" */

const WAITING = "event:";
const REFUSED = "refused:";
/** Changes whenever the queue does: the one key that other tabs can listen to. */
export const QUEUE_CHANGED = "queue-changed";

/**
 * Keys sort as the events happened: ISO stamps of one width, then the id.
 * @param {TrackedEvent} event
 */
export function eventKey(event) {
  return `${event.timestamp}:${event.event_id}`;
}

/** @typedef {ReturnType<typeof createQueue>} Queue */

/** @param {Storage} storage */
export function createQueue(storage) {
  const changed = () => storage.set(QUEUE_CHANGED, crypto.randomUUID());

  /**
   * @param {string} prefix
   * @returns {Promise<any[]>}
   */
  async function all(prefix) {
    const keys = (await storage.keys()).filter((key) => key.startsWith(prefix)).sort();
    const values = await Promise.all(keys.map((key) => storage.get(key)));
    // Another tab may have taken one away between the listing and the reading.
    return values.filter((value) => value !== undefined);
  }

  return {
    /** @returns {Promise<Waiting[]>} in the order of their times */
    waiting: () => all(WAITING),

    /** @returns {Promise<Refused[]>} in the order of their times */
    refused: () => all(REFUSED),

    /** @param {Waiting} entry */
    async add(entry) {
      await storage.set(WAITING + eventKey(entry.event), entry);
      await changed();
    },

    /** @param {TrackedEvent[]} events  acknowledged */
    async settle(events) {
      for (const event of events) await storage.remove(WAITING + eventKey(event));
      await changed();
    },

    /**
     * Kept where she can see it, with the reason, before it leaves the queue.
     * @param {TrackedEvent} event
     * @param {string} reason
     */
    async refuse(event, reason) {
      await storage.set(REFUSED + eventKey(event), { event, reason });
      await storage.remove(WAITING + eventKey(event));
      await changed();
    },

    /** @param {TrackedEvent} event  one that she has read about */
    async dismiss(event) {
      await storage.remove(REFUSED + eventKey(event));
      await changed();
    },
  };
}
