"""The tables.

Two kinds. *Accounts*: who may do what. *Tracking*: `events` is the log and the truth; `sessions` and
`questions` follow from it and can be rebuilt at any time; `trackers` holds each user's counters and is
the row that a writer locks.

Every key of a tracking table begins with the user, and numbers count per user: no sequence is shared by
all users, and a database that spreads its rows over machines can keep each user's together.
Instants are microseconds since the Unix epoch, UTC (columns end in `_us`): exact to add and subtract, and alike on
every engine (SQLite knows no time zones). Account tables convert them to aware datetimes.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ColumnElement,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    false,
    true,
)

from app.tracking.labels import LONGEST_TASK_ID, LONGEST_TASK_TYPE
from app.tracking.timestamps import micros_of, moment_of


class Instant(TypeDecorator[datetime]):
    """An aware datetime, stored as microseconds since the epoch."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        return None if value is None else micros_of(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return None if value is None else moment_of(value)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def user_key(**more: Any) -> Column[int]:
    """A column that names the user; what is theirs goes when they go."""
    return Column("user_id", BigInteger, ForeignKey("users.id", ondelete="CASCADE"), nullable=False, **more)


def partial_index(name: str, *columns: Column[Any], where: ColumnElement[bool], unique: bool = False) -> None:
    """Add an index of the rows for which `where` holds."""
    Index(name, *columns, unique=unique, sqlite_where=where, postgresql_where=where)


users = Table(
    "users",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),  # random, never reused
    Column("external_id", String(36), nullable=False, unique=True),
    Column("email", String(320), nullable=False),  # as typed
    Column("email_key", String(320), nullable=False, unique=True),  # one account whatever the case
    Column("password_hash", String(255), nullable=False),
    Column("first_name", String(100)),
    Column("last_name", String(100)),
    Column("timezone", String(64), nullable=False, server_default="UTC"),  # IANA name
    Column("role", String(16), nullable=False, server_default="user"),
    Column("is_active", Boolean, nullable=False, server_default=true()),
    Column("target_minutes", Float, nullable=False, server_default="5.5"),  # per question
    Column("created_at", Instant, nullable=False),
    Column("last_login_at", Instant),
    Column("week_starts_on", Integer, nullable=False, server_default="1"),  # 1 Monday … 7 Sunday
    Column("language", String(8)),  # a tag as in app/locales; null = as the browser says
    CheckConstraint("role IN ('user', 'admin')", name="role"),
    CheckConstraint("week_starts_on BETWEEN 1 AND 7", name="week_starts_on"),
)

password_history = Table(
    "password_history",
    metadata,
    user_key(primary_key=True),
    Column("created_at", Instant, primary_key=True),
    Column("password_hash", String(255), nullable=False),
)

logins = Table(  # one row for each valid access token: a token without its row is refused
    "logins",
    metadata,
    Column("id", String(36), primary_key=True),  # the token's jti
    user_key(index=True),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
)

personal_tokens = Table(
    "personal_tokens",
    metadata,
    Column("id", String(36), primary_key=True),
    user_key(index=True),
    Column("name", String(100), nullable=False),
    Column("token_hash", String(64), nullable=False, unique=True),  # SHA-256 of 256 random bits
    Column("scope", String(16), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("last_used_at", Instant),
)

throttles = Table(  # failures of a login, by account and by address
    "throttles",
    metadata,
    Column("key", String(80), primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last_failure_at", Instant, nullable=False, index=True),  # old rows are swept by it
    Column("blocked_until", Instant, nullable=False),
)

trackers = Table(
    "trackers",
    metadata,
    user_key(primary_key=True, autoincrement=False),
    Column("last_seq", BigInteger, nullable=False, server_default="0"),  # of the log; rows number 1..last_seq
    Column("last_correction", BigInteger, nullable=False, server_default="0"),
    # The latest instant, as sent, of the events in `purged_events`; null = there is none.
    Column("purged_until_us", BigInteger),
)


def task_columns() -> list[Column[Any]]:
    """The columns of `tracking.records.Task`, one for each of its fields."""
    return [
        Column("target_minutes", Float),  # the question's own; null = the session's counts
        Column("task_id", String(LONGEST_TASK_ID)),
        Column("task_type", String(LONGEST_TASK_TYPE)),
    ]


events = Table(
    "events",
    metadata,
    user_key(primary_key=True, autoincrement=False),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),  # order of arrival
    Column("type", String(8), nullable=False),
    Column("at_us", BigInteger, nullable=False),  # as placed: the order of the log is (at_us, seq)
    # As it was sent and received.
    Column("event_id", String(36)),
    Column("sent_timestamp", String(64)),
    Column("sent_at", String(64)),
    Column("received_us", BigInteger, nullable=False),
    Column("discard", Boolean, nullable=False, server_default=false()),
    *task_columns(),
    # What a NEXT keeps from the moment of its recording.
    Column("uid", String(36)),  # id of the question it opens, and of the session whose first arrival it is
    Column("default_target_minutes", Float),
    Column("idle_us", BigInteger),  # 0 = never forgotten
    # Corrections made later.
    Column("discard_mark", Boolean),  # set by deleting (true) or restoring (false) the question it closed
    Column("discard_marked_us", BigInteger),  # when
    Column("target_mark", Float),  # the session's target, set on each NEXT that was then in it
    Column("target_mark_number", BigInteger),  # which correction set it: the latest in a session counts
    Column("deletion", BigInteger),  # the correction that took it out; null = it counts
    # What expired after its deletion (docs/decisions/purging.md).
    Column("purged_question", BigInteger),  # the opening event of the purged question that this one closes
    Column("blanked", Boolean, nullable=False, server_default=false()),  # its task was removed
    Column("answer", Text),  # given at the first delivery, as JSON
    Index("uq_events_event_id", "user_id", "event_id", unique=True),
    Index("ix_events_uid", "user_id", "uid"),
    CheckConstraint("type IN ('NEXT', 'PAUSE', 'UNDO', 'EXIT')", name="type"),
)
_place = (events.c.user_id, events.c.at_us, events.c.seq)
partial_index("ix_events_place", *_place, where=events.c.deletion.is_(None))
_deletion = (events.c.user_id, events.c.deletion)
partial_index("ix_events_deletion", *_deletion, where=events.c.deletion.is_not(None))

sessions = Table(
    "sessions",
    metadata,
    user_key(primary_key=True, autoincrement=False),
    Column("opened_by", BigInteger, primary_key=True, autoincrement=False),  # seq of its first event
    Column("uid", String(36), nullable=False),
    Column("started_us", BigInteger, nullable=False),
    Column("last_us", BigInteger, nullable=False),  # place and type of its latest event
    Column("last_seq", BigInteger, nullable=False),
    Column("last_type", String(8), nullable=False),
    Column("ended_us", BigInteger),  # null = active
    Column("auto_closed", Boolean, nullable=False),
    Column("idle_us", BigInteger, nullable=False),
    Column("target_minutes", Float, nullable=False),  # set for the session, else the user's default then
    Column("open_question", Text),  # as JSON, written in store/sessions.py; null = ended
    Column("paused_since_us", BigInteger),  # null = running, or ended
    # Sums over the questions counted.
    Column("question_count", Integer, nullable=False),
    Column("raw_us", BigInteger, nullable=False),
    Column("active_us", BigInteger, nullable=False),
    Column("own_target_us", BigInteger, nullable=False),  # of questions that have a target of their own
    Column("own_target_count", Integer, nullable=False),
    Index("ix_sessions_place", "user_id", "started_us", "opened_by"),
)
# One active session per user, whatever happens above.
partial_index("uq_sessions_active", sessions.c.user_id, unique=True, where=sessions.c.ended_us.is_(None))

questions = Table(  # the closed ones
    "questions",
    metadata,
    user_key(primary_key=True, autoincrement=False),
    Column("closed_by", BigInteger, primary_key=True, autoincrement=False),
    Column("opened_by", BigInteger, nullable=False),
    Column("uid", String(36), nullable=False),
    Column("started_us", BigInteger, nullable=False),
    Column("ended_us", BigInteger, nullable=False),
    Column("paused_us", BigInteger, nullable=False),
    *task_columns(),
    Column("own_target_us", BigInteger),  # target_minutes in microseconds, to be summed
    Column("discarded", Boolean, nullable=False),
    Column("purged", Boolean, nullable=False, server_default=false()),  # its data expired: no reader sees it
    Index("ix_questions_place", "user_id", "started_us", "opened_by"),
    Index("ix_questions_opened_by", "user_id", "opened_by"),
)

_to_be_purged = questions.c.discarded.is_(True) & questions.c.purged.is_(False)
partial_index("ix_questions_discarded", questions.c.user_id, questions.c.closed_by, where=_to_be_purged)

deletions = Table(  # of sessions; their events carry the number
    "deletions",
    metadata,
    user_key(primary_key=True, autoincrement=False),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("deleted_us", BigInteger, nullable=False),
)

purged_rows = Table(  # ranges of the log whose rows were purged: any other missing row was lost
    "purged_rows",
    metadata,
    user_key(primary_key=True, autoincrement=False),
    Column("first_seq", BigInteger, primary_key=True, autoincrement=False),
    Column("last_seq", BigInteger, nullable=False),
)

purged_events = Table(  # what is left of a purged event: enough to know it again
    "purged_events",
    metadata,
    user_key(primary_key=True, autoincrement=False),
    Column("digest", LargeBinary(16), primary_key=True),  # of the user and the event_id
)
