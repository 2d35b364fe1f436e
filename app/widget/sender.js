// @ts-check
// Brings what waits to the server: in order, one sender at a time across tabs, until everything is answered.

/** @import { Answer, Link, TrackedEvent, Waiting } from "./words.js" */
/** @import { Queue } from "./queue.js" */
/** @import { Storage } from "./storage.js" */
/** @import { Transport } from "./transport.js" */
/** @import { Verdict } from "./replies.js" */
import { readClock, serverShift } from "./clock.js";
import { isBatchAnswer, isEventAnswer, judge, pauseMs } from "./replies.js";

const LARGEST_BATCH = 500;
/** A refusal that arrives while she still looks at what she pressed is told at once; a later one goes on the list. */
const FRESH_MS = 10_000;

/**
 * The server's view of the session, as it is kept for every tab.
 * @typedef {object} Adopted
 * @property {Answer} answer
 * @property {number} shift  ms from the widget's clock to the server's
 * @property {string[]} covers  event ids that the answer already contains, should they still wait
 */

/**
 * @param {object} parts
 * @param {Storage} parts.storage
 * @param {Queue} parts.queue
 * @param {Transport} parts.transport
 * @param {(sentence: string) => void} parts.tell  something she should read now
 * @param {(trouble: string | null) => void} parts.onTrouble  why nothing gets through; null when it does
 * @param {() => Promise<void>} parts.onChange  the storage holds something new
 */
export function createSender({ storage, queue, transport, tell, onTrouble, onChange }) {
  let running = false;
  let again = false;
  let stale = false;
  let attempt = 0;
  let notBefore = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  const clockNow = async () => readClock(Date.now(), (await storage.get("clock")) ?? { last: 0, offset: 0 });

  /**
   * @param {Link} link
   * @param {string} method
   * @param {string} path
   * @param {(body: any) => boolean} isAnswer
   * @param {object} [body]
   * @returns {Promise<Verdict>}
   */
  async function ask(link, method, path, isAnswer, body) {
    const sent = body && { ...body, sent_at: new Date(await clockNow()).toISOString() };
    return judge(await transport(method, path, link.token, sent), isAnswer);
  }

  /**
   * @param {Answer} answer
   * @param {TrackedEvent[]} covered
   */
  async function adopt(answer, covered) {
    const shift = serverShift(Date.parse(answer.server_timestamp), await clockNow());
    await storage.set("answer", { answer, shift, covers: covered.map((event) => event.event_id) });
  }

  /**
   * The oldest of those that wait: nothing earlier can change how it is judged.
   * @param {Link} link
   * @param {TrackedEvent} event
   * @returns {Promise<Verdict>}
   */
  async function sendOne(link, event) {
    const verdict = await ask(link, "POST", "/events", isEventAnswer, event);
    if (verdict.kind === "accepted") {
      await adopt(verdict.body, [event]);
      await queue.settle([event]);
      // An answer describes the session in which the event landed: for an old one that need not be today's.
      stale ||= (await clockNow()) - Date.parse(event.timestamp) > FRESH_MS;
    } else if (verdict.kind === "refused") {
      await queue.refuse(event, verdict.reason);
    } else if (verdict.kind === "unfit") {
      await setAside(event, verdict.reason);
    }
    return verdict;
  }

  /**
   * @param {TrackedEvent} event
   * @param {string} reason
   */
  async function setAside(event, reason) {
    if ((await clockNow()) - Date.parse(event.timestamp) > FRESH_MS) return queue.refuse(event, reason);
    await queue.settle([event]);
    tell(reason);
  }

  /**
   * @param {Link} link
   * @param {TrackedEvent[]} events
   * @returns {Promise<Verdict>}
   */
  async function sendBatch(link, events) {
    const verdict = await ask(link, "POST", "/events/batch", isBatchAnswer(events.length), { events });
    if (verdict.kind === "refused" || verdict.kind === "unfit") return sendOne(link, events[0]);
    if (verdict.kind !== "accepted") return verdict;
    const isRefused = (/** @type {any} */ _event, /** @type {number} */ i) => verdict.body.results[i].status === "refused";
    for (const event of events.filter(isRefused)) {
      // A batch does not say whether a refusal is final: alone, the status does.
      const alone = await sendOne(link, event);
      if (alone.kind === "later" || alone.kind === "disconnected") return alone;
    }
    const recorded = events.filter((event, i) => !isRefused(event, i));
    // They wait, drawn on top of the last answer, until an answer that contains them is there to draw instead.
    const current = await refresh(link, recorded);
    if (current.kind === "accepted") await queue.settle(recorded);
    return current;
  }

  /**
   * @param {Link} link
   * @param {TrackedEvent[]} [covered]
   * @returns {Promise<Verdict>}
   */
  async function refresh(link, covered = []) {
    const verdict = await ask(link, "GET", "/sessions/current", isEventAnswer);
    if (verdict.kind === "accepted") {
      await adopt(verdict.body, covered);
      stale = false;
    }
    if (verdict.kind === "unfit" || verdict.kind === "refused") return { kind: "later", waitMs: 0, why: verdict.reason };
    return verdict;
  }

  /**
   * Everything that waits, one exchange after the other.
   * @returns {Promise<Verdict | null>} what stopped it; null when nothing is left to do
   */
  async function deliver() {
    for (;;) {
      /** @type {Link | undefined} */
      const link = await storage.get("link");
      if (!link || (await storage.get("link-ended")) === link.since) return null;
      const events = (await queue.waiting()).filter((entry) => belongsTo(entry, link)).map((entry) => entry.event);
      if (!events.length && !stale) return null;
      const verdict = await (events.length > 1
        ? sendBatch(link, events.slice(0, LARGEST_BATCH))
        : events.length === 1 ? sendOne(link, events[0]) : refresh(link));
      if (verdict.kind === "disconnected") {
        await storage.set("link-ended", link.since);
        return null;
      }
      if (verdict.kind === "later") return verdict;
      attempt = 0;
      onTrouble(null);
      await onChange();
    }
  }

  /** Sends now, or as soon as the server allows it. */
  async function kick() {
    again = true;
    if (running) return;
    clearTimeout(timer);
    if (Date.now() < notBefore) return later(notBefore - Date.now());
    running = true;
    try {
      while (again) {
        again = false;
        const stopped = await alone(deliver);
        if (stopped?.kind !== "later") continue;
        onTrouble(stopped.why);
        notBefore = Date.now() + stopped.waitMs;
        later(pauseMs(attempt++, stopped.waitMs, Math.random()));
        break;
      }
    } finally {
      running = false;
      await onChange();
    }
  }

  /** @param {number} ms */
  function later(ms) {
    clearTimeout(timer);
    timer = setTimeout(kick, ms);
  }

  return {
    kick,
    /** Asks how things stand: another device may have acted. */
    look() {
      stale = true;
      return kick();
    },
  };
}

/**
 * Presses made under one account are never sent under another's.
 * @param {Waiting} entry
 * @param {Link} link
 */
export function belongsTo(entry, link) {
  return entry.account === null || entry.account === link.account;
}

/**
 * One sender across all tabs of the task site.
 * @template T
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
async function alone(work) {
  return navigator.locks ? navigator.locks.request("raterhub-tracker-sender", work) : work();
}
