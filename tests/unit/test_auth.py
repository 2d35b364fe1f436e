import base64
import json
import time
import unicodedata
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from app import auth

SECRET = "a-key-for-these-tests-with-more-than-32-bytes"
NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
CLAIMS = auth.Claims(4_503_599_627_370_496, "3f2c8a52-9a55-4f5e-8d6e-0f5b4a3c2d1e")
GOOD = "Quiet-harbour-84-lanterns"


def issue(**changes: Any) -> str:
    payload = {
        "sub": str(CLAIMS.user_id),
        "jti": CLAIMS.login_id,
        "typ": "access",
        "iat": int(NOW.timestamp()),
        "exp": int(NOW.timestamp()) + 60,
    }
    payload |= changes
    payload = {name: value for name, value in payload.items() if value is not None}
    return jwt.encode(payload, SECRET, algorithm="HS256")


def test_token_is_read_until_it_expires() -> None:
    expires = NOW + timedelta(minutes=5)
    token = auth.issue_token(CLAIMS, issued_at=NOW, expires_at=expires, secret=SECRET)
    assert auth.read_token(token, secret=SECRET, now=expires - timedelta(milliseconds=1)) == CLAIMS
    with pytest.raises(auth.InvalidToken):
        auth.read_token(token, secret=SECRET, now=expires)


@pytest.mark.parametrize(
    "changes",
    [
        {"sub": None},
        {"jti": None},
        {"typ": None},
        {"iat": None},
        {"exp": None},
        {"sub": 7},
        {"sub": "1" * 30},
        {"sub": "0"},
        {"sub": "-1"},
        {"sub": "1.0"},
        {"sub": "١"},
        {"sub": "1\n"},
        {"jti": ""},
        {"jti": CLAIMS.login_id + "\n"},
        {"jti": "' OR 1=1"},
        {"jti": 5},
        {"typ": "refresh"},
        {"typ": ["access"]},
        {"exp": "9999999999"},
        {"exp": 9999999999.0},
        {"exp": True},
        {"iat": "now"},
        {"iat": [1]},
        {"iat": int(NOW.timestamp()) + 301},
        {"iat": 10**30, "exp": 10**30},
    ],
    ids=str,
)
def test_token_with_an_odd_claim_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(auth.InvalidToken):
        auth.read_token(issue(**changes), secret=SECRET, now=NOW)


def unsigned(header: dict[str, Any], payload: bytes) -> str:
    def part(content: bytes) -> str:
        return base64.urlsafe_b64encode(content).rstrip(b"=").decode()

    return f"{part(json.dumps(header).encode())}.{part(payload)}."


@pytest.mark.parametrize(
    "token",
    [
        "",
        "a.b.c",
        "...",
        "ü.ü.ü",
        "x" * 5000,
        issue()[:-2],
        issue() + "x",
        jwt.encode({"sub": "1"}, "another-key-that-is-long-enough-for-hs256", algorithm="HS256"),
        jwt.encode(jwt.decode(issue(), options={"verify_signature": False}), SECRET * 2, algorithm="HS512"),
        unsigned({"alg": "none", "typ": "JWT"}, json.dumps({"sub": "1"}).encode()),
        unsigned({"alg": "HS256", "typ": "JWT"}, b"[" * 900),
    ],
    ids=range(11),
)
def test_what_is_no_token_of_ours_is_refused(token: str) -> None:
    with pytest.raises(auth.InvalidToken):
        auth.read_token(token, secret=SECRET, now=NOW)


def test_password_of_the_policy_is_accepted() -> None:
    auth.check_policy(GOOD, email="ada@example.com", names=["Ada", None], min_strength=2)


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("Ab1! x", "The password must have 12 to 128 characters."),
        ("Ab1!" * 33, "The password must have 12 to 128 characters."),
        ("quiet-harbour-84-lanterns", "The password needs at least one upper-case letter."),
        ("QUIET-HARBOUR-84-LANTERNS", "The password needs at least one lower-case letter."),
        ("Quiet-harbour-xx-lanterns", "The password needs at least one digit."),
        ("Quietharbour84lanterns", "The password needs at least one symbol."),
        (
            "            ",
            "The password needs at least one upper-case letter, one lower-case letter and one digit.",
        ),
        ("Ada.Byron-1815@Example.com", "The password must not be the e-mail address."),
        ("Password123!", "The password is too easy to guess: make it longer or less regular."),
        ("Quiet-harbour-84\ud800", "The password contains characters that cannot be stored."),
    ],
)
def test_password_against_the_policy_is_refused_with_its_reason(password: str, reason: str) -> None:
    with pytest.raises(auth.WeakPassword) as refused:
        auth.check_policy(password, email="ada.byron-1815@example.com", names=[], min_strength=2)
    assert str(refused.value) == reason


@pytest.mark.parametrize(
    "password", ["Straße und Häuser 7", "Пароль длинный 7 лет", "Aa1 🐢🐌💜 turtles walk", "Ж" * 125 + "ж1 "]
)
def test_password_may_have_any_unicode_and_spaces(password: str) -> None:
    auth.check_policy(password, email="ada@example.com", names=[], min_strength=0)


def test_strength_knows_the_owners_name_and_address() -> None:
    password = "Vandersloot-1!"
    assert auth.strength(password, email="x@example.com", names=[None, "Ada"]) == 4
    assert auth.strength(password, email="x@example.com", names=["Wilhelmina Vandersloot"]) == 1
    assert auth.strength(password, email="vandersloot@example.com", names=[]) == 1


def test_strength_of_a_long_password_is_computed_quickly() -> None:
    began = time.process_time()
    auth.strength("4@8({[<369&1!|70$5+%2" * 6, email="", names=[])
    assert time.process_time() - began < 2.5


@settings(max_examples=60)
@given(st.text(min_size=0, max_size=140))
def test_policy_only_accepts_or_refuses_whatever_the_text(password: str) -> None:
    with suppress(auth.WeakPassword):
        auth.check_policy("Aa1!" + password, email="ada@example.com", names=[password[:50]], min_strength=2)


def test_password_is_the_same_however_its_letters_are_composed() -> None:
    composed = unicodedata.normalize("NFC", "Übermäßig 84 Häuser")
    stored = auth.hash_password(unicodedata.normalize("NFD", composed))
    assert auth.verify_password(composed, stored) == (True, None)
    assert auth.verify_password(composed + " ", stored) == (False, None)


def test_hash_of_older_parameters_is_replaced_when_verified() -> None:
    older = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8 * 1024, parallelism=1),)).hash(GOOD)
    valid, newer = auth.verify_password(GOOD, older)
    assert valid
    assert newer is not None
    assert newer.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert auth.verify_password(GOOD, newer) == (True, None)
    assert auth.verify_password("another", older) == (False, None)


def test_dummy_hash_has_todays_parameters_and_no_password() -> None:
    assert not auth.HASHER.current_hasher.check_needs_rehash(auth.DUMMY_HASH)
    assert auth.verify_password(GOOD, auth.DUMMY_HASH) == (False, None)
    assert auth.verify_password("\ud800", auth.DUMMY_HASH) == (False, None)


def test_keyed_hash_differs_by_secret_purpose_and_value() -> None:
    given_inputs = [("a", "b", "c"), ("A", "b", "c"), ("a", "B", "c"), ("a", "b", "C"), ("a", "bc", "")]
    assert len({auth.keyed_hash(*each) for each in given_inputs}) == 5
