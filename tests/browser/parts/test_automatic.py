"""What is noticed of the task page, in a page of the test's own."""

from playwright.sync_api import Page

WATCHED = """
async () => {
  const [{ watchPage }, { DEFAULTS }] = await Promise.all([import("/automatic.js"), import("/preferences.js")]);
  let hidden = true;
  Object.defineProperty(document, "hidden", { get: () => hidden, configurable: true });
  history.replaceState(null, "", "/evaluation/rater/task/show?taskIds=7");
  document.body.innerHTML = `<span class="ewok-estimated-task-weight">2 minutes</span>
    <button id="ewok-task-submit-button"></button><button id="ewok-release-button"></button>`;
  const values = new Map([["on-list", true]]);
  const storage = {
    get: async (key) => values.get(key), set: async (key, value) => void values.set(key, value),
    remove: async (key) => void values.delete(key),
  };
  const preferences = { now: { ...DEFAULTS, automatic: true }, onChange: () => undefined };
  const told = [];
  const read = async (page, complete, leftList) => void told.push([complete, leftList]);
  watchPage({ storage, preferences, read, close: () => undefined });
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const [before, came] = [told.length, Date.now()];
  hidden = false;
  await new Promise((resolve) => setTimeout(resolve, 1500));
  delete document.hidden;
  const after = told.map(([complete, leftList]) => [complete, leftList && leftList - came]);
  return { before, told: after, passed: Date.now() - came };
}
"""


def test_task_in_a_background_tab_begins_when_it_comes_to_the_front(page: Page) -> None:
    found = page.evaluate(WATCHED)
    assert found["before"] == 0
    # Nothing may be said about the open question before it is known whether the user has left the list.
    [before, (complete, late)] = found["told"]
    assert before == [False, None]
    assert complete
    assert 0 <= late <= found["passed"]
