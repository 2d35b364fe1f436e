// @ts-check
// Brings what waits to the server: in order, one sender at a time across tabs, until everything is answered.

/** @import { Adopted, Answer, Link, SentRequest, Waiting } from "./words.js" */
/** @import { Queue } from "./queue.js" */
/** @import { Storage } from "./storage.js" */
/** @import { Transport } from "./transport.js" */
/** @import { Verdict } from "./replies.js" */
import { FRESH_CLOCK, readClock, serverShift } from "./clock.js";
import { isBatchAnswer, isEventAnswer, isKnownAnswer, judge, pauseMs } from "./replies.js";
import { oneTabAtATime } from "./turns.js";

const LARGEST_BATCH = 500;
const MOST_ASKED_AFTER = 1000;
const SENT_KEPT = 10;
/** A refusal that arrives while she still looks at what she pressed is told at once; a later one goes on the list. */
const FRESH_MS = 10_000;
const STUMBLED = /** @type {Verdict} */ ({ kind: "later", waitMs: 0, reason: "The userscript manager failed." });

/**
 * @param {object} parts
 * @param {Storage} parts.storage
 * @param {Queue} parts.queue
 * @param {Transport} parts.transport
 * @param {(sentence: string | null) => void} parts.onTrouble  why nothing gets through; null when it does
 * @param {() => void} parts.onChange  the storage holds something new
 */
export function createSender({ storage, queue, transport, onTrouble, onChange }) {
  let running = false;
  let again = false;
  let stale = false;
  let attempt = 0;
  /** By `performance.now()`: a wall clock that is set back would make hours of it. */
  let notBefore = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  const clockNow = async () => {
    const memory = (await storage.get("clock")) ?? FRESH_CLOCK;
    // Only now: reading took time, which would count as a difference between the clocks.
    return readClock(Date.now(), memory);
  };
  const sentAt = async () => ({ sent_at: new Date(await clockNow()).toISOString() });

  /**
   * @param {Link} link
   * @param {string} method
   * @param {string} path
   * @param {(body: any) => boolean} isAnswer
   * @param {object} [content]
   * @returns {Promise<Verdict>}
   */
  async function ask(link, method, path, isAnswer, content) {
    const at = new Date().toISOString();
    const body = content ? JSON.stringify(content) : "";
    const reply = await transport(method, path, link.token, body);
    const sent = /** @type {SentRequest} */ ({ at, method, path, body, status: reply.status });
    void storage.get("sent").then((before = []) => storage.set("sent", [...before, sent].slice(-SENT_KEPT)));
    return judge(reply, isAnswer);
  }

  /**
   * @param {Answer} answer
   * @param {Waiting[]} covered
   */
  async function adopt(answer, covered) {
    const shift = serverShift(Date.parse(answer.server_timestamp), await clockNow());
    const last = covered.at(-1)?.event;
    const plain = answer.is_active && last?.type === "NEXT" && last.target_minutes === undefined;
    const usualMinutes = plain ? answer.current_target_minutes : (await storage.get("answer"))?.usualMinutes ?? null;
    await storage.set("answer", /** @type {Adopted} */ ({
      answer, at: Date.now(), shift, covers: covered.map(({ event }) => event.event_id), usualMinutes, discarded: last?.discard,
    }));
  }

  /**
   * The oldest of those that wait: nothing earlier can change how it is judged.
   * @param {Link} link
   * @param {Waiting} entry
   * @returns {Promise<Verdict>}
   */
  async function sendOne(link, entry) {
    const verdict = await ask(link, "POST", "/events", isEventAnswer, { ...entry.event, ...await sentAt() });
    const isOld = (await clockNow()) - Date.parse(entry.event.timestamp) > FRESH_MS;
    if (verdict.kind === "accepted") {
      await adopt(verdict.body, [entry]);
      await queue.settle([entry]);
      // An answer describes the session in which the event landed: for an old one that need not be today's.
      stale ||= isOld;
    } else if (verdict.kind === "refused" || verdict.kind === "unfit") {
      await queue.refuse({ ...entry, reason: verdict.reason, fresh: verdict.kind === "unfit" && !isOld });
    }
    return verdict;
  }

  /**
   * @param {Link} link
   * @param {Waiting[]} entries
   * @returns {Promise<Verdict>}
   */
  async function sendBatch(link, entries) {
    const events = entries.map((entry) => entry.event);
    const verdict = await ask(link, "POST", "/events/batch", isBatchAnswer(events), { events, ...await sentAt() });
    if (verdict.kind === "refused" || verdict.kind === "unfit") return sendOne(link, entries[0]);
    if (verdict.kind !== "accepted") return verdict;
    const isRefused = (/** @type {any} */ _entry, /** @type {number} */ i) => verdict.body.results[i].status === "refused";
    for (const entry of entries.filter(isRefused)) {
      // A batch does not say whether a refusal is final: alone, the status does.
      const alone = await sendOne(link, entry);
      if (alone.kind === "later" || alone.kind === "disconnected") return alone;
    }
    const recorded = entries.filter((entry, i) => !isRefused(entry, i));
    // They wait, drawn on top of the last answer, until an answer that contains them is there to draw instead.
    const current = await refresh(link, recorded);
    if (current.kind === "accepted") await queue.settle(recorded);
    return current;
  }

  /**
   * @param {Link} link
   * @param {Waiting[]} [covered]
   * @returns {Promise<Verdict>}
   */
  async function refresh(link, covered = []) {
    const verdict = await ask(link, "GET", "/sessions/current", isEventAnswer);
    if (verdict.kind === "accepted") {
      await adopt(verdict.body, covered);
      stale = false;
    }
    if (verdict.kind === "unfit" || verdict.kind === "refused") return { ...verdict, kind: "later", waitMs: 0 };
    return verdict;
  }

  /** @returns {Promise<Link | null>} null while there is no token, or none that is good */
  async function goodLink() {
    /** @type {Link | undefined} */
    const link = await storage.get("link");
    return link && (await storage.get("link-ended")) !== link.since ? link : null;
  }

  /**
   * One exchange with the server.
   * @returns {Promise<Verdict | null>} null when nothing is left to do
   */
  async function exchange() {
    const link = await goodLink();
    if (!link) return null;
    const entries = (await queue.waiting()).filter((entry) => belongsTo(entry, link));
    if (!entries.length && !stale) return null;
    const verdict = await (entries.length > 1
      ? sendBatch(link, entries.slice(0, LARGEST_BATCH))
      : entries.length === 1 ? sendOne(link, entries[0]) : refresh(link));
    if (verdict.kind === "disconnected") {
      await storage.set("link-ended", link.since);
      return null;
    }
    if (verdict.kind !== "later") onChange();
    return verdict;
  }

  /** Sends now, or as soon as the server allows it. */
  async function kick() {
    again = true;
    if (running) return;
    clearTimeout(timer);
    if (performance.now() < notBefore) return later(notBefore - performance.now());
    running = true;
    try {
      while (again) {
        again = false;
        const verdict = await oneTabAtATime("sender", exchange).catch(() => STUMBLED);
        if (verdict?.kind === "later") {
          onTrouble(verdict.reason);
          notBefore = performance.now() + verdict.waitMs;
          later(pauseMs(attempt++, verdict.waitMs, Math.random()));
          break;
        }
        attempt = 0;
        onTrouble(null);
        again ||= verdict !== null;
      }
    } finally {
      running = false;
      onChange();
    }
  }

  /** @param {number} ms */
  function later(ms) {
    clearTimeout(timer);
    timer = setTimeout(kick, ms);
  }

  /**
   * Asks the server which of the presses that this browser believes to have arrived are there, and sends the rest again.
   * @returns {Promise<string>} what was found, for her to read
   */
  async function checkArrived() {
    const link = await goodLink();
    if (!link) return "This browser is not connected.";
    const mine = (/** @type {Waiting} */ entry) => belongsTo(entry, link);
    const [done, refused] = [(await queue.done()).filter(mine), (await queue.refused()).filter(mine)];
    // No more than the server takes at once: `done` is bounded far below that.
    const event_ids = [...done, ...refused].slice(0, MOST_ASKED_AFTER).map(({ event }) => event.event_id);
    if (!event_ids.length) return "Nothing was sent yet.";
    const verdict = await ask(link, "POST", "/events/known", isKnownAnswer, { event_ids });
    if (verdict.kind !== "accepted") return verdict.reason;
    const known = new Set(verdict.body.known);
    const isKnown = (/** @type {Waiting} */ { event }) => known.has(event.event_id);
    await queue.dismiss(refused.filter(isKnown));
    const missing = done.filter((entry) => !isKnown(entry));
    if (!missing.length) return `All that was sent is there: ${done.length} of ${done.length} presses.`;
    await queue.sendAgain(missing);
    void kick();
    return `${missing.length} of ${done.length} presses were not there. They are sent again.`;
  }

  return {
    kick,
    checkArrived,
    /** Asks how things stand: another device may have acted. */
    look() {
      stale = true;
      return kick();
    },
  };
}

/**
 * What was pressed, refused or asked under one account is never sent or shown under another's.
 * @param {{account: string | null}} entry
 * @param {Link} link
 */
export function belongsTo(entry, link) {
  return entry.account === null || entry.account === link.account;
}
