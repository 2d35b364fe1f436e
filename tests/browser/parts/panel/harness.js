// The panel by itself: a wiring that only writes down what it is told, and a model that the test changes.
async (choices) => {
  const attach = Element.prototype.attachShadow;
  Element.prototype.attachShadow = function (init) { return attach.call(this, { ...init, mode: "open" }); };
  const [{ createPanel }, { loadPreferences }, { NO_SESSION }, { paceOf }] =
    await Promise.all(["panel", "preferences", "machine", "pace"].map((part) => import(`/${part}.js`)));
  const storage = { get: async () => choices, set: async () => undefined, onChange: () => undefined };
  const preferences = await loadPreferences(storage);
  const calls = [];
  const note = (name) => (...what) => void calls.push([name, ...what]);
  const harness = {
    at: 1e12, calls, preferences,
    model: {
      view: NO_SESSION, pace: paceOf(0, 0, 0), adopted: null, waiting: 0, foreign: 0, refused: [], connected: true,
      link: { token: "secret", id: "1", name: "Chrome on Linux", account: "a", since: "2026-11-23T10:00:00Z" },
      trouble: null, notice: null, arrivedAt: null, away: null, check: null,
      reading: { place: "other", task: null, fields: {}, estimate: "", checks: [] },
    },
    draw({ view = {}, ...changes }) {
      Object.assign(harness.model, changes, { view: { ...harness.model.view, ...view } });
      panel.draw({ ...harness.model });
    },
  };
  const panel = createPanel({
    server: "https://tracker.test", mac: false, preferences,
    press: note("press"), dismiss: note("dismiss"), retry: note("retry"), checkArrived: note("check"),
    answerAway: note("away"), now: () => harness.at,
  });
  globalThis.harness = harness;
  panel.attach();
  panel.draw({ ...harness.model });
}
