"""What must not leak: no password, token or key in a log or, in the clear, in the database.

The application is taken everywhere, with credentials that are good and ones that are not, until its database is
closed under it; then everything that it has written is searched for everything that was secret.
"""

import json
import re
from dataclasses import dataclass, field
from typing import Any

import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import inspect, text
from starlette.testclient import TestClient
from typer.testing import CliRunner

from app.cli import app as tool
from app.config import Settings, get_settings
from app.database import Database
from tests.routes import entries_of

SECRET_KEY = "the-key-of-this-test-which-nobody-may-see-58"
METRICS_TOKEN = "the-metrics-token-of-this-test-77"
PASSWORD, WRONG, NEXT, SET = (
    "Ocher-Falcon-under-9-bridges",
    "Wrong-Falcon-under-8-bridges",
    "Cobalt-Heron-above-7-rivers",
    "Umber-Stork-beside-6-lakes",
)
EMAIL = "leak@example.com"
ODD = 'a\n{"event": "forged"}\r\x1b[31m\u2028b'

JWT = re.compile(r"eyJ[\w-]+\.eyJ[\w-]+")
LEAVING = ("/logout", "/auth/logout", "/profile/logout-everywhere")
STREAM = "/live"  # Starlette's test client cannot read one; to HEAD it answers


@pytest.fixture
def database_url(own_database_url: str) -> str:
    """A database that may be broken."""
    return own_database_url


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Settings whose secrets would be recognised."""
    secrets = {"secret_key": SecretStr(SECRET_KEY), "metrics_token": SecretStr(METRICS_TOKEN)}
    return settings.model_copy(update=secrets)


@dataclass
class Visitor:
    """Somebody who goes everywhere, and remembers every secret on the way."""

    client: TestClient
    secrets: set[str] = field(default_factory=lambda: {SECRET_KEY, METRICS_TOKEN, PASSWORD, WRONG, NEXT, SET})

    def send(self, method: str, path: str, **request: Any) -> Any:
        """An answer; secrets that came as cookies are remembered."""
        answer = self.client.request(method, path, follow_redirects=False, **request)
        for cookie in answer.headers.get_list("set-cookie"):
            self.secrets.add(cookie.partition("=")[2].partition(";")[0])
        return answer

    def csrf(self) -> str:
        """A CSRF token, for what the cookies say."""
        token: str = self.send("GET", "/auth/csrf").json()["csrf_token"]
        self.secrets.add(token)
        return token

    def post(self, path: str, **request: Any) -> Any:
        """A form or JSON, with a CSRF token."""
        return self.send("POST", path, headers={"x-csrf-token": self.csrf()}, **request)

    def form(self, path: str, **fields: str) -> Any:
        """A page's form."""
        return self.send("POST", path, data={**fields, "csrf_token": self.csrf()})

    def log_in(self, password: str) -> str:
        """By the API; the token."""
        answer = self.post("/auth/login", json={"email": EMAIL, "password": password})
        token: str = answer.json().get("access_token", "")
        return self.remembered(token)

    def remembered(self, secret: str) -> str:
        """The same."""
        if secret:
            self.secrets.add(secret)
        return secret


def wander(visitor: Visitor, app: FastAPI) -> None:
    """Through everything that has to do with secrets, then to every route in several guises."""
    account = {"email": EMAIL, "password": PASSWORD}
    visitor.post("/auth/register", json=account | {"first_name": ODD})
    first = visitor.post("/auth/register", json=account)
    assert first.status_code == 201
    visitor.remembered(first.json()["access_token"])
    visitor.post("/auth/register", json=account)  # a second time
    visitor.post("/auth/register", json={"email": EMAIL, "password": PASSWORD[:10]})  # too short
    visitor.post("/auth/login", json={"email": PASSWORD, "password": EMAIL})  # in the wrong fields
    assert visitor.log_in(WRONG) == ""
    token = visitor.log_in(PASSWORD)
    bearer = {"authorization": f"Bearer {token}"}
    for name in ("widget", ODD):
        made = visitor.send("POST", "/tokens", json={"name": name}, headers=bearer)
        visitor.remembered(made.json().get("token", "") if made.status_code == 201 else "")
    personal = {"authorization": f"Bearer {max(s for s in visitor.secrets if s.startswith('rht_'))}"}

    visitor.form("/login", email=EMAIL, password=WRONG)
    assert visitor.form("/login", email=EMAIL, password=PASSWORD).status_code == 303
    visitor.form("/profile/password", current_password=WRONG, new_password=NEXT)
    changed = visitor.form("/profile/password", current_password=PASSWORD, new_password=NEXT)
    assert changed.status_code == 303
    page = visitor.form("/profile/tokens", name="by hand").text
    for secret in re.findall(r"rht_[\w-]{43}", page):
        visitor.remembered(secret)

    good = {"authorization": f"Bearer {visitor.log_in(NEXT)}"}
    ended = {"authorization": f"Bearer {token}"}
    walk(visitor, app, [{}, personal, good, ended, {"authorization": f"Bearer {METRICS_TOKEN}"}], token)
    assert visitor.send("POST", "/auth/logout", headers=good).status_code == 200
    assert visitor.form("/profile/logout-everywhere").status_code == 303


def walk(visitor: Visitor, app: FastAPI, guises: list[dict[str, str]], token: str) -> None:
    """To every route but those that end a login, in each guise, with more than it takes."""
    body = {"password": WRONG, "token": token, "email": EMAIL, "current_password": NEXT, "type": SECRET_KEY}
    for entry in entries_of(app):
        if entry.path in LEAVING:
            continue
        where = re.sub(r"\{\w+\}", "00000000-0000-4000-8000-000000000000", entry.path)
        for method in sorted(entry.methods - {"GET"} if entry.path == STREAM else entry.methods):
            for number, headers in enumerate(guises):
                sent = {"json": body} if number % 2 == entry.is_page else {"data": body}
                visitor.send(method, f"{where}?access_token={token}", headers=headers, **sent)


def break_down(visitor: Visitor, app: FastAPI) -> None:
    """Requests whose database is broken and then closed: 500 with tracebacks, and 503."""
    login = {"authorization": f"Bearer {visitor.log_in(NEXT)}", "x-csrf-token": visitor.csrf()}
    database: Database = app.state.database
    database.write_now(lambda connection: connection.exec_driver_sql("ALTER TABLE users RENAME TO gone"))
    assert fail(visitor, login) == [500] * 6
    app.state.database = Database(database.engine.url.render_as_string(hide_password=False))
    app.state.database.close()
    assert set(fail(visitor, login)) <= {500, 503}


def fail(visitor: Visitor, headers: dict[str, str]) -> list[int]:
    account = {"email": EMAIL, "password": NEXT}
    other = {"email": "second@example.com", "password": PASSWORD}
    token = headers["authorization"].removeprefix("Bearer ")
    visitor.client.cookies.clear()
    answers = [
        visitor.send("POST", "/auth/login", headers={"x-csrf-token": visitor.csrf()}, json=account),
        visitor.send("POST", "/auth/register", headers={"x-csrf-token": visitor.csrf()}, json=other),
        visitor.send("POST", "/tokens", headers=headers, json={"name": "widget"}),
        visitor.send("POST", "/profile/password", headers=headers, data={"current_password": NEXT}),
        visitor.send("GET", "/sessions/%0A%1B[31m{}/summary", headers=headers),
        visitor.send("GET", f"/dashboard/today?token={token}", headers=headers),
    ]
    return [answer.status_code for answer in answers]


def dump(url: str) -> str:
    """Every row of every table."""
    database = Database(url)
    with database.engine.connect() as connection:
        names = inspect(connection).get_table_names()
        rows = [
            repr(tuple(row)) for name in names for row in connection.execute(text(f"SELECT * FROM {name}"))
        ]
    database.close()
    return "\n".join(rows)


def found_in(written: str, secrets: set[str]) -> set[str]:
    return {secret for secret in secrets if secret in written} | set(JWT.findall(written))


def test_no_secret_is_written_anywhere(
    app: FastAPI, settings: Settings, capfd: pytest.CaptureFixture[str]
) -> None:
    with TestClient(app) as client:
        visitor = Visitor(client)
        wander(visitor, app)
        break_down(visitor, app)
    out, err = capfd.readouterr()
    kinds = {secret[:4] for secret in visitor.secrets}
    assert kinds >= {"eyJh", "rht_", PASSWORD[:4], NEXT[:4], SECRET_KEY[:4]}
    assert len(visitor.secrets) > 15
    assert found_in(err, visitor.secrets) == set()
    assert EMAIL not in err
    stored = dump(settings.database_url)
    assert EMAIL in stored
    assert found_in(stored, visitor.secrets) == set()
    assert out == ""
    lines = [json.loads(line) for line in err.splitlines()]
    assert [line for line in lines if not line.keys() >= {"event", "timestamp", "level", "request_id"}] == []
    assert {line["event"] for line in lines} - {"unavailable"} == {
        "registered",
        "login succeeded",
        "login failed",
        "password changed",
        "token created",
        "logged out",
        "logged out everywhere",
        "refused",
        "failed",
    }
    assert {"/sessions/\n\x1b[31m{}/summary"} <= {line.get("path") for line in lines}


COMMANDS = [
    (["create-user", EMAIL, "--password-stdin"], PASSWORD, "account created"),
    (["create-admin", "other@example.com", "--password-stdin"], PASSWORD, "account created"),
    (["set-password", EMAIL, "--password-stdin"], SET, "password set"),
    (["set-role", EMAIL, "admin"], "", "role changed"),
    (["logout-everywhere", EMAIL], "", "logged out everywhere"),
    (["deactivate", EMAIL], "", "account deactivated"),
    (["activate", EMAIL], "", "account activated"),
    (["delete-user", EMAIL, "--yes"], "", "account deleted"),
]


def test_commands_are_logged_without_secrets(
    settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEY", SECRET_KEY)
    monkeypatch.setenv("DATABASE_URL", settings.database_url)
    get_settings.cache_clear()
    users: set[int] = set()
    for arguments, typed, event in COMMANDS:
        result = CliRunner().invoke(tool, arguments, input=typed + "\n")
        [line] = [json.loads(line) for line in result.stderr.splitlines()]
        assert (result.exit_code, line["event"], line["level"]) == (0, event, "info")
        if EMAIL in arguments:
            users.add(line["user_id"])
        assert found_in(result.output, {SECRET_KEY, PASSWORD, SET}) == set()
        assert EMAIL not in result.stderr
    assert len(users) == 1
    assert found_in(dump(settings.database_url), {SECRET_KEY, PASSWORD, SET}) == set()
    get_settings.cache_clear()
