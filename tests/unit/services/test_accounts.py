"""Registering, logging in and out, the profile."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from functools import partial
from unicodedata import normalize

import pytest
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import func, select

from app import auth
from app.db_models import logins as logins_table
from app.db_models import users as users_table
from app.services.accounts import accounts
from app.services.accounts.accounts import Identity
from app.services.refusals import Conflict, Forbidden, InvalidInput
from app.services.validation import email_key, email_of
from app.store import users
from tests.raters import NEW_PASSWORD, PASSWORD
from tests.recording import counted_statements
from tests.unit.services.account_services import (
    ADDRESS,
    BAD_CREDENTIALS,
    FORM,
    NOBODY,
    NOW,
    AccountServices,
    at,
    refusal_of,
)

# --- Registering -------------------------------------------------------------------------------------


def test_registration_gives_an_account_that_is_logged_in(services: AccountServices) -> None:
    token = services.register()
    identity = services.identify(token.token)
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
        week_starts_on=1,
        language=None,
    )
    assert 0 < user.id < 2**52
    assert token.expires_at == NOW + timedelta(minutes=1440)


def test_address_is_measured_as_it_is_stored() -> None:
    composed = normalize("NFC", "é" * 32 + "@" + ".".join(["a" * 60] * 3) + ".com")
    decomposed = normalize("NFD", composed)
    assert email_of(decomposed) == email_of(composed)
    assert email_key(decomposed) == email_key(composed)


def test_registration_of_an_address_in_another_case_is_refused(services: AccountServices) -> None:
    services.register()
    taken = (Conflict, "This e-mail address cannot be registered.")
    assert refusal_of(lambda: services.register(replace(FORM, email=" ADA@Example.COM "))) == taken


def test_parallel_registrations_give_one_account(services: AccountServices) -> None:
    async def all_at_once() -> list[object]:
        calls = [
            accounts.register(
                services.database.write, FORM, address=ADDRESS, settings=services.settings, now=NOW
            )
            for _ in range(20)
        ]
        return list(await asyncio.gather(*calls, return_exceptions=True))

    outcomes = asyncio.run(all_at_once())
    assert sorted(type(each).__name__ for each in outcomes) == ["AccessToken"] + ["Conflict"] * 19
    assert (
        services.database.read_now(
            lambda c: c.execute(select(func.count()).select_from(users_table)).scalar()
        )
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


def test_registration_with_a_bad_field_is_refused(services: AccountServices) -> None:
    for changes, field in BAD_FIELDS:
        with pytest.raises(InvalidInput) as refused:
            services.register(replace(FORM, **changes))
        assert (changes, refused.value.field) == (changes, field)
    nobody = select(func.count()).select_from(users_table)
    assert services.database.read_now(lambda c: c.execute(nobody).scalar()) == 0


def test_names_of_any_printable_text_are_kept(services: AccountServices) -> None:
    names = ["𝔘𝔫𝔦 🐢", "<script>alert(1)</script>", "{{7*7}}", 'O\'Brien "x"', "👩\u200d🔬"]
    for n, name in enumerate(names):
        token = services.register(replace(FORM, email=f"a{n}@example.com", first_name=name, last_name="  "))
        user = services.identify(token.token).user
        assert (user.first_name, user.last_name) == (name, None)


def test_registration_is_refused_while_closed(services: AccountServices) -> None:
    services.settings = services.settings.model_copy(update={"registration_open": False})
    assert refusal_of(services.register)[0] is Forbidden


# --- Logging in and out ------------------------------------------------------------------------------


def test_login_sets_the_time_and_gives_a_login_of_its_own(services: AccountServices) -> None:
    first = services.register()
    second = services.log_in(seconds=60, email="ADA@example.com")
    assert services.identify(second.token, 61).user.last_login_at == at(60)
    assert services.identify(second.token, 61).login_id != services.identify(first.token, 61).login_id


def test_wrong_password_unknown_address_and_deactivated_account_get_the_same_answer(
    services: AccountServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = services.identify(services.register().token).user
    services.register(replace(FORM, email="off@example.com"))
    key = users_table.c.email_key == "off@example.com"
    services.database.write_now(lambda c: c.execute(users_table.update().where(key).values(is_active=False)))
    hashed: list[str] = []
    verify = auth.verify_password

    def counting(password: str, password_hash: str) -> tuple[bool, str | None]:
        hashed.append(password_hash)
        return verify(password, password_hash)

    monkeypatch.setattr(auth, "verify_password", counting)
    for email, password in [
        ("ada@example.com", NEW_PASSWORD),
        ("nobody@example.com", PASSWORD),
        ("off@example.com", PASSWORD),
        ("no address", PASSWORD),
        ("nul\x00@example.com", PASSWORD),
        ("\ud800", PASSWORD),
        ("", PASSWORD),
    ]:
        hashed.clear()
        assert refusal_of(services.log_in, password, email=email) == BAD_CREDENTIALS
        assert len(hashed) == 1
    account = services.database.read_now(lambda c: users.find(c, user.id))
    assert account is not None
    assert account.user == user


def test_password_too_long_is_refused_before_it_is_hashed(services: AccountServices) -> None:
    assert refusal_of(lambda: services.log_in("x" * 129))[0] is InvalidInput


def test_login_upgrades_a_hash_of_older_parameters(services: AccountServices) -> None:
    user = services.identify(services.register().token).user
    older = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8 * 1024, parallelism=1),)).hash(PASSWORD)
    services.database.write_now(lambda c: users.change(c, user.id, password_hash=older))
    services.log_in()
    account = services.database.read_now(lambda c: users.find(c, user.id))
    assert account is not None
    assert account.password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    services.log_in(seconds=1)


def test_logout_ends_this_login_and_no_other(services: AccountServices) -> None:
    first, second = services.register(), services.log_in()
    identity = services.identify(first.token)
    services.database.write_now(lambda c: accounts.log_out(c, identity))
    assert refusal_of(lambda: services.identify(first.token)) == NOBODY
    assert services.identify(second.token).login_id == second.login_id


def test_logout_everywhere_ends_logins_and_personal_tokens(services: AccountServices) -> None:
    token = services.register().token
    identity = services.identify(token)
    personal = services.new_token(identity)
    other = services.register(replace(FORM, email="eve@example.com")).token
    services.database.write_now(lambda c: accounts.log_out_everywhere(c, identity.user.id))
    assert refusal_of(lambda: services.identify(token)) == NOBODY
    assert refusal_of(lambda: services.identify(personal)) == NOBODY
    assert services.identify(other).user.email == "eve@example.com"


def test_token_dies_when_it_expires_and_its_row_is_swept_at_the_next_login(services: AccountServices) -> None:
    token = services.register()
    day = 1440 * 60
    assert services.identify(token.token, day - 1).login_id == token.login_id
    assert refusal_of(lambda: services.identify(token.token, day)) == NOBODY
    newer = services.log_in(seconds=day)
    rows = services.database.read_now(lambda c: list(c.execute(select(logins_table.c.id)).scalars()))
    assert rows == [newer.login_id]


def test_token_of_another_user_does_not_open_this_ones_login(services: AccountServices) -> None:
    mine, theirs = services.register(), services.register(replace(FORM, email="eve@example.com"))
    my_id = services.identify(mine.token).user.id
    claims = auth.Claims(my_id, theirs.login_id)
    forged = auth.issue_token(
        claims, issued_at=NOW, expires_at=mine.expires_at, secret=services.settings.secret
    )
    assert refusal_of(lambda: services.identify(forged)) == NOBODY


def test_identity_costs_one_statement(services: AccountServices) -> None:
    token = services.register().token
    personal = services.new_token(services.identify(token))
    for credential in (token, personal):
        with counted_statements(services.database) as statements:
            services.identify(credential)
        assert len([each for each in statements if each.startswith("SELECT")]) == 1


# --- Profile -----------------------------------------------------------------------------------------


def test_profile_is_changed(services: AccountServices) -> None:
    token = services.register().token
    user = services.identify(token).user
    services.database.write_now(
        lambda c: accounts.update_profile(
            c,
            user,
            first_name="",
            last_name="Byron",
            timezone="Asia/Kolkata",
            target_minutes=7.25,
            week_starts_on="7",
            language="de",
        )
    )
    assert services.identify(token).user == replace(
        user,
        first_name=None,
        last_name="Byron",
        timezone="Asia/Kolkata",
        target_minutes=7.25,
        week_starts_on=7,
        language="de",
    )


def test_profile_with_a_target_out_of_range_is_refused(services: AccountServices) -> None:
    token = services.register().token
    user = services.identify(token).user
    for minutes in (0, -1, 600.5, float("nan"), float("inf")):
        change = partial(
            accounts.update_profile,
            user=user,
            first_name="X",
            last_name=None,
            timezone="UTC",
            target_minutes=minutes,
            week_starts_on="1",
            language=None,
        )
        with pytest.raises(InvalidInput) as refused:
            services.database.write_now(change)
        assert refused.value.field == "target_minutes_per_question"
    assert services.identify(token).user == user
