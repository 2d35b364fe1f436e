// @ts-check
// The widget without its face: what is known, what was pressed, what waits. Every tab reads the same storage.

/** @import { Action, Adopted, Away, EventType, Link, Model, Reading, Refused, TrackedEvent, Waiting } from "./words.js" */
/** @import { Opened } from "./tasks.js" */
/** @import { Storage } from "./storage.js" */
/** @import { Transport } from "./transport.js" */
/** @import { View } from "./machine.js" */
import { createAbsences } from "./absences.js";
import { FRESH_CLOCK, isoOf, nextStamp, readClock, stampOf } from "./clock.js";
import { NO_SESSION, project, sessionPace } from "./machine.js";
import { QUEUE_CHANGED, createQueue } from "./queue.js";
import { belongsTo, createSender } from "./sender.js";
import { canDescribe, describing, isFound, nextFor, openedAt, wasSubmitted, withAll, withOpened } from "./tasks.js";
import { oneTabAtATime } from "./turns.js";

/** Those whose closed question counts nowhere. */
const DISCARDING = /** @type {Partial<Record<Action, EventType>>} */ ({ DISCARD: "NEXT", LEAVE: "EXIT" });
/** What the storage keeps for all tabs, beside the queue. */
const SHARED = ["answer", "link", "link-ended", "clock", "tasks", "away", "arrived"];
const DOUBLE_CLICK_MS = 1000;

/**
 * @param {Storage} storage
 * @param {Transport} transport
 * @param {(model: Model) => void} draw
 */
export function createTracker(storage, transport, draw) {
  const queue = createQueue(storage);
  /** @type {Waiting[]} */
  let entries = [];
  /** On their way to the storage: not drawn as yet, but what is pressed next comes after them. @type {Waiting[]} */
  let underWay = [];
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
  /** @type {number | null} */
  let arrivedAt = null;
  /** @type {Reading} */
  let page = { place: "other", task: null, fields: {}, estimate: "", checks: [] };
  /** With what is under way. @type {View} */
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
  /** The description for whose sake the server was last asked how things stand. */
  let askedFor = "";
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
  const absences = createAbsences({
    storage, keep, show,
    outdate: () => void (readings += 1),
    standing: () => ({
      account: account(), isMine, startedAt: startedAt() - clock.offset, clock, adopted, aboutNothing: isAboutNothing(),
    }),
  });

  /** Reads everything anew: once for all that changed since the last reading began, however many changes are called out. */
  function load() {
    if (loading) return;
    loading = true;
    loaded = loaded.then(() => {
      loading = false;
      return recall();
    }).catch(() => {});
  }

  async function recall() {
    const mine = ++readings;
    // What waits before the answer: an answer is there, with what it covers, before that leaves the queue.
    const kept = [await queue.waiting(), ...await Promise.all([queue.refused(), ...SHARED.map(storage.get)])];
    if (mine !== readings) return;
    const before = link?.since;
    let ended;
    /** @type {Opened[]} */
    let tasks;
    /** @type {Away[]} */
    let aways;
    [entries, refused, adopted = null, link = null, ended, clock = FRESH_CLOCK, tasks = [], aways = [], arrivedAt = null] = kept;
    opened = tasks.reduce(withOpened, opened);
    absences.adopt(aways);
    connected = link !== null && ended !== link.since;
    show();
    // Only where there is another connection than before: the task site's scripts can say at any time that something changed.
    if (link?.since !== before) void sender.look();
    await absences.forgetAnswered();
    if (!loading) await describe();
  }

  const account = () => link?.account ?? null;
  const isMine = (/** @type {{account: string | null}} */ one) => link === null || belongsTo(one, link);

  /** @param {Waiting[]} some */
  const playedOn = (some) =>
    project(adopted, some.filter(isMine).map(({ event }) => event).filter(({ event_id }) => !adopted?.covers.includes(event_id)));

  function show() {
    const drawn = playedOn(entries);
    view = underWay.length ? playedOn(withAll(entries, underWay)) : drawn;
    const mine = refused.filter(isMine);
    const waiting = entries.filter(isMine).length;
    draw({
      view: drawn, pace: sessionPace(drawn), adopted, link, connected, trouble, arrivedAt, check, reading: page, waiting,
      away: absences.asked() ?? null, foreign: entries.length - waiting,
      refused: mine.filter((each) => !each.fresh), notice: notice ?? mine.findLast((each) => each.fresh)?.reason ?? null,
    });
  }

  const shift = () => adopted?.shift ?? 0;
  /** Of the open question, ms by the widget's clock: where the server has filed it, once that is known; else long ago. */
  const startedAt = () => (view.startedAt ?? 0) - shift();
  const openQuestion = () => openedAt(opened.filter(isMine), startedAt(), shift());
  /** After the last task she is on the list, and the question that its NEXT has opened is about nothing. */
  const isAboutNothing = () => {
    const open = openQuestion();
    return page.place === "list" && !!open?.after && !open.task;
  };

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
   * @returns {Promise<boolean>} whether they are kept
   */
  async function keep(events) {
    const added = events.map((event) => ({ event, account: account() }));
    readings += 1; // what is being read knows nothing of these
    notice = check = null;
    underWay = [...underWay, ...added];
    view = playedOn(withAll(entries, underWay));
    const kept = await queue.add(added);
    underWay = underWay.filter((each) => !added.includes(each));
    if (!kept) {
      notice = `${events.at(-1)?.type} could not be kept by the userscript manager. Press again.`;
      show();
      return false;
    }
    entries = withAll(entries, added);
    const told = refused.filter((each) => each.fresh && isMine(each));
    refused = refused.filter((each) => !told.includes(each));
    void sender.kick();
    show();
    if (told.length) await queue.dismiss(told);
    return true;
  }

  /** @param {Opened} one */
  function remember(one) {
    opened = withOpened(opened, one);
    void storage.set("tasks", opened);
  }

  /**
   * Remembers the question that a NEXT opens, and what it is about.
   * @param {TrackedEvent} event  the NEXT
   * @param {string | null} task
   * @param {string | null} after
   */
  function begin(event, task, after) {
    const count = view.active ? view.count + (event.discard ? 0 : 1) : 0;
    remember({ id: event.event_id, account: account(), event, opening: !view.active, count, task, after, times: 0 });
  }

  /**
   * @param {Action} action
   * @param {number} [at]  wall clock, ms
   * @returns {Promise<unknown>}
   */
  async function press(action, at = Date.now()) {
    if (action === "DISCARD" && !view.active) {
      notice = "No question is open.";
      return show();
    }
    const event = stamped(action, at);
    if (event.type === "NEXT") {
      const { fields, task, after } = nextFor(openQuestion(), page);
      Object.assign(event, fields);
      begin(event, task, after);
    }
    if (action === "EXIT" && isAboutNothing()) event.discard = true;
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
    if (!view.active && discard) return;
    const again = open && wasSubmitted(open, task);
    if (again && (open.opening || at + clock.offset - Date.parse(open.event.timestamp) < DOUBLE_CLICK_MS)) return;
    const undo = again ? [stamped("UNDO", at)] : [];
    const next = stamped(discard ? "DISCARD" : "NEXT", at);
    begin(next, null, task);
    return keep([...undo, next]);
  }

  /** The page shows what the open question is about: one tab says so, once. One that she is not at shows what she left there. */
  async function describe() {
    if (document.hidden || !document.hasFocus() || !settled || !isFound(openQuestion(), page)) return;
    await oneTabAtATime("tasks", async () => {
      // Another tab may have described it; and NEXT may be pressed here while the storage is read.
      opened = /** @type {Opened[]} */ ((await storage.get("tasks")) ?? []).reduce(withOpened, opened);
      const open = openQuestion();
      if (!isFound(open, page)) return;
      const can = canDescribe(open, {
        view, shift: shift(), away: absences.asked(), reachable: connected && !trouble,
        waits: [...entries, ...underWay].some(({ event }) => event.event_id === open.event.event_id),
        age: Math.abs(Date.now() - (adopted?.at ?? 0)),
      });
      const wanted = open.event.event_id + JSON.stringify(page.fields);
      // Once: where nobody answers, the sender goes on asking by itself.
      if (can === "ask" && wanted !== askedFor) void sender.look();
      askedFor = wanted;
      const { events, known } = describing(open, page.task, can === "yes" ? page.fields : {}, startedAt());
      if (!events.length && open.task) return;
      remember(known);
      if (!events.length || (await keep(events))) return;
      // She has pressed nothing that she could press again.
      notice = null;
      show();
    });
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
      if (await absences.begin(from, to)) await sender.look();
    },

    answerAway: absences.answer,

    /** @param {TrackedEvent} event  of a refusal that she has read */
    dismiss: (event) => queue.dismiss([{ event }]),

    /** @param {TrackedEvent} event  refused, perhaps because an earlier one came later than it */
    async retry(event) {
      await queue.sendAgain(refused.filter((each) => each.event.event_id === event.event_id));
      void sender.kick();
    },

    async start() {
      for (const key of [QUEUE_CHANGED, ...SHARED]) storage.onChange(key, load);
      await recall().catch(() => {});
      // Something changed meanwhile: then that reading counts for nothing.
      await loaded;
    },
  };
}
