"""A whole session, worked through with keys and clicks, and found exactly on the day page."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.manager import Flavour
from tests.browser.widget_user import Press, WidgetUser, panel


class Times:
    """Bounds from the journal: between which seconds a span of time lies."""

    def __init__(self, begin: Press, end: Press) -> None:
        self.least = end.earliest - begin.latest
        self.most = end.latest - begin.earliest

    def minus(self, other: "Times") -> "Times":
        """A span that another was taken out of."""
        self.least, self.most = self.least - other.most, self.most - other.least
        return self

    def holds(self, seconds: float) -> bool:
        """Within a millisecond, the resolution of a stamp."""
        return self.least - 0.002 <= seconds <= self.most + 0.002


def at(press: Press, instant: str) -> bool:
    """Whether a stamp of the server is the moment of this press."""
    return press.earliest - 0.002 <= datetime.fromisoformat(instant).timestamp() <= press.latest + 0.002


@pytest.mark.parametrize("flavour", ["GM_", "GM."])
def test_session_is_found_exactly_on_the_day_page(
    new_rater: Callable[..., WidgetUser], flavour: Flavour
) -> None:
    rater = new_rater(connected=False, flavour=flavour)
    rater.register()
    rater.connect()
    page = rater.open_task()
    title = panel(page).locator(".title")
    expect(title).to_have_text("No session")

    rater.key(page, "NEXT")
    expect(title).to_have_text("Question 1")
    page.wait_for_timeout(1200)
    rater.click(page, "NEXT")
    expect(title).to_have_text("Question 2")
    page.wait_for_timeout(500)
    rater.click(page, "PAUSE")
    expect(panel(page).locator(".state")).to_have_text("paused")
    frozen = panel(page).locator(".clock").inner_text()
    page.wait_for_timeout(1300)
    assert panel(page).locator(".clock").inner_text() == frozen
    rater.key(page, "PAUSE")
    expect(panel(page).locator(".state")).to_have_text("running")
    page.wait_for_timeout(300)

    page.reload()
    expect(title).to_have_text("Question 2")
    expect(panel(page).locator(".state")).to_have_text("running")
    rater.key(page, "NEXT")
    expect(title).to_have_text("Question 3")
    page.wait_for_timeout(400)
    rater.key(page, "UNDO")
    expect(title).to_have_text("Question 2")
    page.wait_for_timeout(400)
    rater.key(page, "NEXT")
    expect(title).to_have_text("Question 3")
    page.wait_for_timeout(600)
    rater.click(page, "EXIT")
    expect(title).to_have_text("No session")
    rater.everything_arrived(page)

    first, second, pause, resume, _undone, _undo, third, leave = rater.journal
    assert [press.type for press in rater.journal] == [
        "NEXT", "NEXT", "PAUSE", "PAUSE", "NEXT", "UNDO", "NEXT", "EXIT",
    ]  # fmt: skip
    assert rater.manager.keys("refused:") == []

    day = rater.json("/dashboard/today/json")
    assert (day["total_sessions"], day["total_questions"]) == (1, 3)
    [session] = day["sessions"]
    assert session["is_active"] is False
    assert at(first, session["started_at"])
    assert at(leave, session["ended_at"])
    questions = rater.questions()
    assert [question["index"] for question in questions] == [1, 2, 3]
    bounds = [(first, second), (second, third), (third, leave)]
    for question, (begin, end) in zip(questions, bounds, strict=True):
        assert at(begin, question["started_at"])
        assert at(end, question["ended_at"])
        assert Times(begin, end).holds(question["raw_seconds"])
    active = [question["active_seconds"] for question in questions]
    assert Times(first, second).holds(active[0])
    assert Times(second, third).minus(Times(pause, resume)).holds(active[1])
    assert Times(third, leave).holds(active[2])
    assert day["total_active_seconds"] == pytest.approx(sum(active), abs=0.01)

    page.goto(f"{rater.server.url}/dashboard/today")
    text = re.sub(r"\s+", " ", page.get_by_role("main").inner_text())
    assert day["total_active_mmss"] in text
    assert re.search(r"\b3\b", text)


def test_panel_draws_what_the_server_says(rater: WidgetUser) -> None:
    page = rater.open_task()
    for kind in ["NEXT", "NEXT"]:
        rater.key(page, kind)
        page.wait_for_timeout(300)
    rater.everything_arrived(page)
    current: dict[str, Any] = rater.json("/sessions/current")
    facts = panel(page).locator("dd")
    expect(facts.first).to_have_text(current["avg_active_mmss"])
    expect(facts.last).to_have_text(current["pace_label"])
    expect(panel(page).locator("dt").last).to_have_text(f"Pace {current['pace_ratio']:.0%}")
    expect(panel(page).locator(".target")).to_have_text("of 05:30")


def test_other_tab_and_other_device_are_seen(rater: WidgetUser) -> None:
    one, two = rater.open_task(), rater.open_task()
    rater.key(one, "NEXT")
    expect(panel(two).locator(".title")).to_have_text("Question 1")
    rater.key(two, "NEXT")
    expect(panel(one).locator(".title")).to_have_text("Question 2")
    rater.everything_arrived(two)
    token = rater.manager.values["link"]["token"]
    answer = rater.context.request.post(
        f"{rater.server.url}/events", data={"type": "EXIT"}, headers={"Authorization": f"Bearer {token}"}
    )
    assert answer.status == 200
    for away in (True, False):
        rater.context.set_offline(away)
    expect(panel(one).locator(".title")).to_have_text("No session")
    expect(panel(two).locator(".title")).to_have_text("No session")
    assert len(rater.questions()) == 2
