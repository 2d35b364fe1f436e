// What becomes of periods without keyboard or pointer activity.

import assert from "node:assert/strict";
import { test } from "node:test";

import { awayEvents, awayFrom, isAnsweredElsewhere } from "../../../app/widget/absences.js";
import { LIST_PAGE, MINUTE_MS, SLOW_MS, answer, startTracker, taskPage, until, wait } from "./support.js";

test("an absence is recorded before what was done on return", () => {
  const away = { from: 1000, to: 601_000 };
  assert.deepEqual(awayEvents(away, "work"), []);
  assert.deepEqual(awayEvents(away, "pause"), [["PAUSE", 1000], ["PAUSE", 600_999]]);
  assert.deepEqual(awayEvents(away, "end"), [["EXIT", 1000]]);
});

test("an absence begins after the last event and the start of the question", () => {
  const clock = { last: 5000, offset: 2000 };
  assert.equal(awayFrom(2500, 2600.25, clock), 3001); // the last event, at 5000 by the widget's clock
  assert.equal(awayFrom(9000, 0, clock), 9001);
  assert.equal(awayFrom(2500, 4000.25, clock), 4002);
});

/** An answer with these minutes. */
function answerOf(started, paused = null) {
  const iso = (minute) => `1970-01-01T00:${String(minute).padStart(2, "0")}:00.000000Z`;
  return { current_question_started_at: iso(started), paused_since: paused === null ? null : iso(paused) };
}

const ELSEWHERE = [
  ["started before", answerOf(5), 0, false],
  ["started meanwhile", answerOf(15), 0, true],
  ["started after", answerOf(25), 0, false],
  ["paused meanwhile", answerOf(5, 15), 0, true],
  ["paused after", answerOf(5, 25), 0, false],
  ["started meanwhile by a clock ten minutes ahead", answerOf(25), 10 * MINUTE_MS, true],
  ["no session", { current_question_started_at: null, paused_since: null }, 0, false],
];
for (const [name, told, ahead, isAnswered] of ELSEWHERE) {
  test(`an action on another device answers for an absence: ${name}`, () => {
    const away = { from: 10 * MINUTE_MS, to: 20 * MINUTE_MS };
    assert.equal(isAnsweredElsewhere(away, told, ahead), isAnswered);
  });
}

/** An absence of five minutes that is not answered for, of a session that began before it. */
function awayOf(account, minutesAgo) {
  const from = Date.now() - minutesAgo * MINUTE_MS;
  return { id: `00000000-0000-4000-8000-0000000000${minutesAgo}`, from, to: from + 5 * MINUTE_MS, account };
}

function minutesAgo(minutes) {
  return Date.now() - minutes * MINUTE_MS;
}

test("an answer is stored together with the absence removed", async () => {
  const widget = await startTracker({ stored: { away: [awayOf("a", 20)] }, slowMs: SLOW_MS });
  const { tracker, storage } = widget;
  const asked = storage.values.get("away");
  void tracker.answerAway("pause");
  assert.deepEqual(storage.values.get("away"), []);
  assert.equal([...storage.values.keys()].filter((key) => key.startsWith("event:")).length, 2);
  // If it were asked again, the same answer would count once.
  storage.values.set("away", asked);
  await wait(600);
  storage.changed();
  await wait(1000);
  assert.notEqual(widget.model().away, null);
  await tracker.answerAway("pause");
  const events = await widget.events();
  assert.equal(events.length, 2);
  assert.equal(new Set(events.map(({ event_id }) => event_id)).size, 2);
  // No digits of this tab in the stamps: another tab would send exactly the same.
  assert.deepEqual(events.map(({ timestamp }) => timestamp.slice(-4)), ["000Z", "000Z"]);
});

test("nothing of one account is shown to another", async () => {
  const refusedOf = (account) => {
    const event = { event_id: account, type: "PAUSE", timestamp: "2026-05-01T10:00:00.000000Z" };
    return { event, account, reason: `of ${account}`, fresh: false };
  };
  const stored = {
    "away": [awayOf("b", 30), awayOf("a", 20)],
    "refused:1": refusedOf("b"),
    "refused:2": refusedOf("a"),
  };
  const { tracker, storage, model } = await startTracker({ stored });
  assert.equal(model().away.account, "a");
  assert.deepEqual(model().refused.map(({ reason }) => reason), ["of a"]);
  await tracker.answerAway("work");
  assert.equal(model().away, null);
  assert.deepEqual(storage.values.get("away").map(({ account }) => account), ["b"]);
});

test("an absence of another account is left alone", async () => {
  const other = awayOf("b", 30);
  const during = new Date(other.from + 150_000).toISOString();
  const widget = await startTracker({
    stored: {
      away: [other],
      answer: { answer: answer(during, { is_active: false }), at: 0, shift: 0, covers: [], usualMinutes: null },
    },
  });
  await widget.tracker.read(taskPage("7"), true, null);
  for (let i = 0; i < 2; i += 1) await widget.tracker.press("NEXT");
  await widget.tracker.read(taskPage("8"), true, null);
  await widget.settled(4);
  assert.deepEqual(await widget.kinds(), ["NEXT 7", "NEXT", "UNDO", "NEXT 8"]);
  assert.equal(widget.storage.values.get("away").length, 1);
});

const ENDS = [
  ["on the list", LIST_PAGE, ["NEXT", "EXIT!"]],
  ["on the page of the task", taskPage("7", {}), ["NEXT", "EXIT"]],
];
for (const [name, page, kinds] of ENDS) {
  test(`a session that ended with the last submit counts no empty question: ${name}`, async () => {
    const widget = await startTracker();
    await widget.tracker.closeTask("7", false, minutesAgo(10));
    await widget.tracker.read(page, true, null);
    await widget.tracker.wasAway(minutesAgo(8), Date.now());
    await widget.tracker.answerAway("end");
    assert.deepEqual(await widget.kinds(), kinds);
  });
}

test("an answer that cannot be stored is asked for again", async () => {
  const widget = await startTracker({ stored: { away: [awayOf("a", 20)] } });
  widget.storage.refuse(2);
  await widget.tracker.answerAway("pause");
  assert.notEqual(widget.model().away, null);
  assert.equal(widget.storage.values.get("away").length, 1);
  assert.equal(widget.model().notice, "PAUSE could not be kept by the userscript manager. Press again.");
  assert.deepEqual(await widget.kinds(), []);
});

test("ending a session before the last submit counts what was worked until then", async () => {
  // Answered on the list, after the submit: the open question has no task, but the one that was open then has.
  const widget = await startTracker();
  await widget.tracker.press("NEXT", minutesAgo(40));
  await widget.tracker.wasAway(minutesAgo(30), minutesAgo(5));
  await widget.tracker.closeTask("7", false, minutesAgo(1));
  await widget.tracker.read(LIST_PAGE, true, null);
  await widget.tracker.answerAway("end");
  assert.deepEqual(await widget.kinds(), ["NEXT", "EXIT", "NEXT"]);
});

test("a session that was ended is asked about no more", async () => {
  const widget = await startTracker();
  await widget.tracker.press("NEXT", minutesAgo(40));
  await widget.tracker.wasAway(minutesAgo(30), minutesAgo(20));
  await widget.tracker.wasAway(minutesAgo(15), minutesAgo(5));
  assert.ok(widget.model().away.from < minutesAgo(25));
  await widget.tracker.answerAway("end");
  assert.equal(widget.model().away, null);
  assert.deepEqual(widget.storage.values.get("away"), []);
  assert.deepEqual(await widget.kinds(), ["NEXT", "EXIT"]);
});

test("an absence is not lost by a read of the storage that was in progress", async () => {
  const { tracker, storage, model } = await startTracker({ slowMs: SLOW_MS });
  await tracker.press("NEXT", minutesAgo(10));
  await wait(1000);
  storage.changed();
  await wait(20);
  void tracker.wasAway(minutesAgo(5), Date.now());
  for (let i = 0; i < 30; i += 1) {
    assert.notEqual(model().away, null);
    await wait(20);
  }
});

test("an action on another device meanwhile removes the absence", async () => {
  const away = awayOf("a", 20);
  const during = new Date(away.from + 150_000).toISOString();
  const { storage, model } = await startTracker({
    stored: { away: [away], answer: { answer: answer(during), at: 0, shift: 0, covers: [], usualMinutes: null } },
  });
  await until(() => model().away === null);
  assert.equal(model().away, null);
  assert.deepEqual(storage.values.get("away"), []);
});
