"""Raters to put load on the server with, and years of their work."""

import secrets
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from functools import partial

from sqlalchemy import Connection, Insert, Table, func, insert, literal, select

from app.config import Settings
from app.database import Database, open_engine
from app.db_models import events, questions, sessions, trackers, users
from app.schema import prepare
from app.services.accounts import accounts
from app.services.recording.batch import record_batch
from app.services.recording.incoming import Incoming, Receipt
from app.store.users import User
from app.tracking.machine import EventType
from app.tracking.records import NO_TASK, Task
from bench.servers import SECRET

QUESTIONS_A_DAY = 75
QUESTION_SECONDS = 150
BATCH = 500
TASKS = (
    Task(target_minutes=2.5, task_type="needs met"),
    Task(target_minutes=4, task_type="side by side"),
    Task(task_type="page quality"),
    NO_TASK,
)
IDLE_US = 12 * 3600 * 1_000_000


def prepare_database(url: str) -> None:
    """The tables, as the server would make them."""
    database = Database(url)
    prepare(database)
    database.close()


def new_raters(url: str, count: int) -> list[tuple[User, str]]:
    """New raters, each with an access token."""
    settings = Settings(_env_file=None, secret_key=SECRET, database_url=url)
    now = datetime.now(UTC)

    def make(connection: Connection) -> list[tuple[User, str]]:
        made = [add_rater(connection, now) for _ in range(count)]
        tokens = [accounts.open_login(connection, user.id, settings=settings, now=now).token for user in made]
        return list(zip(made, tokens, strict=True))

    database = Database(url)
    raters = database.write_now(make)
    database.close()
    return raters


def add_rater(connection: Connection, now: datetime) -> User:
    """A rater whose password nobody knows."""
    user = User(
        id=secrets.randbits(52),
        external_id=str(uuid.uuid4()),
        email=f"{uuid.uuid4().hex}@example.com",
        first_name=None,
        last_name=None,
        timezone="Europe/Berlin",
        role="user",
        target_minutes=5.5,
        is_active=True,
        created_at=now,
        last_login_at=None,
    )
    connection.execute(users.insert().values(**asdict(user), email_key=user.email, password_hash="-"))
    return user


def record_history(url: str, rater: User, count: int) -> None:
    """Give a rater `count` questions, so many a day, through the tracker's own recording; the last ones are today's."""
    database = Database(url)
    now = datetime.now(UTC)
    batch: list[Incoming] = []
    for event in history(now, count):
        batch.append(event)
        if len(batch) == BATCH:
            _record(database, rater, batch, now)
            batch = []
    if batch:
        _record(database, rater, batch, now)
    database.close()


def history(now: datetime, count: int) -> Iterator[Incoming]:
    """The events of `count` questions up to a minute before `now`, one sitting a day."""
    days = -(-count // QUESTIONS_A_DAY)
    for day in range(days):
        todays = min(QUESTIONS_A_DAY, count - day * QUESTIONS_A_DAY)
        end = now - timedelta(days=days - 1 - day, minutes=1)
        for number in range(todays + 1):
            at = end - timedelta(seconds=QUESTION_SECONDS * (todays - number))
            yield Incoming(
                type=EventType.NEXT if number < todays else EventType.EXIT,
                timestamp=at.isoformat(),
                event_id=str(uuid.uuid4()),
                task=TASKS[number % len(TASKS)],
            )


def _record(database: Database, rater: User, batch: list[Incoming], now: datetime) -> None:
    receipt = Receipt(received=now, sent_at=None, idle_us=IDLE_US)
    results = database.write_now(lambda conn: record_batch(conn, rater, batch, receipt))
    refused = [result for result in results if result.status != "recorded"]
    if refused:
        raise RuntimeError(f"{refused[0]}")


def copy_history(url: str, source: User, targets: Sequence[User]) -> None:
    """Give the whole history of one rater to others, who have none yet."""
    database = Database(url)
    for target in targets:
        database.write_now(partial(_copy, source=source.id, target=target.id))
    database.close()


def settle(url: str) -> None:
    """Let the database finish what filling it has left to do, as it would have in a year of days."""
    engine = open_engine(url)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        else:
            connection.exec_driver_sql("VACUUM (ANALYZE)")
            connection.exec_driver_sql("CHECKPOINT")
    engine.dispose()


def _copy(connection: Connection, source: int, target: int) -> None:
    for table in (trackers, events, sessions, questions):
        connection.execute(_copied(table, source, target))


def _copied(table: Table, source: int, target: int) -> Insert:
    columns = [column for column in table.c if column.name != "user_id"]
    rows = select(literal(target), *columns).where(table.c.user_id == source)
    return insert(table).from_select(["user_id", *columns], rows)


def count_events(connection: Connection, user_id: int) -> int:
    """How many events of a rater are recorded."""
    counting = select(func.count()).select_from(events).where(events.c.user_id == user_id)
    return int(connection.execute(counting).scalar_one())
