"""A rating site of a few pages: a list of tasks, tasks with an estimated time, a submit and a release button."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page, Route, expect

from tests.browser.widget_user import WidgetUser, panel

SITE = "https://www.raterhub.com"
LIST = f"{SITE}/evaluation/rater/task/index"


def task_address(task: str) -> str:
    """Where a task is shown."""
    return f"{SITE}/evaluation/rater/task/show?taskIds={task}"


@dataclass
class TaskSite:
    """What the site answers; a task that is submitted or released leads to the next one, the last to the list."""

    estimates: dict[str, str] = field(
        default_factory=lambda: {"101": "2 - 4 minutes", "102": "1.5 minutes", "103": "90 seconds"}
    )
    late_estimate_ms: int = 0  # drawn by the page's own script, so long after it was loaded
    complete_form: bool = True  # submitting goes through
    ends: frozenset[str] = frozenset()  # tasks that lead to the list, as the last one does

    def serve(self, rater: WidgetUser) -> None:
        """For every page of this rater's browser."""
        rater.context.unroute(f"{SITE}/**")
        rater.context.route(f"{SITE}/**", self.answer)

    def answer(self, route: Route) -> None:
        """Whatever of the site is asked for."""
        address = urlsplit(route.request.url)
        tasks = parse_qs(address.query).get("taskIds", [])
        body = self._task(tasks[0]) if tasks else self._list()
        route.fulfill(body=body, headers={"content-type": "text/html; charset=utf-8"})

    def after(self, task: str) -> str | None:
        """What it leads to; None: to the list."""
        order = list(self.estimates)
        return None if task in self.ends else next(iter(order[order.index(task) + 1 :]), None)

    def _list(self) -> str:
        links = "".join(f'<li><a href="{task_address(task)}">Task {task}</a></li>' for task in self.estimates)
        return f"<!doctype html><title>Tasks</title><ul>{links}</ul>"

    def _task(self, task: str) -> str:
        after = self.after(task)
        onward = task_address(after) if after else LIST
        submit = f"location.href = '{onward}'" if self.complete_form else "void 0"
        estimate = self.estimates[task]
        span = f'<span class="ewok-estimated-task-weight">{"" if self.late_estimate_ms else estimate}</span>'
        late = (
            f"<script>setTimeout(() => document.querySelector('span').textContent = '{estimate}',"
            f" {self.late_estimate_ms})</script>"
            if self.late_estimate_ms
            else ""
        )
        return (
            f"<!doctype html><title>Task</title><h1>Secret query {task}</h1>{span}"
            f'<button id="ewok-task-submit-button" onclick="{submit}">Submit</button>'
            f'<button id="ewok-release-button" onclick="location.href = \'{onward}\'">Release</button>{late}'
        )


def visit(rater: WidgetUser, address: str) -> Page:
    """A new tab at that address, with the panel on it."""
    page = rater.context.new_page()
    page.goto(address)
    expect(panel(page)).to_be_visible()
    return page


def sent_events(rater: WidgetUser) -> list[dict[str, Any]]:
    """Every event that arrived, in the order of leaving, once, and without what is made anew each time."""
    bodies = [sent.body for sent in rater.manager.sent if sent.method == "POST" and sent.status == 200]
    each = [event for body in bodies for event in body.get("events", [body])]
    events = {event["event_id"]: event for event in each if "event_id" in event}
    return [
        {key: value for key, value in event.items() if key not in {"event_id", "timestamp", "sent_at"}}
        for event in events.values()
    ]


def until(page: Page, condition: Callable[[], bool], what: str) -> None:
    """Waits until it is so (two minutes at most)."""
    for _ in range(2400):
        if condition():
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"did not happen: {what}")
