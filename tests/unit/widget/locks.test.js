// One tab at a time, whatever the manager's storage is like and whatever happens to a tab. Time is the test's own.

import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { oneTabAtATime } from "../../../app/widget/locks.js";

/** Within so many ms the lease of a tab that does nothing any more goes to another. */
const TAKEN_OVER_MS = 6000;

let now = 0;
performance.now = () => now;
Date.now = () => assert.fail("a wall clock jumps");
mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
const later = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Lets the time pass, a millisecond at a time, until `isOver` or for so many ms. */
async function pass(ms, isOver = () => false) {
  for (const end = now + ms; now < end && !isOver(); ) {
    now += 1;
    mock.timers.tick(1);
    await new Promise(setImmediate);
  }
}

/** The same numbers from 0 to 1 for the same seed. */
function numbersOf(seed) {
  let state = seed;
  return () => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return state / 2147483648;
  };
}

/**
 * A manager and its tabs. `copies`: each tab has a copy of the storage and hears of other tabs' writes after `ms()`;
 * otherwise each call takes `ms()`.
 */
function createManager(copies, ms) {
  const values = new Map();
  const tabs = [];
  return {
    values,
    openTab() {
      const copy = new Map(values);
      /** "frozen": its calls wait until it is "alive" again; "dead": for ever. */
      const tab = { copy, state: "alive", thawed: Promise.resolve(), window: new EventTarget() };
      tabs.push(tab);
      /** @param {(map: Map<string, unknown>) => unknown} act  on the storage, or on a copy of it */
      async function call(act, isWrite) {
        if (tab.state === "dead") return new Promise(() => {});
        await tab.thawed;
        if (!copies) {
          await later(ms());
          const result = act(values);
          await tab.thawed;
          return tab.state === "dead" ? new Promise(() => {}) : result;
        }
        if (isWrite) {
          act(values);
          for (const other of tabs.filter((each) => each !== tab)) void later(ms()).then(() => act(other.copy));
        }
        return act(copy);
      }
      tab.storage = {
        get: (key) => call((map) => structuredClone(map.get(key))),
        set: (key, value) => call((map) => void map.set(key, structuredClone(value)), true),
        remove: (key) => call((map) => void map.delete(key), true),
        keys: () => call((map) => [...map.keys()]),
        onChange() {},
      };
      tab.freeze = () => (tab.thawed = new Promise((resolve) => (tab.thaw = resolve)));
      return tab;
    },
  };
}

/** Runs work of so many ms in a tab, and notes when it ran. */
function work(tab, runs, ms, name = "x") {
  // The part listens at the window of its tab.
  globalThis.window = tab.window;
  return oneTabAtATime(tab.storage, name, async (isHeld) => {
    const run = { tab, isHeld, begun: now, ended: Infinity };
    runs.push(run);
    await later(ms);
    run.ended = now;
    return runs.length;
  });
}

function overlapsOf(runs) {
  const inOrder = [...runs].sort((a, b) => a.begun - b.begun);
  return inOrder.filter((run, i) => i && run.begun < inOrder[i - 1].ended);
}

const STORAGES = [
  ["copies that hear late", true, 60],
  ["one storage that answers late", false, 20],
  ["one storage that is very slow", false, 400],
];
for (const [what, copies, longest] of STORAGES) {
  test(`tabs that race work one at a time, and each once: ${what}`, async () => {
    for (let seed = 1; seed <= 30; seed += 1) {
      const random = numbersOf(seed);
      const manager = createManager(copies, () => Math.floor(random() * longest));
      const runs = [];
      const all = [1, 2, 3].map(async () => {
        const tab = manager.openTab();
        await later(Math.floor(random() * 800));
        await work(tab, runs, Math.floor(random() * 1500));
      });
      let isDone = false;
      void Promise.all(all).then(() => (isDone = true));
      await pass(60_000, () => isDone);
      assert.deepEqual([seed, runs.length, overlapsOf(runs)], [seed, 3, []]);
      await pass(1000);
      assert.deepEqual([...manager.values.keys()], [], "nothing is left in the storage");
    }
  });
}

test("tab that was slow to say that it holds the lease looks again", async () => {
  const keys = ["b", "a"]; // the slow tab's claim comes after the other's
  const naming = mock.method(crypto, "randomUUID", () => keys.shift());
  const manager = createManager(false, () => 5);
  const runs = [];
  const [slow, quick] = [manager.openTab(), manager.openTab()];
  const { set } = slow.storage;
  slow.storage.set = (key, claim) => later(claim.holds ? 900 : 0).then(() => set(key, claim));
  void work(slow, runs, 100);
  await pass(262); // it has looked, and has not seen the claim of the other
  void work(quick, runs, 3000);
  await pass(15_000);
  assert.deepEqual([runs.map(({ tab }) => tab === quick), overlapsOf(runs)], [[true, false], []]);
  naming.mock.restore();
});

test("tab alone works at once, and its result is the answer", async () => {
  const runs = [];
  let result;
  void work(createManager(true, () => 10).openTab(), runs, 100).then((value) => (result = value));
  await pass(300);
  assert.equal(runs.length, 1);
  await pass(200);
  assert.equal(result, 1);
});

test("work of another name is not waited for", async () => {
  const manager = createManager(true, () => 10);
  const runs = [];
  void work(manager.openTab(), runs, 10_000, "x");
  void work(manager.openTab(), runs, 100, "y");
  await pass(1000);
  assert.equal(runs.length, 2);
  await pass(12_000);
});

test("tab that works for long keeps the lease", async () => {
  const manager = createManager(false, () => 10);
  const runs = [];
  const tabs = [manager.openTab(), manager.openTab()];
  for (const tab of tabs) void work(tab, runs, 30_000);
  await pass(70_000);
  assert.equal(runs.length, 2);
  assert.deepEqual(overlapsOf(runs), []);
});

for (const [what, worksAlready] of [["works", true], ["waits", false]]) {
  test(`tab that is killed while it ${what} stops the others for seconds`, async () => {
    const manager = createManager(true, () => 10);
    const runs = [];
    const [holder, killed, third] = [manager.openTab(), manager.openTab(), manager.openTab()];
    if (!worksAlready) void work(holder, runs, 2000);
    await pass(400);
    void work(killed, runs, 100_000);
    await pass(700);
    assert.equal(runs.length, 1);
    killed.state = "dead";
    void work(third, runs, 100);
    await pass(2000 + TAKEN_OVER_MS);
    assert.equal(runs.at(-1).tab, third);
  });
}

test("tab that was frozen finds out that another has taken over", async () => {
  const manager = createManager(false, () => 5);
  const runs = [];
  const [frozen, other] = [manager.openTab(), manager.openTab()];
  void work(frozen, runs, 30_000);
  await pass(700);
  assert.equal(await heldBy(runs[0]), true);
  frozen.freeze();
  void work(other, runs, 20_000);
  await pass(TAKEN_OVER_MS);
  assert.equal(runs.at(-1).tab, other);
  frozen.thaw();
  await pass(2000);
  assert.deepEqual([await heldBy(runs[0]), await heldBy(runs[1])], [false, true]);
  await pass(30_000);
});

/** Whether a run still holds the lease. */
async function heldBy(run) {
  let held;
  void run.isHeld().then((answer) => (held = answer));
  await pass(100, () => held !== undefined);
  return held;
}

test("tab whose page is left gives the lease away at once", async () => {
  const manager = createManager(true, () => 10);
  const runs = [];
  const [left, next] = [manager.openTab(), manager.openTab()];
  void work(left, runs, 100_000);
  await pass(400);
  // As the browser does it: scripts of the page cannot.
  const pagehide = new Event("pagehide");
  Object.defineProperty(pagehide, "isTrusted", { value: true });
  left.window.dispatchEvent(pagehide);
  await new Promise(setImmediate); // what its handlers began without a pause is done
  left.state = "dead";
  void work(next, runs, 100);
  await pass(500);
  assert.equal(runs.at(-1).tab, next);
});

test("claims that a killed browser has left are removed", async () => {
  const manager = createManager(true, () => 10);
  for (const holds of [true, false]) manager.values.set(`lease:x:00000000-${holds}`, { holds, beat: 3 });
  const runs = [];
  void work(manager.openTab(), runs, 100);
  await pass(TAKEN_OVER_MS);
  assert.equal(runs.length, 1);
  assert.deepEqual([...manager.values.keys()], []);
});

test("work that fails gives the lease back, and its failure on", async () => {
  const manager = createManager(true, () => 10);
  const { storage, window } = manager.openTab();
  globalThis.window = window;
  let told;
  oneTabAtATime(storage, "x", () => Promise.reject(new Error("no"))).catch((error) => (told = error.message));
  await pass(500);
  assert.deepEqual([told, [...manager.values.keys()]], ["no", []]);
});

test("storage that fails is told, and no work is done", async () => {
  const fails = () => Promise.reject(new Error("full"));
  const storage = { get: fails, set: fails, remove: fails, keys: fails, onChange() {} };
  globalThis.window = new EventTarget();
  let told;
  oneTabAtATime(storage, "x", () => assert.fail("works")).catch((error) => (told = error.message));
  await pass(500);
  assert.equal(told, "full");
});
