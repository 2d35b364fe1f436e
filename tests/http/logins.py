"""Accounts made over HTTP, and the headers that identify their users."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from starlette.testclient import TestClient

from app.config import Settings
from app.main import create_app
from tests.raters import PASSWORD

FORM = {"content-type": "application/x-www-form-urlencoded"}


@contextmanager
def client_of(settings: Settings, **changed: Any) -> Iterator[TestClient]:
    """A client of an app with these settings, some of them changed."""
    with TestClient(create_app(settings.model_copy(update=changed))) as client:
        yield client


@dataclass(frozen=True)
class Login:
    """A user's access token, and requests with it."""

    token: str

    @property
    def bearer(self) -> dict[str, str]:
        """The login as a header of a script."""
        return {"authorization": f"Bearer {self.token}"}

    @property
    def cookie(self) -> dict[str, str]:
        """The login as a browser sends it."""
        return {"cookie": f"access_token={self.token}"}

    def csrf(self, client: TestClient) -> dict[str, str]:
        """A CSRF token of this login, as a header."""
        return {"x-csrf-token": csrf_of(client, self.cookie)}


def csrf_of(client: TestClient, headers: dict[str, str] | None = None) -> str:
    """A fresh CSRF token, as a client without a CSRF cookie gets it."""
    client.cookies.clear()
    token: str = client.get("/auth/csrf", headers=headers).json()["csrf_token"]
    client.cookies.clear()
    return token


def registered(client: TestClient, email: str = "rater@example.com") -> Login:
    """A new account, logged in."""
    answer = client.post(
        "/auth/register",
        json={"email": email, "password": PASSWORD},
        headers={"x-csrf-token": csrf_of(client)},
    )
    assert answer.status_code == 201, answer.text
    return Login(answer.json()["access_token"])


def logged_in(client: TestClient, email: str = "rater@example.com") -> Login:
    """One more login of an account."""
    form = {"email": email, "password": PASSWORD}
    answer = client.post("/auth/login", json=form, headers={"x-csrf-token": csrf_of(client)})
    assert answer.status_code == 200, answer.text
    return Login(answer.json()["access_token"])


def personal_token(client: TestClient, login: Login) -> str:
    """A personal access token of the user."""
    token: str = client.post("/tokens", json={"name": "widget"}, headers=login.bearer).json()["token"]
    return token
