// @ts-check
// The widget without its panel: makes events of actions, stores them, and keeps this tab in step with the storage,
// which all tabs share.

/** @import { Action, Away, EventType, Model, Reading, TrackedEvent } from "./types.js" */
/** @import { Opened } from "./tasks.js" */
/** @import { Storage } from "./storage.js" */
/** @import { Transport } from "./transport.js" */
import { createAbsences } from "./absences.js";
import { FRESH_CLOCK, isoOf, nextStamp, readClock, stampOf } from "./clock.js";
import { createDescriber } from "./descriptions.js";
import { MESSAGES } from "./messages.js";
import { QUEUE_CHANGED, createQueue } from "./queue.js";
import { createSender } from "./sender.js";
import { isFound, nextFor, wasSubmitted, withAll, withOpened } from "./tasks.js";
import {
  accountOf, currentView, initialState, isMine, isWithoutTask, modelOf, openQuestionOf, shiftOf, startedAtOf,
} from "./tracker_state.js";

/**
 * The actions whose closed question is not counted, and the events they send.
 * @type {Partial<Record<Action, EventType>>}
 */
const DISCARDING = { DISCARD: "NEXT", LEAVE: "EXIT" };
/** What the storage keeps for all tabs, besides the queue. */
const SHARED = ["answer", "link", "link-ended", "clock", "tasks", "away", "arrived"];
/** A second submit of the same task within this time is a double click. */
const DOUBLE_CLICK_MS = 1000;

/**
 * @param {Storage} storage
 * @param {Transport} transport
 * @param {(model: Model) => void} draw
 */
export function createTracker(storage, transport, draw) {
  const queue = createQueue(storage);
  const state = initialState();
  /** Number of reads of the storage that were begun: of several at once only the latest counts. */
  let reads = 0;
  let isReadPlanned = false;
  /** @type {Promise<unknown>} */
  let lastRead = Promise.resolve();

  const sender = createSender({ storage, queue, transport, onChange: planRead, onTrouble: setTrouble });
  const absences = createAbsences({
    storage,
    keep,
    show,
    invalidateReads,
    situation: () => ({
      account: accountOf(state),
      isMine: (away) => isMine(state, away),
      startedAt: startedAtOf(state) - state.clock.offset,
      clock: state.clock,
      adopted: state.adopted,
      isWithoutTask: isWithoutTask(state),
    }),
  });

  const describe = createDescriber({ storage, state, absences, look: sender.look, remember, keep, show });

  /** @param {string | null} trouble */
  function setTrouble(trouble) {
    if (state.trouble !== trouble) state.check = null;
    state.trouble = trouble;
  }

  /** A read of the storage that is in progress must not replace what has just been changed here. */
  function invalidateReads() {
    reads += 1;
  }

  /** Reads the storage again: once for all changes since the last read began, however many are announced. */
  function planRead() {
    if (isReadPlanned) return;
    isReadPlanned = true;
    lastRead = lastRead
      .then(() => {
        isReadPlanned = false;
        return readStorage();
      })
      // The panel goes on to show what it knew, which is not wrong; the next change is read again.
      .catch(() => {});
  }

  async function readStorage() {
    reads += 1;
    const thisRead = reads;
    // The queue before the answer: an answer is stored, with the ids it covers, before its events leave the queue.
    const entries = await queue.waiting();
    const [refused, ...shared] = await Promise.all([queue.refused(), ...SHARED.map(storage.get)]);
    if (thisRead !== reads) return;
    const connectedBefore = state.link?.since;
    Object.assign(state, { entries, refused });
    adoptShared(shared);
    show();
    // Only for a new connection: the task site's scripts can announce changes at any time.
    if (state.link?.since !== connectedBefore) void sender.look();
    await absences.forgetAnswered();
    if (!isReadPlanned) describe();
  }

  /** @param {any[]} values  of the keys in `SHARED` */
  function adoptShared(values) {
    const [answer, link = null, linkEnded, clock = FRESH_CLOCK, tasks = [], aways = [], arrivedAt = null] = values;
    Object.assign(state, { adopted: answer ?? null, link, clock, arrivedAt });
    state.connected = link !== null && linkEnded !== link.since;
    state.opened = /** @type {Opened[]} */ (tasks).reduce(withOpened, state.opened);
    absences.adopt(/** @type {Away[]} */ (aways));
  }

  function show() {
    state.view = currentView(state);
    draw(modelOf(state, absences.asked()));
  }

  /**
   * A new event, with the next stamp.
   * @param {Action} action
   * @param {number} at  wall clock, ms
   * @returns {TrackedEvent}
   */
  function createEvent(action, at) {
    const { clock } = state;
    // An action that began before the latest event is stamped right after it; the clock does not run ahead for that.
    const from = Math.max(at, Math.min(Date.now(), clock.last - clock.offset + 1));
    state.clock = nextStamp(from, clock, !state.view.active);
    void storage.set("clock", state.clock);
    return {
      event_id: crypto.randomUUID(),
      type: DISCARDING[action] ?? /** @type {EventType} */ (action),
      timestamp: isoOf(stampOf(state.clock.last)),
      ...(action in DISCARDING && { discard: true }),
    };
  }

  /**
   * Stores events. The writes have begun when this returns, so a tab that crashes then loses nothing (a browser that
   * is killed may lose what its manager writes to the disk later); the panel shows the events when they are stored.
   * @param {TrackedEvent[]} events
   * @returns {Promise<boolean>} whether they are stored
   */
  async function keep(events) {
    const added = events.map((event) => ({ event, account: accountOf(state) }));
    invalidateReads();
    state.notice = null;
    state.check = null;
    state.pending = [...state.pending, ...added];
    state.view = currentView(state);
    const isKept = await queue.add(added);
    state.pending = state.pending.filter((each) => !added.includes(each));
    if (!isKept) {
      state.notice = MESSAGES.notKept(events[events.length - 1].type);
      show();
      return false;
    }
    state.entries = withAll(state.entries, added);
    const shown = state.refused.filter((each) => each.fresh && isMine(state, each));
    state.refused = state.refused.filter((each) => !shown.includes(each));
    void sender.kick();
    show();
    if (shown.length) await queue.dismiss(shown);
    return true;
  }

  /** @param {Opened} question */
  function remember(question) {
    state.opened = withOpened(state.opened, question);
    void storage.set("tasks", state.opened);
  }

  /**
   * Remembers the question that a NEXT opens, and its task.
   * @param {TrackedEvent} event  the NEXT
   * @param {string | null} task
   * @param {string | null} after  the task that the NEXT closed
   */
  function rememberOpened(event, task, after) {
    const { active, count } = state.view;
    const countAfter = count + (event.discard ? 0 : 1);
    remember({
      id: event.event_id,
      account: accountOf(state),
      event,
      opening: !active,
      count: active ? countAfter : 0,
      task,
      after,
      times: 0,
    });
  }

  /**
   * @param {Action} action
   * @param {number} [at]  wall clock, ms
   * @returns {Promise<unknown>} when it is stored
   */
  async function press(action, at = Date.now()) {
    if (action === "DISCARD" && !state.view.active) {
      state.notice = MESSAGES.noOpenQuestion;
      return show();
    }
    const event = createEvent(action, at);
    if (event.type === "NEXT") {
      const { fields, task, after } = nextFor(openQuestionOf(state), state.page);
      Object.assign(event, fields);
      rememberOpened(event, task, after);
    }
    if (action === "EXIT" && isWithoutTask(state)) event.discard = true;
    return keep([event]);
  }

  /**
   * The user submitted or released a task. A second time for the same task means that the first did not succeed.
   * @param {string | null} task
   * @param {boolean} discard
   * @param {number} at  wall clock, ms
   */
  function closeTask(task, discard, at) {
    if (!state.view.active && discard) return;
    const open = openQuestionOf(state);
    const isRepeated = open !== undefined && wasSubmitted(open, task);
    if (isRepeated && (open.opening || isDoubleClick(open, at))) return;
    const undo = isRepeated ? [createEvent("UNDO", at)] : [];
    const next = createEvent(discard ? "DISCARD" : "NEXT", at);
    rememberOpened(next, null, task);
    return keep([...undo, next]);
  }

  /**
   * @param {Opened} open
   * @param {number} at  wall clock, ms
   */
  function isDoubleClick(open, at) {
    return at + state.clock.offset - Date.parse(open.event.timestamp) < DOUBLE_CLICK_MS;
  }

  return {
    press,
    closeTask,
    look: sender.look,
    answerAway: absences.answer,

    async checkArrived() {
      state.check = await sender.checkArrived();
      show();
    },

    /** @returns {number} time on the server's clock, ms since the Unix epoch */
    now: () => readClock(Date.now(), state.clock) + shiftOf(state),

    isRunning: () => state.view.active && state.view.pausedSince === null,

    /**
     * @param {Reading} page  what the page shows now
     * @param {boolean} complete  everything expected was found, or will not appear any more
     * @param {number | null} leftList  when the user left the task list for it, wall clock, ms; null: did not
     */
    async read(page, complete, leftList) {
      state.page = page;
      state.settled = complete;
      const open = openQuestionOf(state);
      if (leftList && !state.view.active) await press("NEXT", leftList);
      // The time between two tasks belongs to neither, and is not counted.
      else if (leftList && open?.task === null && isFound(open, page)) await press("DISCARD", leftList);
      else describe();
      show();
    },

    /**
     * There was no activity between two moments, and the question ran on.
     * @param {number} from  wall clock, ms
     * @param {number} to  wall clock, ms
     */
    async wasAway(from, to) {
      if (await absences.begin(from, to)) await sender.look();
    },

    /** @param {TrackedEvent} event  refused; the user has read about it */
    dismiss: (event) => queue.dismiss([{ event }]),

    /** @param {TrackedEvent} event  refused, perhaps because an earlier event arrived later */
    async retry(event) {
      await queue.sendAgain(state.refused.filter((each) => each.event.event_id === event.event_id));
      void sender.kick();
    },

    /** Reads the storage, and again at every change from now on. */
    async start() {
      for (const key of [QUEUE_CHANGED, ...SHARED]) storage.onChange(key, planRead);
      // The panel has to be there all the same: a press that cannot be stored is told, and the next change is read.
      await readStorage().catch(() => {});
      // If something changed meanwhile, that read did not count.
      await lastRead;
    },
  };
}
