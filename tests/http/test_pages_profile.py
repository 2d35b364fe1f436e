"""The profile's forms."""

import re
from datetime import UTC, datetime

import pytest
import time_machine
from starlette.testclient import TestClient

from tests.attack.pages import form_to
from tests.http.browser import EMAIL, Browser, errors_of, text_of
from tests.raters import NEW_PASSWORD, PASSWORD


@pytest.fixture
def browser(client: TestClient) -> Browser:
    browser = Browser(client)
    browser.register()
    return browser


def test_profile_shows_what_is_stored(browser: Browser) -> None:
    page = browser.get("/profile")
    assert page.status_code == 200
    assert 'value="Mara"' in page.text
    assert 'value="Europe/Vienna"' in page.text
    assert 'value="5.5"' in page.text
    assert EMAIL in text_of(page)


def test_profile_saved_is_stored(browser: Browser) -> None:
    answer = browser.post(
        "/profile",
        "/profile",
        {
            "first_name": "Mara",
            "last_name": "Ito",
            "timezone": "Asia/Tokyo",
            "target_minutes_per_question": "4.25",
        },
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/profile?done=profile-saved#content")
    me = browser.client.get("/me").json()
    stored = (me["first_name"], me["last_name"], me["timezone"], me["target_minutes_per_question"])
    assert stored == ("Mara", "Ito", "Asia/Tokyo", 4.25)
    assert "Your profile is saved." in text_of(browser.get("/profile?done=profile-saved"))


@pytest.mark.parametrize("target", ["5.125", "0.001", "599.9999"])
def test_profile_shows_the_exact_target_for_saving(browser: Browser, target: str) -> None:
    fields = {"first_name": "Mara", "timezone": "UTC", "target_minutes_per_question": target}
    browser.post("/profile", "/profile", fields)
    assert f'required value="{target}"' in browser.get("/profile").text
    assert browser.client.get("/me").json()["target_minutes_per_question"] == float(target)


PROFILE = {"first_name": "Mara", "timezone": "UTC", "target_minutes_per_question": "5"}


def test_first_day_of_the_week_is_chosen_on_the_profile(browser: Browser) -> None:
    assert form_to("/profile", browser.get("/profile").text)["week_starts_on"] == "1"
    assert browser.post("/profile", "/profile", PROFILE | {"week_starts_on": "7"}).status_code == 303
    page = browser.get("/profile")
    assert '<option value="7" selected>Sunday</option>' in page.text
    assert browser.client.get("/me").json()["week_starts_on"] == 7
    unchanged = form_to("/profile", page.text)
    assert browser.post("/profile", "/profile", unchanged).status_code == 303
    assert browser.client.get("/me").json()["week_starts_on"] == 7


def test_form_without_the_first_day_of_the_week_leaves_it_as_it_is(browser: Browser) -> None:
    browser.post("/profile", "/profile", PROFILE | {"week_starts_on": "6"})
    assert browser.post("/profile", "/profile", PROFILE | {"first_name": "Lena"}).status_code == 303
    me = browser.client.get("/me").json()
    assert (me["first_name"], me["week_starts_on"]) == ("Lena", 6)
    refused = browser.post("/profile", "/profile", PROFILE | {"timezone": "Mars"})
    assert form_to("/profile", refused.text)["week_starts_on"] == "6"


@pytest.mark.parametrize("value", ["0", "8", "1.0", "Monday", "٣", " 1"])
def test_first_day_of_the_week_that_is_none_is_refused(browser: Browser, value: str) -> None:
    answer = browser.post("/profile", "/profile", PROFILE | {"week_starts_on": value})
    assert answer.status_code == 422
    assert errors_of([answer]) == ["A week starts on a day from 1 (Monday) to 7 (Sunday)."]
    assert browser.client.get("/me").json()["week_starts_on"] == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("first_name", "a\x00b"),
        ("last_name", "x" * 101),
        ("timezone", "Europe/Nowhere"),
        ("timezone", ""),
        ("target_minutes_per_question", "0"),
        ("target_minutes_per_question", "601"),
        ("target_minutes_per_question", "nan"),
        ("target_minutes_per_question", "five"),
        ("target_minutes_per_question", ""),
    ],
)
def test_profile_refused_changes_nothing_and_says_why(browser: Browser, field: str, value: str) -> None:
    before = browser.client.get("/me").json()
    fields = {
        "first_name": "Mara",
        "last_name": "Ito",
        "timezone": "Asia/Tokyo",
        "target_minutes_per_question": "4.25",
        field: value,
    }
    answer = browser.post("/profile", "/profile", fields)
    assert answer.status_code == 422
    assert len(errors_of([answer])) == 1
    assert browser.client.get("/me").json() == before


def test_profile_escapes_names(browser: Browser) -> None:
    hostile = "<script>alert(1)</script>{{7*7}}\"'𝕏"
    browser.post(
        "/profile",
        "/profile",
        {"first_name": hostile, "timezone": "UTC", "target_minutes_per_question": "5"},
    )
    page = browser.get("/profile")
    assert "<script>alert" not in page.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;{{7*7}}" in page.text
    assert browser.client.get("/me").json()["first_name"] == hostile


def test_password_changed_keeps_this_login_and_the_tokens(browser: Browser) -> None:
    browser.post("/profile/tokens", "/profile", {"name": "script"})
    answer = browser.post(
        "/profile/password", "/profile", {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    )
    assert answer.status_code == 303
    assert answer.headers["location"] == "/profile?done=password-changed#content"
    assert len(browser.client.get("/tokens").json()) == 1
    browser.client.cookies.clear()
    assert browser.log_in(password=NEW_PASSWORD).status_code == 303


def test_password_changed_with_tokens_ended(browser: Browser) -> None:
    browser.post("/profile/tokens", "/profile", {"name": "script"})
    fields = {"current_password": PASSWORD, "new_password": NEW_PASSWORD, "revoke_tokens": "yes"}
    assert browser.post("/profile/password", "/profile", fields).status_code == 303
    assert browser.client.get("/tokens").json() == []


def test_password_refused_says_why_beside_the_field(browser: Browser) -> None:
    wrong = browser.post(
        "/profile/password",
        "/profile",
        {"current_password": "Not-my-lantern-1", "new_password": NEW_PASSWORD},
    )
    weak = browser.post(
        "/profile/password", "/profile", {"current_password": PASSWORD, "new_password": "short"}
    )
    assert (wrong.status_code, weak.status_code) == (422, 422)
    assert errors_of([wrong]) == ["The current password is wrong."]
    assert len(errors_of([weak])) == 1
    assert PASSWORD not in wrong.text + weak.text


@pytest.mark.parametrize(
    ("address", "card", "fields"),
    [
        ("/profile", "you", {"timezone": "Europe/Nowhere", "target_minutes_per_question": "5"}),
        ("/profile/password", "password", {"current_password": "wrong", "new_password": NEW_PASSWORD}),
        ("/profile/tokens", "browsers", {"name": " "}),
    ],
)
def test_refusal_is_in_the_card_that_its_form_leads_to(
    browser: Browser, address: str, card: str, fields: dict[str, str]
) -> None:
    assert f'action="{address}#{card}"' in browser.get("/profile").text
    page = browser.post(address, "/profile", fields)
    section = re.search(rf'<section [^>]*id="{card}".*?</section>', page.text, re.DOTALL)
    assert section
    assert 'class="wrong"' in section.group()


def test_tokens_are_listed_with_when_each_was_made(browser: Browser) -> None:
    with time_machine.travel(datetime(2030, 11, 21, 12, tzinfo=UTC)):
        browser.client.cookies.clear()
        browser.log_in()
        browser.post("/profile/tokens", "/profile", {"name": "Firefox"})
        text = text_of(browser.get("/profile"))
    assert "Name Made Last used Change Firefox Thu 21 Nov 2030, 13:00 never" in text


def test_token_is_shown_once_and_works_until_revoked(browser: Browser) -> None:
    made = browser.post("/profile/tokens", "/profile", {"name": "Firefox on Windows"})
    found = re.search(r"rht_[A-Za-z0-9_-]{43}", made.text)
    assert found
    token = found.group()
    assert token not in browser.get("/profile").text
    header = {"authorization": f"Bearer {token}"}
    assert browser.client.get("/me", headers=header).status_code == 403
    token_id = browser.client.get("/tokens").json()[0]["id"]
    answer = browser.post(f"/profile/tokens/{token_id}/revoke", "/profile")
    assert (answer.status_code, answer.headers["location"]) == (303, "/profile?done=token-revoked#browsers")
    assert browser.client.get("/me", headers=header).status_code == 401
    assert "No browser is connected." in text_of(browser.get("/profile"))


def test_token_without_name_is_refused(browser: Browser) -> None:
    answer = browser.post("/profile/tokens", "/profile", {"name": "  "})
    assert answer.status_code == 422
    assert errors_of([answer]) == ["A token needs a name."]


def test_token_of_nobody_is_not_found(browser: Browser) -> None:
    assert browser.post("/profile/tokens/0/revoke", "/profile").status_code == 404


def test_export_of_a_range_that_ends_before_it_begins_is_refused_as_its_reader_asks(browser: Browser) -> None:
    address = "/export/questions.csv?from=2026-11-21&to=2026-11-20"
    page = browser.get(address)
    assert (page.status_code, page.headers["content-type"]) == (422, "text/html; charset=utf-8")
    assert "<h1>Something is not right yet</h1>" in page.text
    answer = browser.client.get(address)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/json")


def test_logout_everywhere_ends_everything(browser: Browser) -> None:
    browser.post("/profile/tokens", "/profile", {"name": "script"})
    answer = browser.post("/profile/logout-everywhere", "/profile")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?done=logged-out-everywhere")
    assert browser.get("/profile").status_code == 303
    assert browser.log_in().status_code == 303
    assert browser.client.get("/tokens").json() == []


@pytest.mark.parametrize(
    "address",
    [
        "/profile",
        "/profile/password",
        "/profile/tokens",
        "/profile/tokens/x/revoke",
        "/profile/logout-everywhere",
    ],
)
def test_profile_forms_need_a_token_and_a_login(browser: Browser, address: str) -> None:
    assert browser.client.post(address, data={}).status_code == 400
    browser.client.cookies.clear()
    assert browser.client.post(address, data={}).status_code == 401


@pytest.mark.parametrize("field", ["current_password", "new_password"])
@pytest.mark.parametrize("length", [129, 208, 5000])
def test_password_beyond_the_limit_is_told_when_it_is_changed(
    browser: Browser, field: str, length: int
) -> None:
    fields = {"current_password": PASSWORD, "new_password": NEW_PASSWORD, field: "a" * length}
    answer = browser.post("/profile/password", "/profile", fields)
    assert (answer.status_code, errors_of([answer])) == (422, ["A password has at most 128 characters."])
