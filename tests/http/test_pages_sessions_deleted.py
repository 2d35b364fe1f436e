"""The list of deleted sessions on the page of recent ones."""

import re
from datetime import datetime, timedelta

import pytest

from app.services import corrections
from app.services.corrections import Deleted
from tests.http.pages_rater import NOON, Rater
from tests.http.pages_support import Browser, text_of

MONTH = timedelta(days=30)
SESSIONS = "/dashboard/sessions"
TITLE = "Deleted in the last 30 days"


def delete(rater: Rater, session: str, now: datetime) -> None:
    """Delete a session at this instant."""
    user = rater.user
    rater.database.write_now(lambda conn: corrections.delete_session(conn, user, session, now))


def deleted(rater: Rater, now: datetime = NOON) -> list[Deleted]:
    """What the service lists at this instant."""
    user = rater.user
    return rater.database.read_now(lambda conn: corrections.deleted(conn, user, now))


def restores(browser: Browser) -> list[str]:
    """The sessions that the page offers to restore, in order."""
    return re.findall(rf'formaction="{SESSIONS}/([^"/]+)/restore"', browser.get(SESSIONS).text)


def test_sessions_without_a_deleted_one_show_no_list(browser: Browser, rater: Rater) -> None:
    assert TITLE not in text_of(browser.get(SESSIONS))
    rater.sitting(NOON - timedelta(hours=2), [5])
    assert TITLE not in text_of(browser.get(SESSIONS))


def test_deleted_session_is_listed_in_local_time_and_restored(browser: Browser, rater: Rater) -> None:
    session = rater.sitting(NOON - timedelta(hours=2), [5, 7])
    browser.post(f"{SESSIONS}/{session}/delete", f"{SESSIONS}/{session}")
    text = text_of(browser.get(SESSIONS))
    assert f"{TITLE} Began Deleted Change Sat 21 Nov 2026, 11:00 Sat 21 Nov 2026, 13:00 Restore" in text
    assert "No sessions yet" not in text
    restored = browser.post(f"{SESSIONS}/{session}/restore", SESSIONS)
    assert restored.headers["location"] == f"{SESSIONS}/{session}?done=session-restored"
    assert TITLE not in text_of(browser.get(SESSIONS))
    assert browser.client.get(f"/summary/{session}").json()["total_questions"] == 2


def test_deleted_sessions_are_listed_the_last_deleted_first(browser: Browser, rater: Rater) -> None:
    early = rater.sitting(NOON - timedelta(hours=6), [5])
    late = rater.sitting(NOON - timedelta(hours=3), [5])
    delete(rater, late, NOON - timedelta(minutes=2))
    delete(rater, early, NOON - timedelta(minutes=1))
    assert restores(browser) == [early, late]


def test_deleted_session_goes_by_its_first_arrival_and_begins_with_its_first_event(
    browser: Browser, rater: Rater
) -> None:
    begun = NOON - timedelta(hours=3)
    session = rater.sitting(begun + timedelta(minutes=10), [5])
    rater.press((begun, "NEXT"))
    delete(rater, session, NOON)
    assert deleted(rater) == [Deleted(session, begun, NOON)]


def test_deleted_session_is_listed_as_long_as_it_can_be_restored(browser: Browser, rater: Rater) -> None:
    session = rater.sitting(NOON - timedelta(hours=3), [5])
    delete(rater, session, NOON)
    assert [item.session_id for item in deleted(rater, NOON + MONTH)] == [session]
    assert deleted(rater, NOON + MONTH + timedelta(microseconds=1)) == []


def test_deleted_sessions_are_listed_up_to_the_limit(
    browser: Browser, rater: Rater, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(corrections, "DELETED_LISTED", 2)
    sessions = [rater.sitting(NOON - timedelta(hours=hours), [5, 5]) for hours in (9, 6, 3)]
    for session in sessions:
        delete(rater, session, NOON)
    assert [item.session_id for item in deleted(rater)] == [sessions[2], sessions[1]]


def test_deleted_session_of_another_is_not_listed(browser: Browser, rater: Rater) -> None:
    delete(rater, rater.sitting(NOON - timedelta(hours=3), [5]), NOON)
    browser.client.cookies.clear()
    browser.register("eva@example.org")
    assert TITLE not in text_of(browser.get(SESSIONS))
