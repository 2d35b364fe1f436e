// @ts-check
// Sends what waits to the server: in order, one sender at a time across tabs, until everything is answered.

/** @import { Answer, Link, SentRequest, TaskFields, TrackedEvent, Waiting } from "./types.js" */
/** @import { Queue } from "./queue.js" */
/** @import { Storage } from "./storage.js" */
/** @import { Transport } from "./transport.js" */
/** @import { Verdict } from "./replies.js" */
import { adoptedFrom } from "./adopted.js";
import { FRESH_CLOCK, readClock } from "./clock.js";
import { oneTabAtATime } from "./locks.js";
import { MESSAGES } from "./messages.js";
import {
  isBatchAnswer, isEventAnswer, isKnownAnswer, isRefusal, judge, pauseMs, refusedIdsOf,
} from "./replies.js";
import { withoutRefused } from "./tasks.js";

/** As the server accepts them. */
const LARGEST_BATCH = 500;
const MOST_IDS_ASKED = 1000;
const SENT_KEPT = 10;
/** A refusal that arrives while the user still looks at the panel is a notice; a later one goes to the list. */
const FRESH_MS = 10_000;
/** @type {Readonly<Verdict>} */
const MANAGER_FAILED = { kind: "later", waitMs: 0, get reason() { return MESSAGES.managerFailed; } };

/**
 * @param {object} dependencies
 * @param {Storage} dependencies.storage
 * @param {Queue} dependencies.queue
 * @param {Transport} dependencies.transport
 * @param {(sentence: string | null) => void} dependencies.onTrouble  why nothing can be sent; null when it can
 * @param {() => void} dependencies.onChange  the storage was changed
 */
export function createSender({ storage, queue, transport, onTrouble, onChange }) {
  let isRunning = false;
  let runAgain = false;
  /** The server's last answer may not describe the current state. */
  let isStale = false;
  let attempt = 0;
  /** By `performance.now()`: a wall clock that is set back would turn seconds into hours. */
  let notBefore = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  /** Whether it is still this tab that sends. @type {() => Promise<boolean>} */
  let isHeld = async () => false;

  async function clockNow() {
    const memory = (await storage.get("clock")) ?? FRESH_CLOCK;
    // Date.now() after the read: the time of the read would count as a difference between the clocks.
    return readClock(Date.now(), memory);
  }

  async function sentAt() {
    return { sent_at: new Date(await clockNow()).toISOString() };
  }

  /**
   * @param {Link} link
   * @param {string} method
   * @param {string} path
   * @param {(body: any) => boolean} isAnswer
   * @param {object} [content]
   * @returns {Promise<Verdict>}
   */
  async function exchange(link, method, path, isAnswer, content) {
    const at = new Date().toISOString();
    const body = content ? JSON.stringify(content) : "";
    const reply = await transport(method, path, link.token, body);
    void keepSent({ at, method, path, body, status: reply.status });
    return judge(reply, isAnswer);
  }

  /** @param {SentRequest} request  to be shown on the tracker's page */
  async function keepSent(request) {
    const earlier = (await storage.get("sent")) ?? [];
    await storage.set("sent", [...earlier, request].slice(-SENT_KEPT));
  }

  /**
   * @param {Answer} answer
   * @param {Waiting[]} covered  events that the answer contains
   */
  async function adopt(answer, covered) {
    // An answer that came while this tab was frozen is older than what another tab has stored since.
    if (!(await isHeld())) throw new Error("superseded");
    const widgetMs = await clockNow();
    await storage.set("answer", adoptedFrom(answer, covered, widgetMs, await storage.get("answer")));
  }

  /**
   * Sends the oldest of the waiting events: nothing earlier can change how it is judged.
   * @param {Link} link
   * @param {Waiting} entry
   * @returns {Promise<Verdict>}
   */
  async function sendOne(link, entry) {
    const content = { ...entry.event, ...(await sentAt()) };
    const verdict = await exchange(link, "POST", "/events", isEventAnswer, content);
    const isOld = (await clockNow()) - Date.parse(entry.event.timestamp) > FRESH_MS;
    if (verdict.kind === "accepted") {
      await adopt(verdict.body, [entry]);
      await queue.settle([entry]);
      // An answer describes the session in which the event landed: for an old event that may not be the current one.
      isStale ||= isOld;
    } else if (isRefusal(verdict)) {
      const changed = withoutRefused(entry.event, verdict.fields);
      if (changed) return sendWithout(link, entry, changed, verdict.reason);
      await queue.refuse({ ...entry, reason: verdict.reason, fresh: verdict.kind === "unfit" && !isOld });
    }
    return verdict;
  }

  /**
   * Sends an event again without what was refused of its task. The settings tell of it.
   * @param {Link} link
   * @param {Waiting} entry
   * @param {{left: TrackedEvent, leftOut: TaskFields}} changed
   * @param {string} reason
   * @returns {Promise<Verdict>}
   */
  async function sendWithout(link, { account }, { left, leftOut }, reason) {
    await storage.set("left-out", { at: new Date().toISOString(), leftOut, reason });
    await queue.change({ event: left, account });
    return sendOne(link, { event: left, account });
  }

  /**
   * @param {Link} link
   * @param {Waiting[]} entries
   * @returns {Promise<Verdict>}
   */
  async function sendBatch(link, entries) {
    const events = entries.map((entry) => entry.event);
    const content = { events, ...(await sentAt()) };
    const verdict = await exchange(link, "POST", "/events/batch", isBatchAnswer(events), content);
    if (isRefusal(verdict)) return sendOne(link, entries[0]);
    if (verdict.kind !== "accepted") return verdict;
    const refusedIds = refusedIdsOf(verdict.body.results);
    for (const entry of entries.filter(({ event }) => refusedIds.has(event.event_id))) {
      // A batch does not tell whether a refusal is final; the status of a single event does.
      const single = await sendOne(link, entry);
      if (single.kind === "later" || single.kind === "disconnected") return single;
    }
    const recorded = entries.filter(({ event }) => !refusedIds.has(event.event_id));
    // They stay in the queue, applied to the last answer, until an answer that contains them is stored.
    const current = await refresh(link, recorded);
    if (current.kind === "accepted") await queue.settle(recorded);
    return current;
  }

  /**
   * Asks for the current state.
   * @param {Link} link
   * @param {Waiting[]} [covered]  events that the answer will contain
   * @returns {Promise<Verdict>}
   */
  async function refresh(link, covered = []) {
    const verdict = await exchange(link, "GET", "/sessions/current", isEventAnswer);
    if (verdict.kind === "accepted") {
      await adopt(verdict.body, covered);
      isStale = false;
    }
    return isRefusal(verdict) ? { kind: "later", waitMs: 0, reason: verdict.reason } : verdict;
  }

  /** @returns {Promise<Link | null>} null if there is no token, or it is no longer valid */
  async function validLink() {
    /** @type {Link | undefined} */
    const link = await storage.get("link");
    const ended = await storage.get("link-ended");
    return link && ended !== link.since ? link : null;
  }

  /**
   * The next exchange with the server.
   * @returns {Promise<Verdict | null>} null if nothing is left to do
   */
  async function sendNext() {
    const link = await validLink();
    if (!link) return null;
    const entries = (await queue.waiting()).filter((entry) => belongsTo(entry, link));
    if (!entries.length && !isStale) return null;
    const verdict = await sendEntries(link, entries);
    if (verdict.kind === "disconnected") {
      await storage.set("link-ended", link.since);
      return null;
    }
    if (verdict.kind !== "later") onChange();
    return verdict;
  }

  /**
   * @param {Link} link
   * @param {Waiting[]} entries
   */
  function sendEntries(link, entries) {
    if (!entries.length) return refresh(link);
    return entries.length === 1 ? sendOne(link, entries[0]) : sendBatch(link, entries.slice(0, LARGEST_BATCH));
  }

  /** Sends everything now, or as soon as the server allows it. */
  async function kick() {
    runAgain = true;
    if (isRunning) return;
    clearTimeout(timer);
    if (performance.now() < notBefore) return retryIn(notBefore - performance.now());
    isRunning = true;
    try {
      // Whatever the storage fails at is tried again later, and the panel says so.
      while (runAgain) await oneTabAtATime(storage, "sender", sendAll).catch(() => conclude(MANAGER_FAILED));
    } finally {
      isRunning = false;
      onChange();
    }
  }

  /**
   * Sends until nothing is left, the server asks to wait, or another tab has taken over.
   * @param {() => Promise<boolean>} isStillHeld
   */
  async function sendAll(isStillHeld) {
    isHeld = isStillHeld;
    while (runAgain && (await isHeld())) {
      runAgain = false;
      // Not hidden: it is told as such, or, if another tab has taken over, tried again in turn.
      const verdict = await sendNext().catch(() => MANAGER_FAILED);
      if (verdict !== MANAGER_FAILED || (await isHeld())) conclude(verdict);
      else runAgain = true;
    }
  }

  /** @param {Verdict | null} verdict  of one exchange; null: nothing was left to do */
  function conclude(verdict) {
    if (verdict?.kind === "later") {
      onTrouble(verdict.reason);
      notBefore = performance.now() + verdict.waitMs;
      retryIn(pauseMs(attempt, verdict.waitMs, Math.random()));
      attempt += 1;
      runAgain = false;
      return;
    }
    attempt = 0;
    onTrouble(null);
    runAgain ||= verdict !== null;
  }

  /** @param {number} ms */
  function retryIn(ms) {
    clearTimeout(timer);
    timer = setTimeout(kick, ms);
  }

  /**
   * Asks the server which of the acknowledged and refused events it has, and sends the missing ones again.
   * @returns {Promise<string>} the result, for the user to read
   */
  async function checkArrived() {
    const link = await validLink();
    if (!link) return MESSAGES.notConnected;
    const isMine = (/** @type {Waiting} */ entry) => belongsTo(entry, link);
    const done = (await queue.done()).filter(isMine);
    const refused = (await queue.refused()).filter(isMine);
    // `done` is bounded far below the limit; only refused events can be cut off.
    const event_ids = [...done, ...refused].slice(0, MOST_IDS_ASKED).map(({ event }) => event.event_id);
    if (!event_ids.length) return MESSAGES.nothingSent;
    const verdict = await exchange(link, "POST", "/events/known", isKnownAnswer, { event_ids });
    if (verdict.kind !== "accepted") return verdict.reason;
    const known = new Set(verdict.body.known);
    const isKnown = (/** @type {Waiting} */ { event }) => known.has(event.event_id);
    await queue.dismiss(refused.filter(isKnown));
    const missing = done.filter((entry) => !isKnown(entry));
    if (!missing.length) return MESSAGES.allThere(done.length);
    await queue.sendAgain(missing);
    void kick();
    return MESSAGES.someMissing(missing.length, done.length);
  }

  return {
    kick,
    checkArrived,

    /** Asks for the current state: another device may have acted. */
    look() {
      isStale = true;
      return kick();
    },
  };
}

/**
 * Whether an entry may be sent and shown under this connection: nothing of one account is used under another.
 * @param {{account: string | null}} entry
 * @param {Link} link
 */
export function belongsTo(entry, link) {
  return entry.account === null || entry.account === link.account;
}
