import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise
from typing import TypeVar

import pytest
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import func, select

from app import auth
from app.config import Settings
from app.database import Database
from app.db_models import logins as logins_table
from app.db_models import personal_tokens as tokens_table
from app.db_models import users as users_table
from app.engines.jobs import Brief, drive
from app.services import accounts, known_browsers, personal_tokens
from app.services.accounts import AccessToken, Identity, Registration
from app.services.refusals import (
    Conflict,
    Forbidden,
    InvalidInput,
    NotAuthenticated,
    NotFound,
    Refusal,
    Throttled,
)
from app.store import users
from tests.recorded import counted_statements

T = TypeVar("T")

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
PASSWORD = "Quiet-harbour-84-lanterns"
OTHER = "Seven-pale-moons-over-Riga-3"
FORM = Registration(email="ada@example.com", password=PASSWORD, first_name=" Ada ", timezone="Europe/London")

Register = Callable[..., AccessToken]


def run(work: Awaitable[T]) -> T:
    async def awaited() -> T:
        return await work

    return asyncio.run(awaited())


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


class World:
    """The services on one database, each call at a time of its own."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self.database, self.settings = database, settings

    def register(self, form: Registration = FORM, seconds: float = 0) -> AccessToken:
        return run(accounts.register(self.database.write, form, settings=self.settings, now=at(seconds)))

    async def attempt(
        self,
        password: str = PASSWORD,
        seconds: float = 0,
        email: str = "ada@example.com",
        address: str = "198.51.100.7",
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
            lambda conn: drive(accounts.identify(conn, credential, settings=self.settings, now=at(seconds)))
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
                revoke_tokens=revoke_tokens,
                settings=self.settings,
                now=at(seconds),
            )
        )

    def new_token(self, identity: Identity, name: str = "Firefox", seconds: float = 0) -> str:
        return self.database.write_now(
            lambda conn: personal_tokens.create(conn, identity.user, name, now=at(seconds))
        ).secret


@pytest.fixture
def world(database: Database, settings: Settings) -> World:
    return World(database, settings)


def refusal_of(call: Callable[..., object], *args: object, **more: object) -> tuple[type[Refusal], str]:
    with pytest.raises(Refusal) as refused:
        call(*args, **more)
    return type(refused.value), refused.value.detail


BAD_CREDENTIALS = (NotAuthenticated, "Invalid credentials")
NOBODY = (NotAuthenticated, "Log in first.")


# --- Registering -------------------------------------------------------------------------------------


def test_registration_gives_an_account_that_is_logged_in(world: World) -> None:
    token = world.register()
    identity = world.identify(token.token)
    user = identity.user
    assert identity == Identity(user, token.login_id, None, "full")
    assert user == accounts.User(
        id=user.id,
        external_id=user.external_id,
        email="ada@example.com",
        first_name="Ada",
        last_name=None,
        timezone="Europe/London",
        role="user",
        target_minutes=5.5,
        is_active=True,
        created_at=NOW,
        last_login_at=None,
    )
    assert 0 < user.id < 2**52
    assert token.expires_at == NOW + timedelta(minutes=1440)


def test_registration_of_an_address_in_another_case_is_refused(world: World) -> None:
    world.register()
    taken = (Conflict, "This e-mail address cannot be registered.")
    assert refusal_of(lambda: world.register(replace(FORM, email=" ADA@Example.COM "))) == taken


def test_parallel_registrations_give_one_account(world: World) -> None:
    async def all_at_once() -> list[object]:
        calls = [
            accounts.register(world.database.write, FORM, settings=world.settings, now=NOW) for _ in range(20)
        ]
        return list(await asyncio.gather(*calls, return_exceptions=True))

    outcomes = asyncio.run(all_at_once())
    assert sorted(type(each).__name__ for each in outcomes) == ["AccessToken"] + ["Conflict"] * 19
    assert (
        world.database.read_now(lambda c: c.execute(select(func.count()).select_from(users_table)).scalar())
        == 1
    )


BAD_FIELDS: list[tuple[dict[str, str], str]] = [
    ({"email": "ada"}, "email"),
    ({"email": "ada@"}, "email"),
    ({"email": "ada@exa mple.com"}, "email"),
    ({"email": "a\x00da@example.com"}, "email"),
    ({"email": "\ud800@example.com"}, "email"),
    ({"email": "a" * 250 + "@example.com"}, "email"),
    ({"email": "ΐ" * 64 + "@" + ".".join(["ΐ" * 20] * 6) + ".com"}, "email"),
    ({"first_name": "Ada\nEve"}, "first_name"),
    ({"last_name": "\x00"}, "last_name"),
    ({"last_name": "\u2028"}, "last_name"),
    ({"first_name": "\u202egpj.exe"}, "first_name"),
    ({"first_name": "\udfff"}, "first_name"),
    ({"first_name": "x" * 101}, "first_name"),
    ({"timezone": "Mars/Base"}, "timezone"),
    ({"timezone": "localtime"}, "timezone"),
    ({"timezone": "Factory"}, "timezone"),
    ({"timezone": "posixrules"}, "timezone"),
    ({"timezone": "../UTC"}, "timezone"),
    ({"timezone": "europe/london"}, "timezone"),
    ({"timezone": ""}, "timezone"),
    ({"password": "short"}, "password"),
    ({"password": "Password123!"}, "password"),
    ({"email": "Quiet-84@example.com", "password": "quiet-84@Example.com"}, "password"),
]


def test_registration_with_a_bad_field_is_refused(world: World) -> None:
    for changes, field in BAD_FIELDS:
        with pytest.raises(InvalidInput) as refused:
            world.register(replace(FORM, **changes))
        assert (changes, refused.value.field) == (changes, field)
    nobody = select(func.count()).select_from(users_table)
    assert world.database.read_now(lambda c: c.execute(nobody).scalar()) == 0


def test_names_of_any_printable_text_are_kept(world: World) -> None:
    names = ["𝔘𝔫𝔦 🐢", "<script>alert(1)</script>", "{{7*7}}", 'O\'Brien "x"', "👩\u200d🔬"]
    for n, name in enumerate(names):
        token = world.register(replace(FORM, email=f"a{n}@example.com", first_name=name, last_name="  "))
        user = world.identify(token.token).user
        assert (user.first_name, user.last_name) == (name, None)


def test_registration_is_refused_while_closed(world: World) -> None:
    world.settings = world.settings.model_copy(update={"registration_open": False})
    assert refusal_of(world.register)[0] is Forbidden


# --- Logging in and out ------------------------------------------------------------------------------


def test_login_sets_the_time_and_gives_a_login_of_its_own(world: World) -> None:
    first = world.register()
    second = world.log_in(seconds=60, email="ADA@example.com")
    assert world.identify(second.token, 61).user.last_login_at == at(60)
    assert world.identify(second.token, 61).login_id != world.identify(first.token, 61).login_id


def test_wrong_password_unknown_address_and_deactivated_account_are_told_apart_by_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = world.identify(world.register().token).user
    world.register(replace(FORM, email="off@example.com"))
    key = users_table.c.email_key == "off@example.com"
    world.database.write_now(lambda c: c.execute(users_table.update().where(key).values(is_active=False)))
    hashed: list[str] = []
    verify = auth.verify_password

    def counting(password: str, password_hash: str) -> tuple[bool, str | None]:
        hashed.append(password_hash)
        return verify(password, password_hash)

    monkeypatch.setattr(auth, "verify_password", counting)
    for email, password in [
        ("ada@example.com", OTHER),
        ("nobody@example.com", PASSWORD),
        ("off@example.com", PASSWORD),
        ("no address", PASSWORD),
        ("nul\x00@example.com", PASSWORD),
        ("\ud800", PASSWORD),
        ("", PASSWORD),
    ]:
        hashed.clear()
        assert refusal_of(world.log_in, password, email=email) == BAD_CREDENTIALS
        assert len(hashed) == 1
    account = world.database.read_now(lambda c: users.find(c, user.id))
    assert account is not None
    assert account.user == user


def test_password_too_long_is_refused_before_it_is_hashed(world: World) -> None:
    assert refusal_of(lambda: world.log_in("x" * 129))[0] is InvalidInput


def test_login_upgrades_a_hash_of_older_parameters(world: World) -> None:
    user = world.identify(world.register().token).user
    older = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8 * 1024, parallelism=1),)).hash(PASSWORD)
    world.database.write_now(lambda c: users.change(c, user.id, password_hash=older))
    world.log_in()
    account = world.database.read_now(lambda c: users.find(c, user.id))
    assert account is not None
    assert account.password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    world.log_in(seconds=1)


def test_logout_ends_this_login_and_no_other(world: World) -> None:
    first, second = world.register(), world.log_in()
    identity = world.identify(first.token)
    world.database.write_now(lambda c: accounts.log_out(c, identity))
    assert refusal_of(lambda: world.identify(first.token)) == NOBODY
    assert world.identify(second.token).login_id == second.login_id


def test_logout_everywhere_ends_logins_and_personal_tokens(world: World) -> None:
    token = world.register().token
    identity = world.identify(token)
    personal = world.new_token(identity)
    other = world.register(replace(FORM, email="eve@example.com")).token
    world.database.write_now(lambda c: accounts.log_out_everywhere(c, identity.user.id))
    assert refusal_of(lambda: world.identify(token)) == NOBODY
    assert refusal_of(lambda: world.identify(personal)) == NOBODY
    assert world.identify(other).user.email == "eve@example.com"


def test_token_dies_when_it_expires_and_its_row_is_swept_at_the_next_login(world: World) -> None:
    token = world.register()
    day = 1440 * 60
    assert world.identify(token.token, day - 1).login_id == token.login_id
    assert refusal_of(lambda: world.identify(token.token, day)) == NOBODY
    newer = world.log_in(seconds=day)
    rows = world.database.read_now(lambda c: list(c.execute(select(logins_table.c.id)).scalars()))
    assert rows == [newer.login_id]


def test_token_of_another_user_does_not_open_this_ones_login(world: World) -> None:
    mine, theirs = world.register(), world.register(replace(FORM, email="eve@example.com"))
    my_id = world.identify(mine.token).user.id
    claims = auth.Claims(my_id, theirs.login_id)
    forged = auth.issue_token(claims, issued_at=NOW, expires_at=mine.expires_at, secret=world.settings.secret)
    assert refusal_of(lambda: world.identify(forged)) == NOBODY


def test_identity_costs_one_statement(world: World) -> None:
    token = world.register().token
    personal = world.new_token(world.identify(token))
    for credential in (token, personal):
        with counted_statements(world.database) as statements:
            world.identify(credential)
        assert len([each for each in statements if each.startswith("SELECT")]) == 1


# --- Profile -----------------------------------------------------------------------------------------


def test_profile_is_changed(world: World) -> None:
    token = world.register().token
    user = world.identify(token).user
    world.database.write_now(
        lambda c: accounts.update_profile(
            c, user, first_name="", last_name="Byron", timezone="Asia/Kolkata", target_minutes=7.25
        )
    )
    assert world.identify(token).user == replace(
        user, first_name=None, last_name="Byron", timezone="Asia/Kolkata", target_minutes=7.25
    )


def test_profile_with_a_target_out_of_range_is_refused(world: World) -> None:
    token = world.register().token
    user = world.identify(token).user
    for minutes in (0, -1, 600.5, float("nan"), float("inf")):
        change = partial(
            accounts.update_profile,
            user=user,
            first_name="X",
            last_name=None,
            timezone="UTC",
            target_minutes=minutes,
        )
        with pytest.raises(InvalidInput) as refused:
            world.database.write_now(change)
        assert refused.value.field == "target_minutes_per_question"
    assert world.identify(token).user == user


# --- Changing the password ---------------------------------------------------------------------------


def test_password_change_ends_other_logins_and_leaves_personal_tokens(world: World) -> None:
    first, second = world.register(), world.log_in()
    identity = world.identify(first.token)
    personal = world.new_token(identity)
    world.change_password(identity, PASSWORD, OTHER)
    assert world.identify(first.token).user == identity.user
    assert refusal_of(lambda: world.identify(second.token)) == NOBODY
    assert world.identify(personal).scope == "track"
    assert refusal_of(lambda: world.log_in(PASSWORD)) == BAD_CREDENTIALS
    assert world.log_in(OTHER, seconds=1).token != first.token


def test_password_change_ends_personal_tokens_on_request(world: World) -> None:
    identity = world.identify(world.register().token)
    personal = world.new_token(identity)
    world.change_password(identity, PASSWORD, OTHER, revoke_tokens=True)
    assert refusal_of(lambda: world.identify(personal)) == NOBODY


def test_none_of_the_last_five_passwords_can_be_chosen(world: World) -> None:
    identity = world.identify(world.register().token)
    chosen = [PASSWORD] + [f"Seven-pale-moons-over-Riga-{n}" for n in range(1, 6)]
    for old, new in pairwise(chosen):
        world.change_password(identity, old, new)
    refused = (InvalidInput, "The password must differ from your last 5.")
    for former in chosen[1:]:
        assert refusal_of(world.change_password, identity, chosen[-1], former) == refused
    world.change_password(identity, chosen[-1], chosen[0])


def test_password_change_wants_the_current_password_and_counts_failures(world: World) -> None:
    identity = world.identify(world.register().token)
    wrong = (InvalidInput, "The current password is wrong.")
    for _ in range(3):
        assert refusal_of(lambda: world.change_password(identity, "wrong", OTHER)) == wrong
    with pytest.raises(Throttled) as throttled:
        world.change_password(identity, PASSWORD, OTHER)
    assert throttled.value.retry_after == 1
    world.change_password(identity, PASSWORD, OTHER, seconds=1)


def test_weak_new_password_is_refused_and_counts_as_no_failure(world: World) -> None:
    identity = world.identify(world.register().token)
    for _ in range(7):
        with pytest.raises(InvalidInput) as refused:
            world.change_password(identity, PASSWORD, "weak")
        assert refused.value.field == "new_password"
    for _ in range(7):
        assert refusal_of(lambda: world.change_password(identity, PASSWORD, PASSWORD))[0] is InvalidInput
    world.change_password(identity, PASSWORD, OTHER)


def test_parallel_password_changes_have_one_winner(world: World) -> None:
    identity = world.identify(world.register().token)
    names = ["Seven-pale-moons-over-Riga-3", "Nine-green-lamps-in-Oslo-4"]

    async def both() -> list[object]:
        return list(
            await asyncio.gather(
                *(
                    accounts.change_password(
                        world.database.write,
                        identity,
                        current_password=PASSWORD,
                        new_password=new,
                        settings=world.settings,
                        now=NOW,
                    )
                    for new in names
                ),
                return_exceptions=True,
            )
        )

    outcomes = asyncio.run(both())
    assert sorted(type(each).__name__ for each in outcomes) == ["Conflict", "NoneType"]


# --- Personal access tokens --------------------------------------------------------------------------


def test_personal_token_is_shown_once_and_stored_hashed(world: World) -> None:
    identity = world.identify(world.register().token)
    secret = world.new_token(identity, " Firefox at home ")
    assert (secret[:4], len(secret)) == ("rht_", 47)
    stored = world.database.read_now(lambda c: c.execute(select(tokens_table)).one())
    assert stored.token_hash == hashlib.sha256(secret.encode()).hexdigest()
    assert (stored.name, stored.scope, stored.last_used_at) == ("Firefox at home", "track", None)
    found = world.identify(secret)
    assert found == Identity(identity.user, None, stored.id, "track", None)


def test_unknown_personal_token_stands_for_nobody(world: World) -> None:
    for credential in ("rht_", "rht_" + "x" * 43, "rht_" + "ü" * 43, "rht_" + "x" * 9999):
        assert refusal_of(world.identify, credential) == NOBODY


def test_use_of_a_personal_token_is_noted_at_most_once_a_minute(world: World) -> None:
    identity = world.identify(world.register().token)
    secret = world.new_token(identity)
    token_id = world.identify(secret).token_id
    assert token_id is not None
    noted = []
    for seconds in (0, 30, 59.999, 60, 61):
        noting = partial(personal_tokens.note_use, token_id=token_id, now=at(seconds))
        world.database.write_now(Brief(noting).at_once)
        last = world.identify(secret).token_last_used_at
        noted.append(last)
    assert noted == [at(0), at(0), at(0), at(60), at(60)]
    assert personal_tokens.is_use_due(None, NOW)
    assert not personal_tokens.is_use_due(NOW, at(59))
    assert personal_tokens.is_use_due(NOW, at(60))


def test_personal_token_for_a_user_deleted_meanwhile_is_refused(world: World) -> None:
    identity = world.identify(world.register().token)
    world.database.write_now(lambda conn: users.remove(conn, identity.user.id))
    assert refusal_of(lambda: world.new_token(identity)) == NOBODY


def test_personal_tokens_are_listed_newest_first_and_revoked_by_their_owner_alone(world: World) -> None:
    ada = world.identify(world.register().token)
    eve = world.identify(world.register(replace(FORM, email="eve@example.com")).token)
    secrets = [world.new_token(ada, name, seconds=n) for n, name in enumerate(["a", "b", "c"])]
    listed = world.database.read_now(lambda c: personal_tokens.of_user(c, ada.user))
    assert [token.name for token in listed] == ["c", "b", "a"]
    for owner, token_id in [(eve, listed[0].id), (ada, "nonsense"), (ada, "0" * 32), (ada, "\x00")]:
        revoke = partial(personal_tokens.revoke, user=owner.user, token_id=token_id)
        assert refusal_of(world.database.write_now, revoke) == (NotFound, "There is no such token.")
    world.database.write_now(lambda c: personal_tokens.revoke(c, ada.user, listed[0].id))
    assert refusal_of(lambda: world.identify(secrets[2])) == NOBODY
    assert world.identify(secrets[1]).user == ada.user


def test_personal_token_needs_a_name_and_has_a_last_one(world: World) -> None:
    identity = world.identify(world.register().token)
    for bad in ("", "  ", "x" * 101, "a\nb"):
        assert refusal_of(world.new_token, identity, bad)[0] is InvalidInput
    for n in range(50):
        world.new_token(identity, str(n))
    assert refusal_of(lambda: world.new_token(identity))[0] is Conflict


def test_personal_token_cannot_log_out(world: World) -> None:
    identity = world.identify(world.register().token)
    token = world.identify(world.new_token(identity))
    assert refusal_of(lambda: world.database.write_now(lambda c: accounts.log_out(c, token)))[0] is Forbidden


# --- Known browsers ----------------------------------------------------------------------------------


def test_known_browser_is_recognised_for_the_accounts_that_logged_in_with_it() -> None:
    secret = "a secret"
    cookie = known_browsers.remember(None, "ada@example.com", secret=secret)
    both = known_browsers.remember(cookie, "eve@example.com", secret=secret)
    browser = known_browsers.recognise(cookie, "ADA@example.com", secret=secret)
    assert browser is not None
    assert known_browsers.recognise(both, "ada@example.com", secret=secret) == browser
    assert known_browsers.recognise(both, "eve@example.com", secret=secret) == browser
    assert known_browsers.recognise(cookie, "eve@example.com", secret=secret) is None
    for bad in (None, "", "x", cookie[:-1], cookie + "x", "ü", "a.b.c"):
        assert known_browsers.recognise(bad, "ada@example.com", secret=secret) is None
    assert known_browsers.recognise(cookie, "ada@example.com", secret="another") is None
    assert "ada" not in cookie


def test_known_browser_remembers_a_bounded_number_of_accounts() -> None:
    cookie = None
    for n in range(30):
        cookie = known_browsers.remember(cookie, f"a{n}@example.com", secret="s")
    assert cookie is not None
    assert len(cookie) < 512
    known = [known_browsers.recognise(cookie, f"a{n}@example.com", secret="s") for n in range(30)]
    assert [each is not None for each in known] == [False] * 22 + [True] * 8
