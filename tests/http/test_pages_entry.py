"""Logging in, registering, logging out through the pages."""

import re

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from app.config import Settings
from app.main import create_app
from app.web.routes.pages.forms import local_path
from tests.http.browser import EMAIL, Browser, errors_of, text_of, token_in


@pytest.fixture
def browser(client: TestClient) -> Browser:
    return Browser(client)


def test_home_without_login_leads_to_the_login(browser: Browser) -> None:
    answer = browser.get("/")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")


def test_home_with_login_leads_to_the_day(browser: Browser) -> None:
    browser.register()
    answer = browser.get("/")
    assert (answer.status_code, answer.headers["location"]) == (303, "/dashboard/today")


def test_register_logs_in_and_keeps_the_time_zone(browser: Browser) -> None:
    answer = browser.register(timezone="Asia/Kolkata")
    assert (answer.status_code, answer.headers["location"]) == (303, "/dashboard/today?done=welcome")
    me = browser.client.get("/me").json()
    assert (me["email"], me["first_name"], me["last_name"], me["timezone"]) == (
        EMAIL,
        "Mara",
        None,
        "Asia/Kolkata",
    )


def test_register_refused_keeps_what_was_typed_but_the_password(browser: Browser) -> None:
    answer = browser.post(
        "/register",
        "/register",
        {"email": "lena@example.org", "password": "short", "first_name": "Léna", "timezone": "Europe/Paris"},
    )
    assert answer.status_code == 422
    assert 'value="lena@example.org"' in answer.text
    assert 'value="Léna"' in answer.text
    assert 'value="Europe/Paris"' in answer.text
    assert "short" not in answer.text
    assert len(errors_of([answer])) == 1


def test_register_with_unknown_zone_says_so_beside_the_field(browser: Browser) -> None:
    answer = browser.register(timezone="Mars/Olympus")
    assert answer.status_code == 422
    assert errors_of([answer]) == ["This is not a known time zone; an example of one is Europe/Berlin."]


def test_register_twice_says_nothing_about_whose_account_it_is(browser: Browser) -> None:
    browser.register()
    browser.client.cookies.clear()
    answer = browser.register()
    assert answer.status_code == 409
    assert errors_of([answer]) == ["This e-mail address cannot be registered."]


def test_register_closed_offers_no_form(settings: Settings) -> None:
    with TestClient(create_app(settings.model_copy(update={"registration_open": False}))) as client:
        browser = Browser(client)
        page = browser.get("/register")
        assert 'name="email"' not in page.text
        assert "Registration is closed here." in text_of(page)
        answer = browser.post("/register", "/login", {"email": EMAIL, "password": "x"})
        assert answer.status_code == 403


@pytest.mark.parametrize("field", ["role", "is_active", "user_id", "id"])
def test_register_with_a_field_that_is_not_there_is_refused(browser: Browser, field: str) -> None:
    answer = browser.post("/register", "/register", {"email": EMAIL, "password": "x", field: "admin"})
    assert answer.status_code == 422


def test_login_leads_to_the_page_that_was_asked_for(browser: Browser) -> None:
    browser.register()
    browser.client.cookies.clear()
    asked = browser.get("/profile?x=1")
    assert (asked.status_code, asked.headers["location"]) == (303, "/login?next=/profile%3Fx%3D1")
    form = browser.get(asked.headers["location"])
    assert 'name="next" value="/profile?x=1"' in form.text
    answer = browser.log_in(next="/profile?x=1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/profile?x=1")
    assert browser.get("/profile").status_code == 200


@pytest.mark.parametrize(
    "evil",
    ["//evil.example", "https://evil.example", "/\\evil.example", "/\t/evil.example", "javascript:alert(1)"],
)
def test_login_never_leads_to_another_site(browser: Browser, evil: str) -> None:
    browser.register()
    browser.client.cookies.clear()
    answer = browser.log_in(next=evil)
    assert (answer.status_code, answer.headers["location"]) == (303, "/dashboard/today")


def test_login_page_after_an_overlong_address_is_shown(client: TestClient) -> None:
    answer = client.get("/dashboard/today", params={"x": "a" * 3000})
    assert (answer.url.path, answer.status_code) == ("/login", 200)
    assert 'name="next"' not in answer.text


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("/dashboard/today?date=2026-11-21", "/dashboard/today?date=2026-11-21"),
        ("/", "/"),
        ("", ""),
        ("dashboard", ""),
        ("//evil.example/x", ""),
        ("///evil.example", ""),
        ("/\\evil.example", ""),
        ("\\\\evil.example", ""),
        ("/\n/evil.example", ""),
        ("/ /evil.example", ""),
        ("https:evil.example", ""),
        ("/ünïcode", ""),
        ("/" + "a" * 1999, "/" + "a" * 1999),
        ("/" + "a" * 2000, ""),
    ],
)
def test_local_path_takes_addresses_of_this_site_alone(text: str, path: str) -> None:
    assert local_path(text) == path


def test_login_refused_says_so_and_keeps_the_address(browser: Browser) -> None:
    browser.register()
    browser.client.cookies.clear()
    answer = browser.log_in(password="Wrong-harbour-4-lanterns", next="/profile")
    assert answer.status_code == 401
    assert errors_of([answer]) == ["Invalid credentials"]
    assert f'value="{EMAIL}"' in answer.text
    assert 'name="next" value="/profile"' in answer.text
    assert "Wrong-harbour" not in answer.text


def test_login_without_csrf_cookie_is_refused(browser: Browser) -> None:
    browser.register()
    browser.client.cookies.clear()
    token = token_in(browser.get("/login"))
    browser.client.cookies.clear()
    answer = browser.client.post("/login", data={"csrf_token": token, "email": EMAIL, "password": "x"})
    assert answer.status_code == 400


def test_login_when_logged_in_goes_on(browser: Browser) -> None:
    browser.register()
    answer = browser.get("/login?next=/profile")
    assert (answer.status_code, answer.headers["location"]) == (303, "/profile")


def test_login_cookies_have_their_flags(browser: Browser) -> None:
    cookies = {
        header.partition("=")[0]: header.lower()
        for header in browser.register().headers.get_list("set-cookie")
    }
    for name in ("access_token", "known_browser"):
        flags = {flag.strip() for flag in cookies[name].split(";")}
        assert {"httponly", "path=/", "samesite=lax"} <= flags
        assert not any(flag.startswith("domain") for flag in flags)


def test_login_over_plain_http_says_why_it_cannot_work(settings: Settings) -> None:
    secure = create_app(settings.model_copy(update={"session_cookie_secure": True}))
    with TestClient(secure, base_url="http://tracker.example") as client:
        assert "marked Secure" in text_of(Browser(client).get("/login"))
    with TestClient(secure, base_url="http://localhost") as client:
        assert "marked Secure" not in text_of(Browser(client).get("/login"))


def test_logout_ends_the_login(browser: Browser) -> None:
    browser.register()
    token = browser.client.cookies["access_token"]
    answer = browser.post("/logout", "/profile")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?done=logged-out")
    assert "access_token" not in browser.client.cookies
    assert "You are logged out." in text_of(browser.get("/login?done=logged-out"))
    assert browser.client.get("/me", headers={"authorization": f"Bearer {token}"}).status_code == 401


def test_logout_without_token_is_refused(browser: Browser) -> None:
    browser.register()
    assert browser.client.post("/logout", data={}).status_code == 400
    assert browser.client.get("/me").status_code == 200


def test_unknown_page_is_a_page(browser: Browser) -> None:
    answer = browser.get("/nowhere")
    assert answer.status_code == 404
    assert "There is nothing at this address." in text_of(answer)
    assert 'href="/"' in answer.text


def test_pages_hold_no_inline_script_or_style(app: FastAPI, browser: Browser) -> None:
    public = ["/login", "/register", "/widget", "/nowhere"]
    pages = [browser.get(address) for address in public]
    browser.register()
    pages += [browser.get(address) for address in ("/profile", "/widget")]
    for page in pages:
        assert " style=" not in page.text
        assert "<style" not in page.text
        assert page.text.count("<script") == page.text.count('<script type="module" src="/static/')
        assert page.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("length", [129, 208, 5000])
def test_password_beyond_the_limit_is_told_at_registration(browser: Browser, length: int) -> None:
    fields = {"email": "lena@example.org", "password": "Aa1!" * 1250, "first_name": "Léna", "timezone": "UTC"}
    fields["password"] = fields["password"][:length]
    answer = browser.post("/register", "/register", fields)
    assert (answer.status_code, errors_of([answer])) == (422, ["A password has at most 128 characters."])
    assert 'value="lena@example.org"' in answer.text
    assert 'value="Léna"' in answer.text


@pytest.mark.parametrize("length", [129, 208, 5000])
def test_password_beyond_the_limit_is_told_at_login(browser: Browser, length: int) -> None:
    answer = browser.log_in(password="a" * length, next="/profile")
    assert (answer.status_code, errors_of([answer])) == (422, ["A password has at most 128 characters."])
    assert f'value="{EMAIL}"' in answer.text
    assert 'name="next" value="/profile"' in answer.text


def test_no_field_of_a_form_cuts_what_is_pasted(browser: Browser) -> None:
    pages = [browser.get("/login"), browser.get("/register")]
    browser.register()
    pages += [browser.get("/profile"), browser.get("/dashboard/sessions"), browser.get("/widget")]
    assert [field for page in pages for field in re.findall(r"<[^>]*maxlength[^>]*>", page.text)] == []
