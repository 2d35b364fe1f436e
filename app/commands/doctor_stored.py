"""Checks of `doctor` for what is stored: lost time zones, and the newest events against this machine's clock."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

from app.commands.doctor_checks import Findings, warning
from app.tracking.days import known_zone
from app.tracking.records import MICROS_PER_SECOND
from app.tracking.timestamps import MICROSECOND, SKEW_TOLERATED_US, micros_of, parse_timestamp

RECENT_US = timedelta(days=1) // MICROSECOND
SYNCHRONISE = "Synchronise this machine's clock (timedatectl set-ntp true)."
# Plain SQL, not the store's: a SQLite file is asked by its driver, which alone can open it without changing anything.
ZONES = "SELECT timezone, count(*) FROM users GROUP BY timezone"
NEWEST = (  # of each user the last event to arrive
    "SELECT events.received_us, events.sent_at FROM trackers"
    " JOIN events ON events.user_id = trackers.user_id AND events.seq = trackers.last_seq"
    " ORDER BY events.received_us DESC LIMIT 20"
)


def check_stored(ask: Callable[[str], Sequence[Any]]) -> Findings:
    """All checks of a database with our tables; `ask` sends a query and returns its rows."""
    yield from check_zones(dict(ask(ZONES)))
    yield from check_newest(ask(NEWEST), micros_of(datetime.now(UTC)))


def check_zones(users: Mapping[str, int]) -> Findings:
    """Whether all time zones exist; `users` says how many have each."""
    lost = sorted(zone for zone in users if known_zone(zone) != zone)
    if lost:
        count = sum(users[zone] for zone in lost)
        yield warning(
            f"The time zone of {count} user{'s' * (count > 1)} does not exist any more: {', '.join(lost)}.",
            "Their days are counted in UTC, and every page tells them so.",
            "Ask them to choose another in their profile; where the zone is a new one: pip install --upgrade tzdata.",
        )


def check_newest(newest: Sequence[tuple[int, str | None]], now_us: int) -> Findings:
    """Whether this machine's clock can be right: by when events were received (microseconds), and sent (ISO 8601)."""
    ahead_us = max((received_us for received_us, _ in newest), default=now_us) - now_us
    if ahead_us > SKEW_TOLERATED_US:
        yield warning(
            f"This machine's clock is {_written(ahead_us)} behind the newest event.",
            "It is slow, or was fast when that event came. Meanwhile events without a time stamp all get one time.",
            SYNCHRONISE,
        )
    off_us = [
        received_us - parse_timestamp(sent_at)
        for received_us, sent_at in newest
        if sent_at is not None and 0 <= now_us - received_us <= RECENT_US
    ]
    if off_us and abs(middle_us := int(median(off_us))) > SKEW_TOLERATED_US:
        direction = "ahead of" if middle_us > 0 else "behind"
        clients = (
            "that of the last client" if len(off_us) == 1 else f"those of the last {len(off_us)} clients"
        )
        yield warning(
            f"This machine's clock is {_written(abs(middle_us))} {direction} {clients}.",
            "By this clock theirs are corrected. If it is the wrong one, events are filed at wrong times.",
            SYNCHRONISE,
        )


def _written(span_us: int) -> str:
    """A span in whole seconds, such as `3 days, 0:01:00`."""
    return str(timedelta(seconds=span_us // MICROS_PER_SECOND))
