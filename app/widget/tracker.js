// @ts-check
// The widget without its face: what is known, what was pressed, what waits. Every tab reads the same storage.

/** @import { Action, Adopted, Away, AwayAnswer, EventType, Link, Model, Reading, Refused, TrackedEvent, Waiting } from "./words.js" */
/** @import { Opened } from "./tasks.js" */
/** @import { Storage } from "./storage.js" */
/** @import { Transport } from "./transport.js" */
/** @import { View } from "./machine.js" */
import { awayEvents, awayFrom, isAnsweredElsewhere } from "./idle.js";
import { FRESH_CLOCK, isoOf, nextStamp, readClock, stampOf } from "./clock.js";
import { NO_SESSION, project, sessionPace } from "./machine.js";
import { QUEUE_CHANGED, createQueue } from "./queue.js";
import { belongsTo, createSender, oneTabAtATime } from "./sender.js";
import { byTime, describing, isFound, nextFor, openedAt, wasSubmitted, withOpened } from "./tasks.js";

/** Those whose closed question counts nowhere. */
const DISCARDING = /** @type {Partial<Record<Action, EventType>>} */ ({ DISCARD: "NEXT", LEAVE: "EXIT" });
/** What the storage keeps for all tabs, beside the queue. */
const SHARED = ["answer", "link", "link-ended", "clock", "tasks", "away", "arrived"];
const DOUBLE_CLICK_MS = 1000;
const SHORTEST_AWAY_MS = 30_000;

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
  let clock = FRESH_CLOCK;
  /** @type {Opened[]} */
  let opened = [];
  /** @type {Away[]} */
  let aways = [];
  /** @type {number | null} */
  let arrivedAt = null;
  /** @type {Reading} */
  let page = { place: "other", task: null, fields: {}, estimate: "", checks: [] };
  /** @type {View} */
  let view = NO_SESSION;
  /** @type {string | null} */
  let trouble = null;
  /** @type {string | null} */
  let notice = null;
  /** @type {string | null} */
  let check = null;
  /** How often the storage was read: of several readings at once only the latest counts. */
  let readings = 0;
  /** All that is looked for on the page was found, or will not come any more. */
  let settled = false;
  let loading = false;
  /** @type {Promise<unknown>} */
  let loaded = Promise.resolve();
  const sender = createSender({
    storage, queue, transport, onChange: load,
    onTrouble: (sentence) => {
      if (trouble !== sentence) check = null;
      trouble = sentence;
    },
  });

  /** Reads everything anew: once for all that changed since the last reading began, however many changes are called out. */
  function load() {
    if (loading) return;
    loading = true;
    loaded = loaded.then(() => {
      loading = false;
      return read();
    }).catch(() => {});
  }

  async function read() {
    const mine = ++readings;
    const kept = await Promise.all([queue.waiting(), queue.refused(), ...SHARED.map(storage.get)]);
    if (mine !== readings) return;
    const before = link?.since;
    let ended;
    [entries, refused, adopted = null, link = null, ended, clock = FRESH_CLOCK, opened = [], aways = [], arrivedAt = null] = kept;
    connected = link !== null && ended !== link.since;
    show();
    // Only where there is another connection than before: the task site's scripts can say at any time that something changed.
    if (link?.since !== before) void sender.look();
    await forgetAnsweredElsewhere();
    await describe();
  }

  function show() {
    const mine = entries.filter((entry) => link === null || belongsTo(entry, link));
    const pending = mine.map((entry) => entry.event).filter((event) => !adopted?.covers.includes(event.event_id));
    view = project(adopted, pending);
    const told = refused.findLast((each) => each.fresh)?.reason ?? null;
    draw({
      view, pace: sessionPace(view), adopted, link, connected, trouble, arrivedAt, check, reading: page, away: aways[0] ?? null,
      waiting: mine.length, foreign: entries.length - mine.length,
      refused: refused.filter((each) => !each.fresh), notice: notice ?? told,
    });
  }

  const shift = () => adopted?.shift ?? 0;
  /** Of the open question, ms by the widget's clock: where the server has filed it, once that is known; else long ago. */
  const startedAt = () => (view.startedAt ?? 0) - shift();
  const openQuestion = () => openedAt(opened, startedAt(), shift());

  /**
   * @param {Action} action
   * @param {number} at  wall clock, ms
   * @returns {TrackedEvent}
   */
  function stamped(action, at) {
    // What began before the latest press comes right after it: only a clock that was set back runs ahead from then on.
    const from = Math.max(at, Math.min(Date.now(), clock.last - clock.offset + 1));
    clock = nextStamp(from, clock, !view.active);
    void storage.set("clock", clock);
    return {
      event_id: crypto.randomUUID(), type: DISCARDING[action] ?? /** @type {EventType} */ (action),
      timestamp: isoOf(stampOf(clock.last)), ...(action in DISCARDING && { discard: true }),
    };
  }

  /**
   * On its way to the storage when this returns: a tab that crashes now loses nothing. The panel shows it as soon as it is there.
   * @param {TrackedEvent[]} events
   */
  async function keep(events) {
    const added = events.map((event) => ({ event, account: link?.account ?? null }));
    readings += 1; // what is being read knows nothing of these
    notice = check = null;
    try {
      await queue.add(added);
    } catch {
      notice = `${events[0].type} could not be kept by the userscript manager. Press again.`;
      return show();
    }
    const known = new Set(events.map((event) => event.event_id));
    entries = [...entries.filter(({ event }) => !known.has(event.event_id)), ...added]
      .sort(byTime);
    const told = refused.filter((each) => each.fresh);
    refused = refused.filter((each) => !each.fresh);
    void sender.kick();
    show();
    if (told.length) await queue.dismiss(told);
  }

  /** @param {Opened} one */
  function remember(one) {
    opened = withOpened(opened, one);
    void storage.set("tasks", opened);
  }

  /**
   * @param {Action} action
   * @param {number} [at]  wall clock, ms
   */
  function press(action, at = Date.now()) {
    if (action === "DISCARD" && !view.active) {
      notice = "No question is open.";
      return show();
    }
    const event = stamped(action, at);
    if (event.type === "NEXT") {
      const { fields, task, after } = nextFor(openQuestion(), page);
      Object.assign(event, fields);
      remember({ event, opening: !view.active, task, after });
    }
    // After the last task she is on the list, and the question that its NEXT has opened is about nothing.
    const open = openQuestion();
    if (action === "EXIT" && page.place === "list" && open && !open.task && open.after) event.discard = true;
    return keep([event]);
  }

  /**
   * She submitted or released a task. Once more for the same one means that the first time did not go through.
   * @param {string | null} task
   * @param {boolean} discard
   * @param {number} at  wall clock, ms
   */
  function closeTask(task, discard, at) {
    const open = openQuestion();
    const opening = !view.active;
    if (opening && discard) return;
    const again = open !== undefined && wasSubmitted(open, task);
    if (again && (open.opening || at + clock.offset - Date.parse(open.event.timestamp) < DOUBLE_CLICK_MS)) return;
    const undo = again ? [stamped("UNDO", at)] : [];
    const next = stamped(discard ? "DISCARD" : "NEXT", at);
    remember({ event: next, opening, task: null, after: task });
    return keep([...undo, next]);
  }

  /** The page shows what the open question is about: one tab says so, once. One in the background shows what she left there. */
  async function describe() {
    if (document.hidden || !settled || !isFound(openQuestion(), page)) return;
    await oneTabAtATime("tasks", async () => {
      opened = (await storage.get("tasks")) ?? [];
      const open = openQuestion();
      if (!isFound(open, page)) return;
      // As long as its NEXT is on the way, the server may find that it opened a session. Without a connection nobody knows.
      // Of a clock that is off, the server alone says where the NEXT is: an UNDO could otherwise come before it.
      const asked = (shift() || open.opening || (connected && !trouble)) && entries.some(({ event }) => event.event_id === open.event.event_id);
      // Only what UNDO certainly reopens; an absence that she ends the session with would leave nothing before it. What is
      // to come before a NEXT would come after it, were it put right by another request than that one.
      const certain = open.opening ? !shift() : view.index > 1 || view.closed.length;
      const { events, known } = describing(open, page.task, asked || aways.length || !certain ? {} : page.fields, startedAt());
      if (!events.length && open.task) return;
      opened = opened.filter((each) => each !== open);
      remember(known);
      if (events.length) await keep(events);
    });
  }

  async function forgetAnsweredElsewhere() {
    const answer = adopted?.answer;
    const left = aways.filter((each) => !answer || !isAnsweredElsewhere(each, answer, shift() + clock.offset));
    if (left.length !== aways.length) await storage.set("away", left);
  }

  return {
    press,
    closeTask,
    checkArrived: async () => {
      check = await sender.checkArrived();
      show();
    },
    look: sender.look,
    /** Time on the server's clock, for drawing. */
    now: () => readClock(Date.now(), clock) + shift(),
    isRunning: () => view.active && view.pausedSince === null,

    /**
     * @param {Reading} shown  what stands there now
     * @param {boolean} complete  all that is looked for was found, or will not come any more
     * @param {number | null} leftList  she left the list of tasks for it: when, wall clock, ms; null otherwise
     */
    async read(shown, complete, leftList) {
      [page, settled] = [shown, complete];
      const open = openQuestion();
      if (leftList && !view.active) await press("NEXT", leftList);
      // Between two tasks she worked on neither: that time is counted nowhere.
      else if (leftList && open?.task === null && isFound(open, page)) await press("DISCARD", leftList);
      else await describe();
      show();
    },

    /**
     * Nothing was touched from one moment to the other, and the question ran on.
     * @param {number} from  wall clock, ms
     * @param {number} to
     */
    async wasAway(from, to) {
      const begin = awayFrom(from, startedAt() - clock.offset, clock);
      if (to - begin < SHORTEST_AWAY_MS) return; // another device began the question meanwhile
      aways = [...aways, { from: begin, to }];
      show();
      await storage.set("away", aways);
      await sender.look();
    },

    /** @param {AwayAnswer} answer */
    async answerAway(answer) {
      const [one, ...rest] = aways;
      if (!one) return;
      aways = rest;
      const events = awayEvents(one, answer).map(([type, at]) => (
        { event_id: crypto.randomUUID(), type, timestamp: isoOf(stampOf(at + clock.offset)) }));
      if (events.length) await keep(events);
      await storage.set("away", rest);
      show();
    },

    /** @param {TrackedEvent} event  of a refusal that she has read */
    dismiss: (event) => queue.dismiss([{ event }]),

    /** @param {TrackedEvent} event  refused, perhaps because an earlier one came later than it */
    async retry(event) {
      await queue.sendAgain(refused.filter((each) => each.event.event_id === event.event_id));
      void sender.kick();
    },

    async start() {
      for (const key of [QUEUE_CHANGED, ...SHARED]) storage.onChange(key, load);
      await read().catch(() => {});
    },
  };
}
