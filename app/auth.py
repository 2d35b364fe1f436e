"""Who somebody is: access tokens (JWT), password hashes, the password policy. Knows no HTTP, no database."""

import hashlib
import hmac
import re
import secrets
import unicodedata
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import jwt
from jwt.warnings import InsecureKeyLengthWarning
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

# The start-up says once that a key is short; the library would say it with every token.
warnings.filterwarnings("ignore", category=InsecureKeyLengthWarning)

ALGORITHM = "HS256"
TOKEN_TYPE = "access"
REQUIRED_CLAIMS = ["exp", "iat", "sub", "jti", "typ"]
LONGEST_TOKEN = 2048  # characters; ours have about 250
CLOCKS_APART_SECONDS = 300  # as far as the clock of another process that issues tokens may be ahead
USER_ID = re.compile(r"[1-9][0-9]{0,15}", re.ASCII)
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)

# OWASP's first choice for Argon2id: 19 MiB, two passes, one lane.
HASHER = PasswordHash((Argon2Hasher(time_cost=2, memory_cost=19 * 1024, parallelism=1),))

SHORTEST, LONGEST = 12, 128  # characters of a password
MEASURED = 72  # zxcvbn refuses to look at more
# zxcvbn tries every reading of each "l33t" sign: seconds of work for a password that has most of them.
LEET_SIGNS = frozenset("4@8({[<369&1!|70$5+%2")
MOST_LEET_SIGNS = 10
MEASURED_WITH_MANY_LEET_SIGNS = 24


class InvalidToken(Exception):
    """An access token that was not issued here, is malformed or has expired."""


class WeakPassword(Exception):
    """A password that the policy refuses.

    `message` is one clear sentence, in which `{name}` stands for one of `values`.
    """

    def __init__(self, message: str, **values: str) -> None:
        self.message, self.values = message, values
        super().__init__(message.format(**values) if values else message)


@dataclass(frozen=True, slots=True)
class Claims:
    """What a valid access token says."""

    user_id: int
    login_id: str


def issue_token(claims: Claims, *, issued_at: datetime, expires_at: datetime, secret: str) -> str:
    """A signed access token. Both instants count in whole seconds."""
    payload = {
        "sub": str(claims.user_id),
        "jti": claims.login_id,
        "typ": TOKEN_TYPE,
        "iat": int(issued_at.timestamp()),
        "exp": int(expires_at.timestamp()),
    }
    return jwt.encode(payload, secret, algorithm=ALGORITHM)


def read_token(token: str, *, secret: str, now: datetime) -> Claims:
    """The claims of a token that was issued here and has not expired. Raises `InvalidToken`."""
    if len(token) > LONGEST_TOKEN or not token.isascii():
        raise InvalidToken
    payload = _payload(token, secret)
    well_formed = (
        payload["typ"] == TOKEN_TYPE
        and type(payload["exp"]) is int
        and type(payload["iat"]) is int
        and USER_ID.fullmatch(payload["sub"])
        and UUID.fullmatch(payload["jti"])
    )
    seconds = now.timestamp()
    if not well_formed or payload["exp"] <= seconds or payload["iat"] > seconds + CLOCKS_APART_SECONDS:
        raise InvalidToken
    return Claims(int(payload["sub"]), payload["jti"])


@lru_cache(maxsize=8192)
def _payload(token: str, secret: str) -> dict[str, Any]:
    """What a token says once its signature was checked: once for each token, for it comes with every event.

    Whether it is still valid is checked each time: its expiry here, its login in the database.
    """
    # The instants are judged by the caller, strictly and by the caller's clock. PyJWT demands that `sub` and `jti`
    # are strings.
    options: Any = {"require": REQUIRED_CLAIMS, "verify_exp": False, "verify_iat": False, "verify_nbf": False}
    try:
        return jwt.decode(token, secret, algorithms=[ALGORITHM], options=options)
    except (jwt.PyJWTError, ValueError, RecursionError) as error:
        raise InvalidToken from error


def keyed_hash(secret: str, purpose: str, value: str) -> bytes:
    """32 bytes that only this server can compute, different for each purpose."""
    return hmac.digest(secret.encode(), f"{purpose}\0{value}".encode(), hashlib.sha256)


def normal_password(password: str) -> str:
    """The password as it is hashed: in Unicode's form C (RFC 8265).

    Keyboards differ in how they compose letters. Raises `WeakPassword` for what is no text.
    """
    try:
        password.encode()
    except UnicodeEncodeError as error:
        raise WeakPassword("The password contains characters that cannot be stored.") from error
    return unicodedata.normalize("NFC", password)


def is_too_long(password: str) -> bool:
    """Whether it has more characters than any password, counted as they are hashed."""
    # Form C composes at most four characters to one. A longer text is not normalized, which would take long. A value of
    # another type has a length too, and is refused where it is used.
    return len(password) > 4 * LONGEST or len(unicodedata.normalize("NFC", password)) > LONGEST


def hash_password(password: str) -> str:
    """An Argon2id hash. Takes about 30 ms of one core and 19 MiB."""
    return HASHER.hash(normal_password(password))


def verify_password(password: str, password_hash: str) -> tuple[bool, str | None]:
    """Whether the password is the hash's, and a new hash if that one's parameters are outdated."""
    try:
        return HASHER.verify_and_update(normal_password(password), password_hash)
    except WeakPassword:
        return False, None


DUMMY_HASH = HASHER.hash(secrets.token_bytes(32))
"""Belongs to no password and costs as much to verify as a real one, so unknown names are as slow as known."""


def check_policy(password: str, *, email: str, names: Iterable[str | None], min_strength: int) -> None:
    """Raise `WeakPassword` unless the password may be used by the owner of this address and these names."""
    password = normal_password(password)
    if not SHORTEST <= len(password) <= LONGEST:
        raise WeakPassword(f"The password must have {SHORTEST} to {LONGEST} characters.")
    missing = [name for name, has in CHARACTER_CLASSES.items() if not any(map(has, password))]
    if missing:
        raise WeakPassword("The password needs at least {missing}.", missing=listed(missing))
    if password.casefold() == email.casefold():
        raise WeakPassword("The password must not be the e-mail address.")
    if strength(password, email=email, names=names) < min_strength:
        raise WeakPassword("The password is too easy to guess: make it longer or less regular.")


CHARACTER_CLASSES: dict[str, Callable[[str], bool]] = {
    "one upper-case letter": str.isupper,
    "one lower-case letter": str.islower,
    "one digit": str.isdigit,
    "one symbol": lambda character: not character.isalpha() and not character.isnumeric(),
}


def listed(words: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]


def strength(password: str, *, email: str, names: Iterable[str | None]) -> int:
    """zxcvbn's score, 0 to 4, to somebody who knows the address and the names."""
    from zxcvbn import zxcvbn  # its lists of words take long to load, and only a new password is measured

    known = [email, *re.split(r"[^\w]+", email)]
    for name in filter(None, names):
        known += [name, *name.split()]
    many_signs = len(LEET_SIGNS & set(password)) > MOST_LEET_SIGNS
    measured = password[: MEASURED_WITH_MANY_LEET_SIGNS if many_signs else MEASURED]
    return int(zxcvbn(measured, user_inputs=[word for word in known if len(word) > 1])["score"])
