"""Failed attempts at a password, counted before the password is verified.

An attempt first *reserves* its failure, atomically; then the password is hashed, and a success takes the failure
back, as does a fault of the server's own. Of guesses that arrive at once no more are tried than of guesses one after
the other.

Failures are counted for the account, whether it exists or not, and for the client's address. A browser in which the
account logged in before has a signed cookie and a counter of its own instead: failures from anywhere else do not lock
that browser out.
"""

import asyncio
import math
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection

from app.auth import CLOCKS_APART_SECONDS, keyed_hash
from app.services import Transact
from app.services.addresses import network_of
from app.services.refusals import Throttled
from app.store import throttles
from app.store.throttles import Throttle

LOCK = timedelta(minutes=15)
CLOCKS_APART = timedelta(seconds=CLOCKS_APART_SECONDS)
FAILURES = "failures"  # the name of this limit
FORGET = timedelta(hours=1)  # after the last failure; longer than any block
# Bits of a key. Names that never existed are counted as well, so keys must not be as many as names: there are
# at most a million of each kind, and which names share one is known to nobody without the secret.
KEY_BITS = 20


@dataclass(frozen=True, slots=True)
class Counter:
    """Where failures are counted, and how many it takes."""

    key: str
    delayed_from: int  # this failure is followed by a wait of 1 s, the next by 2 s, 4 s …
    locked_from: int


AGAIN_SECONDS = 5  # until an attempt that could not be taken back is tried again
_taking_back: set[asyncio.Task[None]] = set()  # the event loop keeps no task from the garbage collector

# A failure that was counted in advance: each counter's row before and after.
Reservation = list[tuple[Throttle, Throttle]]


def account_counter(email_key: str, secret: str) -> Counter:
    """Guesses at one account, from anywhere."""
    return _counter("account", email_key, secret)


def address_counter(address: str, secret: str) -> Counter:
    """Guesses from one address, at any account; many people may share it."""
    return _counter("address", network_of(address), secret, delayed_from=10, locked_from=20)


def password_change_counter(user_id: int, secret: str) -> Counter:
    """Guesses at the current password by somebody who is logged in."""
    return _counter("change", str(user_id), secret)


def login_counters(email_key: str, address: str, browser: str | None, secret: str) -> list[Counter]:
    """Where a failed login counts; `browser` is the id of one that the account knows."""
    if browser is not None:
        return [_counter("browser", f"{browser} {email_key}", secret)]
    return [account_counter(email_key, secret), address_counter(address, secret)]


def _counter(kind: str, value: str, secret: str, *, delayed_from: int = 3, locked_from: int = 5) -> Counter:
    digest = int.from_bytes(keyed_hash(secret, f"throttle {kind}", value))
    return Counter(f"{kind}:{digest % 2**KEY_BITS:05x}", delayed_from, locked_from)


def reserve(conn: Connection, counters: Iterable[Counter], *, now: datetime) -> Reservation:
    """Count one failure at each counter. Raises `Throttled`, and counts nothing, when one of them is blocked."""
    throttles.sweep(conn, now - FORGET)
    return [_count(conn, counter, now) for counter in counters]


def _count(conn: Connection, counter: Counter, now: datetime) -> tuple[Throttle, Throttle]:
    before = throttles.lock(conn, counter.key, now)
    # A block that ends later than any can was made by a clock that has been set back since.
    if now < before.blocked_until <= now + LOCK + CLOCKS_APART:
        raise _throttled(math.ceil((before.blocked_until - now).total_seconds()))
    was_locked = before.failures >= counter.locked_from
    expired = before.last_failure_at <= now - FORGET
    failures = 1 if was_locked or expired else before.failures + 1
    blocked_until = now + _wait(counter, failures)
    after = replace(before, failures=failures, last_failure_at=now, blocked_until=blocked_until)
    throttles.save(conn, after)
    return before, after


def _wait(counter: Counter, failures: int) -> timedelta:
    if failures >= counter.locked_from:
        return LOCK
    if failures >= counter.delayed_from:
        return timedelta(seconds=2 ** (failures - counter.delayed_from))
    return timedelta(0)


def _throttled(seconds: int) -> Throttled:
    if seconds == 1:
        return Throttled("Too many failed attempts. Try again in 1 second.", seconds, FAILURES)
    if seconds <= 120:
        message = "Too many failed attempts. Try again in {seconds} seconds."
        return Throttled(message, seconds, FAILURES, seconds=seconds)
    message = "Too many failed attempts. Try again in {minutes} minutes."
    return Throttled(message, seconds, FAILURES, minutes=math.ceil(seconds / 60))


def succeed(conn: Connection, reservation: Reservation) -> None:
    """The password was right: the first counter is cleared, the others lose this one attempt."""
    (_, own), *shared = reservation
    throttles.clear(conn, own.key)
    take_back(conn, shared)


def take_back(conn: Connection, reservation: Reservation) -> None:
    """Every counter loses this one attempt."""
    for before, after in reservation:
        throttles.take_back(conn, before=before, after=after)


@asynccontextmanager
async def uncounted_faults(write: Transact, reservation: Reservation) -> AsyncIterator[None]:
    """Take the attempt back where anything raises before the password turns out right or wrong.

    What raises may be the database: the answer waits a second, and the attempt is taken back once that is possible.
    """
    try:
        yield
    except Exception:
        task = asyncio.create_task(_take_back_when_possible(write, reservation))
        _taking_back.add(task)
        task.add_done_callback(_taking_back.discard)
        await asyncio.wait([task], timeout=1)
        raise


async def _take_back_when_possible(write: Transact, reservation: Reservation) -> None:
    for _ in range(int(FORGET.total_seconds() / AGAIN_SECONDS)):
        with suppress(Exception):  # whatever it is, the next time may be better
            await write(partial(take_back, reservation=reservation))
            return
        await asyncio.sleep(AGAIN_SECONDS)


def clear_account(conn: Connection, email_key: str, secret: str) -> None:
    """The user has logged in to the account: its failures are cleared."""
    throttles.clear(conn, account_counter(email_key, secret).key)
