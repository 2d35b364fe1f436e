"""Requests that the userscript manager never answers: the sending goes on all the same."""

import pytest
from playwright.sync_api import Page

UNANSWERED = """
async (work) => {
  const { managerTransport } = await import("/transport.js");
  const timer = globalThis.setTimeout;
  globalThis.setTimeout = (work, ms, ...rest) => (ms < 10_000 ? timer(work, ms, ...rest) : 0); // no time runs out
  globalThis.GM_xmlhttpRequest = () => new Function("return " + work)();
  const came = (persisted) => dispatchEvent(new PageTransitionEvent("pageshow", { persisted }));
  const reply = managerTransport("https://tracker.test")("GET", "/sessions/current", "t", "");
  const meanwhile = () => new Promise((resolve) => setTimeout(resolve, 300, "waits"));
  came(false);
  const before = await Promise.race([reply, meanwhile()]);
  came(true);
  const after = await Promise.race([reply, meanwhile()]);
  globalThis.setTimeout = timer;
  return [before, after];
}
"""
NOTHING = {"status": 0, "text": "", "retryAfter": None}


@pytest.mark.parametrize(
    ("work", "before"),
    [("undefined", "waits"), ("Promise.reject(new Error())", NOTHING)],
    ids=["in a page that she went back to", "refused by the manager"],
)
def test_request_without_an_answer_is_given_up(page: Page, work: str, before: object) -> None:
    assert page.evaluate(UNANSWERED, work) == [before, NOTHING]
