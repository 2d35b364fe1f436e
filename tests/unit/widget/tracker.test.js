// The widget without its panel: actions, and what describes questions.

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  LIST_PAGE, MINUTE_MS, SLOW_MS, answer, isoIn, startTracker, taskPage, until, wait, withProperty,
} from "./support.js";

const HALF_AN_HOUR_MS = 30 * MINUTE_MS;
const HOUR_MS = 60 * MINUTE_MS;
const CLOCKS_DIFFER =
  "This computer's clock and the tracker's are more than 12 hours apart. Set the one that is wrong.";
const NOT_KEPT = "NEXT could not be kept by the userscript manager. Press again.";

for (const [name, actions] of [["the first task", ["NEXT", "EXIT"]], ["between two tasks", ["NEXT"]]]) {
  test(`a task that was requested before the last event begins right after it: ${name}`, async () => {
    const widget = await startTracker();
    for (const action of actions) await widget.tracker.press(action);
    await widget.tracker.read(taskPage("7", {}), true, Date.now() - HALF_AN_HOUR_MS);
    await wait(20);
    await widget.tracker.press("PAUSE");
    const events = await widget.events();
    assert.deepEqual(events.map(({ type }) => type), [...actions, "NEXT", "PAUSE"]);
    const now = Date.now();
    for (const { timestamp } of events) {
      assert.ok(Date.parse(timestamp) > now - MINUTE_MS && Date.parse(timestamp) <= now, timestamp);
    }
    assert.ok(Math.abs(widget.tracker.now() - now) < MINUTE_MS); // and not half an hour
  });
}

test("UNDO of a discard is drawn and sent", async () => {
  const started = "2026-05-01T10:00:00.000000Z";
  const discarded = answer(started, { last_question_active_seconds: 60, last_question_raw_seconds: 60 });
  const widget = await startTracker({
    answers: {
      "/events": [answer(started), discarded, answer(started, { last_event_type: "UNDO" })],
      "/sessions/current": [answer(started, { is_active: false, current_question_started_at: null })],
    },
  });
  for (const action of ["NEXT", "DISCARD", "UNDO"]) {
    await widget.tracker.press(action);
    await widget.arrived();
  }
  await widget.events();
  assert.deepEqual([widget.model().view.index, widget.model().waiting], [1, 0]);
});

const BETWEEN = [
  ["known", async () => {}, ["NEXT", "NEXT", "UNDO", "NEXT"]],
  // If the user ends the session there, the second NEXT opens one, and UNDO would find no question to reopen.
  [
    "an absence in question",
    (tracker) => tracker.wasAway(Date.now() + MINUTE_MS, Date.now() + 6 * MINUTE_MS),
    ["NEXT", "NEXT"],
  ],
];
for (const [name, between, types] of BETWEEN) {
  test(`a question is described only if UNDO certainly reopens the previous one: ${name}`, async () => {
    const widget = await startTracker();
    await widget.tracker.read(taskPage("7"), true, null);
    for (let i = 0; i < 2; i += 1) await widget.tracker.press("NEXT");
    await between(widget.tracker);
    await widget.tracker.read(taskPage("8"), true, null);
    await widget.settled(types.length);
    assert.deepEqual((await widget.events()).map(({ type }) => type), types);
  });
}

for (const [away, value] of [["hidden", true], ["hasFocus", () => false]]) {
  for (const comesBack of [false, true]) {
    test(`a question is described by the tab in front: ${away}, ${comesBack ? "back" : "elsewhere"}`, async () => {
      const widget = await startTracker();
      const { tracker } = widget;
      await tracker.read(taskPage("8"), true, null);
      await tracker.press("NEXT");
      await tracker.read(taskPage("7"), true, null);
      await tracker.press("NEXT");
      await tracker.press("NEXT");
      const types = async () => (await widget.events()).map(({ type }) => type);
      await withProperty(document, away, value, async () => {
        await tracker.read(taskPage("8"), true, null);
        await widget.settled(3);
        assert.deepEqual(await types(), ["NEXT", "NEXT", "NEXT"]);
      });
      if (!comesBack) return;
      await tracker.read(taskPage("8"), true, null);
      await widget.settled(5);
      assert.deepEqual(await types(), ["NEXT", "NEXT", "NEXT", "UNDO", "NEXT"]);
    });
  }
}

for (const [hours, types] of [[0, ["NEXT", "NEXT", "UNDO", "NEXT"]], [3, ["NEXT", "NEXT"]]]) {
  test(`a NEXT that is not acknowledged is described only by a clock that is right: ${hours} hours off`, async () => {
    const off = hours * 60 * MINUTE_MS;
    const current = answer(isoIn(off - MINUTE_MS), { server_timestamp: isoIn(off) });
    const widget = await startTracker({ answers: { "/sessions/current": [current] } });
    await until(() => widget.model().adopted);
    await widget.tracker.read(taskPage("7"), true, null);
    for (let i = 0; i < 2; i += 1) await widget.tracker.press("NEXT");
    await widget.tracker.read(taskPage("8"), true, null);
    await widget.settled(types.length);
    assert.deepEqual((await widget.events()).map(({ type }) => type), types);
  });
}

const PENDING = [
  [
    "discarded at once",
    LIST_PAGE,
    async (tracker) => {
      void tracker.press("NEXT");
      await wait(40);
      void tracker.press("DISCARD");
    },
    ["NEXT", "NEXT!"],
  ],
  [
    "submitted twice",
    taskPage("7", {}),
    async (tracker) => {
      void tracker.closeTask("7", false, Date.now());
      await wait(40);
      void tracker.closeTask("7", false, Date.now());
    },
    ["NEXT"],
  ],
  [
    "the task that is open",
    taskPage("7"),
    async (tracker) => {
      void tracker.press("NEXT");
      await wait(40);
      void tracker.press("NEXT");
    },
    ["NEXT 7", "NEXT"],
  ],
];
for (const [name, page, act, kinds] of PENDING) {
  test(`an event that is being stored counts for the next one: ${name}`, async () => {
    const widget = await startTracker({ slowMs: SLOW_MS });
    await widget.tracker.read(page, true, null);
    await act(widget.tracker);
    assert.deepEqual(await widget.kinds(), kinds);
  });
}

test("an event is drawn when it is stored", async () => {
  const { tracker, model } = await startTracker({ slowMs: SLOW_MS });
  void tracker.press("NEXT");
  await wait(20);
  assert.equal(model().view.index, 0);
  await wait(400);
  assert.equal(model().view.index, 1);
});

test("a NEXT while another is being described is remembered", async () => {
  const widget = await startTracker({ slowMs: SLOW_MS });
  const { tracker, storage } = widget;
  await tracker.read(taskPage("7"), true, null);
  await tracker.press("NEXT");
  await tracker.press("NEXT");
  await tracker.read(taskPage("8", {}), true, null);
  await until(() => storage.values.get("tasks").at(-1).task === "8");
  await until(() => !widget.holds("tasks"));
  void tracker.read(taskPage("8"), true, null);
  await until(() => widget.holds("tasks"));
  await tracker.press("NEXT");
  await until(() => !widget.holds("tasks"));
  await tracker.read(LIST_PAGE, true, null);
  await tracker.press("EXIT");
  const { task, after } = storage.values.get("tasks").at(-1);
  assert.deepEqual([task, after], [null, "8"]);
  assert.equal((await widget.kinds()).at(-1), "EXIT!");
});

test("a question is described once though another tab has not heard of it", async () => {
  const widget = await startTracker();
  await widget.tracker.read(taskPage("7"), true, null);
  for (let i = 0; i < 2; i += 1) await widget.tracker.press("NEXT");
  const stale = structuredClone(widget.storage.values.get("tasks"));
  await widget.tracker.read(taskPage("8"), true, null);
  await widget.settled(4);
  widget.storage.values.set("tasks", stale);
  widget.storage.changed();
  await wait(500);
  assert.deepEqual(await widget.kinds(), ["NEXT 7", "NEXT", "UNDO", "NEXT 8"]);
});

test("an event that cannot be stored is reported", async () => {
  const widget = await startTracker();
  widget.storage.refuse(1);
  assert.equal(await widget.tracker.press("NEXT"), false);
  assert.deepEqual([widget.model().view.index, widget.model().notice], [0, NOT_KEPT]);
  assert.deepEqual(await widget.kinds(), []);
});

test("an UNDO is not stored without the NEXT after it", async () => {
  const widget = await startTracker();
  for (const task of ["6", "7"]) await widget.tracker.closeTask(task, false, Date.now() - HALF_AN_HOUR_MS);
  widget.storage.refuse(2);
  await widget.tracker.closeTask("7", false, Date.now());
  assert.deepEqual([widget.model().view.index, widget.model().notice], [2, NOT_KEPT]);
  assert.deepEqual(await widget.kinds(), ["NEXT", "NEXT"]);
});

test("a description that cannot be stored asks for no action", async () => {
  const widget = await startTracker();
  await widget.tracker.read(taskPage("7"), true, null);
  for (let i = 0; i < 2; i += 1) await widget.tracker.press("NEXT");
  widget.storage.refuse(2);
  await widget.tracker.read(taskPage("8"), true, null);
  assert.deepEqual([widget.model().view.index, widget.model().notice], [2, null]);
  assert.deepEqual(await widget.kinds(), ["NEXT 7", "NEXT"]);
});

const GONE = { is_active: false, current_question_started_at: null };
const DESCRIBED = ["UNDO", "NEXT 8"];
// `before`: questions counted before it when it was opened; `counted`: by the server's first answer; `secondsLater`:
// when the page shows its task; `later`: changes in what the server answers then, null for no answer.
const STATES = [
  ["just answered", { account: "a", before: 1, counted: 1, secondsLater: 0, later: null }, DESCRIBED],
  ["of another account", { account: "b", before: 1, counted: 1, secondsLater: 0, later: null }, []],
  ["the previous one was deleted", { account: "a", before: 2, counted: 1, secondsLater: 0, later: null }, []],
  ["the only previous one was deleted", { account: "a", before: 1, counted: 0, secondsLater: 0, later: null }, []],
  ["nobody answers", { account: "a", before: 1, counted: 1, secondsLater: 30, later: null }, []],
  ["unchanged", { account: "a", before: 1, counted: 1, secondsLater: 30, later: {} }, DESCRIBED],
  ["the session was deleted", { account: "a", before: 1, counted: 1, secondsLater: 30, later: GONE }, []],
];
for (const [name, { account, before, counted, secondsLater, later }, kinds] of STATES) {
  test(`an acknowledged question is described only by the server's current state: ${name}`, async () => {
    const started = isoIn(-10 * MINUTE_MS);
    const event = { event_id: "00000000-0000-4000-8000-000000000001", type: "NEXT", timestamp: started };
    const opened = { id: event.event_id, account, event, opening: false, count: before };
    const question = { ...opened, task: null, after: "7", times: 0 };
    const current = answer(started, { total_questions: counted, server_timestamp: isoIn(0) });
    const widget = await startTracker({
      answers: { "/sessions/current": [current, ...(later ? [{ ...current, ...later }] : [])] },
      stored: { tasks: [question] },
    });
    while (!widget.model().adopted) await wait(10);
    const realNow = Date.now;
    await withProperty(Date, "now", () => realNow() + 1000 * secondsLater, async () => {
      await widget.tracker.read(taskPage("8"), true, null);
      await widget.settled(kinds.length);
      assert.deepEqual(await widget.kinds(), kinds);
    });
  });
}

test("an event removes no refusal of another account", async () => {
  const event = { event_id: "b", type: "PAUSE", timestamp: "2026-05-01T10:00:00.000000Z" };
  const key = `refused:${event.timestamp}:${event.event_id}`;
  const { tracker, storage } = await startTracker({
    stored: { [key]: { event, account: "b", reason: "of b", fresh: true } },
  });
  await tracker.press("NEXT");
  await wait(100);
  assert.ok(storage.values.has(key));
});

const HOURS_APART = [[0, null], [-11, null], [-13, CLOCKS_DIFFER], [13, CLOCKS_DIFFER], [-200, CLOCKS_DIFFER]];
for (const [hours, notice] of HOURS_APART) {
  test(`the panel says that the clocks are far apart: ${hours} hours`, async () => {
    const server = isoIn(hours * HOUR_MS);
    const widget = await startTracker({ answers: { "/sessions/current": [answer(server)] } });
    await until(() => widget.model().adopted);
    assert.equal(widget.model().notice, notice);
  });
}

for (const hours of [-13, 13, -200, 200]) {
  for (const [name, filed] of [["as sent", 0], ["corrected", hours * HOUR_MS]]) {
    test(`a question is drawn from where it was filed by a clock that differs: ${name}, ${hours} hours`, async () => {
      const clock = () => ({ server_timestamp: isoIn(hours * HOUR_MS) });
      const paused = { is_paused: true, last_event_type: "PAUSE", paused_since: isoIn(filed) };
      const widget = await startTracker({
        answers: { "/events": [answer(isoIn(filed), clock()), answer(isoIn(filed), { ...clock(), ...paused })] },
      });
      for (const action of ["NEXT", "PAUSE"]) {
        await widget.tracker.press(action);
        await widget.arrived();
        const { view, adopted } = widget.model();
        assert.ok(Math.abs(view.startedAt - adopted.shift - Date.now()) < MINUTE_MS, action);
      }
    });
  }
}
