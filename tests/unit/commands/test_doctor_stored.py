"""`doctor` about what is stored: lost time zones, and the newest events against this machine's clock."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection

from app.commands.doctor_stored import check_newest
from app.database import Database
from app.services.recording.incoming import Receipt
from app.services.recording.record import record_event
from app.tracking.timestamps import micros_of
from tests.raters import add_user
from tests.recording import IDLE_US, event
from tests.unit.commands.conftest import Run

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)


def found(run: Run) -> list[str]:
    """The first line of each finding about zones and clocks."""
    lines = [line for line in run("doctor").stdout.splitlines() if line.startswith("Warning: ")]
    return [line for line in lines if "time zone" in line or "machine's clock" in line]


def test_lost_time_zones_are_counted(run: Run, database: Database) -> None:
    def add_users(*zones: str) -> None:
        database.write_now(lambda conn: [add_user(conn, timezone=zone) for zone in zones])

    add_users("Europe/Berlin", "UTC")
    assert found(run) == []
    add_users("US/Pacific-New", "US/Pacific-New", "Factory")
    assert found(run) == [
        "Warning: The time zone of 3 users does not exist any more: Factory, US/Pacific-New."
    ]


def record(conn: Connection, received: datetime, sent_at: datetime) -> None:
    """The event of a user of its own."""
    receipt = Receipt(received=received, sent_at=sent_at.isoformat(), idle_us=IDLE_US)
    record_event(conn, add_user(conn), event("NEXT", sent_at), receipt)


def test_clock_is_compared_with_the_newest_events(run: Run, database: Database) -> None:
    now = datetime.now(UTC)
    database.write_now(lambda conn: record(conn, now, now))
    assert found(run) == []
    database.write_now(lambda conn: record(conn, now + HOUR, now + HOUR))
    assert [line[:36] for line in found(run)] == ["Warning: This machine's clock is 0:5"]


@pytest.mark.parametrize(
    ("newest", "what"),
    [
        ([], []),
        ([(timedelta(0), None)], []),
        ([(60 * SECOND, None)], []),
        ([(61 * SECOND, None)], ["This machine's clock is 0:01:01 behind the newest event."]),
        (
            [(3 * DAY, None), (-HOUR, None)],
            ["This machine's clock is 3 days, 0:00:00 behind the newest event."],
        ),
        ([(-HOUR, -HOUR + 60 * SECOND)], []),
        (
            [(-HOUR, -HOUR + 3 * DAY)] * 3,
            ["This machine's clock is 3 days, 0:00:00 behind those of the last 3 clients."],
        ),
        ([(-HOUR, -3 * HOUR)], ["This machine's clock is 2:00:00 ahead of that of the last client."]),
        # One client of three has a wrong clock of its own.
        ([(-HOUR, -HOUR), (-HOUR, -3 * DAY), (-HOUR, -HOUR)], []),
        # That was before the clock was put right.
        ([(-DAY - SECOND, 2 * DAY)], []),
    ],
)
def test_clock_is_judged_by_the_newest_events(
    newest: list[tuple[timedelta, timedelta | None]], what: list[str]
) -> None:
    rows = [
        (micros_of(NOW + received), None if sent is None else (NOW + sent).isoformat())
        for received, sent in newest
    ]
    assert [finding.what for finding in check_newest(rows, micros_of(NOW))] == what
