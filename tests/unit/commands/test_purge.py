"""`purge` prints the counts of what it removed; a second run removes nothing."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, func, insert, select

from app.database import Database
from app.db_models import deletions, events, logins, throttles
from app.services import corrections
from tests.raters import add_user
from tests.recording import record_session
from tests.unit.commands.conftest import Run

LONG_AGO = datetime(2026, 3, 2, 9, tzinfo=UTC)


def test_purge_prints_the_counts_of_what_it_removed(run: Run, database: Database) -> None:
    now = datetime.now(UTC)

    def record(connection: Connection) -> None:
        user = add_user(connection)
        for deleted_at in (now - timedelta(days=31), now - timedelta(days=29)):
            deleted = record_session(connection, user, LONG_AGO, [5, 5])
            corrections.delete_session(connection, user, deleted, deleted_at)
        for number, lifetime in enumerate((-1, 1)):
            expires_at = now + timedelta(hours=lifetime)
            login = {"id": str(number), "user_id": user.id, "created_at": LONG_AGO, "expires_at": expires_at}
            connection.execute(insert(logins).values(login))
            throttle = {"key": str(number), "failures": 1, "blocked_until": now}
            last = {"last_failure_at": now + timedelta(hours=2 * lifetime)}
            connection.execute(insert(throttles).values(throttle | last))

    database.write_now(record)
    first, second = run("purge"), run("purge")
    said = "Purged: sessions {0}, questions 0, rows of the log {1}, expired logins {0}, "
    said += "old counts of failed logins {0}.\n"
    assert (first.exit_code, first.stdout) == (0, said.format(1, 3))
    assert (second.exit_code, second.stdout) == (0, said.format(0, 0))
    with database.engine.connect() as connection:
        left = [
            connection.scalar(select(func.count()).select_from(table))
            for table in (events, deletions, logins, throttles)
        ]
    assert left == [3, 1, 1, 1]
    assert run("verify").exit_code == 0
