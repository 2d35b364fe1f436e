// A press is sent all the same without what the server refuses of its task.
import assert from "node:assert/strict";
import { test } from "node:test";

import { answer, isoIn, startTracker, taskPage } from "./support.js";

const EVENTS = "/events";

function refusal(...fields) {
  return { httpStatus: 422, detail: fields.map((field) => ({ loc: ["body", field], msg: "not taken", type: "x" })) };
}

/** A tracker whose page shows a task with a type; NEXT is pressed, and the server answers like this. */
async function pressNext(...answers) {
  const made = await startTracker({ answers: { [EVENTS]: answers } });
  await made.tracker.read(taskPage("t-1", { task_id: "t-1", target_minutes: 4, task_type: "hard" }), false, null);
  await made.tracker.press("NEXT");
  await made.settled(1);
  return made;
}

const taskOf = ({ task_id, target_minutes, task_type }) => ({ task_id, target_minutes, task_type });

test("press counts without the task type that the server refuses", async () => {
  const { sent, storage, arrived, model } = await pressNext(refusal("task_type"), answer(isoIn(0)));
  await arrived();
  assert.deepEqual(sent.map(taskOf), [
    { task_id: "t-1", target_minutes: 4, task_type: "hard" },
    { task_id: "t-1", target_minutes: 4, task_type: undefined },
  ]);
  assert.equal(sent[0].event_id, sent[1].event_id);
  assert.deepEqual([model().waiting, model().refused, model().notice], [0, [], null]);
  const { leftOut, reason } = storage.values.get("left-out");
  assert.deepEqual([leftOut, reason], [{ task_type: "hard" }, "task_type: not taken"]);
});

test("press counts without anything of its task if the server refuses all of it", async () => {
  const answers = [refusal("target_minutes", "task_id"), refusal("task_type"), answer(isoIn(0))];
  const { sent, arrived } = await pressNext(...answers);
  await arrived();
  assert.deepEqual(sent.map(taskOf).at(-1), { task_id: undefined, target_minutes: undefined, task_type: undefined });
});

test("press that waited with others counts without its task type", async () => {
  const made = await startTracker();
  await made.tracker.read(taskPage("t-1", { task_type: "hard" }), false, null);
  for (const action of ["NEXT", "PAUSE"]) await made.tracker.press(action);
  const [next, pause] = await made.events();
  const stored = Object.fromEntries([next, pause].map((event) =>
    [`event:${event.timestamp}:${event.event_id}`, { event, account: "a" }]));
  const results = [next, pause].map(({ event_id }) => ({ event_id, status: "recorded" }));
  results[0].status = "refused";
  const again = await startTracker({
    stored,
    answers: {
      "/events/batch": [{ results }],
      [EVENTS]: [refusal("task_type"), answer(next.timestamp)],
      "/sessions/current": [answer(next.timestamp)],
    },
  });
  await again.arrived();
  assert.deepEqual(again.sent.slice(1).map(({ task_type }) => task_type), ["hard", undefined]);
  assert.deepEqual([again.model().waiting, again.model().refused], [0, []]);
});

test("press that is refused for something else is refused", async () => {
  const { sent, model } = await pressNext(refusal("timestamp"));
  assert.equal(sent.length, 1);
  assert.deepEqual(model().refused.map(({ reason }) => reason), ["timestamp: not taken"]);
});
