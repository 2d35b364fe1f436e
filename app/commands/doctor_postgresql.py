"""Checks of `doctor` for a PostgreSQL server. Nothing is changed. Importing this module loads the driver."""

import time
from collections.abc import Mapping
from typing import Any

import psycopg
from psycopg.errors import DuplicatePreparedStatement, InvalidSqlStatementName
from sqlalchemy import URL, Connection, Engine, QueuePool, text
from sqlalchemy.exc import DBAPIError

from app.commands.doctor_checks import Findings, error, warning
from app.commands.doctor_stored import check_stored
from app.database import open_engine
from app.tracking.records import MICROS_PER_SECOND
from app.tracking.timestamps import SKEW_TOLERATED_US

MIN_VERSION = 14
MAX_SKEW_SECONDS = SKEW_TOLERATED_US // MICROS_PER_SECOND  # beyond it the server corrects clients' clocks
FACTS = text(
    "SELECT current_setting('server_version_num')::int AS version,"
    " current_setting('synchronous_commit') AS synchronous_commit,"
    " current_setting('fsync') AS fsync,"
    " (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS is_superuser,"
    " current_setting('max_connections')::int"
    " - current_setting('superuser_reserved_connections')::int AS connections,"
    " extract(epoch FROM clock_timestamp())::float8 AS now"
)


def check_postgresql(url: URL, workers: int) -> Findings:
    """All checks of the server at `url`, which `workers` processes use."""
    engine = open_engine(url.render_as_string(hide_password=False))
    try:
        facts = read_server_facts(engine)
        with engine.connect() as connection:
            if connection.execute(text("SELECT to_regclass('trackers')")).scalar_one():
                yield from check_stored(lambda query: connection.execute(text(query)).all())
    except (DBAPIError, psycopg.Error) as failure:
        yield error(
            f"The database does not answer: {_first_line(failure, url)}",
            "Without it nothing is served but 503.",
            "Start it, or correct DATABASE_URL: postgresql+psycopg://user:password@host/database "
            "(with @ : / % in the password percent-encoded). A pooler must accept start-up options "
            "(PgBouncer: ignore_startup_parameters = options).",
        )
        return
    finally:
        engine.dispose()
    pool = engine.pool
    assert isinstance(pool, QueuePool)
    # SQLAlchemy has no public name for the overflow; one more connection listens.
    per_process = pool.size() + pool._max_overflow + 1
    yield from check_server(facts, workers * per_process)


def read_server_facts(engine: Engine) -> dict[str, Any]:
    """The columns of `FACTS`, the seconds of the server's clock minus this machine's, and whether a pooler forgets.

    Raises `DBAPIError` and `psycopg.Error`.
    """
    with engine.connect() as connection, connection.begin():
        before = time.time()
        row = connection.execute(FACTS).mappings().one()
        skew_seconds = row["now"] - (before + time.time()) / 2
    return {**row, "skew_seconds": skew_seconds, "loses_prepared": _loses_prepared(engine)}


def _loses_prepared(engine: Engine) -> bool:
    """Whether a statement prepared in one transaction is missing or belongs to others in the next transaction.

    A pooler gives a server connection to another client between transactions. This function provokes it with a second
    connection that starts a transaction between two transactions of the first.
    """
    try:
        with engine.connect() as one, engine.connect() as other:
            with one.begin():
                _run_prepared(one)
            with other.begin():
                _run_prepared(other)
                with one.begin():
                    _run_prepared(one)
    except (InvalidSqlStatementName, DuplicatePreparedStatement):
        return True
    return False


def _run_prepared(connection: Connection) -> None:
    driver = connection.connection.driver_connection
    assert driver is not None
    driver.execute("SELECT 1", prepare=True)


def _first_line(failure: DBAPIError | psycopg.Error, url: URL) -> str:
    """The first line of the driver's message, without the password of `url`."""
    cause = failure.orig if isinstance(failure, DBAPIError) else failure
    lines = str(cause).strip().splitlines() or [type(cause).__name__]
    password = str(url.password or "")
    return lines[0].replace(password, "…") if password else lines[0]


def check_server(facts: Mapping[str, Any], connections_needed: int) -> Findings:
    """Whether the server is recent, durable, in time and suitable, and gives enough connections to all processes."""
    major = facts["version"] // 10_000
    if major < MIN_VERSION:
        yield error(
            f"PostgreSQL {major} is older than {MIN_VERSION}.",
            "It gets no corrections any more, and nothing here was tried on it.",
            "Upgrade it; the Compose file has 17.",
        )
    for name in ("synchronous_commit", "fsync"):
        if facts[name] == "off":
            yield error(
                f"PostgreSQL: {name} is off.",
                "Events that were acknowledged can be lost when the machine stops.",
                f"ALTER SYSTEM SET {name} = on; SELECT pg_reload_conf(); "
                "it may stand on the role or the database as well.",
            )
    if connections_needed > facts["connections"]:
        yield error(
            f"The processes open up to {connections_needed} connections, and PostgreSQL gives {facts['connections']}.",
            "Under load some requests are answered 503.",
            "Raise max_connections in postgresql.conf (and restart it), or use fewer --workers.",
        )
    if abs(facts["skew_seconds"]) > MAX_SKEW_SECONDS:
        direction = "ahead of" if facts["skew_seconds"] > 0 else "behind"
        yield warning(
            f"The database's clock is {abs(facts['skew_seconds']):.0f} s {direction} this machine's.",
            "One of them is wrong, and by this machine's clock logins expire and late events are judged.",
            "Synchronise both (timedatectl set-ntp true).",
        )
    if facts["is_superuser"]:
        yield warning(
            "The role in DATABASE_URL is a superuser.",
            "A fault in the application would then reach every database and file of the server.",
            "Make a role that owns this database and nothing else: documentation.md, PostgreSQL.",
        )
    if facts["loses_prepared"]:
        yield error(
            "A pooler between here and PostgreSQL forgets prepared statements.",
            "It gives each transaction another connection, and requests fail now and then.",
            "PgBouncer: max_prepared_statements = 200 (version 1.21 or later), or pool_mode = session.",
        )
