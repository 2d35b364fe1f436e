"""A session's page and the forms that correct it."""

import re
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from app.web.routes.pages.session import PART, SessionPage
from app.web.templating import environment
from tests.http.browser import NOON, Browser, errors_of, text_of
from tests.raters import Rater

MORNING = NOON - timedelta(hours=4)


def address(session: str) -> str:
    return f"/dashboard/sessions/{session}"


def summary(browser: Browser, session: str) -> dict[str, Any]:
    answer = browser.client.get(f"/summary/{session}")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def test_session_shows_every_question_and_its_distance_from_the_target(
    browser: Browser, rater: Rater
) -> None:
    session = rater.record_session(MORNING, [5, 7, 2])
    text = text_of(browser.get(address(session)))
    assert "Session 09:00 – 09:14" in text
    assert "1 09:00 05:00 00:30 under 05:00 5.5 min" in text
    assert "2 09:05 07:00 01:30 over 07:00 5.5 min" in text
    assert "3 09:12 02:00 03:30 under 02:00 5.5 min" in text


def test_session_shows_task_and_pause(browser: Browser, rater: Rater) -> None:
    rater.press("NEXT", MORNING, task_id="<b>&", task_type="Side by side", target_minutes=4)
    for minutes, kind in [(1, "PAUSE"), (3, "PAUSE"), (6, "EXIT")]:
        rater.press(kind, MORNING + timedelta(minutes=minutes))
    session = browser.client.get("/sessions/recent").json()[0]["session_id"]
    page = browser.get(address(session))
    assert "1 09:00 04:00 00:00 06:00 4 min <b>& Side by side" in text_of(page)
    assert "<b>&" not in page.text
    assert "Question 1, 09:00: 04:00 active, 02:00 paused" in page.text


def test_session_over_midnight_names_the_day(browser: Browser, rater: Rater) -> None:
    session = rater.record_session(datetime(2026, 11, 20, 22, 58, tzinfo=UTC), [5, 5])
    text = text_of(browser.get(address(session)))
    assert "Session 23:58 – Sat 00:08" in text
    assert "2 Sat 00:03" in text
    assert "CSV of these days" in text


@pytest.mark.parametrize("session", ["nonsense", "00000000-0000-4000-8000-000000000000", "%00", "a" * 300])
def test_session_of_nobody_is_not_found(browser: Browser, session: str) -> None:
    page = browser.get(address(session))
    assert page.status_code == 404
    assert page.headers["content-type"] == "text/html; charset=utf-8"


def test_session_of_somebody_else_is_not_found(browser: Browser, rater: Rater) -> None:
    session = rater.record_session(MORNING, [5, 5])
    question = summary(browser, session)["questions"][0]["id"]
    browser.client.cookies.clear()
    browser.register("eva@example.org")
    assert browser.get(address(session)).status_code == 404
    for act, sent in (
        ("delete", {}),
        ("restore", {}),
        ("target", {"target_minutes": "4"}),
        ("end", {"when": "last", "event_id": "00000000-0000-4000-8000-000000000000"}),
        (f"questions/{question}/delete", {}),
        (f"questions/{question}/restore", {}),
    ):
        answer = browser.post(f"{address(session)}/{act}", "/profile", sent)
        assert (act, answer.status_code) == (act, 404)
    browser.client.cookies.clear()
    browser.log_in()
    assert summary(browser, session)["total_questions"] == 2


def test_question_deleted_and_brought_back_by_undo(browser: Browser, rater: Rater) -> None:
    session = rater.record_session(MORNING, [5, 7, 2])
    question = summary(browser, session)["questions"][1]["id"]
    deleted = browser.post(f"{address(session)}/questions/{question}/delete", address(session))
    assert deleted.status_code == 303
    page = browser.get(deleted.headers["location"])
    assert summary(browser, session)["total_questions"] == 2
    assert "2 09:12 02:00" in text_of(page)
    assert "The question is deleted" in text_of(page)
    undo = f"{address(session)}/questions/{question}/restore"
    assert f'<form method="post" action="{undo}">' in page.text
    restored = browser.post(undo, deleted.headers["location"])
    assert restored.status_code == 303
    assert summary(browser, session)["total_questions"] == 3


def test_page_shows_what_is_stored_where_no_figure_of_the_session_tells_it(
    browser: Browser, rater: Rater
) -> None:
    session = rater.record_session(MORNING, [5, 5])
    first, second = (question["id"] for question in summary(browser, session)["questions"])
    shown = []
    for deleted, restored in ((first, None), (second, first)):
        if restored is not None:
            browser.post(f"{address(session)}/questions/{restored}/restore", address(session))
        browser.post(f"{address(session)}/questions/{deleted}/delete", address(session))
        shown.append(re.findall(r"questions/([0-9a-f-]+)/delete", browser.get(address(session)).text))
    assert shown == [[second], [first]]


def test_session_deleted_and_brought_back_by_undo(browser: Browser, rater: Rater) -> None:
    session = rater.record_session(MORNING, [5, 7])
    deleted = browser.post(f"{address(session)}/delete", address(session))
    assert deleted.headers["location"] == (
        f"/dashboard/today?date=2026-11-21&done=session-deleted&session={session}"
    )
    page = browser.get(deleted.headers["location"])
    assert "The session is deleted." in text_of(page)
    assert browser.get(address(session)).status_code == 404
    undo = f"{address(session)}/restore"
    assert f'<form method="post" action="{undo}">' in page.text
    restored = browser.post(undo, deleted.headers["location"])
    assert restored.headers["location"] == f"{address(session)}?done=session-restored"
    assert summary(browser, session)["total_questions"] == 2


def test_target_changed_moves_the_pace(browser: Browser, rater: Rater) -> None:
    session = rater.record_session(MORNING, [5])
    answer = browser.post(f"{address(session)}/target", address(session), {"target_minutes": "2.5"})
    assert answer.headers["location"] == f"{address(session)}?done=target-changed#content"
    now = summary(browser, session)
    assert (now["target_minutes_per_question"], now["pace_ratio"]) == (2.5, 2.0)


def test_target_form_holds_the_exact_target(browser: Browser, rater: Rater) -> None:
    session = rater.record_session(MORNING, [5, 5])
    browser.post(f"{address(session)}/target", address(session), {"target_minutes": "5.125"})
    assert 'required value="5.125"' in browser.get(address(session)).text


@pytest.mark.parametrize("typed", ["", "0", "-1", "601", "nan", "inf", "soon"])
def test_target_refused_says_why(browser: Browser, rater: Rater, typed: str) -> None:
    session = rater.record_session(MORNING, [5])
    answer = browser.post(f"{address(session)}/target", address(session), {"target_minutes": typed})
    assert answer.status_code == 422
    assert len(errors_of([answer])) == 1
    assert summary(browser, session)["target_minutes_per_question"] == 5.5


def end(browser: Browser, session: str, **fields: str) -> Any:
    event_id = re.search(r'name="event_id" value="([^"]+)"', browser.get(address(session)).text)
    assert event_id
    return browser.post(
        f"{address(session)}/end", address(session), {"event_id": event_id.group(1), **fields}
    )


def test_forgotten_session_ended_at_its_last_event_counts_no_open_question(
    browser: Browser, rater: Rater
) -> None:
    session = rater.record_session(NOON - timedelta(hours=20), [5], ended=False)
    page = browser.get(address(session))
    assert "This session was left running" in text_of(page)
    answer = end(browser, session, when="last")
    assert answer.status_code == 303
    assert answer.headers["location"] == f"{address(session)}?done=session-ended#content"
    after = summary(browser, session)
    assert (after["ended_at"], after["total_questions"], after["auto_closed"]) == (
        "2026-11-20T16:05:00Z",
        1,
        False,
    )


def test_forgotten_session_ended_at_a_chosen_time_counts_the_open_question(
    browser: Browser, rater: Rater
) -> None:
    session = rater.record_session(NOON - timedelta(hours=20), [5], ended=False)
    assert end(browser, session, when="chosen", at="2026-11-20T17:09").status_code == 303
    after = summary(browser, session)
    assert (after["ended_at"], after["total_questions"]) == ("2026-11-20T16:09:00Z", 2)
    assert after["questions"][1]["active_seconds"] == 240


def test_session_can_be_ended_in_the_minute_of_its_last_event(browser: Browser, rater: Rater) -> None:
    session = rater.record_session(NOON - timedelta(hours=20) + timedelta(seconds=44), [5], ended=False)
    assert end(browser, session, when="chosen", at="2026-11-20T17:05").status_code == 303
    after = summary(browser, session)
    assert (after["ended_at"], after["total_questions"]) == ("2026-11-20T16:05:44Z", 2)


@pytest.mark.parametrize(
    ("at", "sentence"),
    [
        ("2026-11-20T17:04:59", "The session cannot end before its last event."),
        ("2026-11-21T13:30", "That time has not come yet."),
        (
            "2026-11-21T06:00",
            "That is more than 12 hours after the last event. Choose an earlier time, or the last event.",
        ),
        ("", "Choose a day and a time."),
        ("yesterday", "Choose a day and a time."),
        ("2026-11-20T17:09+01:00", "Choose a day and a time."),
        ("0001-01-01T00:00", "Choose a day and a time."),
    ],
)
def test_end_at_a_time_that_cannot_be_is_refused(
    browser: Browser, rater: Rater, at: str, sentence: str
) -> None:
    session = rater.record_session(NOON - timedelta(hours=20), [5], ended=False)
    answer = end(browser, session, when="chosen", at=at)
    assert answer.status_code == 422
    assert errors_of([answer]) == [sentence]
    assert summary(browser, session)["is_active"] is True


def test_running_session_ended_now_twice_ends_once(browser: Browser, rater: Rater) -> None:
    session = rater.record_session(NOON - timedelta(minutes=9), [5], ended=False)
    assert "Still running" in text_of(browser.get(address(session)))
    assert end(browser, session, when="now").status_code == 303
    after = summary(browser, session)
    assert (after["is_active"], after["total_questions"]) == (False, 2)
    again = browser.post(
        f"{address(session)}/end",
        address(session),
        {"when": "now", "event_id": "00000000-0000-4000-8000-000000000000"},
    )
    assert again.status_code == 303
    assert summary(browser, session) == after


def test_end_offers_a_button_for_each_choice_and_an_empty_time(browser: Browser, rater: Rater) -> None:
    session = rater.record_session(NOON - timedelta(minutes=9), [5], ended=False)
    page = browser.get(address(session))
    assert ending_buttons(page.text) == [
        ("button", "last"),
        ("button button-main", "now"),
        ("button", "chosen"),
    ]
    assert '<input id="end-at" type="datetime-local" name="at" required>' in page.text


def test_end_in_the_hour_that_comes_twice_can_be_chosen(browser: Browser, rater: Rater) -> None:
    """Its local time lies before that of the last event: no check of the browser's own may stand in its way."""
    last = datetime(2026, 10, 25, 0, 50, tzinfo=UTC)  # 02:50; at 03:00 the clocks are put back to 02:00
    session = rater.record_session(last - timedelta(minutes=5), [5], ended=False)
    assert " min=" not in browser.get(address(session)).text
    assert end(browser, session, when="chosen", at="2026-10-25T02:10").status_code == 303
    assert summary(browser, session)["ended_at"] == "2026-10-25T01:10:00Z"


def test_end_of_a_forgotten_session_leads_to_its_last_event(browser: Browser, rater: Rater) -> None:
    session = rater.record_session(NOON - timedelta(hours=20), [5], ended=False)
    page = browser.get(address(session))
    assert ending_buttons(page.text) == [("button button-main", "last"), ("button", "chosen")]


def test_end_by_enter_in_the_time_field_takes_that_time(browser: Browser, rater: Rater) -> None:
    session = rater.record_session(NOON - timedelta(minutes=9), [5], ended=False)
    text = browser.get(address(session)).text
    form = next(form for form in re.findall(r"<form.*?</form>", text, re.DOTALL) if 'name="at"' in form)
    assert ending_buttons(form) == [("button", "chosen")]


def ending_buttons(html: str) -> list[tuple[str, str]]:
    """Class and value of each button that ends the session."""
    return re.findall(r'<button class="([^"]*)" name="when" value="([^"]*)">', html)


def test_paused_session_is_headed_so(browser: Browser, rater: Rater) -> None:
    rater.press("NEXT", NOON - timedelta(minutes=9))
    rater.press("PAUSE", NOON - timedelta(minutes=5))
    session = browser.client.get("/sessions/recent").json()[0]["session_id"]
    page = browser.get(address(session))
    assert '<h2 id="end-title">Paused</h2>' in page.text
    assert "Still running" not in text_of(page)


@pytest.mark.parametrize(
    ("act", "card", "fields"),
    [("target", "session-target", {"target_minutes": "0"}), ("end", "end", {"when": "chosen", "at": "x"})],
)
def test_refusal_is_in_the_card_that_its_form_leads_to(
    browser: Browser, rater: Rater, act: str, card: str, fields: dict[str, str]
) -> None:
    session = rater.record_session(NOON - timedelta(minutes=9), [5], ended=False)
    assert f'action="{address(session)}/{act}#{card}"' in browser.get(address(session)).text
    page = browser.post(f"{address(session)}/{act}", address(session), fields)
    section = re.search(rf'<section [^>]*id="{card}".*?</section>', page.text, re.DOTALL)
    assert section
    assert 'role="alert"' in section.group()


def test_end_with_an_unknown_choice_is_refused(browser: Browser, rater: Rater) -> None:
    session = rater.record_session(NOON - timedelta(minutes=9), [5], ended=False)
    assert end(browser, session, when="never").status_code == 422


def test_long_session_is_shown_in_parts(browser: Browser, rater: Rater) -> None:
    session = rater.record_session(MORNING, [0.25] * (2 * PART + 10))
    first, last, beyond = (browser.get(f"{address(session)}?part={part}") for part in (1, 3, 99))
    assert first.text.count('<tr id="q-') == PART
    assert last.text.count('<tr id="q-') == 10
    assert beyond.text.count('<tr id="q-') == 10
    assert first.text.count("<title>Question ") == 2 * PART + 10
    assert "251–500" in text_of(first)


@pytest.mark.parametrize(
    "act", ["delete", "restore", "target", "end", "questions/x/delete", "questions/x/restore"]
)
def test_session_forms_need_a_token_and_a_login(browser: Browser, rater: Rater, act: str) -> None:
    session = rater.record_session(MORNING, [5])
    before = summary(browser, session)
    assert browser.client.post(f"{address(session)}/{act}", data={}).status_code == 400
    assert summary(browser, session) == before
    browser.client.cookies.clear()
    assert browser.client.post(f"{address(session)}/{act}", data={}).status_code == 401


def test_template_uses_what_its_page_has() -> None:
    loader = environment().loader
    assert loader is not None
    source = loader.get_source(environment(), "session.html")[0]
    used = set(re.findall(r"\bpage\.(\w+)", source))
    assert used == {field.name for field in fields(SessionPage)}


def test_page_says_which_version_it_shows_and_how_long_the_open_question_has_taken(
    browser: Browser, rater: Rater
) -> None:
    start = NOON - timedelta(minutes=9)
    session = rater.record_session(start, [4], ended=False)
    with time_machine.travel(NOON + timedelta(minutes=1), tick=False):
        first = browser.get(address(session))
    assert "has taken 06:00." in text_of(first)
    assert (
        '<time class="ticking" data-since="2026-11-21T11:55:00.000Z" data-paused-seconds="0.0">' in first.text
    )
    assert 'data-now="2026-11-21T12:01:00.000Z"' in first.text
    for minutes, kind in [(5, "PAUSE"), (6, "PAUSE"), (8, "PAUSE")]:
        rater.press(kind, start + timedelta(minutes=minutes))
    second = browser.get(address(session))
    assert "has taken 03:00." in text_of(second)
    assert 'data-paused-seconds="60.0" data-paused-since="2026-11-21T11:59:00.000Z"' in second.text
    versions = [re.findall(r'data-version="([^"]+)"', page.text) for page in (first, second)]
    assert versions[0] != versions[1]
    assert len(versions[0]) == len(versions[1]) == 1
