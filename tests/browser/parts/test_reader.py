"""What is read from a task page, and that nothing else is. The estimated time: tests/unit/widget/reader.test.js."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

SHOW = "https://www.raterhub.com/evaluation/rater/task/show"
PAGE = """
  <h1>Confidential side by side</h1><span class="ewok-estimated-task-weight"> 2 -
    4 minutes </span><p id="kind">Search SIDE-by-side</p>
  <input id="ewok-task-submit-button" type="submit"><a id="ewok-release-button">Release</a>"""
FOUND = {"task number": True, "estimated time": True, "submit button": True, "release button": True}
READ = """async ([html, href, choices]) => {
  const { readPage } = await import("/reader.js");
  const { DEFAULTS } = await import("/preferences.js");
  const all = { ...DEFAULTS, ...choices, selectors: { ...DEFAULTS.selectors, ...choices.selectors } };
  return readPage(new DOMParser().parseFromString(html, "text/html"), href, all, "view 7");
}"""
Read = Callable[..., dict[str, Any]]


@pytest.fixture
def read(page: Page) -> Read:
    """`read(html, href, **choices)`: the reading, its checks by name."""

    def run(html: str = PAGE, href: str = f"{SHOW}?taskIds=42", **choices: Any) -> dict[str, Any]:
        reading: dict[str, Any] = page.evaluate(READ, [html, href, choices])
        reading["checks"] = {check["what"]: check["found"] for check in reading["checks"]}
        return reading

    return run


def test_task_page_is_read(read: Read) -> None:
    assert read() == {
        "place": "task",
        "task": "42",
        "fields": {"task_id": "42", "target_minutes": 4},
        "estimate": "2 - 4 minutes",
        "checks": FOUND,
    }


@pytest.mark.parametrize(("end", "minutes"), [("lower", 2), ("middle", 3), ("upper", 4)])
def test_setting_says_which_end_is_the_target(read: Read, end: str, minutes: float) -> None:
    assert read(end=end)["fields"]["target_minutes"] == minutes


@pytest.mark.parametrize(
    ("text", "end", "target"),
    [
        ("20 seconds", "upper", 0.3333),
        ("0 - 2 minutes", "lower", None),
        ("0 - 2 minutes", "middle", 1),
        ("0.002 seconds", "upper", None),
        ("0.01 seconds", "upper", 0.0002),
        ("10 hours", "upper", 600),
        ("soon", "upper", None),
        ("2 minutes " + "and more " * 10, "upper", None),
    ],
)
def test_target_is_one_that_the_server_takes(read: Read, text: str, end: str, target: float | None) -> None:
    reading = read(f'<span class="ewok-estimated-task-weight">{text}</span>', end=end)
    assert reading["fields"].get("target_minutes") == target


@pytest.mark.parametrize(
    ("address", "task_id"),
    [
        ("?taskIds=42", "42"),
        ("?a=1&taskIds=t%2F42&b=2", "t/42"),
        ("?taskIds=1,2", "1,2"),
        ("?taskIds=1&taskIds=2", "1,2"),
        ("#taskIds=42", "42"),
        ("#/show?a=1&taskIds=42", "42"),
        ("?taskIds=%2042%20", "42"),
        ("?taskIds=" + "x" * 64, "x" * 64),
        ("?taskIds=" + "%F0%9F%90%87" * 64, "🐇" * 64),
        ("?taskIds=" + "x" * 65, None),
        ("?taskIds=", None),
        ("?taskids=42", None),
        ("", None),
        ("?taskIds=a%00b", None),
        ("?taskIds=a%0Ab", "a b"),
        ("?taskIds=a%E2%80%AEb", None),
        ("?taskIds=a%C2%A0b", "a b"),
        ("?taskIds=%ZZ", "%ZZ"),
        ("/deeper?taskIds=42", "42"),
    ],
)
def test_task_id_is_the_parameter_of_the_address(read: Read, address: str, task_id: str | None) -> None:
    reading = read(href=SHOW + address)
    assert reading["fields"].get("task_id") == task_id
    assert reading["checks"]["task number"] == (task_id is not None)
    # Without an id, one view of a task page is still told from the next.
    assert reading["task"] == (task_id or "view 7")


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/evaluation/rater/task/show?taskIds=1", "task"),
        ("/evaluation/rater/task/index", "list"),
        ("/evaluation/rater/task/index/", "list"),
        ("/evaluation/rater", "other"),
        ("/", "other"),
        ("/else#/evaluation/rater/task/show", "other"),
    ],
)
def test_place_is_told_by_the_path(read: Read, path: str, place: str) -> None:
    reading = read(href=f"https://www.raterhub.com{path}")
    assert reading["place"] == place
    if place != "task":
        assert reading == {"place": place, "task": None, "fields": {}, "estimate": "", "checks": {}}


def test_place_is_told_by_the_longer_beginning(read: Read) -> None:
    selectors = {"taskPath": "/tasks/", "listPath": "/tasks/list"}
    places = [
        read(href=f"https://x.test{path}", selectors=selectors)["place"]
        for path in ("/tasks/9", "/tasks/list")
    ]
    assert places == ["task", "list"]
    assert read(selectors={"taskPath": "", "listPath": ""})["place"] == "other"


def test_reading_that_is_off_tells_the_place_alone(read: Read) -> None:
    assert read(reading=False, picked="side by side") == {
        "place": "task", "task": "view 7", "fields": {}, "estimate": "", "checks": {},
    }  # fmt: skip


@pytest.mark.parametrize("selector", ["", "[", "p:nope(", "..", "#gone"])
def test_selector_that_finds_nothing_fails_the_self_test_and_nothing_else(read: Read, selector: str) -> None:
    wrong = read(
        selectors={"estimate": selector, "submit": selector, "release": selector},
        rules=[{"selector": selector, "text": "", "type": "any"}],
    )
    assert wrong["checks"] == {name: name == "task number" for name in FOUND}
    assert (wrong["fields"], wrong["estimate"]) == ({"task_id": "42"}, "")


RULES = [
    {"selector": "#kind", "text": "music", "type": "music"},
    {"selector": "[", "text": "", "type": "broken"},
    {"selector": "#kind", "text": "side-BY-side", "type": "sbs"},
    {"selector": "h1", "text": "", "type": "any"},
]


@pytest.mark.parametrize(
    ("choices", "task_type"),
    [
        ({}, None),
        ({"rules": RULES}, "sbs"),
        ({"rules": RULES[:2]}, None),
        ({"rules": RULES[3:]}, "any"),
        ({"rules": RULES, "picked": "headphones"}, "headphones"),
        ({"picked": "x" * 40}, "x" * 40),
        ({"picked": "x" * 41}, None),
        ({"picked": "a\u200db"}, "a\u200db"),
        ({"picked": "a\u3000b"}, "a b"),
        ({"picked": "a\ue000b"}, None),
        ({"picked": " two words "}, "two words"),
    ],
)
def test_task_type_is_a_word_of_hers(read: Read, choices: dict[str, Any], task_type: str | None) -> None:
    types = [choices["picked"]] if "picked" in choices else []
    assert read(**choices, types=types)["fields"].get("task_type") == task_type


def test_type_that_is_no_longer_on_her_list_is_not_picked(read: Read) -> None:
    reading = read(rules=RULES, picked="headphones", types=["long"])
    assert reading["fields"]["task_type"] == "sbs"


def test_nothing_of_the_page_is_in_a_reading_but_its_estimate(read: Read) -> None:
    reading = read(
        '<span class="ewok-estimated-task-weight">Secret words of the task</span><h1>More of them</h1>',
        rules=[{"selector": "h1", "text": "more", "type": "mine"}],
    )
    assert reading["estimate"] == ""
    assert reading["fields"] == {"task_id": "42", "task_type": "mine"}


def test_click_is_within_what_its_path_passes(page: Page) -> None:
    seen = page.evaluate(
        """async (selectors) => {
          const { isWithin } = await import("/reader.js");
          const host = document.body.appendChild(document.createElement("div"));
          host.className = "host";
          const inner = host.attachShadow({ mode: "open" }).appendChild(document.createElement("button"));
          inner.id = "inner";
          const seen = {};
          document.addEventListener("click", (event) => {
            for (const selector of selectors) seen[selector] = isWithin(event, selector);
          }, { once: true });
          inner.dispatchEvent(new Event("click", { bubbles: true, composed: true }));
          host.remove();
          return seen;
        }""",
        ["#inner", ".host", "body", ".other", "", "["],
    )
    assert seen == {"#inner": True, ".host": True, "body": True, ".other": False, "": False, "[": False}
