"""A stored time zone that the installed data no longer know."""

from datetime import datetime, timedelta

import pytest

from app.database import Database
from app.db_models import users
from tests.http.browser import NOON, Browser, errors_of, text_of
from tests.raters import Rater

LOST = "US/Pacific-New"
NOTICE = f"There is no time zone {LOST} any more, so your times are in UTC. Choose another in your profile."


@pytest.fixture
def session_id(browser: Browser, rater: Rater, database: Database) -> str:
    """The id of a session of a user whose zone was lost since."""
    database.write_now(lambda conn: conn.execute(users.update().values(timezone=LOST)))
    return rater.record_session(NOON - timedelta(hours=1), [5.0, 5.0])


def addresses(session_id: str) -> list[str]:
    return [
        "/dashboard/today",
        "/dashboard/sessions",
        f"/dashboard/sessions/{session_id}",
        "/widget",
        "/profile",
    ]


def test_pages_of_a_lost_zone_are_in_utc_and_lead_to_the_profile(browser: Browser, session_id: str) -> None:
    for address in addresses(session_id):
        page = browser.get(address)
        assert (page.status_code, NOTICE in text_of(page)) == (200, True), address
        assert '<a href="/profile#timezone">' in page.text
        assert "Times are in UTC." in page.text


def test_figures_of_a_lost_zone_are_counted_in_utc(browser: Browser, session_id: str) -> None:
    day = browser.client.get("/dashboard/today/json").json()
    assert (day["timezone"], day["total_questions"], day["hourly_activity"][0]["hour"]) == ("UTC", 2, 0)
    assert browser.client.get("/me").json()["timezone"] == "UTC"
    export = browser.client.get("/export/questions.csv")
    rows = [line.split(",") for line in export.text.splitlines()]
    assert (export.status_code, [row[3] for row in rows[1:]]) == (200, ["UTC", "UTC"])


def test_running_session_of_a_lost_zone_is_shown_and_ended(
    browser: Browser, rater: Rater, session_id: str
) -> None:
    running = rater.record_session(NOON - timedelta(minutes=30), [5.0], ended=False)
    address = f"/dashboard/sessions/{running}"
    for page in (browser.get("/dashboard/today"), browser.get(address)):
        assert "11:35" in text_of(page)
    ended = browser.post(
        f"{address}/end", address, END | {"at": (NOON - timedelta(minutes=5)).strftime(LOCAL)}
    )
    assert ended.status_code == 303
    summary = browser.client.get(f"/sessions/{running}/summary").json()
    assert datetime.fromisoformat(summary["ended_at"]) == NOON - timedelta(minutes=5)


END = {"when": "chosen", "event_id": "00000000-0000-4000-8000-000000000001"}
LOCAL = "%Y-%m-%dT%H:%M"


def test_lost_zone_is_mended_on_the_profile(browser: Browser, session_id: str) -> None:
    fields = {"first_name": "Mara", "last_name": "", "target_minutes_per_question": "5.5"}
    unchanged = browser.post("/profile", "/profile", fields | {"timezone": LOST})
    assert f'value="{LOST}"' in browser.get("/profile").text
    assert "This is not a known time zone; an example of one is Europe/Berlin." in errors_of([unchanged])
    assert browser.post("/profile", "/profile", fields | {"timezone": "America/Vancouver"}).status_code == 303
    assert [NOTICE in text_of(browser.get(address)) for address in addresses(session_id)] == [False] * 5
    assert browser.client.get("/me").json()["timezone"] == "America/Vancouver"
