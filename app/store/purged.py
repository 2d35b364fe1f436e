"""What is kept of purged rows of the log: their numbers, and enough to know their events again.

Numbers are kept as ranges, so that `verify` tells a purged row from a lost one. Of an event
there remains a digest: an `event_id` itself may say when and on which machine it was made.
"""

import hashlib
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from app.db_models import events, purged_events, purged_rows, trackers

DIGEST_BYTES = 16


class Range(NamedTuple):
    """Numbers of rows, both ends included."""

    first_seq: int
    last_seq: int


def ranges(connection: Connection, user_id: int) -> list[Range]:
    """The numbers of the purged rows, in order."""
    rows = connection.execute(
        select(purged_rows.c.first_seq, purged_rows.c.last_seq)
        .where(purged_rows.c.user_id == user_id)
        .order_by(purged_rows.c.first_seq)
    )
    return [Range(*row) for row in rows]


def known(connection: Connection, user_id: int, event_ids: Iterable[str]) -> set[str]:
    """Which of these (canonical) ids are those of purged events."""
    by_digest = {digest(user_id, event_id): event_id for event_id in event_ids}
    if not by_digest:
        return set()
    found = connection.execute(
        select(purged_events.c.digest).where(
            purged_events.c.user_id == user_id, purged_events.c.digest.in_(list(by_digest))
        )
    )
    return {by_digest[bytes(row.digest)] for row in found}


def digest(user_id: int, event_id: str) -> bytes:
    """What is kept of an event; the user is part of it, so that the same id of two users is not seen to be one."""
    return hashlib.sha256(f"{user_id} {event_id}".encode()).digest()[:DIGEST_BYTES]


def delete_rows(connection: Connection, user_id: int, numbers: Sequence[int]) -> None:
    """Delete rows of the log (`numbers` in order); their numbers are kept."""
    connection.execute(delete(events).where(events.c.user_id == user_id, events.c.seq.in_(numbers)))
    adjacent = connection.execute(
        delete(purged_rows)
        .where(
            purged_rows.c.user_id == user_id,
            purged_rows.c.first_seq <= numbers[-1] + 1,
            purged_rows.c.last_seq >= numbers[0] - 1,
        )
        .returning(purged_rows.c.first_seq, purged_rows.c.last_seq)
    )
    merged = _merged([*(Range(*row) for row in adjacent), *(Range(number, number) for number in numbers)])
    connection.execute(insert(purged_rows), [{"user_id": user_id, **one._asdict()} for one in merged])


def remember(connection: Connection, user_id: int, event_ids: Sequence[str], until_us: int) -> None:
    """Keep the digests of events; `until_us` is the latest instant, as sent, among them."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    rows = [{"user_id": user_id, "digest": digest(user_id, event_id)} for event_id in event_ids]
    connection.execute(dialect.insert(purged_events).on_conflict_do_nothing(), rows)
    connection.execute(
        update(trackers)
        .where(trackers.c.user_id == user_id, func.coalesce(trackers.c.purged_until_us, -1) < until_us)
        .values(purged_until_us=until_us)
    )


def _merged(parts: Iterable[Range]) -> list[Range]:
    """The numbers of `parts` in as few ranges as possible, in order."""
    merged: list[Range] = []
    for part in sorted(parts):
        if merged and part.first_seq <= merged[-1].last_seq + 1:
            merged[-1] = Range(merged[-1].first_seq, max(merged[-1].last_seq, part.last_seq))
        else:
            merged.append(part)
    return merged
