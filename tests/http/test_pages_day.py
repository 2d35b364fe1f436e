"""The day's page and the list of sessions."""

import re
from dataclasses import fields
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import Engine, event

from app.web.routes.pages.periods import PeriodPage
from app.web.routes.pages.sessions import SessionsPage
from app.web.templating import environment
from tests.http.browser import NOON, Browser, text_of
from tests.raters import Rater

DAY = "/dashboard/today?date=2026-11-21"


def test_day_without_any_session_says_what_to_do_next(browser: Browser) -> None:
    page = browser.get("/dashboard/today")
    assert page.status_code == 200
    assert "Saturday 21 November 2026" in text_of(page)
    assert 'href="/widget">Install the widget</a>' in page.text
    assert steps_done(page.text) == []


def steps_done(page: str) -> list[str]:
    """The steps to a first day that are ticked off."""
    return re.findall(r'data-step="(\w+)">.* data-done>', page)


def test_day_without_any_session_shows_a_sample_that_says_so(browser: Browser, rater: Rater) -> None:
    page = browser.get("/dashboard/today")
    figure, after = page.text.split('<figure class="sample">')[1].split("</figure>")
    assert '<strong class="tag">Sample</strong>' in figure
    assert "active time" in figure
    assert "active time" not in after
    rater.record_session(NOON - timedelta(hours=3), [5])
    assert "Sample" not in browser.get("/dashboard/today").text


def test_steps_to_a_first_day_are_ticked_off_when_done(browser: Browser, rater: Rater) -> None:
    browser.post("/profile/tokens", "/profile", {"name": "Laptop"})
    assert steps_done(browser.get("/dashboard/today").text) == ["installed", "connected"]
    session = rater.record_session(NOON - timedelta(hours=3), [5])
    browser.post(f"/dashboard/sessions/{session}/delete", f"/dashboard/sessions/{session}")
    assert steps_done(browser.get("/dashboard/today").text) == ["installed", "connected", "pressed"]


def test_day_shows_its_figures_in_local_time(browser: Browser, rater: Rater) -> None:
    session = rater.record_session(datetime(2026, 11, 21, 8, 41, tzinfo=UTC), [5, 6])
    page = browser.get("/dashboard/today")
    text = text_of(page)
    assert "active time 11:00" in text
    assert "questions 2" in text
    assert "average per question 05:30" in text
    assert "score of 100 100" in text
    assert "on target" in text
    assert "100% of the target time" in text
    assert (
        f'<a href="/dashboard/sessions/{session}"><time datetime="2026-11-21T08:41:00.000Z">09:41</time> – '
        '<time datetime="2026-11-21T08:52:00.000Z">09:52</time></a>'
    ) in page.text
    assert "+00:00" not in page.text


def test_day_over_midnight_counts_each_question_where_it_began(browser: Browser, rater: Rater) -> None:
    # 23:50 to 00:10 in Vienna: one question begins on each of the two days.
    rater.record_session(datetime(2026, 11, 19, 22, 50, tzinfo=UTC), [10, 10])
    before = text_of(browser.get("/dashboard/today?date=2026-11-19"))
    after = text_of(browser.get("/dashboard/today?date=2026-11-20"))
    assert "23:50 – Fri 00:10" in before
    assert "Thu 23:50 – 00:10" in after
    assert "1 question at a target" in before
    assert "1 question at a target" in after


def test_day_leads_to_its_neighbours(browser: Browser, rater: Rater) -> None:
    rater.record_session(NOON - timedelta(hours=3), [5])
    today = browser.get("/dashboard/today")
    past = browser.get("/dashboard/today?date=2026-11-20")
    assert 'rel="prev" data-key="[" href="/dashboard/day?date=2026-11-20"' in today.text
    assert 'rel="next"' not in today.text
    assert 'rel="prev" data-key="[" href="/dashboard/day?date=2026-11-19"' in past.text
    assert 'rel="next" data-key="]" href="/dashboard/day?date=2026-11-21"' in past.text
    assert browser.get("/dashboard/today?date=1970-01-01").status_code == 200
    assert browser.get("/dashboard/today?date=9998-12-31").status_code == 200


@pytest.mark.parametrize(
    "text", ["9999-12-31", "0001-01-01", "2026-02-30", "yesterday", "", "2026-11-21&date=x"]
)
def test_day_that_does_not_exist_is_refused_on_a_page(browser: Browser, text: str) -> None:
    page = browser.get(f"/dashboard/today?date={text}")
    assert page.status_code == 422
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert 'role="alert"' in page.text
    shown = re.search(
        r'name="date" type="(?:date|text)" value="([^"]*)"', page.text
    )  # what was typed is kept
    assert 'type="date" value="2026-02-30"' not in page.text  # a browser would leave that field empty
    assert (shown and shown[1] == text.partition("&")[0]) or text.startswith("2026-11-21&")


def test_day_without_login_leads_to_the_login_and_back(browser: Browser) -> None:
    browser.client.cookies.clear()
    answer = browser.get(DAY)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/login?next=/dashboard/today%3Fdate%3D2026-11-21"
    assert browser.log_in(next=DAY).headers["location"] == DAY


def test_day_with_a_running_session_says_so(browser: Browser, rater: Rater) -> None:
    session = rater.record_session(NOON - timedelta(minutes=9), [5], ended=False)
    with time_machine.travel(NOON + timedelta(minutes=1), tick=False):
        page = browser.get("/dashboard/today")
    assert "A session is running since 12:51: question 2, open since 12:56, has taken 05:00." in text_of(page)
    assert f'href="/dashboard/sessions/{session}">Show it</a>' in page.text


def test_other_day_names_the_date_of_the_session_that_is_open(browser: Browser, rater: Rater) -> None:
    start = NOON - timedelta(minutes=9)
    rater.press("NEXT", start)
    rater.press("PAUSE", start + timedelta(minutes=5))
    today, past = (text_of(browser.get(f"/dashboard/today?date=2026-11-{day}")) for day in (21, 20))
    assert "A session is paused, begun 12:51: question 1, open since 12:51, stands at 05:00." in today
    assert (
        "A session is paused, begun Sat 21 Nov 2026, 12:51: question 1, open since 12:51, stands at 05:00."
        in past
    )


def test_day_with_a_forgotten_session_offers_to_end_it(browser: Browser, rater: Rater) -> None:
    session = rater.record_session(NOON - timedelta(hours=20), [5], ended=False)
    page = browser.get("/dashboard/today")
    assert "A session was left running. It began Fri 20 Nov 2026, 17:00" in text_of(page)
    assert f'href="/dashboard/sessions/{session}#end">End it</a>' in page.text


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [("Europe/Vienna", "2026-03-29", 23), ("Europe/Vienna", "2026-10-25", 25), ("UTC", "2026-10-25", 24)],
)
def test_day_draws_each_hour_that_passes(
    browser: Browser, rater: Rater, zone: str, day: str, hours: int
) -> None:
    fields = {"timezone": zone, "target_minutes_per_question": "5.5"}
    browser.post("/profile", "/profile", fields)
    rater.record_session(datetime.fromisoformat(f"{day}T10:00:00+00:00"), [5])
    page = browser.get(f"/dashboard/today?date={day}")
    drawn = page.text.partition('id="when"')[2].partition("</section>")[0]
    assert drawn.count(' y="202">') == hours


def test_sessions_lists_the_latest_first(browser: Browser, rater: Rater) -> None:
    assert "No sessions yet" in text_of(browser.get("/dashboard/sessions"))
    rater.record_session(NOON - timedelta(days=1), [5, 6])
    rater.record_session(NOON - timedelta(hours=2), [5])
    text = text_of(browser.get("/dashboard/sessions"))
    assert text.index("Sat 21 Nov 2026, 11:00") < text.index("Fri 20 Nov 2026, 13:00")


@pytest.mark.parametrize(
    ("template", "shape"), [("period.html", PeriodPage), ("sessions.html", SessionsPage)]
)
def test_template_uses_what_its_page_has(template: str, shape: type) -> None:
    loader = environment().loader
    assert loader is not None
    names = [template]
    for name in names:  # with every template that it includes
        source = loader.get_source(environment(), name)[0]
        names += [other for other in re.findall(r'include "(.+?)"', source) if other not in names]
    sources = [loader.get_source(environment(), name)[0] for name in names]
    used = {name for source in sources for name in page_names(source)}
    assert used == {field.name for field in fields(shape)}


def page_names(source: str) -> set[str]:
    """Every `page.<name>` in a template."""

    return set(re.findall(r"\bpage\.(\w+)", source))


def test_page_of_another_day_marks_no_today(browser: Browser) -> None:
    assert "Today," not in text_of(browser.get(f"/dashboard/today?date={date(2026, 11, 20)}"))


@pytest.mark.parametrize("address", [DAY, "/dashboard/sessions"])
def test_page_costs_the_same_statements_with_one_session_and_with_three(
    browser: Browser, rater: Rater, address: str
) -> None:
    rater.record_session(NOON - timedelta(hours=9), [5])
    with_one = statements_of(browser, address)
    rater.record_session(NOON - timedelta(hours=6), [5, 5, 5])
    rater.record_session(NOON - timedelta(hours=3), [5, 5, 5, 5])
    assert statements_of(browser, address) == with_one


def statements_of(browser: Browser, address: str) -> int:
    """How many statements a page costs."""
    seen: list[str] = []

    def note(conn: object, cursor: object, statement: str, *more: object) -> None:
        seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        assert browser.get(address).status_code == 200
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    return len(seen)
