// What the tests of the widget's parts share: a storage and a network of the test's own, and answers of the server.

import { setTimeout as wait } from "node:timers/promises";

export { wait };

/** How long the slow storage takes to confirm a write or to return a value, ms. */
export const SLOW_MS = 150;
export const MINUTE_MS = 60_000;

// The browser's globals that the parts read. A tab in front.
globalThis.document ??= { hidden: false, hasFocus: () => true };
globalThis.window ??= new EventTarget();
// Timers of the widget (the next attempt, the next look) must not keep the test process running.
const keepingTimeout = globalThis.setTimeout;
globalThis.setTimeout = (...all) => keepingTimeout(...all).unref();

/** Waits for a condition, for as long as a busy machine may need. */
export async function until(condition) {
  for (let i = 0; i < 2000 && !condition(); i += 1) await wait(10);
}

/**
 * A storage that can be read as soon as it was set, and confirms writes and returns values `slowMs` later.
 * @param {Record<string, unknown>} stored
 * @param {number} slowMs
 */
export function createStorage(stored, slowMs) {
  const values = new Map(Object.entries(stored));
  const listeners = [];
  let refusedEvent = 0;
  return {
    values,
    async get(key) {
      const value = structuredClone(values.get(key));
      if (slowMs) await wait(slowMs);
      return value;
    },
    async set(key, value) {
      if (key.startsWith("event:") && --refusedEvent === 0) throw new Error("full");
      values.set(key, structuredClone(value));
      if (slowMs) await wait(slowMs);
    },
    remove: async (key) => void values.delete(key),
    keys: async () => [...values.keys()],
    onChange: (_key, listener) => listeners.push(listener),
    /** Notifies the widget that something changed. */
    changed: () => listeners.forEach((listener) => listener()),
    /** The nth event from now on cannot be stored. */
    refuse: (nth) => (refusedEvent = nth),
  };
}

/**
 * A tracker that has started. `answers`: by path, what the server answers in this order; after that, or without, nobody
 * answers. `httpStatus` of an answer: another status than 200. `stored`: what the storage holds in addition to a
 * connection.
 */
export async function startTracker({ answers = {}, stored = {}, slowMs = 0 } = {}) {
  const { createTracker } = await import("../../../app/widget/tracker.js");
  const link = { token: "t", id: "1", name: "Chrome", account: "a", since: "now" };
  const storage = createStorage({ link, ...stored }, slowMs);
  const sent = [];
  let model;
  const transport = async (_method, path, _token, body) => {
    const next = answers[path]?.shift();
    if (body) sent.push(JSON.parse(body));
    if (!next) return { status: 0, text: "", retryAfter: null };
    const { httpStatus = 200, ...content } = next;
    return { status: httpStatus, text: JSON.stringify(content), retryAfter: null };
  };
  const tracker = createTracker(storage, transport, (drawn) => (model = drawn));
  await tracker.start();
  await wait(50);
  const storedEvents = () => [...storage.values].filter(([key]) => /^(event|done):/.test(key));
  return {
    tracker,
    storage,
    sent,
    model: () => model,
    /** Waits for so many events and, some time later, no more. */
    async settled(count) {
      await until(() => storedEvents().length >= count);
      await wait(600);
    },
    /** Waits until everything is acknowledged. */
    arrived: () => until(() => !model.waiting),
    /** Whether this tab holds the lease of that name. */
    holds: (name) => [...storage.values].some(([key, claim]) => key.startsWith(`lease:${name}:`) && claim.holds),
    /** All events, in the order of their times, after everything that was begun. */
    async events() {
      await wait(100 + 4 * slowMs);
      const events = storedEvents().map(([, { event }]) => event);
      return events.sort((a, b) => (a.timestamp < b.timestamp ? -1 : 1));
    },
    /** The events as `kindOf` writes them. */
    async kinds() {
      return (await this.events()).map(kindOf);
    },
  };
}

/** Type, "!" for a discard, and task. */
export function kindOf({ type, discard, task_id }) {
  return type + (discard ? "!" : "") + (task_id ? ` ${task_id}` : "");
}

/** A reading of the page of that task. */
export function taskPage(task, fields = { task_id: task }) {
  return { place: "task", task, fields, estimate: "", checks: [] };
}

/** A reading of the task list. */
export const LIST_PAGE = { place: "list", task: null, fields: {}, estimate: "", checks: [] };

/** A good answer of the server: question 1 is open. */
export function answer(started, changes = {}) {
  return {
    status: "ok",
    server_timestamp: started,
    session_id: "s",
    is_active: true,
    is_paused: false,
    current_question_index: 1,
    current_question_started_at: started,
    current_target_minutes: 5,
    current_question_paused_seconds: 0,
    paused_since: null,
    total_questions: 0,
    last_event_type: "NEXT",
    last_question_active_seconds: null,
    last_question_raw_seconds: null,
    avg_active_seconds: 0,
    pace_ratio: 0,
    ...changes,
  };
}

/** ISO 8601 of a moment that lies `ms` from now. */
export function isoIn(ms) {
  return new Date(Date.now() + ms).toISOString();
}

/** Runs `work` while a property of an object has another value. */
export async function withProperty(object, name, value, work) {
  const before = Object.getOwnPropertyDescriptor(object, name);
  Object.defineProperty(object, name, { configurable: true, writable: true, value });
  try {
    return await work();
  } finally {
    if (before) Object.defineProperty(object, name, before);
    else delete object[name];
  }
}
