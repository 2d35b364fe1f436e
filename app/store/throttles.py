"""Rows of `throttles`: failures counted under a key."""

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, case, delete, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite

from app.db_models import Instant, throttles


@dataclass(frozen=True, slots=True)
class Throttle:
    """How often something failed under a key, and until when it is blocked."""

    key: str
    failures: int
    last_failure_at: datetime
    blocked_until: datetime


def lock(conn: Connection, key: str, now: datetime) -> Throttle:
    """The key's row, made when there is none; nobody else changes it before this transaction ends."""
    dialect = postgresql if conn.dialect.name == "postgresql" else sqlite
    fresh = dialect.insert(throttles).values(key=key, failures=0, last_failure_at=now, blocked_until=now)
    # An update that changes nothing locks the row, whoever inserted it, in the same statement.
    found = fresh.on_conflict_do_update(index_elements=["key"], set_={"failures": throttles.c.failures})
    return Throttle(*conn.execute(found.returning(throttles)).one())


def save(conn: Connection, throttle: Throttle) -> None:
    """Write a row that was locked."""
    conn.execute(update(throttles).where(throttles.c.key == throttle.key).values(asdict(throttle)))


def clear(conn: Connection, key: str) -> None:
    """Forget everything under the key."""
    conn.execute(delete(throttles).where(throttles.c.key == key))


def take_back(conn: Connection, *, before: Throttle, after: Throttle) -> None:
    """Undo the one failure that led from `before` to `after`; what others added meanwhile stays."""
    block, last = throttles.c.blocked_until, throttles.c.last_failure_at
    conn.execute(
        update(throttles)
        .where(throttles.c.key == after.key, throttles.c.failures > 0)
        .values(
            failures=throttles.c.failures - 1,
            blocked_until=case(
                (block == after.blocked_until, literal(before.blocked_until, Instant)), else_=block
            ),
            last_failure_at=case(
                (last == after.last_failure_at, literal(before.last_failure_at, Instant)), else_=last
            ),
        )
    )
    conn.execute(delete(throttles).where(throttles.c.key == after.key, throttles.c.failures == 0))


def sweep(conn: Connection, before: datetime) -> int:
    """Delete some of the rows whose last failure lies before the instant; how many."""
    # Rows that another transaction holds are left to the next sweep: two sweeps never wait for each other.
    old = (
        select(throttles.c.key)
        .where(throttles.c.last_failure_at < before)
        .limit(100)
        .with_for_update(skip_locked=True)
    )
    return conn.execute(delete(throttles).where(throttles.c.key.in_(old))).rowcount
