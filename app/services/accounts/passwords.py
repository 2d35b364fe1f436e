"""Choosing and checking passwords: the policy, its history, and the threads in which hashes are computed."""

import asyncio
import contextvars
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import wraps
from threading import BoundedSemaphore
from typing import Any, ParamSpec, TypeVar

from sqlalchemy import Connection

from app import auth
from app.config import Settings
from app.services.refusals import Busy, Conflict, InvalidInput
from app.store import logins, personal_tokens, users
from app.store.users import Account, User

P = ParamSpec("P")
T = TypeVar("T")

HASHES_AT_ONCE = 4  # each takes a core and 19 MiB
MOST_WAITING = 32  # besides: about a second's work of one core
RETRY_SECONDS = 2
CROWDED = f"Too many people are logging in at this moment. Try again in {RETRY_SECONDS} seconds."
REMEMBERED = 4  # former passwords; with the current one five that cannot be chosen

_threads = ThreadPoolExecutor(HASHES_AT_ONCE, thread_name_prefix="password")
_places = BoundedSemaphore(HASHES_AT_ONCE + MOST_WAITING)


def queued(attempt: Callable[P, Awaitable[T]]) -> Callable[P, Coroutine[Any, Any, T]]:
    """Decorates what hashes passwords: it raises `Busy` at once where too many wait already.

    The place in the queue is taken before anything is counted: a refused attempt is no failure.
    """

    @wraps(attempt)
    async def with_place(*args: P.args, **more: P.kwargs) -> T:
        if not _places.acquire(blocking=False):
            raise Busy(CROWDED, RETRY_SECONDS)
        try:
            return await attempt(*args, **more)
        finally:
            _places.release()

    return with_place


async def in_hash_pool(work: Callable[[], T]) -> T:
    """What `work` returns, computed in one of the threads that hash passwords."""
    # With the context of the request: what is logged meanwhile carries its id.
    context = contextvars.copy_context()
    return await asyncio.get_running_loop().run_in_executor(_threads, context.run, work)


def check_length(field: str, password: str) -> None:
    """Refuse what is longer than any password, before it is hashed."""
    if len(password) > auth.LONGEST:
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
