// @ts-check
// The widget without its face: what is known, what was pressed, what waits. Every tab reads the same storage.

/** @import { Action, Adopted, EventType, Link, Refused, TrackedEvent, Waiting } from "./words.js" */
/** @import { Storage } from "./storage.js" */
/** @import { Transport } from "./transport.js" */
/** @import { View } from "./machine.js" */
import { FRESH_CLOCK, nextStamp, readClock } from "./clock.js";
import { project } from "./machine.js";
import { QUEUE_CHANGED, createQueue } from "./queue.js";
import { belongsTo, createSender } from "./sender.js";

const PRESSES = /** @type {Record<Action, {type: EventType, discard?: true}>} */ ({
  NEXT: { type: "NEXT" }, PAUSE: { type: "PAUSE" }, UNDO: { type: "UNDO" }, EXIT: { type: "EXIT" },
  DISCARD: { type: "NEXT", discard: true }, LEAVE: { type: "EXIT", discard: true },
});

/**
 * All that the panel draws.
 * @typedef {object} Model
 * @property {View} view
 * @property {Adopted | null} adopted
 * @property {number} waiting  presses that will be sent
 * @property {number} foreign  presses of another account: they wait until that account is connected again
 * @property {Refused[]} refused
 * @property {Link | null} link
 * @property {boolean} connected
 * @property {string | null} trouble  why nothing gets through at the moment
 * @property {string | null} notice  the server's sentence about the press just made
 */

/**
 * @param {Storage} storage
 * @param {Transport} transport
 * @param {(model: Model) => void} draw
 */
export function createTracker(storage, transport, draw) {
  const queue = createQueue(storage);
  /** @type {Waiting[]} */
  let entries = [];
  /** @type {Refused[]} */
  let refused = [];
  /** @type {Adopted | null} */
  let adopted = null;
  /** @type {Link | null} */
  let link = null;
  let connected = false;
  /** @type {string | null} */
  let trouble = null;
  /** @type {string | null} */
  let notice = null;
  let clock = FRESH_CLOCK;
  let reading = 0;
  /** @type {Promise<unknown>} */
  let pressing = Promise.resolve();

  const sender = createSender({
    storage, queue, transport,
    tell: (sentence) => {
      notice = sentence;
    },
    onTrouble: (sentence) => {
      trouble = sentence;
    },
    onChange: load,
  });

  /** Reads everything anew; of several readings at once only the latest counts. */
  async function load() {
    const mine = ++reading;
    const [waiting, final, answer, held, ended, time] = await Promise.all([
      queue.waiting(), queue.refused(), storage.get("answer"), storage.get("link"), storage.get("link-ended"),
      storage.get("clock"),
    ]);
    if (mine !== reading) return;
    [entries, refused, adopted, link, clock] = [waiting, final, answer ?? null, held ?? null, time ?? FRESH_CLOCK];
    connected = link !== null && ended !== link.since;
    show();
  }

  function show() {
    const isMine = (/** @type {Waiting} */ entry) => link === null || belongsTo(entry, link);
    const mine = entries.filter(isMine);
    const pending = mine.map((entry) => entry.event).filter((event) => !adopted?.covers.includes(event.event_id));
    draw({
      view: project(adopted, pending),
      adopted, waiting: mine.length, foreign: entries.length - mine.length, refused, link, connected, trouble, notice,
    });
  }

  /**
   * @param {Action} action
   * @param {number} wall  when it was pressed
   */
  async function record(action, wall) {
    clock = nextStamp(wall, (await storage.get("clock")) ?? FRESH_CLOCK);
    await storage.set("clock", clock);
    /** @type {TrackedEvent} */
    const event = { event_id: crypto.randomUUID(), ...PRESSES[action], timestamp: new Date(clock.last).toISOString() };
    const entry = { event, account: link?.account ?? null };
    await queue.add(entry);
    // In the storage: from here on nothing can lose it, and the panel may say so.
    reading += 1;
    notice = null;
    entries = [...entries, entry];
    show();
    void sender.kick();
  }

  return {
    /** Time on the server's clock, for drawing. */
    now: () => readClock(Date.now(), clock) + (adopted?.shift ?? 0),

    /** @param {Action} action */
    press(action) {
      const wall = Date.now();
      pressing = pressing.then(() => record(action, wall)).catch(() => {
        notice = `${action} could not be stored: the userscript manager refused to keep it. Press again.`;
        show();
      });
      return pressing;
    },

    /** @param {TrackedEvent} event */
    async dismiss(event) {
      await queue.dismiss(event);
      await load();
    },

    look: () => sender.look(),

    async start() {
      for (const key of [QUEUE_CHANGED, "answer", "link-ended"]) storage.onChange(key, load);
      storage.onChange("link", async () => {
        await load();
        await sender.look();
      });
      await load();
      void sender.look();
    },
  };
}
