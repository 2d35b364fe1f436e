"""Accounts: registering, logging in and out, the user of a credential, what users change themselves.

Hashing a password takes a core for 30 ms and must not hold a transaction, so `register`, `log_in` and
`change_password` take the database's `write` as a parameter and do it between two transactions.
"""

import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Literal

import structlog
from sqlalchemy import Connection

from app import auth
from app.config import Settings
from app.services import Transact
from app.services.accounts import known_browsers, passwords, personal_tokens, throttling
from app.services.accounts.passwords import in_hash_pool
from app.services.accounts.throttling import Reservation
from app.services.refusals import NOT_LOGGED_IN, Conflict, Forbidden, InvalidInput, NotAuthenticated
from app.services.validation import email_key, email_of, name_of, target_of, timezone_of, week_start_of
from app.store import logins, users
from app.store import personal_tokens as token_rows
from app.store.users import Account, User

__all__ = ["AccessToken", "Account", "Identity", "Registration", "User"]

log = structlog.get_logger(__name__)

DEFAULT_TARGET_MINUTES = 5.5
USER_ID_BITS = 52  # exact in JavaScript, and too many for one ever to be drawn twice
ADDRESS_TAKEN = "This e-mail address cannot be registered."
ATTEMPTS = 3  # at a login whose account changes while its password is verified


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A JWT, fit for the `Authorization` header and for the cookie."""

    token: str = field(repr=False)
    expires_at: datetime
    login_id: str


@dataclass(frozen=True, slots=True)
class Identity:
    """The user of a request, and the credential: one of the two ids is None."""

    user: User
    login_id: str | None
    token_id: str | None
    scope: Literal["full", "track"]
    token_last_used_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """What a new user enters."""

    email: str
    password: str = field(repr=False)
    first_name: str | None = None
    last_name: str | None = None
    timezone: str | None = None


def identify(conn: Connection, credential: str, *, settings: Settings, now: datetime) -> Identity:
    """The user of a JWT or personal access token: one query. Raises `NotAuthenticated`."""
    if personal_tokens.is_one(credential):
        owner = personal_tokens.owner(conn, credential)
        if owner is None:
            raise NotAuthenticated(NOT_LOGGED_IN)
        user, token = owner
        return Identity(user, None, token.id, token.scope, token.last_used_at)
    try:
        claims = auth.read_token(credential, secret=settings.secret, now=now)
    except auth.InvalidToken as invalid:
        raise NotAuthenticated(NOT_LOGGED_IN) from invalid
    logged_in = logins.user_logged_in(conn, claims.login_id, claims.user_id, now)
    if logged_in is None:
        raise NotAuthenticated(NOT_LOGGED_IN)
    return Identity(logged_in, claims.login_id, None, "full")


async def register(
    write: Transact, form: Registration, *, address: str, settings: Settings, now: datetime
) -> AccessToken:
    """Make an account and log it in. `address` is the client's.

    Raises `Forbidden`, `InvalidInput`, `Conflict`, `Throttled` and `Busy`.
    """
    if not settings.registration_open:
        raise Forbidden("Registration is closed. Ask the person who runs this server for an account.")
    with passwords.place(address):
        new = await in_hash_pool(partial(prepare_account, form, settings=settings, now=now))

    def store(conn: Connection) -> AccessToken:
        add_account(conn, new)
        return open_login(conn, new.user.id, settings=settings, now=now)

    token = await write(store)
    log.info("registered", user_id=new.user.id)
    return token


def prepare_account(
    form: Registration, *, settings: Settings, now: datetime, role: Literal["user", "admin"] = "user"
) -> Account:
    """Check everything about a new account and hash its password. Raises `InvalidInput`."""
    email = email_of(form.email)
    user = User(
        id=1 + secrets.randbelow(2**USER_ID_BITS - 1),
        external_id=str(uuid.uuid4()),
        email=email,
        first_name=name_of("first_name", form.first_name),
        last_name=name_of("last_name", form.last_name),
        timezone=timezone_of(form.timezone),
        role=role,
        target_minutes=DEFAULT_TARGET_MINUTES,
        is_active=True,
        created_at=now,
        last_login_at=None,
    )
    passwords.check_policy("password", form.password, user, settings)
    return Account(user, auth.hash_password(form.password))


def add_account(conn: Connection, new: Account) -> None:
    """Store a new account. Raises `Conflict` when its address has one."""
    if not users.add(conn, new, email_key=email_key(new.user.email)):
        raise Conflict(ADDRESS_TAKEN)


async def log_in(
    write: Transact,
    *,
    email: str,
    password: str,
    address: str,
    known_browser: str | None = None,
    settings: Settings,
    now: datetime,
) -> AccessToken:
    """A new login. `address` is the client's, `known_browser` the cookie that `known_browsers` made.

    Raises `NotAuthenticated` for anything wrong with address, password or account, `Throttled`, `Busy`
    when too many log in at once, and `InvalidInput` for what is too long to be a password.
    """
    passwords.check_length("password", password)
    key = email_key(email)
    browser = known_browsers.recognise(known_browser, email, secret=settings.secret)
    counters = throttling.login_counters(key, address, browser, settings.secret)

    def begin(conn: Connection) -> tuple[Reservation, Account | None]:
        return throttling.reserve(conn, counters, now=now), users.find_by_email(conn, key)

    with passwords.place(address):
        reservation, account = await write(begin)
        finish = partial(_finish_login, reservation=reservation, settings=settings, now=now)
        async with throttling.uncounted_faults(write, reservation):
            outcome = await _verify_login(write, account, password, finish)
    if isinstance(outcome, AccessToken):
        return outcome
    # The address is not logged: a password may have been typed into its field.
    user_id = None if outcome is None else outcome.user.id
    log.warning("login failed", user_id=user_id, reason=_why_not(outcome))
    raise NotAuthenticated("Invalid credentials")


async def _verify_login(
    write: Transact,
    account: Account | None,
    password: str,
    finish: Callable[..., AccessToken | Account | None],
) -> AccessToken | Account | None:
    """What `finish` makes of an account whose password is right; else the account for which it is wrong."""
    for _ in range(ATTEMPTS):
        # One hash whether or not there is such an account, so that the time taken reveals nothing.
        active = account if account is not None and account.user.is_active else None
        known_hash = auth.DUMMY_HASH if active is None else active.password_hash
        valid, upgraded = await in_hash_pool(partial(auth.verify_password, password, known_hash))
        if active is None or not valid:
            break
        outcome = await write(partial(finish, verified=active, upgraded=upgraded))
        if isinstance(outcome, AccessToken):
            log.info("login succeeded", user_id=active.user.id)
            return outcome
        account = outcome
    return account


def _why_not(account: Account | None) -> str:
    if account is None:
        return "unknown address"
    return "wrong password" if account.user.is_active else "deactivated"


def _finish_login(
    conn: Connection,
    *,
    verified: Account,
    upgraded: str | None,
    reservation: Reservation,
    settings: Settings,
    now: datetime,
) -> AccessToken | Account | None:
    """The new login; or the account as it is by now, when it changed while the password was verified."""
    user_id = verified.user.id
    account = users.find(conn, user_id, lock=True)
    if account is None or not account.user.is_active or account.password_hash != verified.password_hash:
        return account
    throttling.succeed(conn, reservation)
    # From a browser that the account knows, the attempt was counted for that browser alone.
    throttling.clear_account(conn, email_key(account.user.email), settings.secret)
    password_hash = upgraded or verified.password_hash
    users.change(conn, user_id, last_login_at=now, password_hash=password_hash)
    return open_login(conn, user_id, settings=settings, now=now)


def open_login(conn: Connection, user_id: int, *, settings: Settings, now: datetime) -> AccessToken:
    """A new login of a user who is authenticated. The token lasts as long as the login."""
    login_id = str(uuid.uuid4())
    lifetime = timedelta(minutes=settings.access_token_expire_minutes)
    expires_at = datetime.fromtimestamp(int((now + lifetime).timestamp()), UTC)  # a JWT counts whole seconds
    logins.add(conn, login_id, user_id, created_at=now, expires_at=expires_at)
    claims = auth.Claims(user_id, login_id)
    token = auth.issue_token(claims, issued_at=now, expires_at=expires_at, secret=settings.secret)
    return AccessToken(token, expires_at, login_id)


def log_out(conn: Connection, identity: Identity) -> None:
    """End the login of the request. Raises `Forbidden` to a personal access token, which is no login."""
    if identity.login_id is None:
        raise Forbidden("A personal access token cannot log out. Revoke it instead.")
    logins.end(conn, identity.login_id)


def log_out_everywhere(conn: Connection, user_id: int) -> None:
    """End every login and every personal access token of the user."""
    logins.end_all(conn, user_id)
    token_rows.remove_all(conn, user_id)


def update_profile(
    conn: Connection,
    user: User,
    *,
    first_name: str | None,
    last_name: str | None,
    timezone: str,
    target_minutes: float,
    week_starts_on: str,
    language: str | None,
) -> None:
    """Give the user a new profile. `language` is one of those there are, None for the browser's.

    Raises `InvalidInput`.
    """
    users.change(
        conn,
        user.id,
        first_name=name_of("first_name", first_name),
        last_name=name_of("last_name", last_name),
        timezone=timezone_of(timezone),
        target_minutes=target_of(target_minutes),
        week_starts_on=week_start_of(week_starts_on),
        language=language,
    )


async def change_password(
    write: Transact,
    identity: Identity,
    *,
    current_password: str,
    new_password: str,
    revoke_tokens: bool = False,
    address: str,
    settings: Settings,
    now: datetime,
) -> None:
    """Set a new password and end the user's other logins, and on request the personal access tokens.

    `address` is the client's. Raises `InvalidInput` (fields `current_password`, `new_password`), `Throttled`,
    `Conflict` and `Busy`.
    """
    user = identity.user
    passwords.check_length("current_password", current_password)
    counter = throttling.password_change_counter(user.id, settings.secret)

    def begin(conn: Connection) -> tuple[Reservation, Account, list[str]]:
        reservation = throttling.reserve(conn, [counter], now=now)
        account = users.find(conn, user.id)
        if account is None:
            raise NotAuthenticated(NOT_LOGGED_IN)
        return reservation, account, passwords.known_hashes(conn, account)

    with passwords.place(address, user.id):
        reservation, account, hashes = await write(begin)
        async with throttling.uncounted_faults(write, reservation):
            await in_hash_pool(partial(passwords.check_policy, "new_password", new_password, user, settings))
            valid, _ = await in_hash_pool(
                partial(auth.verify_password, current_password, account.password_hash)
            )
            if valid:
                await write(partial(throttling.succeed, reservation=reservation))
        if not valid:
            raise InvalidInput("current_password", "The current password is wrong.")
        new_hash = await in_hash_pool(partial(passwords.hash_unused, "new_password", new_password, hashes))

    replace = partial(passwords.replace, account=account, new_hash=new_hash, now=now)
    await write(partial(replace, keep_login=identity.login_id, revoke_tokens=revoke_tokens))
    log.info("password changed", user_id=user.id)
