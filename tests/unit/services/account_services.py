"""The services of accounts, called as their tests need them."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import pytest

from app.config import Settings
from app.database import Database
from app.services.accounts import accounts, personal_tokens
from app.services.accounts.accounts import AccessToken, Identity, Registration
from app.services.refusals import NotAuthenticated, Refusal
from tests.raters import PASSWORD

T = TypeVar("T")

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
FORM = Registration(email="ada@example.com", password=PASSWORD, first_name=" Ada ", timezone="Europe/London")

ADDRESS = "198.51.100.7"


def run(work: Awaitable[T]) -> T:
    async def awaited() -> T:
        return await work

    return asyncio.run(awaited())


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


class AccountServices:
    """The services of accounts on one database; each call gets its time in seconds after `NOW`."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self.database, self.settings = database, settings

    def register(self, form: Registration = FORM, seconds: float = 0) -> AccessToken:
        call = accounts.register(
            self.database.write, form, address=ADDRESS, settings=self.settings, now=at(seconds)
        )
        return run(call)

    async def attempt(
        self,
        password: str = PASSWORD,
        seconds: float = 0,
        email: str = "ada@example.com",
        address: str = ADDRESS,
        known_browser: str | None = None,
    ) -> AccessToken:
        return await accounts.log_in(
            self.database.write,
            email=email,
            password=password,
            address=address,
            known_browser=known_browser,
            settings=self.settings,
            now=at(seconds),
        )

    def log_in(self, *args: str | float, **more: str | float | None) -> AccessToken:
        return run(self.attempt(*args, **more))  # type: ignore[arg-type]

    def identify(self, credential: str, seconds: float = 0) -> Identity:
        return self.database.read_now(
            lambda conn: accounts.identify(conn, credential, settings=self.settings, now=at(seconds))
        )

    def change_password(
        self, identity: Identity, current: str, new: str, seconds: float = 0, revoke_tokens: bool = False
    ) -> None:
        run(
            accounts.change_password(
                self.database.write,
                identity,
                current_password=current,
                new_password=new,
                address=ADDRESS,
                revoke_tokens=revoke_tokens,
                settings=self.settings,
                now=at(seconds),
            )
        )

    def new_token(self, identity: Identity, name: str = "Firefox", seconds: float = 0) -> str:
        return self.database.write_now(
            lambda conn: personal_tokens.create(conn, identity.user, name, now=at(seconds))
        ).secret


def refusal_of(call: Callable[..., object], *args: object, **more: object) -> tuple[type[Refusal], str]:
    with pytest.raises(Refusal) as refused:
        call(*args, **more)
    return type(refused.value), refused.value.detail


BAD_CREDENTIALS = (NotAuthenticated, "Invalid credentials")
NOBODY = (NotAuthenticated, "Log in first.")
