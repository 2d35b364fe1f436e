"""CSRF tokens: what is signed, to whom it is bound, and who needs one."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from itsdangerous import URLSafeTimedSerializer
from starlette.testclient import TestClient

from app.config import Settings
from app.database import Database
from app.main import create_app
from app.web.csrf import CROSS_SITE, INVALID, LIFETIME_SECONDS, MISSING, read_token
from tests.http.logins import FORM, Login, client_of, csrf_of, logged_in, personal_token, registered
from tests.raters import PASSWORD, new_rater

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)

BODY = {"email": "new@example.com", "password": PASSWORD}


@pytest.fixture
def login(client: TestClient) -> Iterator[Login]:
    yield registered(client)
    client.cookies.clear()


def test_csrf_answers_token_and_cookie(client: TestClient, settings: Settings) -> None:
    answer = client.get("/auth/csrf")
    token, cookie = answer.json()["csrf_token"], client.cookies["csrf_token"]
    content, in_browser = read_token(token, settings.secret), read_token(cookie, settings.secret)
    assert content is not None
    assert content == in_browser
    assert content.login_id == ""


def test_csrf_cookie_flags(client: TestClient) -> None:
    set_cookie = client.get("/auth/csrf").headers["set-cookie"]
    flags = {part.strip() for part in set_cookie.split(";")[1:]}
    assert flags == {"HttpOnly", f"Max-Age={LIFETIME_SECONDS}", "Path=/", "SameSite=lax"}


def test_csrf_asked_twice_keeps_earlier_token_good(client: TestClient) -> None:
    first = client.get("/auth/csrf").json()["csrf_token"]
    client.get("/auth/csrf")
    assert client.post("/auth/register", json=BODY, headers={"x-csrf-token": first}).status_code == 201


def test_login_sets_no_cookie(client: TestClient, login: Login) -> None:
    body = {"email": "rater@example.com", "password": PASSWORD}
    answer = client.post("/auth/login", json=body, headers={"x-csrf-token": csrf_of(client)})
    assert (answer.status_code, "set-cookie" in answer.headers) == (200, False)


def test_register_without_token_is_400(client: TestClient) -> None:
    answer = client.post("/auth/register", json=BODY)
    assert (answer.status_code, answer.json()) == (400, {"detail": MISSING})


def test_register_with_token_and_no_cookie_is_accepted(client: TestClient) -> None:
    answer = client.post("/auth/register", json=BODY, headers={"x-csrf-token": csrf_of(client)})
    assert answer.status_code == 201


def test_register_with_cookie_of_another_browser_is_400(client: TestClient) -> None:
    token, other = csrf_of(client), csrf_of(client)
    headers = {"x-csrf-token": token, "cookie": f"csrf_token={other}"}
    answer = client.post("/auth/register", json=BODY, headers=headers)
    assert (answer.status_code, answer.json()) == (400, {"detail": INVALID})


def bad_tokens(settings: Settings) -> dict[str, str | bytes]:
    good = "WyJub25jZSIsIiJd"
    other_key = URLSafeTimedSerializer("another key", salt="raterhub-tracker.csrf")
    other_salt = URLSafeTimedSerializer(settings.secret, salt="something else")
    return {
        "garbage": "garbage",
        "unsigned": f"{good}.aaaaaa.bbbbbb",
        "another key": other_key.dumps(["nonce", ""]),
        "another salt": other_salt.dumps(["nonce", ""]),
        "non-ASCII": "tökén".encode(),
        "dots": "....",
        "long": "a" * 5000,
    }


KINDS = ["garbage", "unsigned", "another key", "another salt", "non-ASCII", "dots", "long"]


@pytest.mark.parametrize("kind", KINDS)
def test_register_with_bad_token_is_400(client: TestClient, settings: Settings, kind: str) -> None:
    token = bad_tokens(settings)[kind]
    raw = token if isinstance(token, bytes) else token.encode()
    answer = client.post("/auth/register", json=BODY, headers=[(b"x-csrf-token", raw)])
    assert (answer.status_code, answer.json()) == (400, {"detail": INVALID})


def test_every_character_of_a_token_counts(client: TestClient, settings: Settings) -> None:
    token = csrf_of(client)
    assert read_token(token, settings.secret) is not None
    # The very last one carries two bits that base64 ignores.
    for place in range(len(token) - 1):
        changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        assert read_token(changed, settings.secret) is None, place


def test_token_is_good_for_a_day(client: TestClient, settings: Settings) -> None:
    with time_machine.travel("2026-11-21T09:00:00Z", tick=False) as clock:
        token = csrf_of(client)
        clock.shift(timedelta(seconds=LIFETIME_SECONDS))
        assert read_token(token, settings.secret) is not None
        clock.shift(timedelta(seconds=1))
        assert read_token(token, settings.secret) is None


def test_token_stays_good_when_the_clock_is_set_back(client: TestClient, settings: Settings) -> None:
    with time_machine.travel("2026-11-21T09:00:00Z", tick=False) as clock:
        token = csrf_of(client)
        clock.shift(-timedelta(hours=1))
        answer = client.post("/auth/register", json=BODY, headers={"x-csrf-token": token})
        assert answer.status_code == 201
        clock.shift(-timedelta(days=1))
        assert read_token(token, settings.secret) is None


def test_access_token_is_no_csrf_token(client: TestClient, login: Login) -> None:
    answer = client.post("/auth/register", json=BODY, headers={"x-csrf-token": login.token})
    assert answer.status_code == 400


# --- Who sends a form before login ---------------------------------------------------------------

OWN = "http://testserver"
# What a browser says of the sender: Sec-Fetch-Site, Origin, and whether the form is taken.
SENDERS = [
    (None, None, True),  # no browser since 2020; a program
    (None, OWN, True),  # a browser without Sec-Fetch-Site: the Origin decides
    (None, "https://testserver", True),  # TLS ends at a proxy that says nothing of it
    (None, "http://neighbour.testserver", False),
    (None, "http://testserver:8001", False),
    (None, "http://testserver.evil.example", False),
    (None, "http://evil.example/testserver", False),
    (None, "testserver", False),
    (None, "null", False),
    (None, "", False),
    ("same-origin", None, True),
    ("same-origin", OWN, True),
    ("same-origin", "http://neighbour.testserver", False),
    ("same-origin", "null", False),
    ("none", None, True),  # a form that was sent before, sent again at the browser's start
    ("none", OWN, True),
    ("none", "http://neighbour.testserver", False),
    ("same-site", None, False),
    ("same-site", OWN, False),
    ("same-site", "http://neighbour.testserver", False),
    ("cross-site", None, False),
    ("cross-site", OWN, False),
    ("cross-site", "http://evil.example", False),
    ("", OWN, False),
    ("something-new", OWN, False),
]


def sent_by(site: str | None, origin: str | None) -> dict[str, str]:
    said = {"sec-fetch-site": site, "origin": origin}
    return {name: value for name, value in said.items() if value is not None}


@pytest.mark.parametrize("path", ["/register", "/login"])
@pytest.mark.parametrize(("site", "origin", "taken"), SENDERS)
def test_form_before_login_comes_from_a_page_of_ours(
    client: TestClient, login: Login, path: str, site: str | None, origin: str | None, taken: bool
) -> None:
    email = "rater@example.com" if path == "/login" else "new@example.com"
    token = csrf_of(client)
    form = {"email": email, "password": PASSWORD, "csrf_token": token}
    headers = sent_by(site, origin) | {"cookie": f"csrf_token={token}"}
    answer = client.post(path, data=form, headers=headers, follow_redirects=False)
    assert (answer.status_code, "access_token" in answer.cookies) == ((303, True) if taken else (400, False))
    assert taken or CROSS_SITE in answer.text


def status_of_registering(client: TestClient, *, cookie: str = "csrf_token", **headers: str) -> int:
    """Of the form, sent with a valid token in its field and in a cookie of that name."""
    token = csrf_of(client)
    headers |= {"cookie": f"{cookie}={token}"}
    form = {**BODY, "csrf_token": token}
    return client.post("/register", data=form, headers=headers, follow_redirects=False).status_code


def test_form_before_login_comes_from_our_host_with_its_default_port(client: TestClient) -> None:
    """As a proxy may write it."""
    assert status_of_registering(client, origin=OWN, host="testserver:81") == 400
    assert status_of_registering(client, origin=OWN, host="testserver:80") == 303


def test_form_before_login_comes_from_the_public_url_too(settings: Settings) -> None:
    with client_of(settings, public_url="https://tracker.example") as client:
        assert status_of_registering(client, origin="http://tracker.example") == 400
        assert status_of_registering(client, origin="https://tracker.example") == 303


def over_https(settings: Settings, **changed: Any) -> TestClient:
    secure = settings.model_copy(update={"session_cookie_secure": True, **changed})
    return TestClient(create_app(secure), base_url="https://testserver")


def test_csrf_cookie_of_https_cannot_be_set_by_a_neighbour(settings: Settings) -> None:
    with over_https(settings) as client:
        set_cookie = client.get("/auth/csrf").headers["set-cookie"]
        flags = {part.strip() for part in set_cookie.split(";")[1:]}
        assert set_cookie.startswith("__Host-csrf_token=")
        assert flags == {"HttpOnly", f"Max-Age={LIFETIME_SECONDS}", "Path=/", "SameSite=lax", "Secure"}
        assert status_of_registering(client, cookie="csrf_token") == 400
        assert status_of_registering(client, cookie="__Host-csrf_token") == 303


def test_form_of_https_is_not_sent_by_a_page_of_http(settings: Settings) -> None:
    with over_https(settings) as client:
        for origin, status in (("http://testserver", 400), ("https://testserver", 303)):
            assert status_of_registering(client, cookie="__Host-csrf_token", origin=origin) == status


@pytest.mark.parametrize(
    ("secure", "scheme", "name"),
    [
        (True, "https", "__Host-csrf_token"),
        (True, "http", "csrf_token"),  # Chromium refuses the prefix on http://localhost
        (False, "https", "csrf_token"),  # the prefix goes with Secure
        (False, "http", "csrf_token"),
    ],
)
def test_csrf_cookie_has_the_prefix_where_it_is_secure_and_came_by_https(
    settings: Settings, secure: bool, scheme: str, name: str
) -> None:
    app = create_app(
        settings.model_copy(update={"session_cookie_secure": secure, "trusted_proxies": ("testclient",)})
    )
    with TestClient(app) as client:
        answer = client.get("/login", headers={"x-forwarded-proto": scheme})
    assert answer.headers["set-cookie"].partition("=")[0] == name


# --- Logged in -----------------------------------------------------------------------------------


def test_cookie_request_without_token_is_400_and_changes_nothing(client: TestClient, login: Login) -> None:
    answer = client.post("/auth/logout", headers=login.cookie)
    assert (answer.status_code, answer.json()) == (400, {"detail": MISSING})
    assert client.get("/me", headers=login.cookie).status_code == 200


def test_cookie_request_with_header_token_is_accepted(client: TestClient, login: Login) -> None:
    answer = client.post("/auth/logout", headers=login.cookie | login.csrf(client))
    assert answer.status_code == 200
    assert client.get("/me", headers=login.cookie).status_code == 401


def test_cookie_request_with_form_field_is_accepted(client: TestClient, login: Login) -> None:
    token = login.csrf(client)["x-csrf-token"]
    answer = client.post("/auth/logout", data={"csrf_token": token}, headers=login.cookie)
    assert answer.status_code == 200


def test_cookie_request_with_multipart_field_is_accepted(client: TestClient, login: Login) -> None:
    token = login.csrf(client)["x-csrf-token"]
    answer = client.post("/auth/logout", files={"csrf_token": (None, token)}, headers=login.cookie)
    assert answer.status_code == 200


def test_bad_header_is_not_rescued_by_good_field(client: TestClient, login: Login) -> None:
    token = login.csrf(client)["x-csrf-token"]
    headers = login.cookie | {"x-csrf-token": "bad"}
    assert client.post("/auth/logout", data={"csrf_token": token}, headers=headers).status_code == 400


def test_cookie_request_with_token_from_before_login_is_400(client: TestClient, login: Login) -> None:
    headers = login.cookie | {"x-csrf-token": csrf_of(client)}
    assert client.post("/auth/logout", headers=headers).status_code == 400


def test_cookie_request_with_token_of_another_login_is_400(client: TestClient, login: Login) -> None:
    other = registered(client, "other@example.com")
    answer = client.post("/auth/logout", headers=login.cookie | other.csrf(client))
    assert (answer.status_code, answer.json()) == (400, {"detail": INVALID})


def test_cookie_request_from_another_site_is_400_despite_token(client: TestClient, login: Login) -> None:
    headers = login.cookie | login.csrf(client) | {"sec-fetch-site": "cross-site"}
    answer = client.post("/auth/logout", headers=headers)
    assert (answer.status_code, answer.json()) == (400, {"detail": "This request came from another site."})


@pytest.mark.parametrize("site", ["same-origin", "same-site", "none"])
def test_cookie_request_from_own_site_is_accepted(client: TestClient, login: Login, site: str) -> None:
    headers = login.cookie | login.csrf(client) | {"sec-fetch-site": site}
    assert client.post("/auth/logout", headers=headers).status_code == 200


def test_bearer_request_needs_no_token_from_anywhere(client: TestClient, login: Login) -> None:
    headers = login.bearer | {"sec-fetch-site": "cross-site"}
    assert client.post("/auth/logout", headers=headers).status_code == 200


def test_request_without_identity_is_401_before_csrf(client: TestClient) -> None:
    assert client.post("/auth/logout").status_code == 401
    assert client.post("/auth/logout", headers={"cookie": "access_token=stale"}).status_code == 401


def test_form_with_unreadable_body_is_400(client: TestClient, login: Login) -> None:
    headers = login.cookie | {"content-type": "multipart/form-data; boundary=x"}
    answer = client.post("/auth/logout", content=b"--x\r\nnonsense", headers=headers)
    assert answer.status_code == 400


def test_form_with_many_fields_is_400(client: TestClient, login: Login) -> None:
    answer = client.post("/auth/logout", content=b"a&" * 20_000, headers=login.cookie | FORM)
    assert (answer.status_code, answer.json()) == (400, {"detail": "The form could not be read."})


# --- Which credential counts ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "header", ["Bearer nonsense", "Bearer", "", "Basic cmF0ZXI6cGFzcw==", "Bearer \u00ff"]
)
def test_bad_header_is_not_rescued_by_good_cookie(client: TestClient, login: Login, header: str) -> None:
    headers = [(b"authorization", header.encode("latin-1")), (b"cookie", login.cookie["cookie"].encode())]
    assert client.get("/me", headers=headers).status_code == 401


def test_good_header_counts_beside_bad_cookie(client: TestClient, login: Login) -> None:
    headers = login.bearer | {"cookie": "access_token=stale"}
    assert client.get("/me", headers=headers).status_code == 200


def test_two_headers_are_refused(client: TestClient, login: Login) -> None:
    value = login.bearer["authorization"].encode()
    assert client.get("/me", headers=[(b"authorization", value)] * 2).status_code == 401


def test_token_in_query_string_is_ignored(client: TestClient, login: Login) -> None:
    query = {"access_token": login.token, "token": login.token, "authorization": f"Bearer {login.token}"}
    assert client.get("/me", params=query).status_code == 401


def test_personal_token_in_cookie_is_refused(client: TestClient, login: Login) -> None:
    token = personal_token(client, login)
    assert client.get("/sessions/current", headers={"cookie": f"access_token={token}"}).status_code == 401


def with_cookies(*values: str, name: str = "access_token") -> dict[str, str]:
    return {"cookie": "; ".join(f"{name}={value}" for value in values)}


@pytest.mark.parametrize("place", range(3))
def test_of_several_login_cookies_the_valid_one_counts(client: TestClient, login: Login, place: int) -> None:
    ended = logged_in(client)
    client.post("/auth/logout", headers=ended.bearer)
    values = [ended.token, "another-application"]
    values.insert(place, login.token)
    headers = with_cookies(*values)
    assert client.get("/me", headers=headers).status_code == 200
    token = client.get("/auth/csrf", headers=headers).json()["csrf_token"]
    client.cookies.clear()
    assert client.post("/auth/logout", headers=headers).status_code == 400
    assert client.post("/auth/logout", headers=headers | {"x-csrf-token": token}).status_code == 200
    assert client.get("/me", headers=headers).status_code == 401


def test_of_several_login_cookies_none_valid_is_401(client: TestClient, login: Login) -> None:
    personal = personal_token(client, login)
    headers = with_cookies("one", "", "two", personal, login.token[:-4])
    assert client.get("/me", headers=headers).status_code == 401


def test_login_cookie_counts_in_whichever_cookie_header_it_comes(client: TestClient, login: Login) -> None:
    mine, other = (b"cookie", login.cookie["cookie"].encode()), (b"cookie", b"access_token=other")
    for headers in ([mine, other], [other, mine]):
        assert client.get("/me", headers=headers).status_code == 200


@pytest.mark.parametrize("place", range(3))
@pytest.mark.parametrize("form", [False, True])
def test_of_several_csrf_cookies_the_valid_one_counts(client: TestClient, place: int, form: bool) -> None:
    mine, neighbours = csrf_of(client), csrf_of(client)
    values = ["another-application", neighbours]
    values.insert(place, mine)
    headers = with_cookies(*values, name="csrf_token")
    if form:
        sent = {**BODY, "csrf_token": mine}
        answer = client.post("/register", data=sent, headers=headers, follow_redirects=False)
        assert answer.status_code == 303
    else:
        answer = client.post("/auth/register", json=BODY, headers=headers | {"x-csrf-token": mine})
        assert answer.status_code == 201


def test_csrf_token_is_made_for_the_csrf_cookie_that_is_valid(client: TestClient, settings: Settings) -> None:
    mine = csrf_of(client)
    for values in ((mine, "another-application"), ("another-application", mine)):
        made = csrf_of(client, with_cookies(*values, name="csrf_token"))
        assert read_token(made, settings.secret) == read_token(mine, settings.secret)


def test_token_counts_beside_the_cookie_of_another_account_and_needs_no_csrf_token(
    client: TestClient, login: Login, database: Database, settings: Settings
) -> None:
    other = new_rater(database, settings)
    headers = login.cookie | other.token
    answer = client.post("/events", json={"type": "NEXT"}, headers=headers)
    assert answer.status_code == 200
    session = answer.json()["session_id"]
    assert client.get("/sessions/current", headers=headers).json()["session_id"] == session
    assert client.get("/sessions/current", headers=other.login).json()["session_id"] == session
    assert client.get("/sessions/current", headers=login.cookie).json()["session_id"] is None
