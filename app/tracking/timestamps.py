"""Time stamps as clients send them."""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from app.tracking.records import MICROS_PER_SECOND

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
EARLIEST_US = (datetime(2000, 1, 1, tzinfo=UTC) - EPOCH) // MICROSECOND
FUTURE_ALLOWED_US = 24 * 3600 * MICROS_PER_SECOND
SKEW_TOLERATED_US = 60 * MICROS_PER_SECOND  # a clock off by no more than this is not corrected
CORRECTED_AT_MOST_US = 12 * 3600 * MICROS_PER_SECOND  # of clocks further apart either may be the wrong one

# ISO 8601 with a time of day. The standard library's parser alone would also take bare dates and week dates.
_ISO = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}([.,]\d{1,9})?)?([Zz]|[+-]\d{2}(:?\d{2})?)?", re.ASCII
)


@lru_cache(maxsize=1024)  # an event's is parsed twice: to validate its shape, and to place it
def parse_timestamp(text: str) -> int:
    """The instant in microseconds since the epoch; without an offset it is UTC. Raises ValueError."""
    if not _ISO.fullmatch(text):
        raise ValueError("a time stamp is ISO 8601, such as 2026-11-21T09:41:07.250Z")
    try:
        moment = datetime.fromisoformat(text.upper().replace(",", "."))
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return micros_of(moment)
    except (ValueError, OverflowError) as error:
        raise ValueError("a time stamp names a day and time that exist") from error


def micros_of(moment: datetime) -> int:
    """An aware datetime as microseconds since the epoch."""
    return (moment - EPOCH) // MICROSECOND


def moment_of(micros: int) -> datetime:
    """Microseconds since the epoch as an aware datetime in UTC."""
    return EPOCH + micros * MICROSECOND


def moment_or_none(micros: int | None) -> datetime | None:
    """`moment_of`, where there is an instant."""
    return None if micros is None else moment_of(micros)


def placed(instant_us: int, sent_us: int | None, received_us: int, account_made_us: int) -> int:
    """Where an event that happened at `instant_us` by its client's clock lies, in microseconds.

    `sent_us` is the same clock at the moment of sending: how far it is from the time of receipt says how far the
    clock is off. What a slow line takes is far below the tolerance. By clocks that differ an event stands as sent,
    if it can have happened then.
    """
    off_us = 0 if sent_us is None else received_us - sent_us
    if abs(off_us) <= SKEW_TOLERATED_US:
        return instant_us
    may_stand = max(EARLIEST_US, account_made_us) <= instant_us <= received_us + FUTURE_ALLOWED_US
    if abs(off_us) > CORRECTED_AT_MOST_US and may_stand:
        return instant_us
    return instant_us + off_us


def clocks_differ(sent_at: str | None, received_us: int) -> bool:
    """Whether a client's clock at sending, as it was sent, and the server's are too far apart to correct either."""
    return sent_at is not None and abs(received_us - parse_timestamp(sent_at)) > CORRECTED_AT_MOST_US
