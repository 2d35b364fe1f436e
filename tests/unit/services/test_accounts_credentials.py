"""Changing the password, personal access tokens, known browsers."""

import hashlib
from dataclasses import replace
from functools import partial
from itertools import pairwise

import pytest
from sqlalchemy import select

from app.db_models import personal_tokens as tokens_table
from app.services.accounts import accounts, known_browsers, passwords, personal_tokens
from app.services.accounts.accounts import Identity
from app.services.refusals import Conflict, Forbidden, InvalidInput, NotFound, Throttled
from app.store import users
from tests.raters import NEW_PASSWORD, PASSWORD
from tests.unit.services.account_services import (
    BAD_CREDENTIALS,
    FORM,
    NOBODY,
    NOW,
    AccountServices,
    at,
    refusal_of,
)

# --- Changing the password ---------------------------------------------------------------------------


def test_password_change_ends_other_logins_and_leaves_personal_tokens(services: AccountServices) -> None:
    first, second = services.register(), services.log_in()
    identity = services.identify(first.token)
    personal = services.new_token(identity)
    services.change_password(identity, PASSWORD, NEW_PASSWORD)
    assert services.identify(first.token).user == identity.user
    assert refusal_of(lambda: services.identify(second.token)) == NOBODY
    assert services.identify(personal).scope == "track"
    assert refusal_of(lambda: services.log_in(PASSWORD)) == BAD_CREDENTIALS
    assert services.log_in(NEW_PASSWORD, seconds=1).token != first.token


def test_password_change_ends_personal_tokens_on_request(services: AccountServices) -> None:
    identity = services.identify(services.register().token)
    personal = services.new_token(identity)
    services.change_password(identity, PASSWORD, NEW_PASSWORD, revoke_tokens=True)
    assert refusal_of(lambda: services.identify(personal)) == NOBODY


def test_none_of_the_last_five_passwords_can_be_chosen(services: AccountServices) -> None:
    identity = services.identify(services.register().token)
    chosen = [PASSWORD] + [f"Seven-pale-moons-over-Riga-{n}" for n in range(1, 6)]
    for old, new in pairwise(chosen):
        services.change_password(identity, old, new)
    refused = (InvalidInput, "The password must differ from your last 5.")
    for former in chosen[1:]:
        assert refusal_of(services.change_password, identity, chosen[-1], former) == refused
    services.change_password(identity, chosen[-1], chosen[0])


def test_password_change_wants_the_current_password_and_counts_failures(services: AccountServices) -> None:
    identity = services.identify(services.register().token)
    wrong = (InvalidInput, "The current password is wrong.")
    for _ in range(3):
        assert refusal_of(lambda: services.change_password(identity, "wrong", NEW_PASSWORD)) == wrong
    with pytest.raises(Throttled) as throttled:
        services.change_password(identity, PASSWORD, NEW_PASSWORD)
    assert throttled.value.retry_after == 1
    services.change_password(identity, PASSWORD, NEW_PASSWORD, seconds=1)


def test_weak_new_password_is_refused_and_counts_as_no_failure(services: AccountServices) -> None:
    identity = services.identify(services.register().token)
    for _ in range(7):
        with pytest.raises(InvalidInput) as refused:
            services.change_password(identity, PASSWORD, "weak")
        assert refused.value.field == "new_password"
    for _ in range(7):
        assert refusal_of(lambda: services.change_password(identity, PASSWORD, PASSWORD))[0] is InvalidInput
    services.change_password(identity, PASSWORD, NEW_PASSWORD)


def test_password_changes_in_two_processes_have_one_winner(services: AccountServices) -> None:
    services.register()
    account = services.database.read_now(lambda conn: users.find_by_email(conn, "ada@example.com"))
    assert account is not None

    def change(new_hash: str) -> None:
        work = partial(passwords.replace, account=account, new_hash=new_hash, now=NOW)
        services.database.write_now(work)

    change("of one process")
    assert refusal_of(change, "of another")[0] is Conflict


# --- Personal access tokens --------------------------------------------------------------------------


def test_personal_token_is_shown_once_and_stored_hashed(services: AccountServices) -> None:
    identity = services.identify(services.register().token)
    secret = services.new_token(identity, " Firefox at home ")
    assert (secret[:4], len(secret)) == ("rht_", 47)
    stored = services.database.read_now(lambda c: c.execute(select(tokens_table)).one())
    assert stored.token_hash == hashlib.sha256(secret.encode()).hexdigest()
    assert (stored.name, stored.scope, stored.last_used_at) == ("Firefox at home", "track", None)
    found = services.identify(secret)
    assert found == Identity(identity.user, None, stored.id, "track", None)


def test_unknown_personal_token_identifies_no_user(services: AccountServices) -> None:
    for credential in ("rht_", "rht_" + "x" * 43, "rht_" + "ü" * 43, "rht_" + "x" * 9999):
        assert refusal_of(services.identify, credential) == NOBODY


def test_use_of_a_personal_token_is_noted_at_most_once_a_minute(services: AccountServices) -> None:
    identity = services.identify(services.register().token)
    secret = services.new_token(identity)
    token_id = services.identify(secret).token_id
    assert token_id is not None
    noted = []
    for seconds in (0, 30, 59.999, 60, 61):
        noting = partial(personal_tokens.note_use, token_id=token_id, now=at(seconds))
        services.database.write_now(noting)
        last = services.identify(secret).token_last_used_at
        noted.append(last)
    assert noted == [at(0), at(0), at(0), at(60), at(60)]
    assert personal_tokens.is_use_due(None, NOW)
    assert not personal_tokens.is_use_due(NOW, at(59))
    assert personal_tokens.is_use_due(NOW, at(60))


def test_personal_token_for_a_user_deleted_meanwhile_is_refused(services: AccountServices) -> None:
    identity = services.identify(services.register().token)
    services.database.write_now(lambda conn: users.remove(conn, identity.user.id))
    assert refusal_of(lambda: services.new_token(identity)) == NOBODY


def test_personal_tokens_are_listed_newest_first_and_revoked_by_their_owner_alone(
    services: AccountServices,
) -> None:
    ada = services.identify(services.register().token)
    eve = services.identify(services.register(replace(FORM, email="eve@example.com")).token)
    secrets = [services.new_token(ada, name, seconds=n) for n, name in enumerate(["a", "b", "c"])]
    listed = services.database.read_now(lambda c: personal_tokens.of_user(c, ada.user.id))
    assert [token.name for token in listed] == ["c", "b", "a"]
    for owner, token_id in [(eve, listed[0].id), (ada, "nonsense"), (ada, "0" * 32), (ada, "\x00")]:
        revoke = partial(personal_tokens.revoke, user=owner.user, token_id=token_id)
        assert refusal_of(services.database.write_now, revoke) == (NotFound, "There is no such token.")
    services.database.write_now(lambda c: personal_tokens.revoke(c, ada.user, listed[0].id))
    assert refusal_of(lambda: services.identify(secrets[2])) == NOBODY
    assert services.identify(secrets[1]).user == ada.user


def test_personal_token_needs_a_name_and_has_a_last_one(services: AccountServices) -> None:
    identity = services.identify(services.register().token)
    for bad in ("", "  ", "x" * 101, "a\nb"):
        assert refusal_of(services.new_token, identity, bad)[0] is InvalidInput
    for n in range(50):
        services.new_token(identity, str(n))
    assert refusal_of(lambda: services.new_token(identity))[0] is Conflict


def test_personal_token_cannot_log_out(services: AccountServices) -> None:
    identity = services.identify(services.register().token)
    token = services.identify(services.new_token(identity))
    assert (
        refusal_of(lambda: services.database.write_now(lambda c: accounts.log_out(c, token)))[0] is Forbidden
    )


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


def test_of_several_known_browser_cookies_the_one_that_knows_the_account_counts() -> None:
    ada, eve, secret = "ada@example.com", "eve@example.com", "a secret"
    knows_ada, knows_eve = (known_browsers.remember(None, email, secret=secret) for email in (ada, eve))
    for cookies in ([knows_ada, "x", knows_eve], [knows_eve, "x", knows_ada], ["x", knows_ada, knows_eve]):
        assert known_browsers.chosen(cookies, ada, secret=secret) == knows_ada
        assert known_browsers.chosen(cookies, eve, secret=secret) == knows_eve
    assert known_browsers.chosen(["x", knows_ada], eve, secret=secret) == knows_ada
    assert known_browsers.chosen(["x", ""], ada, secret=secret) is None


def test_known_browser_remembers_a_bounded_number_of_accounts() -> None:
    cookie = None
    for n in range(30):
        cookie = known_browsers.remember(cookie, f"a{n}@example.com", secret="s")
    assert cookie is not None
    assert len(cookie) < 512
    known = [known_browsers.recognise(cookie, f"a{n}@example.com", secret="s") for n in range(30)]
    assert [each is not None for each in known] == [False] * 22 + [True] * 8
