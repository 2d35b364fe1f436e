"""Access tokens: forged, altered, malformed and ended ones identify nobody, whatever they look like."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import jwt
import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from app.cli import app as tool
from app.config import Settings, get_settings
from app.main import create_app
from tests.attack.requests import REGISTRATION
from tests.attack.sending import Attacker
from tests.attack.world import new_world
from tests.raters import PASSWORD

sqlite = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def signed(header: Any, payload: Any, key: str, digest: str = "sha256") -> str:
    """A token of any content, rightly signed."""
    parts = [part if isinstance(part, bytes) else json.dumps(part).encode() for part in (header, payload)]
    message = ".".join(map(b64, parts))
    return f"{message}.{b64(hmac.new(key.encode(), message.encode(), digest).digest())}"


def odd_claims(claims: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """A living login's claims with one of them odd."""
    now = int(time.time())
    odd: dict[str, list[Any]] = {
        "sub": [None, 5, "", "0", "-1", "1" * 30, "1e3", "١٢", claims["sub"] + "\n", [claims["sub"]]],
        "jti": [None, 1, "", "x", claims["jti"].upper(), claims["jti"] + "\x00", {"$ne": ""}, ["a"], True],
        "typ": [None, "", "refresh", "ACCESS", 1, ["access"]],
        "exp": [None, str(claims["exp"]), float(claims["exp"]), 0, -1, now - 1, True, [], {}, 1e308, "never"],
        "iat": [None, str(now), now + 0.5, now + 3600, 10**30, True, [], "yesterday"],
    }  # fmt: skip
    return {
        f"{name}={value!r}"[:60]: {**claims, name: value} for name, values in odd.items() for value in values
    } | {f"without {name}": {k: v for k, v in claims.items() if k != name} for name in claims}


def forged(login: str, key: str) -> dict[str, str]:
    """Tokens that are not what was issued, by what is wrong with each."""
    claims = jwt.decode(login, key, algorithms=["HS256"])
    header = {"alg": "HS256", "typ": "JWT"}
    first, second, signature = login.split(".")
    own_key = {"kty": "oct", "k": b64(b"mine" * 8)}
    public = "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----"
    bad = {
        "alg none": signed({"alg": "none"}, claims, key).rpartition(".")[0] + ".",
        "alg None, signed": signed({"alg": "None", "typ": "JWT"}, claims, key),
        "no alg": signed({"typ": "JWT"}, claims, key),
        "alg number": signed({"alg": 1}, claims, key),
        "alg list": signed({"alg": ["HS256"]}, claims, key),
        "alg lower case": signed({"alg": "hs256"}, claims, key),
        "HS384": signed(header | {"alg": "HS384"}, claims, key, "sha384"),
        "HS512": signed(header | {"alg": "HS512"}, claims, key, "sha512"),
        "RS256 with our key": signed(header | {"alg": "RS256"}, claims, key),
        "RS256 confusion": signed(header, claims, public),
        "another key": signed(header, claims, "x" * 40),
        "empty key": signed(header, claims, ""),
        "jwk of its own": signed(header | {"jwk": own_key}, claims, "mine" * 8),
        "jku": signed(header | {"jku": "https://evil.example/keys"}, claims, "x" * 40),
        "kid path": signed(header | {"kid": "../../../dev/null"}, claims, ""),
        "kid SQL": signed(header | {"kid": "x' UNION SELECT 'k"}, claims, "k"),
        "kid number": signed(header | {"kid": 7}, claims, key),
        "x5u": signed(header | {"x5u": "https://evil.example/cert"}, claims, "x" * 40),
        "crit": signed(header | {"crit": ["unknown"], "unknown": 1}, claims, key),
        "b64 false": signed(header | {"b64": False, "crit": ["b64"]}, claims, key),
        "payload list": signed(header, [claims], key),
        "payload text": signed(header, "claims", key),
        "payload null": signed(header, None, key),
        "payload no JSON": signed(header, b"\xff\xfe", key),
        "payload deep": signed(header, b'{"a":' * 500 + b"1" + b"}" * 500, key),
        "payload NaN": signed(header, json.dumps(claims | {"exp": float("nan")}).encode(), key),
        "payload Infinity": signed(header, json.dumps(claims | {"exp": float("inf")}).encode(), key),
        "payload digits": signed(header, b'{"exp":' + b"9" * 900 + b"}", key),
        "header list": signed(["HS256"], claims, key),
        "header deep": signed(b"[" * 800 + b"]" * 800, claims, key),
        "no signature": f"{first}.{second}.",
        "two parts": f"{first}.{second}",
        "four parts": f"{login}.{signature}",
        "padded": f"{first}.{second}.{signature}==",
        "another's signature": f"{first}.{b64(json.dumps(claims | {'sub': '1'}).encode())}.{signature}",
        "dots": "...",
        "very long": login + "A" * 60_000,
        "digest as key": signed(header, claims, hashlib.sha256(key.encode()).hexdigest()),
    }
    bad |= {name: signed(header, odd, key) for name, odd in odd_claims(claims).items()}
    return bad


@sqlite
def test_forged_token_identifies_no_user(attacker: Attacker, settings: Settings) -> None:
    login = attacker.world.login
    before = attacker.dump()
    for name, token in forged(login, settings.secret).items():
        for headers in ({"authorization": f"Bearer {token}"}, {"cookie": f"access_token={token}"}):
            statuses = [
                attacker.client.get("/me", headers=headers).status_code,
                attacker.client.get("/profile", headers=headers, follow_redirects=False).status_code,
                attacker.client.get("/widget", headers=headers).status_code,  # for anyone
                attacker.client.post("/auth/logout", headers=headers).status_code,
                attacker.client.post("/events", json={"type": "NEXT"}, headers=headers).status_code,
            ]
            assert (name, statuses) == (name, [401, 303, 200, 401, 401])
    assert attacker.dump() == before
    # What only says more than ours do is still ours.
    more = signed(
        {"alg": "HS256", "typ": "JWT", "kid": "a"},
        jwt.decode(login, settings.secret, ["HS256"]),
        settings.secret,
    )
    assert attacker.client.get("/me", headers={"authorization": f"Bearer {more}"}).status_code == 200


CREDENTIALS: list[tuple[str | None, str | None, int]] = [
    ("Bearer {login}", None, 200),
    ("bearer   {login}", None, 200),
    (None, "{login}", 200),
    ("Bearer {login}", "stale", 200),
    ("Bearer {login}", "{stranger}", 200),
    ("Bearer stale", "{login}", 401),
    ("Bearer", "{login}", 401),
    ("", "{login}", 401),
    ("Basic dXNlcjpwYXNz", "{login}", 401),
    ("{login}", None, 401),
    ("Bearer {login} {login}", None, 401),
    ("Bearer {login},{login}", None, 401),
    ("Token {login}", None, 401),
    (None, '"{login}', 401),
    (None, "{personal}", 401),
    (None, "Bearer {login}", 401),
]


@sqlite
def test_header_counts_before_the_cookie(attacker: Attacker) -> None:
    world = attacker.world
    for header, cookie, status in CREDENTIALS:
        headers: dict[str, str] = {}
        names = {"login": world.login, "stranger": world.stranger, "personal": world.personal}
        if header is not None:
            headers["authorization"] = header.format(**names)
        if cookie is not None:
            headers["cookie"] = f"access_token={cookie.format(**names)}"
        answer = attacker.client.get("/me", headers=headers)
        assert (header, cookie, answer.status_code) == (header, cookie, status)
        assert status != 200 or answer.json()["id"] == world.user.id


# --- What ends a login -------------------------------------------------------------------------------


def run(*arguments: str) -> None:
    result = CliRunner().invoke(tool, list(arguments))
    assert result.exit_code == 0, result.output


def logs_out(attacker: Attacker) -> None:
    assert attacker.client.post("/auth/logout", headers=attacker.world.bearer).status_code == 200


def logs_out_by_form(attacker: Attacker) -> None:
    assert attacker.as_owner(("POST", "/logout")).status_code == 303


def logs_out_everywhere(attacker: Attacker) -> None:
    assert attacker.as_owner(("POST", "/profile/logout-everywhere")).status_code == 303


def changes_password(attacker: Attacker) -> None:
    """At another browser."""
    other = replace(attacker, world=replace(attacker.world, login=attacker.world.other_login))
    assert other.as_owner(("POST", "/profile/password")).status_code == 303


def is_deactivated(attacker: Attacker) -> None:
    run("deactivate", attacker.world.email)


def is_deleted(attacker: Attacker) -> None:
    run("delete-user", attacker.world.email, "--yes")


def is_deleted_and_registers_again(attacker: Attacker) -> None:
    is_deleted(attacker)
    call = ("POST", "/auth/register")
    form = REGISTRATION | {"email": attacker.world.email, "password": PASSWORD}
    answer = attacker.as_owner(call, replace(attacker.request(call), json=form))
    assert answer.status_code == 201
    again = {"authorization": f"Bearer {answer.json()['access_token']}"}
    assert attacker.client.get("/me", headers=again).json()["id"] != attacker.world.user.id


Act = Callable[[Attacker], None]
ENDS: list[Act] = [
    logs_out,
    logs_out_by_form,
    logs_out_everywhere,
    changes_password,
    is_deactivated,
    is_deleted,
    is_deleted_and_registers_again,
]


@pytest.fixture
def _same_database(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """For the command-line tool."""
    monkeypatch.setenv("SECRET_KEY", settings.secret)
    monkeypatch.setenv("DATABASE_URL", settings.database_url)
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


@pytest.mark.usefixtures("_same_database")
def test_ended_login_is_dead_on_the_next_request_in_every_process(
    attacker: Attacker, settings: Settings
) -> None:
    with TestClient(create_app(settings)) as another_process:
        for act in ENDS:
            fresh = replace(attacker, world=new_world(attacker.database, settings))
            for client in (fresh.client, another_process):
                for headers in (fresh.world.bearer, fresh.world.cookie):
                    assert client.get("/me", headers=headers).status_code == 200
                client.cookies.clear()
            act(fresh)
            attacker.client.cookies.clear()
            for client in (fresh.client, another_process):
                for headers in (fresh.world.bearer, fresh.world.cookie):
                    assert (act.__name__, client.get("/me", headers=headers).status_code) == (
                        act.__name__,
                        401,
                    )
