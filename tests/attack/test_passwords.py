"""Passwords: one policy on every way in, few hashes at once, and a queue with an end."""

import asyncio
import re
import threading
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from html import escape
from typing import Any
from unicodedata import normalize

import pytest
from httpx2 import Response
from typer.testing import CliRunner

from app import auth
from app.cli import app as tool
from app.config import Settings, get_settings
from app.database import Database
from app.db_models import throttles, users
from app.services.accounts import accounts, passwords
from app.services.refusals import Busy, InvalidInput, NotAuthenticated, Throttled
from tests.attack.requests import REGISTRATION
from tests.attack.sending import Attacker
from tests.raters import NEW_PASSWORD, PASSWORD

EMAIL = "mara.lindqvist1@example.com"

# Each breaks one rule; name and address are Mara Featherstonehaugh's.
BAD = {
    "too short": "Ab1!efghijk",
    "too long": "Aa1!" + "vqzjx kwbpm " * 11,
    "no upper case": "quiet-harbour-84-lanterns",
    "no lower case": "QUIET-HARBOUR-84-LANTERNS",
    "no digit": "Quiet-harbour-of-lanterns",
    "no symbol": "Quietharbour84lanterns",
    "the address": "Mara.Lindqvist1@Example.com",
    "name and address": "Featherstonehaugh1!",
    "easy to guess": "Password123!",
}
GOOD = {
    "spaces": "Tea at 5 with Umber foxes",
    "any letters": "Ёжик в тумане идёт 7 вёрст",
    "signs": "🐢 Slow 9 turtles climb 🏔",
    "longest": ("Aq7!" + "vqzjxkwbpmtd" * 11)[:128],
}


def by_api(attacker: Attacker, password: str, email: str) -> bool:
    call = ("POST", "/auth/register")
    body = {"email": email, "password": password, "first_name": "Mara", "last_name": "Featherstonehaugh"}
    return accepted(attacker.as_owner(call, replace(attacker.request(call), json=body)))


def by_form(attacker: Attacker, password: str, email: str) -> bool:
    call = ("POST", "/register")
    form = REGISTRATION | {
        "email": email,
        "password": password,
        "first_name": "Mara",
        "last_name": "Featherstonehaugh",
    }
    return accepted(attacker.as_owner(call, replace(attacker.request(call), form=form)))


def by_change(attacker: Attacker, password: str, email: str) -> bool:
    fresh = attacker.in_a_new_world()
    profile = {
        "first_name": "Mara",
        "last_name": "Featherstonehaugh",
        "timezone": "UTC",
        "target_minutes_per_question": "5",
    }
    call = ("POST", "/profile")
    assert fresh.as_owner(call, replace(fresh.request(call), form=profile)).status_code == 303
    rename(fresh, email)
    call = ("POST", "/profile/password")
    form = {"current_password": PASSWORD, "new_password": password}
    return accepted(fresh.as_owner(call, replace(fresh.request(call), form=form)))


def by_tool(attacker: Attacker, password: str, email: str) -> bool:
    names = ("--first-name", "Mara", "--last-name", "Featherstonehaugh")
    return run("create-user", email, *names, "--password-stdin", typed=password)


def by_admins_tool(attacker: Attacker, password: str, email: str) -> bool:
    names = ("--first-name", "Mara", "--last-name", "Featherstonehaugh")
    return run("create-admin", email, *names, "--password-stdin", typed=password)


def by_reset(attacker: Attacker, password: str, email: str) -> bool:
    names = ("--first-name", "Mara", "--last-name", "Featherstonehaugh")
    run("create-user", email, *names, "--password-stdin", typed="Seven-pale-moons-over-Riga-3")
    return run("set-password", email, "--password-stdin", typed=password)


def accepted(answer: Response) -> bool:
    assert answer.status_code in {201, 303, 422}
    return answer.status_code != 422


def run(*arguments: str, typed: str) -> bool:
    result = CliRunner().invoke(tool, list(arguments), input=typed + "\n")
    assert result.exit_code in {0, 1}, result.output
    return result.exit_code == 0


def rename(attacker: Attacker, email: str) -> None:
    mine, earlier = users.c.id == attacker.world.user.id, users.c.email_key == email.casefold()
    given_up = users.update().where(earlier).values(email_key=users.c.external_id)
    attacker.database.write_now(lambda conn: conn.execute(given_up))
    values = {"email": email, "email_key": email.casefold()}
    attacker.database.write_now(lambda conn: conn.execute(users.update().where(mine).values(values)))


Way = Callable[[Attacker, str, str], bool]
WAYS: list[Way] = [by_api, by_form, by_change, by_tool, by_admins_tool, by_reset]


@pytest.fixture
def _same_database(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """For the command-line tool."""
    monkeypatch.setenv("SECRET_KEY", settings.secret)
    monkeypatch.setenv("DATABASE_URL", settings.database_url)
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


@pytest.mark.usefixtures("_same_database")
@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
@pytest.mark.parametrize("way", WAYS)
def test_policy_is_one_on_every_way(attacker: Attacker, way: Way) -> None:
    taken = {name: way(attacker, password, EMAIL) for name, password in BAD.items()}
    assert taken == dict.fromkeys(taken, False)
    for number, (name, password) in enumerate(GOOD.items()):
        assert (name, way(attacker, password, f"good{number}@example.com")) == (name, True)


# --- Letters that keyboards compose differently --------------------------------------------------------

# As long as a password may be, and to be sent as nearly twice as many characters.
COMPOSED = normalize("NFC", "Ünïcödé-Pâsswörd-84 " * 6 + "çöäëïõü8")
DECOMPOSED = normalize("NFD", COMPOSED)


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("given", "typed"), [(COMPOSED, DECOMPOSED), (DECOMPOSED, COMPOSED)])
def test_password_is_measured_as_it_is_hashed_on_every_way(
    attacker: Attacker, given: str, typed: str
) -> None:
    assert (len(COMPOSED), len(DECOMPOSED) > 128) == (128, True)
    for register, log_in in [("/auth/register", "/auth/login"), ("/register", "/login")]:
        email = f"rater{register.count('/')}@example.com"
        assert sent(attacker, register, email=email, password=given).status_code in {201, 303}
        assert sent(attacker, log_in, email=email, password=typed).status_code in {200, 303}
    for current, new in [(PASSWORD, given), (typed, NEW_PASSWORD)]:
        call, form = ("POST", "/profile/password"), {"current_password": current, "new_password": new}
        answer = attacker.as_owner(call, replace(attacker.request(call), form=form))
        assert answer.status_code == 303, answer.text


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
@pytest.mark.parametrize("password", [COMPOSED + "x", DECOMPOSED + "x", "e\u0301" * 5000])
def test_password_that_is_too_long_as_it_is_hashed_is_refused(attacker: Attacker, password: str) -> None:
    for path in ("/auth/register", "/auth/login", "/register", "/login"):
        answer = sent(attacker, path, email="rater@example.com", password=password)
        assert (path, answer.status_code) == (path, 422)


def sent(attacker: Attacker, path: str, **fields: str) -> Response:
    """The example request with these fields, some of its own kept."""
    call = ("POST", path)
    request = attacker.request(call)
    example: dict[str, Any] = {**(request.json or request.form or {}), **fields}
    body: dict[str, Any] = {"json": example} if request.json is not None else {"form": example}
    return attacker.as_owner(call, replace(request, **body))


# --- How many at once --------------------------------------------------------------------------------

EMAIL_OF = "nobody{}@example.com"


def test_four_hashes_are_computed_at_once_and_each_attempt_costs_one(
    attacker: Attacker, monkeypatch: pytest.MonkeyPatch
) -> None:
    counting = threading.Lock()
    running, most, hashed = 0, 0, 0
    verify = auth.verify_password

    def counted(password: str, password_hash: str) -> tuple[bool, str | None]:
        nonlocal running, most, hashed
        with counting:
            running, hashed = running + 1, hashed + 1
            most = max(most, running)
        try:
            return verify(password, password_hash)
        finally:
            with counting:
                running -= 1

    monkeypatch.setattr(auth, "verify_password", counted)
    outcomes = asyncio.run(attempts(attacker, 20))
    assert {type(each) for each in outcomes} == {NotAuthenticated}
    assert (most, hashed) == (4, 20)


async def attempts(attacker: Attacker, number: int) -> list[object]:
    """Logins at as many accounts, from as many addresses, at once."""
    return await outcomes(*(login(attacker, f"203.0.113.{n}", n) for n in range(number)))


async def outcomes(*calls: Coroutine[Any, Any, object]) -> list[object]:
    return list(await asyncio.gather(*calls, return_exceptions=True))


def login(attacker: Attacker, address: str, number: int = 0) -> Coroutine[Any, Any, object]:
    return accounts.log_in(
        attacker.database.write,
        email=EMAIL_OF.format(number),
        password="Wrong-password-123",
        address=address,
        settings=settings_of(attacker),
        now=datetime.now(UTC),
    )


def registration(attacker: Attacker, address: str, number: int = 0) -> Coroutine[Any, Any, object]:
    return accounts.register(
        attacker.database.write,
        accounts.Registration(email=EMAIL_OF.format(number), password="weak"),
        address=address,
        settings=settings_of(attacker),
        now=datetime.now(UTC),
    )


def change(attacker: Attacker, address: str, _number: int = 0) -> Coroutine[Any, Any, object]:
    """The change of user A's password to one that is too easy to guess."""
    return accounts.change_password(
        attacker.database.write,
        accounts.Identity(attacker.world.user, None, None, "full"),
        current_password=PASSWORD,
        new_password="Password123!",
        address=address,
        settings=settings_of(attacker),
        now=datetime.now(UTC),
    )


def settings_of(attacker: Attacker) -> Settings:
    settings: Settings = attacker.client.app.state.settings  # type: ignore[attr-defined]
    return settings


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
@pytest.mark.parametrize("attempt", [login, registration, change])
def test_45_connections_of_one_network_leave_places_for_others(
    attacker: Attacker, attempt: Callable[[Attacker, str, int], Coroutine[Any, Any, object]]
) -> None:
    crowd = [attempt(attacker, f"2001:db8:1:2:{n:x}::1", n) for n in range(45)]
    others = [login(attacker, f"203.0.113.{n}", 100 + n) for n in range(6)]
    kinds = [type(each) for each in asyncio.run(outcomes(*crowd, *others))]
    assert kinds[45:] == [NotAuthenticated] * 6
    assert set(kinds[:45]) <= {NotAuthenticated, InvalidInput, Throttled}
    assert Throttled in kinds[:45]


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_user_has_one_place_in_the_queue_from_anywhere(
    attacker: Attacker, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured: list[str] = []
    strength = auth.strength

    def noting(password: str, **known: Any) -> int:
        measured.append(password)
        return strength(password, **known)

    monkeypatch.setattr(auth, "strength", noting)
    changes = [change(attacker, f"203.0.113.{n}") for n in range(45)]
    kinds = [type(each) for each in asyncio.run(outcomes(*changes))]
    assert (kinds.count(InvalidInput), kinds.count(Throttled)) == (1, 44)
    assert len(measured) == 1  # the place is taken before zxcvbn runs
    assert database.read_now(lambda conn: conn.execute(throttles.select()).all()) == []
    # The place is free again.
    assert {type(each) for each in asyncio.run(outcomes(change(attacker, "203.0.113.1")))} == {InvalidInput}


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_queue_of_hashes_has_an_end_and_whoever_is_turned_away_has_not_failed(
    attacker: Attacker, database: Database
) -> None:
    places = passwords.PLACES
    kinds = [type(each) for each in asyncio.run(attempts(attacker, places + 10))]
    assert (kinds.count(NotAuthenticated), kinds.count(Busy)) == (places, 10)
    rows = database.read_now(lambda conn: conn.execute(throttles.select()).all())
    assert sum(row.failures for row in rows) == 2 * places
    # The places are free again.
    assert {type(each) for each in asyncio.run(attempts(attacker, 1))} == {NotAuthenticated}


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_full_queue_is_503_with_retry_after_on_every_way_in(
    attacker: Attacker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "_taken", [("203.0.113.1", None)] * passwords.PLACES)
    before = attacker.dump()
    for path in ("/auth/register", "/auth/login", "/register", "/login", "/profile/password"):
        answer = attacker.as_owner(("POST", path))
        assert (path, answer.status_code, answer.headers.get("retry-after")) == (path, 503, "2")
        assert passwords.CROWDED in answer.text
    assert attacker.dump() == before


# --- What an answer gives away -----------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/auth/login", "/login"])
def test_wrong_unknown_and_deactivated_get_one_answer(
    attacker: Attacker, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    off = attacker.in_a_new_world().world.user
    attacker.database.write_now(
        lambda conn: conn.execute(users.update().where(users.c.id == off.id).values(is_active=False))
    )
    hashed: list[str] = []
    verify = auth.verify_password

    def noting(password: str, password_hash: str) -> tuple[bool, str | None]:
        hashed.append(password_hash)
        return verify(password, password_hash)

    monkeypatch.setattr(auth, "verify_password", noting)
    tried = [
        (attacker.world.email, "Wrong-password-123"),
        (attacker.world.email.upper(), "wrong"),
        ("nobody@example.com", PASSWORD),
        (off.email, PASSWORD),
        ("no address", PASSWORD),
    ]
    shapes: set[tuple[int, str]] = set()
    for email, password in tried:
        call = ("POST", path)
        request = attacker.request(call)
        fields = {"email": email, "password": password}
        body: dict[str, Any] = {"json": fields} if request.json is not None else {"form": fields}
        hashed.clear()
        answer = attacker.as_owner(call, replace(request, **body))
        text = re.sub(r'name="csrf_token" value="[^"]*"', "", answer.text).replace(escape(email), "")
        shapes.add((answer.status_code, text))
        assert len(hashed) == 1
    assert [status for status, _ in shapes] == [401]


def test_second_registration_says_nothing_about_whose_account_exists(attacker: Attacker) -> None:
    for path in ("/auth/register", "/register"):
        call = ("POST", path)
        request = attacker.request(call)
        fields = {**(request.json or request.form or {}), "email": attacker.world.email.upper()}
        body: dict[str, Any] = {"json": fields} if request.json is not None else {"form": fields}
        answer = attacker.as_owner(call, replace(request, **body))
        assert (path, answer.status_code) == (path, 409)
        assert accounts.ADDRESS_TAKEN in answer.text
        assert str(attacker.world.user.id) not in answer.text
