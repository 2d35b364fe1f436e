"""Choosing and checking passwords: the policy, its history, and the threads in which hashes are computed."""

import asyncio
import contextvars
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection

from app import auth
from app.config import Settings
from app.services.addresses import network_of
from app.services.refusals import TOO_OFTEN, Busy, Conflict, InvalidInput, Throttled
from app.store import logins, personal_tokens, users
from app.store.users import Account, User

T = TypeVar("T")

HASHES_AT_ONCE = 4  # each takes a core and 19 MiB
MOST_WAITING = 32  # besides: about a second's work of one core
PLACES = HASHES_AT_ONCE + MOST_WAITING
RETRY_SECONDS = 2
CROWDED = f"Too many people are logging in at this moment. Try again in {RETRY_SECONDS} seconds."
REMEMBERED = 4  # former passwords; with the current one five that cannot be chosen

_threads = ThreadPoolExecutor(HASHES_AT_ONCE, thread_name_prefix="password")
_taken: list[tuple[str, int | None]] = []  # places: whose network, and which user's if one is logged in


@contextmanager
def place(address: str, user_id: int | None = None) -> Iterator[None]:
    """A place in the queue of those whose passwords are measured and hashed, to be taken before anything is counted.

    A network has at most twice as many places as are free, so one alone leaves a third of them to others; a user who
    is logged in has one. Raises `Throttled` to whoever has that many, and `Busy` where no place is free.
    """
    network, free = network_of(address), PLACES - len(_taken)
    if not free:
        raise Busy(CROWDED, RETRY_SECONDS, "password_queue")
    of_network = sum(network == other for other, _ in _taken)
    if of_network >= 2 * free or (user_id is not None and any(user_id == other for _, other in _taken)):
        raise Throttled(TOO_OFTEN, RETRY_SECONDS, "passwords", seconds=RETRY_SECONDS)
    _taken.append((network, user_id))
    try:
        yield
    finally:
        _taken.remove((network, user_id))


async def in_hash_pool(work: Callable[[], T]) -> T:
    """What `work` returns, computed in one of the threads that hash passwords."""
    # With the context of the request: what is logged meanwhile carries its id.
    context = contextvars.copy_context()
    return await asyncio.get_running_loop().run_in_executor(_threads, context.run, work)


def check_length(field: str, password: str) -> None:
    """Refuse what is longer than any password, before it is hashed."""
    if auth.is_too_long(password):
        raise InvalidInput(field, f"A password has at most {auth.LONGEST} characters.")


def check_policy(field: str, password: str, user: User, settings: Settings) -> None:
    """Refuse a new password of the user's that breaks the policy. May take a tenth of a second of one core."""
    check_length(field, password)
    names, strength = [user.first_name, user.last_name], settings.password_min_strength
    try:
        auth.check_policy(password, email=user.email, names=names, min_strength=strength)
    except auth.WeakPassword as weak:
        raise InvalidInput(field, weak.message, **weak.values) from weak


def hash_unused(field: str, password: str, hashes: list[str]) -> str:
    """The new password's hash. Refuses it if it is one of those hashed; takes 30 ms of one core for each."""
    if any(auth.verify_password(password, each)[0] for each in hashes):
        raise InvalidInput(field, f"The password must differ from your last {REMEMBERED + 1}.")
    return auth.hash_password(password)


def known_hashes(conn: Connection, account: Account) -> list[str]:
    """Hashes of the passwords that the account's next one must differ from: the current one first."""
    return [account.password_hash, *users.former_hashes(conn, account.user.id, REMEMBERED)]


def replace(
    conn: Connection,
    account: Account,
    *,
    new_hash: str,
    now: datetime,
    keep_login: str | None = None,
    revoke_tokens: bool = False,
) -> None:
    """Set a new hash, remember the old one, and end every login but the one named; on request the tokens too.

    Raises `Conflict` when the password is no longer the one that the caller saw.
    """
    user_id = account.user.id
    present = users.find(conn, user_id, lock=True)
    if present is None or present.password_hash != account.password_hash:
        raise Conflict("The password was changed by somebody else at the same moment.")
    users.add_former_hash(conn, user_id, account.password_hash, now=now, keep=REMEMBERED)
    users.change(conn, user_id, password_hash=new_hash)
    logins.end_all(conn, user_id, but=keep_login)
    if revoke_tokens:
        personal_tokens.remove_all(conn, user_id)
