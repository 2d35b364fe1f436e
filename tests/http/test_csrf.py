"""CSRF tokens: what is signed, to whom it is bound, and who needs one."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from itsdangerous import URLSafeTimedSerializer
from starlette.testclient import TestClient

from app.config import Settings
from app.database import Database
from app.web.csrf import INVALID, LIFETIME_SECONDS, MISSING, read_token
from tests.http.logins import FORM, Login, csrf_of, personal_token, registered
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


def test_access_token_is_no_csrf_token(client: TestClient, login: Login) -> None:
    answer = client.post("/auth/register", json=BODY, headers={"x-csrf-token": login.token})
    assert answer.status_code == 400


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
