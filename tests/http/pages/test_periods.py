"""The pages of days, weeks, months, years and ranges."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from tests.http.browser import NOON, Browser, text_of
from tests.raters import Rater

RANGE = "/dashboard/range?from=2026-11-03&to=2026-11-21"
PERIODS = {
    "/dashboard/day": "Saturday 21 November 2026",
    "/dashboard/week": "16 Nov – 22 Nov 2026",
    "/dashboard/month": "November 2026",
    "/dashboard/year": "2026",
    RANGE: "3 Nov – 21 Nov 2026",
}


@pytest.fixture
def history(rater: Rater) -> list[str]:
    """Sessions of today, of this week, of last week, of last month and of last year; their ids."""
    return [
        rater.record_session(NOON - timedelta(days=days, hours=3), [5, 6, 4]) for days in (0, 3, 8, 31, 370)
    ]


@pytest.mark.parametrize("address", PERIODS)
def test_period_shows_its_name_and_its_figures(browser: Browser, history: list[str], address: str) -> None:
    page = browser.get(address)
    assert page.status_code == 200
    assert f"<h1>{PERIODS[address]}</h1>" in re.sub(r"\s*\n\s*", "", page.text)
    json = browser.client.get(address.replace("?", "/json?") if "?" in address else f"{address}/json").json()
    text = text_of(page)
    assert f"active time {json['total_active_mmss']}" in text
    assert f"questions {json['total_questions']}" in text
    assert f"average per question {json['avg_active_mmss']}" in text


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("/dashboard/day", "nothing by this time the day before"),
        ("/dashboard/week", "15:00 by this time last week"),
        ("/dashboard/week?date=2026-11-14", "nothing the week before"),
        ("/dashboard/month", "15:00 by this time last month"),
        ("/dashboard/year", "15:00 by this time last year"),
        (RANGE, "15:00 by this time in the same number of days before"),
        ("/dashboard/month?date=2026-10-01", "nothing the month before"),
    ],
)
def test_period_is_compared_with_the_one_before(
    browser: Browser, history: list[str], address: str, words: str
) -> None:
    assert words in text_of(browser.get(address))


def test_month_of_a_year_has_its_time_in_minutes_below_an_hour(browser: Browser, history: list[str]) -> None:
    text = text_of(browser.get("/dashboard/year"))
    assert "October 15 min" in text
    assert "November 1 h" in text  # 45 min, rounded


@pytest.mark.parametrize(
    ("address", "previous", "following"),
    [
        ("/dashboard/day?date=2026-11-01", "day?date=2026-10-31", "day?date=2026-11-02"),
        ("/dashboard/week?date=2026-11-11", "week?date=2026-11-02", "week?date=2026-11-16"),
        ("/dashboard/month?date=2026-03-31", "month?date=2026-02-01", "month?date=2026-04-01"),
        ("/dashboard/year?date=2025-03-31", "year?date=2024-01-01", "year?date=2026-01-01"),
        (
            "/dashboard/range?from=2026-03-03&to=2026-03-05",
            "range?from=2026-02-28&amp;to=2026-03-02",
            "range?from=2026-03-06&amp;to=2026-03-08",
        ),
    ],
)
def test_period_leads_to_its_neighbours(
    browser: Browser, address: str, previous: str, following: str
) -> None:
    page = browser.get(address).text
    assert f'rel="prev" data-key="[" href="/dashboard/{previous}"' in page
    assert f'rel="next" data-key="]" href="/dashboard/{following}"' in page


def test_running_period_has_none_after_it(browser: Browser) -> None:
    for kind in ("day", "week", "month", "year"):
        assert 'rel="next"' not in browser.get(f"/dashboard/{kind}").text


@pytest.mark.parametrize(
    "address",
    [
        "/dashboard/day?date=1970-01-01",
        "/dashboard/week?date=1970-01-01",
        "/dashboard/week?date=1970-01-05",
        "/dashboard/range?from=1970-01-10&to=1970-02-10",
        "/dashboard/week?date=9998-12-31",
        "/dashboard/range?from=9990-01-01&to=9998-12-31",
    ],
)
def test_period_at_an_end_of_the_calendar_leads_to_pages_alone(browser: Browser, address: str) -> None:
    page = browser.get(address)
    assert page.status_code == 200
    links = re.findall(r'href="(/(?:dashboard|export)/[^"#]+)"', page.text)
    assert len(links) >= 7
    for link in links:
        assert (link, browser.get(link.replace("&amp;", "&")).status_code) == (link, 200)


def test_other_lengths_are_shown_around_today_or_around_the_first_day(browser: Browser) -> None:
    now = browser.get("/dashboard/month").text
    assert 'href="/dashboard/week?date=2026-11-16"' in now
    past = browser.get("/dashboard/month?date=2026-03-15").text
    assert 'href="/dashboard/day?date=2026-03-01"' in past
    assert 'href="/dashboard/range?from=2026-03-01&amp;to=2026-03-31"' in past


def test_week_begins_on_the_weekday_of_the_profile(browser: Browser) -> None:
    fields = {"timezone": "UTC", "target_minutes_per_question": "5.5", "week_starts_on": "6"}
    browser.post("/profile", "/profile", fields)
    assert "21 Nov – 27 Nov 2026" in text_of(browser.get("/dashboard/week"))


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("from=2026-11-21&to=2026-11-20", "The first day of the range lies after the last."),
        ("from=2026-11-21", "A range needs its first day and its last."),
        ("from=1990-01-01&to=2026-11-20", "A range has at most 3,700 days."),
        ("from=soon&to=2026-11-20", "A date must be written as YYYY-MM-DD."),
    ],
)
def test_refused_range_says_why_and_keeps_what_was_typed(
    browser: Browser, history: list[str], query: str, sentence: str
) -> None:
    page = browser.get(f"/dashboard/range?{query}")
    assert page.status_code == 422
    assert sentence in text_of(page)
    for field in query.split("&"):
        name, _, value = field.partition("=")
        assert re.search(rf'name="{name}" type="(date|text)" value="{value}"', page.text)
    assert "active time" not in text_of(page)


@pytest.mark.parametrize("date", ["1970-01-01", "2000-02-29", "2027-01-01", "9998-12-31"])
@pytest.mark.parametrize("kind", ["day", "week", "month", "year"])
def test_period_far_in_the_past_or_future_is_empty(
    browser: Browser, history: list[str], kind: str, date: str
) -> None:
    page = browser.get(f"/dashboard/{kind}?date={date}")
    assert page.status_code == 200
    assert "active time 00:00" in text_of(page)


def test_task_types_stand_beside_their_targets(browser: Browser, rater: Rater) -> None:
    start = NOON - timedelta(hours=2)
    for minute in (0, 3, 6):
        rater.press("NEXT", start + timedelta(minutes=minute), task_type="page quality", target_minutes=4)
    rater.press("EXIT", start + timedelta(minutes=16))
    text = text_of(browser.get("/dashboard/week"))
    # Two of 3 minutes and one of 10: the percentiles lie between them.
    assert "page quality 3 16:00 100% 04:00 03:00 07:12 09:18" in text


def test_page_has_the_longest_task_types_and_says_how_many_there_are(browser: Browser, rater: Rater) -> None:
    start = NOON - timedelta(hours=2)
    names = ["often"] + [f"type {number}" for number in range(10, 69)] + ["often"]
    for minute, name in enumerate(names):
        rater.press("NEXT", start + timedelta(minutes=minute), task_type=name)
    rater.press("EXIT", start + timedelta(minutes=len(names)))
    page = browser.get("/dashboard/day")
    rows = re.findall(r'<th scope="row" class="task span-rest">(.*?)</th>', page.text)
    assert rows == ["often", *names[1:50]]
    assert "These are the 50 that took most time, of 60 types." in text_of(page)
    assert len(browser.client.get("/dashboard/day/json").json()["task_types"]) == 60


def test_outlier_leads_to_its_question(browser: Browser, rater: Rater) -> None:
    session = rater.record_session(NOON - timedelta(hours=3), [*[2] * 10, 40])
    page = browser.get("/dashboard/day")
    found = re.search(rf'href="(/dashboard/sessions/{session}\?question=[0-9a-f-]+)#question"', page.text)
    assert found
    assert "40:00 02:00" in text_of(page)
    assert browser.get(found[1]).status_code == 200


def test_page_takes_at_most_six_requests(browser: Browser, history: list[str]) -> None:
    page = browser.get("/dashboard/week").text
    files = re.findall(r'(?:src|href)="(/static/[^"]+)"', page)
    assert len(files) == len(set(files)) <= 5
    for file in files:
        assert browser.client.get(file.replace("&amp;", "&")).headers["cache-control"].startswith("public")


def test_session_over_the_change_of_the_clock_is_drawn_by_clock_hours(browser: Browser, rater: Rater) -> None:
    rater.record_session(
        datetime(2026, 10, 25, 0, 5, tzinfo=UTC), [50, 30, 30]
    )  # 02:05, 02:55 and 02:25 in Vienna
    json = browser.client.get("/dashboard/day/json?date=2026-10-25").json()
    assert {hour["hour"]: hour["total_questions"] for hour in json["hours"] if hour["total_questions"]} == {
        2: 3
    }
