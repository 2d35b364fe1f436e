"""Forms in a real Chromium: one that was left open for 25 hours, and what is pasted into a password's field."""

import uuid
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from app.web.csrf import OPEN_TOO_LONG
from tests.raters import PASSWORD
from tests.server import Server


@pytest.fixture
def page(server: Server, browser: Browser) -> Iterator[Page]:
    """A tab of somebody who has an account, and is logged in."""
    context = browser.new_context(base_url=server.url, timezone_id="Pacific/Auckland")
    made = context.new_page()
    made.goto("/register")
    made.get_by_label("E-mail address").fill(f"lena-{uuid.uuid4().hex[:8]}@example.org")
    made.get_by_label("Password").fill(PASSWORD)
    made.get_by_role("main").get_by_role("button", name="Register").click()
    made.wait_for_url("**/dashboard/**")
    yield made
    context.close()


def cookies_expire(context: BrowserContext) -> None:
    """What the browser does with them after a day: those of the login and of the forms are gone."""
    for name in ("access_token", "csrf_token"):
        context.clear_cookies(name=name)


def expire_token(page: Page) -> None:
    """The token of the page's forms is no longer valid, as after a day."""
    page.evaluate(
        "for (const field of document.querySelectorAll('[name=csrf_token]')) field.value = 'expired'"
    )


def is_accessible(page: Page) -> bool:
    return bool(Axe().run(page).response["violations"] == [])


def test_login_left_open_comes_again_and_leads_on(page: Page) -> None:
    page.goto("/profile")
    email = page.locator("[name=username]").input_value()
    cookies_expire(page.context)
    page.goto("/profile")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    cookies_expire(page.context)
    expire_token(page)
    page.get_by_role("main").get_by_role("button", name="Log in").click()
    expect(page.get_by_role("alert")).to_have_text(OPEN_TOO_LONG)
    expect(page.get_by_label("E-mail address")).to_have_value(email)
    assert is_accessible(page)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Log in").click()
    page.wait_for_url("**/profile")


def test_registration_left_open_comes_again_with_the_zone_that_was_typed(page: Page) -> None:
    cookies_expire(page.context)
    page.goto("/register")
    expect(page.get_by_label("Time zone")).to_have_value("Pacific/Auckland")
    page.get_by_label("E-mail address").fill(f"ada-{uuid.uuid4().hex[:8]}@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Time zone").fill("UTC")
    cookies_expire(page.context)
    page.get_by_role("main").get_by_role("button", name="Register").click()
    expect(page.get_by_role("alert")).to_have_text(OPEN_TOO_LONG)
    expect(page.get_by_label("Time zone")).to_have_value("UTC")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Register").click()
    page.wait_for_url("**/dashboard/**")


def test_profile_left_open_until_the_login_ended_comes_again(page: Page) -> None:
    page.goto("/profile")
    email = page.locator("[name=username]").input_value()
    page.get_by_label("First name").fill("Léna")
    cookies_expire(page.context)
    page.get_by_role("button", name="Save").click()
    assert is_accessible(page)
    with page.context.expect_page() as opened:
        page.get_by_role("main").get_by_role("link", name="Log in").click()
    opened.value.get_by_label("E-mail address").fill(email)
    opened.value.get_by_label("Password").fill(PASSWORD)
    opened.value.get_by_role("main").get_by_role("button", name="Log in").click()
    opened.value.wait_for_url("**/dashboard/**")
    page.get_by_role("button", name="Send it again").click()
    expect(page.get_by_role("alert")).to_have_text(OPEN_TOO_LONG)
    expect(page.get_by_label("First name")).to_have_value("Léna")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_have_text("Your profile is saved.")
    expect(page.get_by_label("First name")).to_have_value("Léna")


def test_button_left_open_is_offered_again(page: Page) -> None:
    page.goto("/profile")
    expire_token(page)
    page.get_by_role("main").get_by_role("button", name="Log out everywhere").click()
    expect(page.get_by_text(OPEN_TOO_LONG)).to_be_visible()
    assert is_accessible(page)
    page.get_by_role("button", name="Send it again").click()
    expect(page.get_by_role("status")).to_contain_text("You are logged out everywhere")


def test_password_of_208_characters_that_is_pasted_is_told_not_cut(page: Page) -> None:
    cookies_expire(page.context)
    page.goto("/register")
    page.get_by_label("E-mail address").fill("generated@example.org")
    page.get_by_label("Password").focus()
    page.keyboard.insert_text(
        "Quiet-harbour-84-lanterns/" * 8
    )  # as pasting does, within the field's own limits
    page.get_by_role("main").get_by_role("button", name="Register").click()
    expect(page.locator(".wrong")).to_have_text("A password has at most 128 characters.")
    expect(page.get_by_label("E-mail address")).to_have_value("generated@example.org")
