from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from unicodedata import normalize

import jwt
import pytest
import time_machine
from fastapi import FastAPI
from httpx2 import Response
from starlette.testclient import TestClient

from app.config import Settings
from app.main import create_app
from tests.raters import PASSWORD

EMAIL = "ada@example.com"
FORM = {"email": EMAIL, "password": PASSWORD}


def csrf(client: TestClient) -> dict[str, str]:
    return {"x-csrf-token": client.get("/auth/csrf").json()["csrf_token"]}


def post(client: TestClient, path: str, body: object) -> Response:
    return client.post(path, json=body, headers=csrf(client))


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture
def token(client: TestClient) -> str:
    answer = post(client, "/auth/register", FORM)
    assert answer.status_code == 201
    return str(answer.json()["access_token"])


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(datetime(2026, 3, 4, 12, 0, tzinfo=UTC), tick=False) as traveller:
        yield traveller


def test_registration_login_and_me(client: TestClient, clock: time_machine.Traveller) -> None:
    names = {"first_name": "Ada", "last_name": "Byron", "timezone": "Europe/London"}
    registered = post(client, "/auth/register", FORM | names)
    assert (registered.status_code, set(registered.json())) == (201, {"access_token", "token_type"})
    clock.shift(60)
    logged_in = post(client, "/auth/login", FORM)
    assert (logged_in.status_code, logged_in.json()["token_type"]) == (200, "bearer")
    assert [name for name in client.cookies if name != "csrf_token"] == []
    me = client.get("/me", headers=bearer(logged_in.json()["access_token"]))
    body = me.json()
    assert me.status_code == 200
    assert body == names | {
        "id": body["id"],
        "external_id": body["external_id"],
        "email": EMAIL,
        "role": "user",
        "is_active": True,
        "target_minutes_per_question": 5.5,
        "week_starts_on": 1,
        "created_at": "2026-03-04T12:00:00Z",
        "last_login_at": "2026-03-04T12:01:00Z",
    }


def test_names_are_measured_as_they_are_stored(client: TestClient) -> None:
    name = normalize("NFC", "Åé" * 50)
    typed = normalize("NFD", name)
    names = {"first_name": typed, "last_name": typed}
    token = post(client, "/auth/register", FORM | names).json()["access_token"]
    me = client.get("/me", headers=bearer(token)).json()
    assert (me["first_name"], me["last_name"]) == (name, name)
    refused = post(client, "/auth/register", {**FORM, "email": "eve@example.com", "first_name": typed + "x"})
    assert refused.status_code == 422


def test_access_token_is_accepted_as_cookie(client: TestClient, token: str) -> None:
    client.cookies.set("access_token", token)
    assert client.get("/me").json()["email"] == EMAIL


def test_access_token_names_its_claims(token: str, settings: Settings) -> None:
    claims = jwt.decode(token, settings.secret, algorithms=["HS256"])
    assert set(claims) == {"sub", "jti", "typ", "iat", "exp"}
    assert claims["exp"] - claims["iat"] == 1440 * 60


def test_logout_kills_the_token_in_every_process(client: TestClient, token: str, settings: Settings) -> None:
    with TestClient(create_app(settings)) as another_process:
        assert another_process.get("/me", headers=bearer(token)).status_code == 200
        answer = client.post("/auth/logout", headers=bearer(token))
        assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
        for each in (client, another_process):
            assert each.get("/me", headers=bearer(token)).status_code == 401
    assert client.post("/auth/logout", headers=bearer(token)).status_code == 401


def test_wrong_credentials_get_one_answer(client: TestClient, token: str) -> None:
    wrong = post(client, "/auth/login", FORM | {"password": "wrong"})
    unknown = post(client, "/auth/login", FORM | {"email": "nobody@example.com"})
    assert (wrong.status_code, wrong.json()) == (401, {"detail": "Invalid credentials"})
    assert (unknown.status_code, unknown.content) == (wrong.status_code, wrong.content)


def test_second_registration_of_an_address_is_refused(client: TestClient, token: str) -> None:
    answer = post(client, "/auth/register", FORM | {"email": EMAIL.upper()})
    assert (answer.status_code, answer.json()) == (
        409,
        {"detail": "This e-mail address cannot be registered."},
    )


def test_registration_while_closed_is_forbidden(settings: Settings) -> None:
    closed = settings.model_copy(update={"registration_open": False})
    with TestClient(create_app(closed)) as client:
        assert post(client, "/auth/register", FORM).status_code == 403


BAD_BODIES: list[tuple[str, dict[str, Any], str]] = [
    ("/auth/register", FORM | {"role": "admin"}, "role"),
    ("/auth/register", FORM | {"is_active": True}, "is_active"),
    ("/auth/register", FORM | {"user_id": 1}, "user_id"),
    ("/auth/register", {"email": EMAIL}, "password"),
    ("/auth/register", FORM | {"password": "Short-1"}, "password"),
    ("/auth/register", FORM | {"password": "Aa1!" * 10_000}, "password"),
    ("/auth/register", FORM | {"password": None}, "password"),
    ("/auth/register", FORM | {"email": "nobody"}, "email"),
    ("/auth/register", FORM | {"first_name": "a\nb"}, "first_name"),
    ("/auth/register", FORM | {"first_name": 5}, "first_name"),
    ("/auth/register", FORM | {"timezone": "Nowhere/Land"}, "timezone"),
    ("/auth/login", FORM | {"remember": True}, "remember"),
    ("/auth/login", FORM | {"password": ["a"]}, "password"),
    ("/auth/login", FORM | {"password": "x" * 60_000}, "password"),
    ("/auth/login", FORM | {"email": "x" * 60_000}, "email"),
    ("/auth/login", {}, "email"),
]


def test_body_with_a_bad_field_is_refused_without_its_value(client: TestClient) -> None:
    for path, body, field in BAD_BODIES:
        answer = post(client, path, body)
        problems = answer.json()["detail"]
        assert (path, field, answer.status_code) == (path, field, 422)
        assert [sorted(problem) for problem in problems] == [["loc", "msg", "type"]] * len(problems)
        assert field in {problem["loc"][-1] for problem in problems}
        assert PASSWORD not in answer.text


def test_lone_surrogate_is_refused(client: TestClient) -> None:
    for field in ("email", "password", "first_name", "timezone"):
        body = '{"email": "a@example.com", "password": "p", "FIELD": "\\ud800"}'.replace("FIELD", field)
        headers = csrf(client) | {"content-type": "application/json"}
        assert client.post("/auth/register", content=body, headers=headers).status_code == 422


def test_failed_logins_are_throttled_with_a_time_to_wait(
    client: TestClient, token: str, clock: time_machine.Traveller
) -> None:
    wrong = FORM | {"password": "wrong"}
    assert [post(client, "/auth/login", wrong).status_code for _ in range(3)] == [401] * 3
    answer = post(client, "/auth/login", FORM)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")
    assert answer.json() == {"detail": "Too many failed attempts. Try again in 1 second."}
    clock.shift(1)
    assert post(client, "/auth/login", FORM).status_code == 200


ODD_CLAIMS: list[dict[str, Any]] = [
    {"sub": "1" * 30},
    {"sub": 5},
    {"sub": None},
    {"jti": None},
    {"typ": None},
    {"typ": "refresh"},
    {"iat": None},
    {"exp": None},
    {"exp": 1_700_000_000},
    {"jti": "3f2c8a52-9a55-4f5e-8d6e-0f5b4a3c2d1e"},
]


def test_altered_token_is_refused(client: TestClient, token: str, settings: Settings) -> None:
    claims = jwt.decode(token, settings.secret, algorithms=["HS256"])
    for changes in ODD_CLAIMS:
        present = {name: value for name, value in (claims | changes).items() if value is not None}
        altered = jwt.encode(present, settings.secret, algorithm="HS256")
        by_header = client.get("/me", headers=bearer(altered)).status_code
        by_cookie = client.get("/me", headers={"Cookie": f"access_token={altered}"}).status_code
        assert (changes, by_header, by_cookie) == (changes, 401, 401)


def test_token_of_another_algorithm_or_key_is_refused(
    client: TestClient, token: str, settings: Settings
) -> None:
    claims = jwt.decode(token, settings.secret, algorithms=["HS256"])
    long_enough = settings.secret * 2
    keys = {"none": "", "HS384": long_enough, "HS512": long_enough, "HS256": "x" * 40}
    forged = [jwt.encode(claims, key, algorithm=algorithm) for algorithm, key in keys.items()]
    assert [client.get("/me", headers=bearer(each)).status_code for each in forged] == [401] * 4


def test_reading_changes_no_row(client: TestClient, token: str, app: FastAPI) -> None:
    def rows() -> list[object]:
        from app.db_models import logins, users

        return app.state.database.read_now(  # type: ignore[no-any-return]
            lambda c: [c.execute(table.select()).all() for table in (users, logins)]
        )

    before = rows()
    for method in ("GET", "HEAD"):
        client.request(method, "/me", headers=bearer(token))
    assert rows() == before


def test_every_answer_of_the_account_routes_is_described(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    common = {"400", "413", "422", "429", "503"}
    assert set(paths["/auth/register"]["post"]["responses"]) == common | {"201", "403", "409"}
    assert set(paths["/auth/login"]["post"]["responses"]) == common | {"200", "401"}
