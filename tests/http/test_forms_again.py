"""A form left open for 25 hours: it comes again with what was typed, a fresh token, and the way back."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta

import pytest
import time_machine
from httpx2 import Response
from starlette.testclient import TestClient

from app.config import Settings
from app.database import Database
from app.main import create_app
from app.store import users
from app.web.csrf import OPEN_TOO_LONG
from tests.attack.pages import form_to
from tests.http.browser import EMAIL, NOON, Browser, errors_of, text_of, token_in
from tests.raters import NEW_PASSWORD, PASSWORD, Rater

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
TYPED = {
    "first_name": "Léna",
    "last_name": '"><b>',
    "timezone": "Asia/Kolkata",
    "target_minutes_per_question": "7,25",
}


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


@pytest.fixture
def lasting(settings: Settings, clock: time_machine.Traveller) -> Iterator[Browser]:
    """A browser whose login outlives the tokens of its forms."""
    app = create_app(settings.model_copy(update={"access_token_expire_minutes": 3 * 1440}))
    with TestClient(app) as client:
        browser = Browser(client)
        browser.register()
        yield browser


@pytest.fixture
def rater(lasting: Browser, database: Database) -> Rater:
    return rater_of(database)


def rater_of(database: Database) -> Rater:
    """The browser's user, whose events are recorded without it."""
    account = database.read_now(lambda conn: users.find_by_email(conn, EMAIL))
    assert account is not None
    return Rater(database, account.user)


def send(browser: Browser, address: str, fields: dict[str, str]) -> Response:
    return browser.client.post(
        address, data=fields, headers={"sec-fetch-site": "same-origin"}, follow_redirects=False
    )


def left_open(
    browser: Browser, clock: time_machine.Traveller, page: str, address: str, typed: dict[str, str]
) -> Response:
    """A form of the page, sent 25 hours after it was opened."""
    token = token_in(browser.get(page))
    clock.shift(timedelta(hours=25))
    return send(browser, address, {**typed, "csrf_token": token})


def test_login_left_open_comes_again(clock: time_machine.Traveller, client: TestClient) -> None:
    browser = Browser(client)
    browser.register()
    client.cookies.clear()
    typed = {"email": EMAIL, "password": PASSWORD, "next": "/profile?x=1"}
    answer = left_open(browser, clock, "/login?next=/profile%3Fx%3D1", "/login", typed)
    assert (answer.status_code, errors_of([answer])) == (400, [OPEN_TOO_LONG])
    again = form_to("/login", answer.text)
    assert {**again, "csrf_token": ""} == {**typed, "password": "", "csrf_token": ""}
    answer = send(browser, "/login", again | {"password": PASSWORD})
    assert (answer.status_code, answer.headers["location"]) == (303, "/profile?x=1")


def test_registration_left_open_comes_again(clock: time_machine.Traveller, client: TestClient) -> None:
    browser = Browser(client)
    typed = {"email": EMAIL, "first_name": "Léna", "last_name": '"><b>', "timezone": "UTC"}
    answer = left_open(browser, clock, "/register", "/register", typed | {"password": PASSWORD})
    assert (answer.status_code, errors_of([answer])) == (400, [OPEN_TOO_LONG])
    again = form_to("/register", answer.text)
    assert {name: again[name] for name in typed} == typed
    assert "data-browser-zone" in browser.get("/register").text
    assert "data-browser-zone" not in answer.text  # UTC was typed: the browser's own zone must not replace it
    assert send(browser, "/register", again | {"password": PASSWORD}).status_code == 303
    assert client.get("/me").json()["last_name"] == '"><b>'


def test_profile_left_open_comes_again(clock: time_machine.Traveller, lasting: Browser) -> None:
    answer = left_open(lasting, clock, "/profile", "/profile", TYPED)
    assert (answer.status_code, errors_of([answer])) == (400, [OPEN_TOO_LONG])
    again = form_to("/profile", answer.text)
    assert {name: again[name] for name in TYPED} == TYPED
    assert lasting.client.get("/me").json()["first_name"] == "Mara"
    assert send(lasting, "/profile", again).status_code == 303
    assert lasting.client.get("/me").json()["first_name"] == "Léna"


def test_password_left_open_comes_again(clock: time_machine.Traveller, lasting: Browser) -> None:
    passwords = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    typed = passwords | {"revoke_tokens": "yes"}
    answer = left_open(lasting, clock, "/profile", "/profile/password", typed)
    assert (answer.status_code, errors_of([answer])) == (400, [OPEN_TOO_LONG])
    assert PASSWORD not in answer.text
    assert NEW_PASSWORD not in answer.text
    again = form_to("/profile/password", answer.text)
    assert again["revoke_tokens"] == "yes"
    assert send(lasting, "/profile/password", again | passwords).status_code == 303


def test_name_of_a_token_left_open_comes_again(clock: time_machine.Traveller, lasting: Browser) -> None:
    answer = left_open(lasting, clock, "/profile", "/profile/tokens", {"name": "Laptop"})
    assert (answer.status_code, errors_of([answer])) == (400, [OPEN_TOO_LONG])
    again = form_to("/profile/tokens", answer.text)
    assert again["name"] == "Laptop"
    assert "Laptop has this token." in text_of(send(lasting, "/profile/tokens", again))


def test_target_left_open_comes_again(clock: time_machine.Traveller, lasting: Browser, rater: Rater) -> None:
    page = f"/dashboard/sessions/{rater.record_session(NOON, [5, 7])}"
    answer = left_open(lasting, clock, page, f"{page}/target", {"target_minutes": "3.75"})
    assert (answer.status_code, errors_of([answer])) == (400, [OPEN_TOO_LONG])
    again = form_to(f"{page}/target", answer.text)
    assert again["target_minutes"] == "3.75"
    assert send(lasting, f"{page}/target", again).status_code == 303
    assert form_to(f"{page}/target", lasting.get(page).text)["target_minutes"] == "3.75"


def test_end_of_a_session_left_open_comes_again(
    clock: time_machine.Traveller, lasting: Browser, rater: Rater
) -> None:
    page = f"/dashboard/sessions/{rater.record_session(NOON, [5, 7], ended=False)}"
    typed = {"when": "chosen", "at": "2026-11-21T13:20", "event_id": ""}
    answer = left_open(lasting, clock, page, f"{page}/end", typed)
    assert (answer.status_code, errors_of([answer])) == (400, [OPEN_TOO_LONG])
    assert 'name="at" required' in answer.text
    assert 'value="2026-11-21T13:20"' in answer.text
    again = form_to(f"{page}/end", answer.text)
    assert send(lasting, f"{page}/end", typed | again).status_code == 303
    (session,) = lasting.client.get("/sessions/recent").json()
    assert session["ended_at"].startswith("2026-11-21T12:20:00")


def test_form_with_nothing_typed_left_open_comes_again(
    clock: time_machine.Traveller, lasting: Browser, rater: Rater
) -> None:
    page = f"/dashboard/sessions/{rater.record_session(NOON, [5, 7])}"
    question = lasting.client.get(page.replace("/dashboard/sessions", "/summary")).json()["questions"][0][
        "id"
    ]
    for address in (f"{page}/questions/{question}/delete?part=1", f"{page}/delete", f"{page}/restore"):
        answer = left_open(lasting, clock, page, address, {})
        assert (address, answer.status_code, OPEN_TOO_LONG in answer.text) == (address, 400, True)
        again = form_to(address, answer.text)
        assert (address, send(lasting, address, again).status_code) == (address, 303)
        lasting.client.cookies.clear()
        lasting.log_in()
        page = "/profile"


# --- The login has ended as well ---------------------------------------------------------------------


def test_form_whose_login_has_ended_comes_again_after_the_next_login(
    clock: time_machine.Traveller, client: TestClient
) -> None:
    browser = Browser(client)
    browser.register()
    answer = left_open(browser, clock, "/profile", "/profile", TYPED)
    assert answer.status_code == 401
    assert "log in, which opens a new tab" in text_of(answer)
    kept = form_to("/profile", answer.text)
    assert {name: kept[name] for name in TYPED} == TYPED
    assert browser.log_in().status_code == 303  # in another tab
    answer = send(browser, "/profile", kept)
    assert (answer.status_code, errors_of([answer])) == (400, [OPEN_TOO_LONG])
    again = form_to("/profile", answer.text)
    assert {name: again[name] for name in TYPED} == TYPED
    assert send(browser, "/profile", again).status_code == 303
    assert client.get("/me").json()["first_name"] == "Léna"


def test_passwords_are_not_kept_where_the_login_has_ended(
    clock: time_machine.Traveller, client: TestClient
) -> None:
    browser = Browser(client)
    browser.register()
    typed = {"current_password": PASSWORD, "new_password": NEW_PASSWORD, "revoke_tokens": "yes"}
    answer = left_open(browser, clock, "/profile", "/profile/password", typed)
    assert answer.status_code == 401
    assert PASSWORD not in answer.text
    assert NEW_PASSWORD not in answer.text
    kept = form_to("/profile/password", answer.text)
    assert {**kept, "csrf_token": ""} == {"csrf_token": "", "revoke_tokens": "yes"}


# --- Too often, or the database is away --------------------------------------------------------------


def test_form_sent_too_often_is_kept(clock: time_machine.Traveller, settings: Settings) -> None:
    changed = {"rate_limit_enabled": True, "rate_limit_corrections": "1/minute"}
    with TestClient(create_app(settings.model_copy(update=changed))) as client:
        browser = Browser(client)
        browser.register()
        database: Database = client.app.state.database  # type: ignore[attr-defined]
        page = f"/dashboard/sessions/{rater_of(database).record_session(NOON, [5, 7])}"
        browser.post(f"{page}/target", page, {"target_minutes": "4"})
        answer = browser.post(f"{page}/target", page, {"target_minutes": "3.75"})
        assert answer.status_code == 429
        kept = form_to(f"{page}/target", answer.text)
        assert kept["target_minutes"] == "3.75"
        clock.shift(timedelta(minutes=2))
        assert send(browser, f"{page}/target", kept).status_code == 303


@contextmanager
def locked(client: TestClient) -> Iterator[None]:
    """While another process writes to the database for longer than anybody waits."""
    database: Database = client.app.state.database  # type: ignore[attr-defined]
    with closing(sqlite3.connect(str(database.engine.url.database), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


def test_form_is_kept_while_the_database_is_away(client: TestClient) -> None:
    browser = Browser(client)
    browser.register()
    token = token_in(browser.get("/profile"))
    with locked(client):
        answer = send(browser, "/profile", {**TYPED, "csrf_token": token})
    assert answer.status_code == 503
    kept = form_to("/profile", answer.text)
    assert {name: kept[name] for name in TYPED} == TYPED
    assert send(browser, "/profile", kept).status_code == 303


def test_login_is_not_sent_again_without_its_password(client: TestClient) -> None:
    browser = Browser(client)
    browser.register()
    client.cookies.clear()
    token = token_in(browser.get("/login"))
    with locked(client):
        answer = send(browser, "/login", {"email": EMAIL, "password": PASSWORD, "csrf_token": token})
    assert (answer.status_code, "Send it again" in answer.text) == (503, False)
