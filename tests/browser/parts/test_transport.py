"""Requests that the userscript manager never answers: the sending goes on all the same."""

import pytest
from playwright.sync_api import Page

UNANSWERED = """
async (work) => {
  const { managerTransport } = await import("/transport.js");
  const listeners = [];
  window.addEventListener = (type, listener, { signal }) => type === "pageshow" && listeners.push([listener, signal]);
  globalThis.GM_xmlhttpRequest = () => new Function("return " + work)();
  const came = (isTrusted, persisted) => listeners.map(([listener]) => listener({ isTrusted, persisted }));
  const reply = managerTransport("https://tracker.test")("GET", "/sessions/current", "t", "");
  const meanwhile = () => new Promise((resolve) => setTimeout(resolve, 300, "waits"));
  came(true, false); // the page has loaded
  came(false, true); // the page says so itself
  const before = await Promise.race([reply, meanwhile()]);
  came(true, true);
  const after = await Promise.race([reply, meanwhile()]);
  return [before, after, listeners.map(([, signal]) => signal instanceof AbortSignal)];
}
"""
NOTHING = {"status": 0, "text": "", "retryAfter": None}


@pytest.mark.parametrize(
    ("work", "before"),
    [("undefined", "waits"), ("Promise.reject(new Error())", NOTHING)],
    ids=["in a page that she went back to", "refused by the manager"],
)
def test_request_without_an_answer_is_given_up(page: Page, work: str, before: object) -> None:
    listens_for_a_while = [True]
    assert page.evaluate(UNANSWERED, work) == [before, NOTHING, listens_for_a_while]
