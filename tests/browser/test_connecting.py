"""The widget's page: connecting and disconnecting. With the script, without it, in two tabs."""

from collections.abc import Callable

from playwright.sync_api import Browser, Page, expect

from tests.browser.widget_page import save, saved, status
from tests.browser.widget_user import WidgetUser

NAMES = [
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0",
        "Firefox on Windows",
    ),
    ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/142.0.0.0 Safari/537.36", "Chrome on Linux"),
    (
        "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/142.0 Safari/537.36 Edg/142.0",
        "Edge on Windows",
    ),
    (
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605 Version/18 Safari/605",
        "Safari on macOS",
    ),
    ("curl", "Browser on an unknown system"),
]


def names_of_tokens(rater: WidgetUser) -> list[str]:
    return [token["name"] for token in rater.json("/tokens")]


def revoke(rater: WidgetUser) -> None:
    """As the profile page does."""
    for token in rater.json("/tokens"):
        rater.delete(f"/tokens/{token['id']}")


def test_browser_is_connected_under_the_name_that_she_gives(
    rater: WidgetUser, open_page: Callable[[], Page]
) -> None:
    page, other = open_page(), open_page()
    page.get_by_label("Name of this browser").fill("Laptop in the kitchen")
    page.get_by_role("button", name="Connect this browser").click()
    status(page).to_have_text("Connected as “Laptop in the kitchen”. Open a task page: the panel is there.")
    assert names_of_tokens(rater) == ["Laptop in the kitchen"]
    assert rater.manager.values["link"]["name"] == "Laptop in the kitchen"
    status(other).to_have_text(
        f"This browser is connected as “Laptop in the kitchen” and records for {rater.email}."
    )


def test_connecting_works_again_after_the_token_was_revoked(
    rater: WidgetUser, open_page: Callable[[], Page]
) -> None:
    revoke(rater)
    page = open_page()
    status(page).to_contain_text("was connected as “Chrome on Linux” and no longer is")
    expect(page.get_by_role("button", name="Disconnect", exact=True)).to_be_hidden()
    page.get_by_role("button", name="Connect this browser").click()
    status(page).to_contain_text("Connected as “Chrome on Linux”")
    assert [token["id"] for token in rater.json("/tokens")] == [rater.manager.values["link"]["id"]]
    task = rater.open_task()
    rater.key(task, "NEXT")
    rater.everything_arrived(task)


def test_browser_of_another_account_says_so_and_moves(
    rater: WidgetUser, open_page: Callable[[], Page]
) -> None:
    rater.manager.values["link"] |= {"account": "somebody-else", "name": "Old laptop"}
    rater.manager.values["answer"] = {"answer": {}, "shift": 0, "covers": [], "usualMinutes": None}
    page = open_page()
    status(page).to_have_text(
        "This browser is connected as “Old laptop” and records for another account than the one here."
    )
    page.get_by_role("button", name="Connect this browser").click()
    status(page).to_contain_text("Connected as “Old laptop”")
    account = page.locator("[data-account]").get_attribute("data-account")
    assert rater.manager.values["link"]["account"] == account
    assert "answer" not in rater.manager.values
    assert names_of_tokens(rater) == ["Old laptop", "Chrome on Linux"]  # what is another's is not ended


def test_refusal_to_connect_is_told_with_its_reason(rater: WidgetUser, open_page: Callable[[], Page]) -> None:
    page = open_page()
    page.route(
        "**/tokens",
        lambda route: route.fulfill(status=409, json={"detail": "You have 50 tokens already."}),
    )
    page.get_by_role("button", name="Connect this browser").click()
    status(page).to_have_text("Not connected. You have 50 tokens already.")
    page.unroute("**/tokens")
    page.route("**/tokens", lambda route: route.abort())
    page.get_by_role("button", name="Connect this browser").click()
    status(page).to_have_text("That did not work: the tracker did not answer. Try again.")


def test_name_that_is_too_long_is_told_and_not_cut(rater: WidgetUser, open_page: Callable[[], Page]) -> None:
    page = open_page()
    page.get_by_label("Name of this browser").fill("🐢" * 101)
    page.get_by_role("button", name="Connect this browser").click()
    status(page).to_have_text("Not connected. name: String should have at most 100 characters")
    page.get_by_label("Name of this browser").fill("🐢" * 100)
    page.get_by_role("button", name="Connect this browser").click()
    status(page).to_contain_text("Connected as “" + "🐢" * 100 + "”.")
    assert names_of_tokens(rater) == ["🐢" * 100]


def test_disconnecting_ends_the_token_and_keeps_the_presses(
    rater: WidgetUser, open_page: Callable[[], Page]
) -> None:
    held = rater.manager.values["link"]
    page = open_page()
    page.get_by_role("button", name="Disconnect", exact=True).click()
    status(page).to_have_text("Disconnected. Presses that were not sent yet are kept in this browser.")
    assert names_of_tokens(rater) == []
    assert held["token"] not in str(rater.manager.values)
    task = rater.open_task()
    rater.key(task, "NEXT")
    expect(task.locator("#raterhub-tracker")).to_contain_text("Connect this browser")
    [waiting] = [rater.manager.values[key] for key in rater.manager.keys("event:")]
    assert waiting["account"] == held["account"]
    page.get_by_role("button", name="Connect this browser").click()
    rater.everything_arrived(task)


def test_widget_page_without_the_script_says_so(rater: WidgetUser, browser: Browser) -> None:
    plain = browser.new_context(storage_state=rater.context.storage_state())
    page = plain.new_page()
    page.goto(f"{rater.server.url}/widget")
    expect(page.locator("[data-widget-found]")).to_contain_text("does not run on this page yet")
    page.get_by_role("button", name="Connect this browser").click()
    expect(page.locator("[data-widget-status]")).to_contain_text("does not run in this browser yet")
    plain.close()


def test_token_never_touches_the_widget_page(new_rater: Callable[..., WidgetUser]) -> None:
    rater = new_rater()
    page = rater.context.new_page()
    page.goto(f"{rater.server.url}/widget")
    expect(page.locator("[data-widget-status]")).to_contain_text(
        "This browser is connected as “Chrome on Linux”"
    )
    page.evaluate("document.querySelector('[data-widget-connect]').click()")  # untrusted
    page.wait_for_timeout(200)
    before = rater.manager.values["link"]
    page.get_by_role("button", name="Connect this browser").click()
    expect(page.locator("[data-widget-status]")).to_contain_text("Connected as “Chrome on Linux”")
    after = rater.manager.values["link"]
    assert after["token"] != before["token"]
    assert [token["id"] for token in rater.json("/tokens")] == [after["id"]]
    seen = page.evaluate(
        "document.documentElement.outerHTML + JSON.stringify({...localStorage, ...sessionStorage})"
    )
    assert after["token"] not in seen


def test_page_works_in_greasemonkey(new_rater: Callable[..., WidgetUser]) -> None:
    rater = new_rater(connected=False, flavour="GM.")
    rater.register()
    page = rater.context.new_page()
    page.goto(f"{rater.server.url}/widget")
    page.get_by_role("button", name="Connect this browser").click()
    status(page).to_have_text("Connected as “Chrome on Linux”. Open a task page: the panel is there.")
    page.get_by_label("Ask what I did after").fill("0")
    save(page)
    saved(page).to_have_text("Saved. Open panels follow.")
    assert rater.manager.values["preferences"] == {"idleMinutes": 0}


def test_browser_name_is_suggested(rater: WidgetUser, browser: Browser) -> None:
    suggested = []
    for agent, _ in NAMES:
        plain = browser.new_context(storage_state=rater.context.storage_state(), user_agent=agent)
        page = plain.new_page()
        page.goto(f"{rater.server.url}/widget")
        suggested.append((agent, page.get_by_label("Name of this browser").input_value()))
        plain.close()
    assert suggested == NAMES
