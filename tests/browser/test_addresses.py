"""Addresses as a browser takes them: of the server, and of people."""

import uuid

import pytest
from playwright.sync_api import BrowserContext, Route, expect

from tests.origins import ORIGINS
from tests.raters import PASSWORD
from tests.server import Server

AT_TLS = "https://tracker.example.org"
WAIT_MS = 15_000


def test_origins_are_those_of_a_browser(context: BrowserContext) -> None:
    page = context.new_page()
    for address, origin in ORIGINS:
        assert page.evaluate("(address) => new URL(address).origin", address) == origin


def test_page_behind_tls_offers_no_script_for_plain_http(context: BrowserContext, server: Server) -> None:
    """The proxy in front sends its own Host header and nothing of the TLS: only the browser knows."""

    def pass_on(route: Route) -> None:
        route.fulfill(response=route.fetch(url=route.request.url.replace(AT_TLS, server.url)))

    context.route(f"{AT_TLS}/**", pass_on)
    page = context.new_page()
    link = page.get_by_role("link", name="Install the widget")
    page.goto(f"{server.url}/widget")
    expect(link).to_be_visible()
    page.goto(f"{AT_TLS}/widget")
    expect(page.get_by_text(f"Whoever runs the server sets PUBLIC_URL={AT_TLS}.")).to_be_visible()
    expect(link).to_have_count(0)


@pytest.mark.parametrize(
    "name", ["пример@example.com", "пример@почта.example.org", "jürgen@münchen.example.org"]
)
def test_account_of_an_address_beyond_ascii_registers_and_logs_in_by_the_forms(
    context: BrowserContext, server: Server, name: str
) -> None:
    address = uuid.uuid4().hex[:8] + name
    page = context.new_page()
    for form, button in (("register", "Register"), ("login", "Log in")):
        page.goto(f"{server.url}/{form}")
        page.get_by_label("E-mail address").fill(address)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("main").get_by_role("button", name=button).click()
        page.wait_for_url("**/dashboard/**", timeout=WAIT_MS)
        page.goto(f"{server.url}/profile")
        expect(page.get_by_text(f"{address}, since")).to_be_visible()
        context.clear_cookies()
