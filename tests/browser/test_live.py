"""Pages that follow the work: a real page, real streams, and a page of the test's own for what stays in place."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.raters import PASSWORD
from tests.recording import event_body
from tests.server import Server
from tests.streams import opened
from tests.waiting import wait_until

Press = Callable[..., Any]
SET_HIDDEN = """hidden => {
  Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


@pytest.fixture
def page(server: Server, browser: Browser) -> Iterator[Page]:
    """A tab of somebody who has an account, and is logged in."""
    context = browser.new_context(
        base_url=server.url, locale="en-GB", timezone_id="UTC", reduced_motion="reduce"
    )
    context.set_default_timeout(40_000)
    made = context.new_page()
    made.goto("/register")
    made.get_by_label("E-mail address").fill(f"lena-{uuid.uuid4().hex[:8]}@example.org")
    made.get_by_label("Password").fill(PASSWORD)
    made.get_by_role("main").get_by_role("button", name="Register").click()
    made.wait_for_url("**/dashboard/**")
    yield made
    context.close()


@pytest.fixture
def press(page: Page) -> Press:
    """Records an event as the widget does, so many minutes ago; the answer."""

    def record(kind: str, minutes_ago: float = 0) -> Any:
        token = page.request.get("/auth/csrf").json()["csrf_token"]
        at = datetime.now(UTC) - timedelta(minutes=minutes_ago)
        headers = {"x-csrf-token": token, "sec-fetch-site": "same-origin"}
        answer = page.request.post("/events", data=event_body(kind, at), headers=headers)
        assert answer.status == 200, answer.text()
        return answer.json()

    return record


@pytest.fixture
def session_page(page: Page, press: Press) -> Page:
    """The page of a session that runs, followed by a stream."""
    press("NEXT", 20)
    session = press("NEXT", 12)["session_id"]
    with page.expect_response("**/live?*") as stream:
        page.goto(f"/dashboard/sessions/{session}")
    assert stream.value.status == 200
    page.evaluate("window.stays = true")
    return page


def is_the_same_page(page: Page) -> bool:
    return bool(page.evaluate("window.stays === true"))


def seconds_of(page: Page) -> int:
    """What the open question's clock shows."""
    parts = [int(part) for part in page.locator("time.ticking").inner_text().split(":")]
    return sum(part * 60**place for place, part in enumerate(reversed(parts)))


def test_session_page_shows_each_press_without_a_reload(session_page: Page, press: Press) -> None:
    page = session_page
    expect(page.locator("#questions tbody tr")).to_have_count(1)
    press("NEXT", 5)
    expect(page.locator("#questions tbody tr")).to_have_count(2)
    expect(page.locator("#live-running")).to_contain_text("Question 3, open since")
    press("PAUSE", 3)
    expect(page.get_by_role("heading", name="Paused")).to_be_visible()
    press("EXIT", 1)
    expect(page.locator("#live-running section")).to_have_count(0)
    expect(page.locator("#questions tbody tr")).to_have_count(3)
    assert is_the_same_page(page)


def test_one_change_costs_one_fetch(session_page: Page, press: Press) -> None:
    page, fetched = session_page, []
    page.on("request", lambda sent: fetched.append(sent.url))
    press("NEXT", 5)
    expect(page.locator("#questions tbody tr")).to_have_count(2)
    page.wait_for_timeout(1000)
    assert fetched == [page.url]


def test_clock_of_the_open_question_ticks(session_page: Page, press: Press) -> None:
    shown = seconds_of(session_page)
    assert shown >= 12 * 60
    expect(session_page.locator("time.ticking")).not_to_have_text(
        session_page.locator("time.ticking").inner_text()
    )
    assert seconds_of(session_page) > shown


def test_clock_is_right_after_the_machine_has_slept(page: Page, press: Press) -> None:
    session = press("NEXT", 1)["session_id"]
    page.clock.install()
    page.goto(f"/dashboard/sessions/{session}")
    before = seconds_of(page)
    page.clock.fast_forward("02:00:00")  # each timer fires once at most
    slept = seconds_of(page) - before
    assert slept in range(7200, 7300)


def test_clock_stands_while_the_session_is_paused(page: Page, press: Press) -> None:
    session = press("NEXT", 10)["session_id"]
    press("PAUSE", 8)
    press("PAUSE", 5)
    press("PAUSE", 1)
    page.goto(f"/dashboard/sessions/{session}")
    page.wait_for_timeout(1500)
    # Ten minutes, without three and the last one.
    assert seconds_of(page) in (359, 360, 361)


def test_clock_goes_by_the_servers_clock(page: Page, press: Press) -> None:
    session = press("NEXT", 1)["session_id"]
    page.add_init_script("const now = Date.now; Date.now = () => now() + 3600_000")
    page.add_init_script(
        "Object.defineProperty(performance, 'timeOrigin', { value: performance.timeOrigin + 3600_000 })"
    )
    page.goto(f"/dashboard/sessions/{session}")
    page.wait_for_timeout(1500)
    assert seconds_of(page) in range(60, 180)


def test_hidden_page_closes_its_stream_and_a_shown_one_catches_up(session_page: Page, press: Press) -> None:
    page = session_page
    with page.expect_event("requestfailed", lambda failed: "/live?" in failed.url):
        page.evaluate(SET_HIDDEN, True)
    press("NEXT", 5)
    page.wait_for_timeout(1000)
    expect(page.locator("#questions tbody tr")).to_have_count(1)
    with page.expect_response("**/live?*") as stream:
        page.evaluate(SET_HIDDEN, False)
    assert stream.value.status == 200
    expect(page.locator("#questions tbody tr")).to_have_count(2)
    press("NEXT", 2)
    expect(page.locator("#questions tbody tr")).to_have_count(3)
    assert is_the_same_page(page)


def test_page_without_a_stream_asks_every_20_seconds(page: Page, press: Press, server: Server) -> None:
    session = press("NEXT", 12)["session_id"]
    cookie = next(one["value"] for one in page.context.cookies() if one["name"] == "access_token")
    page.goto("/profile")  # the page before it had a stream of its own
    with ExitStack() as stack:

        def is_opened() -> bool:
            stream = stack.enter_context(opened(server.url, {"cookie": f"access_token={cookie}"}))
            return stream.status == 200

        for _ in range(5):
            wait_until(is_opened)
        page.clock.install()
        with page.expect_response("**/live?*") as refused:
            page.goto(f"/dashboard/sessions/{session}")
        assert refused.value.status == 429
        press("NEXT", 5)
        page.clock.run_for(10_000)
        expect(page.locator("#questions tbody tr")).to_have_count(0)
        page.clock.run_for(13_000)
        expect(page.locator("#questions tbody tr")).to_have_count(1)


def test_login_that_ended_is_said_and_leads_back(session_page: Page) -> None:
    page = session_page
    token = page.request.get("/auth/csrf").json()["csrf_token"]
    headers = {"x-csrf-token": token, "sec-fetch-site": "same-origin"}
    page.request.post("/auth/logout", headers=headers)
    page.evaluate(SET_HIDDEN, True)
    page.evaluate(SET_HIDDEN, False)
    link = page.get_by_role("link", name="Log in again")
    expect(link).to_be_visible()
    address = page.evaluate("location.pathname")
    assert link.get_attribute("href") == f"/login?next={address.replace('/', '%2F')}"
    expect(page.locator("#questions")).to_be_visible()


def test_field_that_is_typed_into_stays_until_it_is_left(session_page: Page, press: Press) -> None:
    page = session_page
    field = page.get_by_label("Another time, in UTC")
    field.fill("2026-11-21T09:30")
    press("NEXT", 5)
    expect(page.locator("#questions tbody tr")).to_have_count(2)
    expect(field).to_be_focused()
    expect(page.locator("#live-running")).to_contain_text("Question 2, open since")
    page.locator("#target").focus()
    expect(page.locator("#live-running")).to_contain_text("Question 3, open since")
    expect(field).to_have_value("2026-11-21T09:30")
    expect(page.locator("#target")).to_be_focused()


def test_form_of_a_part_that_was_replaced_is_accepted(session_page: Page, press: Press) -> None:
    page = session_page
    press("NEXT", 5)
    expect(page.locator("#questions tbody tr")).to_have_count(2)
    page.get_by_role("button", name="Delete question 1").click()
    expect(page.get_by_role("status").first).to_contain_text("Undo")
    expect(page.locator("#questions tbody tr")).to_have_count(1)


# --- What stays in place, on a page of the test's own ------------------------------------------------

OWN = """<!doctype html><title>own</title><script type="module" src="/static/live.js"></script>
<body><div style="height: 3000px">far above</div>
<section id="upper" data-live><p>{number}</p>{more}</section>
<section id="lower" data-live><p>number {number}</p>
<details><summary>first</summary>one</details><details><summary>second</summary>two</details>
<a href="/one">one</a> <a href="/two">two</a>
<form><input type="hidden" name="csrf_token" value="token {number}"><input name="typed" value="as it was"></form>
</section>
<section id="same" data-live><form><input type="hidden" name="csrf_token" value="token {number}"></form></section>
<div style="height: 3000px">far below</div><div id="live" data-live hidden></div></body>"""


@pytest.fixture
def own_page(page: Page) -> Page:
    """A page that is another one each time that it is fetched."""
    fetched: list[str] = []

    def answer(route: Route) -> None:
        fetched.append(route.request.url)
        number = len(fetched)
        body = OWN.format(number=number, more="<p>more</p>" * 20 * number)
        route.fulfill(body=body, content_type="text/html", headers={"cache-control": "no-store"})

    page.route("**/dashboard/own", answer)
    with page.expect_response("**/live?*"):
        page.goto("/dashboard/own")
    return page


def fetch_again(page: Page, number: int) -> None:
    page.evaluate(SET_HIDDEN, True)
    page.evaluate(SET_HIDDEN, False)
    expect(page.locator("#upper > p").first).to_have_text(str(number))


def test_place_open_details_focus_and_typed_text_stay(own_page: Page) -> None:
    page = own_page
    page.get_by_text("second", exact=True).click()
    page.locator("[name=typed]").fill("what somebody typed")
    link = page.get_by_role("link", name="two")
    link.focus()
    page.evaluate("document.querySelector('#lower').scrollIntoView()")
    top = page.locator("#lower").bounding_box()
    fetch_again(page, 2)
    expect(page.locator("#lower > p")).to_have_text("number 2")
    assert page.locator("#lower").bounding_box() == top
    expect(link).to_be_focused()
    expect(page.locator("[name=typed]")).to_have_value("what somebody typed")
    assert page.locator("details").evaluate_all("all => all.map(one => one.open)") == [False, True]


def test_part_that_differs_in_its_token_alone_is_not_replaced_and_gets_the_newer_one(own_page: Page) -> None:
    page = own_page
    page.evaluate("document.getElementById('same').stays = true")
    page.evaluate(
        "document.addEventListener('live-replaced', e => (window.replaced ??= []).push(e.target.id))"
    )
    fetch_again(page, 2)
    assert page.evaluate("document.getElementById('same').stays") is True
    assert page.locator("#same [name=csrf_token]").get_attribute("value") == "token 2"
    assert page.evaluate("window.replaced") == ["upper", "lower"]
