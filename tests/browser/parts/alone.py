"""The widget without its face, on a storage and a network of the test's own: what its tests have in common."""

from typing import Any

SLOW = 150  # ms until the storage says that it holds a value

TRACKER = """
async ({ answers, work, slow = 0, held = {} }) => {
  const { createTracker } = await import("/tracker.js");
  const values = new Map(Object.entries({ link: { token: "t", account: "a", since: "now" }, ...held }));
  const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  // A value can be read as soon as it was set, and is told to be kept, or to be what was read, only a while later.
  const storage = {
    get: async (key) => { const value = structuredClone(values.get(key)); await wait(slow); return value; },
    set: async (key, value) => {
      if (key.startsWith("event:") && --refused === 0) throw new Error("full");
      values.set(key, structuredClone(value));
      await wait(slow);
    },
    remove: async (key) => void values.delete(key), keys: async () => [...values.keys()],
    onChange: (key, listener) => listeners.push(listener),
  };
  const listeners = [];
  let refused = 0; // the so-manyth event from now on cannot be kept
  const refuse = (nth) => (refused = nth);
  const changed = () => { for (const listener of listeners) listener(); };
  let model;
  const transport = async (method, path) => (
    answers[path]?.length ? { status: 200, text: JSON.stringify(answers[path].shift()), retryAfter: null }
      : { status: 0, text: "", retryAfter: null });
  const tracker = createTracker(storage, transport, (drawn) => (model = drawn));
  await tracker.start();
  await wait(50);
  const kept = () => [...values.keys()].filter((key) => /^(event|done):/.test(key)).length;
  // So many events and, some time later, no more.
  const settled = async (count) => {
    for (let i = 0; i < 200 && kept() < count; i += 1) await wait(50);
    await wait(300);
  };
  const arrived = async () => {
    for (let i = 0; i < 400 && model.waiting; i += 1) await wait(25);
  };
  const context = { arrived, tracker, wait, values, settled, changed, refuse, model: () => model };
  const run = new Function(...Object.keys(context), `return (async () => {${work}})()`);
  const found = await run(...Object.values(context));
  await wait(100 + 4 * slow);
  const events = [...values].filter(([key]) => /^(event|done):/.test(key)).map(([, { event }]) => event)
    .sort((a, b) => (a.timestamp < b.timestamp ? -1 : 1));
  return {
    events: events.map(({ type, timestamp }) => [type, Date.parse(timestamp)]), full: events, found,
    now: Date.now(), index: model.view.index, waiting: model.waiting, clock: tracker.now(),
  };
}
"""


def reading(task: str) -> str:
    """Of the page of that task, in JavaScript."""
    return f'{{place: "task", task: "{task}", fields: {{task_id: "{task}"}}, estimate: "", checks: []}}'


def answer(started: str, **more: Any) -> dict[str, Any]:
    """A good answer of the server: question 1 is open."""
    fields = {
        "status": "ok",
        "server_timestamp": started,
        "session_id": "s",
        "is_active": True,
        "is_paused": False,
    }
    fields |= {
        "current_question_index": 1,
        "current_question_started_at": started,
        "current_target_minutes": 5,
    }
    fields |= {"current_question_paused_seconds": 0, "paused_since": None, "total_questions": 0}
    fields |= {
        "last_event_type": "NEXT",
        "last_question_active_seconds": None,
        "last_question_raw_seconds": None,
    }
    return fields | {"avg_active_seconds": 0, "pace_ratio": 0} | more


def kind_of(event: dict[str, Any]) -> str:
    """Type, mark of a discard, and task."""
    task = f" {event['task_id']}" if "task_id" in event else ""
    return f"{event['type']}{'!' if event.get('discard') else ''}{task}"
