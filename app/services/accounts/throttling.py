"""Failed attempts at a password, counted before the password is looked at.

An attempt *reserves* its failure first, atomically; only then is the password hashed, and a success gives
the reservation back. Of any number of guesses that arrive at once, no more are tried than would
have been one after the other.

Counted are the account, whether it exists or not, and the address that asks. A browser in which the account
logged in before shows a signed cookie and has a count of its own instead of both: whoever fails
on purpose, from anywhere, cannot lock that browser out.
"""

import ipaddress
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from app.auth import keyed_hash
from app.services.refusals import Throttled
from app.store import throttles
from app.store.throttles import Throttle

LOCK = timedelta(minutes=15)
FAILURES = "failures"  # the name of this limit
FORGET = timedelta(hours=1)  # after the last failure; longer than any block
# Bits of a key. Names that never existed are counted as well, so keys must not be as many as names: there are
# at most a million of each kind, and which names share one is known to nobody without the secret.
KEY_BITS = 20


@dataclass(frozen=True, slots=True)
class Door:
    """Something on which failures are counted, and how many it takes."""

    key: str
    delayed_from: int  # this failure is followed by a wait of 1 s, the next by 2 s, 4 s …
    locked_from: int


@dataclass(frozen=True, slots=True)
class Reservation:
    """A failure that was counted in advance, as each door stood before and after."""

    steps: tuple[tuple[Throttle, Throttle], ...]


def door_of_account(email_key: str, secret: str) -> Door:
    """Guesses at one account, from anywhere."""
    return Door(_key("account", email_key, secret), 3, 5)


def door_of_address(address: str, secret: str) -> Door:
    """Guesses from one address, at any account; many people may share it."""
    return Door(_key("address", _network(address), secret), 10, 20)


def door_of_browser(browser: str, email_key: str, secret: str) -> Door:
    """Guesses at one account from a browser that it knows."""
    return Door(_key("browser", f"{browser} {email_key}", secret), 3, 5)


def door_of_password_change(user_id: int, secret: str) -> Door:
    """Guesses at the current password by somebody who is logged in."""
    return Door(_key("change", str(user_id), secret), 3, 5)


def _key(kind: str, value: str, secret: str) -> str:
    digest = int.from_bytes(keyed_hash(secret, f"throttle {kind}", value))
    return f"{kind}:{digest % 2**KEY_BITS:05x}"


def _network(address: str) -> str:
    """The address, or the network of 2**64 that one holder of an IPv6 address usually has."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, 64), strict=False))


def reserve(conn: Connection, doors: Iterable[Door], *, now: datetime) -> Reservation:
    """Count one failure at each door. Raises `Throttled`, and counts nothing, when one of them is blocked."""
    throttles.sweep(conn, now - FORGET)
    return Reservation(tuple(_count(conn, door, now) for door in doors))


def _count(conn: Connection, door: Door, now: datetime) -> tuple[Throttle, Throttle]:
    before = throttles.lock(conn, door.key, now)
    if before.blocked_until > now:
        seconds = math.ceil((before.blocked_until - now).total_seconds())
        raise _throttled(seconds)
    served = before.failures >= door.locked_from
    forgotten = before.last_failure_at <= now - FORGET
    failures = 1 if served or forgotten else before.failures + 1
    after = replace(before, failures=failures, last_failure_at=now, blocked_until=now + _wait(door, failures))
    throttles.save(conn, after)
    return before, after


def _wait(door: Door, failures: int) -> timedelta:
    if failures >= door.locked_from:
        return LOCK
    if failures >= door.delayed_from:
        return min(timedelta(seconds=2 ** (failures - door.delayed_from)), LOCK)
    return timedelta(0)


def _throttled(seconds: int) -> Throttled:
    if seconds > 120:
        return Throttled(
            "Too many failed attempts. Try again in {minutes} minutes.",
            seconds,
            FAILURES,
            minutes=math.ceil(seconds / 60),
        )
    if seconds == 1:
        return Throttled("Too many failed attempts. Try again in 1 second.", seconds, FAILURES)
    return Throttled(
        "Too many failed attempts. Try again in {seconds} seconds.", seconds, FAILURES, seconds=seconds
    )


def forgive(conn: Connection, reservation: Reservation) -> None:
    """The attempt succeeded: the first door forgets everything, the others this one attempt."""
    (_, own), *shared = reservation.steps
    throttles.clear(conn, own.key)
    for before, after in shared:
        throttles.take_back(conn, before=before, after=after)


def forgive_account(conn: Connection, email_key: str, secret: str) -> None:
    """Somebody has logged in to the account: what failed there before is forgotten."""
    throttles.clear(conn, door_of_account(email_key, secret).key)


def doors_of_login(email_key: str, address: str, browser: str | None, secret: str) -> Sequence[Door]:
    """Where a failed login counts; `browser` is one that the account knows."""
    if browser is not None:
        return [door_of_browser(browser, email_key, secret)]
    return [door_of_account(email_key, secret), door_of_address(address, secret)]
