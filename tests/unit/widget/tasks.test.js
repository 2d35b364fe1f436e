// Which task a NEXT opens, and how a question is described when its task is known.

import assert from "node:assert/strict";
import { test } from "node:test";

import { describing, isFound, nextFor, openedAt, withOpened } from "../../../app/widget/tasks.js";
import { taskPage } from "./support.js";

const ID = "00000000-0000-4000-8000-00000000ffff";
const FIELDS = { task_id: "B", target_minutes: 2 };
const START = 1_777_629_600_000.999; // 2026-05-01T10:00:00.000999Z
const PRESSED = 1_777_629_600_000_999;
const PAGE_B = taskPage("B", FIELDS);
const LIST_B = { ...PAGE_B, place: "list" };
const NAMELESS = taskPage(null, FIELDS);

/** A question as the browser remembers it. */
function opened(task, after, changes = {}) {
  const event = { event_id: ID, type: "NEXT", timestamp: "2026-05-01T10:00:00.000999Z", discard: true };
  return { id: ID, account: null, event, opening: false, count: 0, task, after, times: 0, ...changes };
}

function openedOnSecond(second, task) {
  const one = opened(task, null, { id: task });
  one.event.timestamp = `2026-05-01T10:00:${String(second).padStart(2, "0")}.000500Z`;
  return one;
}

/** A question opened for task B, with that type. */
function typed(task_type) {
  const one = opened("B", null);
  return { ...one, event: { ...one.event, ...FIELDS, ...(task_type && { task_type }) } };
}

function typedPage(task_type) {
  return taskPage("B", { ...FIELDS, ...(task_type && { task_type }) });
}

const OF_B = { fields: FIELDS, task: "B", after: null };
const AFTER_B = { fields: {}, task: null, after: "B" };
const OF_NONE = { fields: {}, task: null, after: null };
const NEXTS = [
  ["first", undefined, PAGE_B, OF_B],
  ["another task", opened("A", null), PAGE_B, OF_B],
  ["the same task", opened("B", null), PAGE_B, AFTER_B],
  ["the same once more", opened(null, "B"), PAGE_B, AFTER_B],
  ["after the next page came", opened(null, "A"), PAGE_B, OF_B],
  ["opened elsewhere", opened(null, null), PAGE_B, OF_B],
  ["on the list", opened("A", null), LIST_B, OF_NONE],
  ["without a name", opened("A", null), NAMELESS, OF_NONE],
];
for (const [name, open, page, expected] of NEXTS) {
  test(`what a NEXT knows of its question: ${name}`, () => assert.deepEqual(nextFor(open, page), expected));
}

const FOUND = [
  ["closed another task", opened(null, "A"), PAGE_B, true],
  ["closed none", opened(null, null), PAGE_B, true],
  ["closed this task", opened(null, "B"), PAGE_B, false],
  ["has another task", opened("A", null), PAGE_B, false],
  ["has a late estimate", opened("B", null), PAGE_B, true],
  ["has a new type", typed(undefined), typedPage("Needs met"), true],
  ["has another type", typed("Side by side"), typedPage("Needs met"), true],
  ["has the same type", typed("Needs met"), typedPage("Needs met"), false],
  ["has no type any more", typed("Needs met"), typedPage(undefined), false],
  ["is on the list", opened(null, "A"), LIST_B, false],
  ["is on a page without a name", opened(null, "A"), NAMELESS, false],
  ["is none", undefined, PAGE_B, false],
];
for (const [name, open, page, found] of FOUND) {
  test(`the open question ${name}: ${found ? "found" : "not found"}`, () => assert.equal(isFound(open, page), found));
}

/** The time of each event, by its type. */
function timesOf({ events }) {
  return Object.fromEntries(events.map(({ type, timestamp }) => [type, timestamp]));
}

test("a question is described right after its NEXT, with ids that follow from it", () => {
  const open = opened(null, "A");
  const undo = {
    event_id: "00000000-0000-4000-8000-000000000000",
    type: "UNDO",
    timestamp: "2026-05-01T10:00:00.001000Z",
  };
  const again = {
    event_id: "00000000-0000-4000-8000-000000000001",
    type: "NEXT",
    timestamp: "2026-05-01T10:00:00.001001Z",
    discard: true,
    ...FIELDS,
  };
  assert.deepEqual(describing(open, "B", FIELDS, START), {
    events: [undo, again],
    known: { ...open, event: again, task: "B", times: 1, pressed: PRESSED },
  });
  assert.deepEqual(describing(open, "B", {}, START), { events: [], known: { ...open, task: "B" } });
});

test("the first question of a session is described by a NEXT before its own", () => {
  const once = describing(opened(null, null, { opening: true }), "B", FIELDS, START);
  const twice = describing(once.known, "B", { ...FIELDS, task_type: "Long" }, START - 0.001);
  assert.deepEqual([once, twice].map(timesOf), [
    { UNDO: "2026-05-01T10:00:00.001000Z", NEXT: "2026-05-01T10:00:00.000998Z" },
    { UNDO: "2026-05-01T10:00:00.001001Z", NEXT: "2026-05-01T10:00:00.000997Z" },
  ]);
  const ids = [...once.events, ...twice.events].map(({ event_id }) => event_id.slice(-4));
  assert.deepEqual(ids, ["0001", "0000", "0003", "0002"]);
  // In the order of their times: if only one is sent at first, it must not be the UNDO.
  assert.deepEqual(twice.events.map(({ type }) => type), ["NEXT", "UNDO"]);
  assert.equal(twice.events[0].task_type, "Long");
});

test("a question is described after the place that the server gave to its NEXT", () => {
  const described = describing(opened(null, "A"), "B", FIELDS, START + 250);
  assert.deepEqual(timesOf(described), {
    UNDO: "2026-05-01T10:00:00.251000Z",
    NEXT: "2026-05-01T10:00:00.251001Z",
  });
});

test("the open question is the one opened at its start", () => {
  const known = [openedOnSecond(0, "A"), openedOnSecond(2, "B"), openedOnSecond(30, "C")];
  const start = Date.parse("2026-05-01T10:00:00Z");
  const found = (shift, moments) => moments.map((ms) => openedAt(known, start + ms, shift)?.task);
  assert.deepEqual(
    found(3_600_000, [0, 900, 1900, 30_000.5, 31_000, 40_000]),
    ["A", "A", "B", "C", "C", undefined],
  );
  // If the clock is not corrected, another moment is another browser's question.
  assert.deepEqual(
    found(0, [0, 0.5, 1, 900, 1900, 2000.5, 30_000.5, 31_000]),
    ["A", "A", undefined, undefined, undefined, "B", "C", undefined],
  );
  assert.equal(openedAt(known, 0, 0), undefined);
});

test("only the latest questions are remembered", () => {
  const all = [...Array(25).keys()].map((second) => openedOnSecond(second, String(second)));
  const remembered = all.reduce(withOpened, []);
  assert.deepEqual(remembered.map(({ task }) => task), all.slice(5).map(({ task }) => task));
});

test("if two tabs remember a question, the one that knows more counts", () => {
  const unread = opened(null, "A");
  const read = opened("B", "A");
  const described = opened("B", "A", { times: 1 });
  const orders = [
    [unread, read, described],
    [unread, described, read],
    [read, unread, described],
    [read, described, unread],
    [described, unread, read],
    [described, read, unread],
  ];
  for (const order of orders) assert.deepEqual(order.reduce(withOpened, []), [described]);
  assert.deepEqual(withOpened([unread], read), [read]);
  assert.deepEqual(withOpened([read], unread), [read]);
});
