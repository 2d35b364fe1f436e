"""The tables.

Two kinds. *Accounts*: who may do what. *Tracking*: `events` is the log and the truth; `sessions` and
`questions` follow from it and can be rebuilt at any time; `trackers` holds each user's counters and is
the row that a writer locks.

Every key of a tracking table begins with the user, and numbers count per user: no sequence is shared by
all users, and a database that spreads its rows over machines can keep each user's together.
Instants are microseconds since the Unix epoch, UTC: exact to add and subtract, and the same on
every engine (SQLite knows no time zones). Account tables show them as aware datetimes.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
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


# --- Accounts -------------------------------------------------------------------------------------

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
    CheckConstraint("role IN ('user', 'admin')", name="role"),
)

password_history = Table(
    "password_history",
    metadata,
    user_key(primary_key=True),
    Column("created_at", Instant, primary_key=True),
    Column("password_hash", String(255), nullable=False),
)

logins = Table(  # one row for each living access token; without its row a token is dead
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

# --- Tracking -------------------------------------------------------------------------------------

trackers = Table(
    "trackers",
    metadata,
    user_key(primary_key=True, autoincrement=False),
    Column("last_seq", BigInteger, nullable=False, server_default="0"),  # of the log; rows number 1..last_seq
    Column("last_correction", BigInteger, nullable=False, server_default="0"),
    # The latest instant, as sent, of the events in `purged_events`; null = there is none.
    Column("purged_until", BigInteger),
)

events = Table(
    "events",
    metadata,
    user_key(primary_key=True, autoincrement=False),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),  # order of arrival
    Column("type", String(8), nullable=False),
    Column("at", BigInteger, nullable=False),  # as placed: the fold's order is (at, seq)
    # As it was sent and received.
    Column("event_id", String(36)),
    Column("sent_timestamp", String(64)),
    Column("sent_at", String(64)),
    Column("received_at", BigInteger, nullable=False),
    Column("discard", Boolean, nullable=False, server_default=false()),
    Column("target_minutes", Float),
    Column("task_id", String(64)),
    Column("task_type", String(40)),
    # What a NEXT keeps from the moment of its recording.
    Column("uid", String(36)),  # id of the question it opens, and of the session whose first arrival it is
    Column("default_target_minutes", Float),
    Column("idle", BigInteger),  # microseconds; 0 = never
    # Corrections made later.
    Column("discard_mark", Boolean),  # set by deleting (true) or restoring (false) the question it closed
    Column("discard_marked_at", BigInteger),  # when
    Column("target_mark", Float),  # the session's target, set on each NEXT that was then in it
    Column("target_mark_number", BigInteger),  # which correction set it: the latest in a session counts
    Column("deletion", BigInteger),  # the correction that took it out; null = it counts
    # What left for good, see docs/decisions/purging.md.
    Column("purged", BigInteger),  # this event closes the question opened by that one, which left
    Column("blanked", Boolean, nullable=False, server_default=false()),  # target and task left
    # What follows from the fold.
    Column("state", Text),  # after this event, as JSON; null = no active session
    Column("effect", Integer, nullable=False),  # bits of tracking.machine.Effect
    Column("undoes", BigInteger),  # the closing event that this UNDO made void
    Column("answer", Text),  # given at the first delivery, as JSON
    Index("uq_events_event_id", "user_id", "event_id", unique=True),
    Index("ix_events_uid", "user_id", "uid"),
    CheckConstraint("type IN ('NEXT', 'PAUSE', 'UNDO', 'EXIT')", name="type"),
)
Index(
    "ix_events_place",
    events.c.user_id,
    events.c.at,
    events.c.seq,
    sqlite_where=events.c.deletion.is_(None),
    postgresql_where=events.c.deletion.is_(None),
)
Index(
    "ix_events_deletion",
    events.c.user_id,
    events.c.deletion,
    sqlite_where=events.c.deletion.is_not(None),
    postgresql_where=events.c.deletion.is_not(None),
)

sessions = Table(
    "sessions",
    metadata,
    user_key(primary_key=True, autoincrement=False),
    Column("opened_by", BigInteger, primary_key=True, autoincrement=False),  # seq of its first event
    Column("uid", String(36), nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("last_at", BigInteger, nullable=False),  # place and type of its latest event
    Column("last_seq", BigInteger, nullable=False),
    Column("last_type", String(8), nullable=False),
    Column("ended_at", BigInteger),  # null = active
    Column("auto_closed", Boolean, nullable=False),
    Column("idle", BigInteger, nullable=False),
    Column(
        "target_minutes", Float, nullable=False
    ),  # in force: set for the session, else the user's default then
    # Sums over the questions counted.
    Column("question_count", Integer, nullable=False),
    Column("raw", BigInteger, nullable=False),
    Column("active", BigInteger, nullable=False),
    Column("own_target", BigInteger, nullable=False),  # of questions that have a target of their own
    Column("own_target_count", Integer, nullable=False),
    Index("ix_sessions_place", "user_id", "started_at", "opened_by"),
)
Index(  # one active session per user, whatever happens above
    "uq_sessions_active",
    sessions.c.user_id,
    unique=True,
    sqlite_where=sessions.c.ended_at.is_(None),
    postgresql_where=sessions.c.ended_at.is_(None),
)

questions = Table(  # one row for each closing; an undone one stays, marked, for a late event may revive it
    "questions",
    metadata,
    user_key(primary_key=True, autoincrement=False),
    Column("closed_by", BigInteger, primary_key=True, autoincrement=False),
    Column("opened_by", BigInteger, nullable=False),
    Column("uid", String(36), nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger, nullable=False),
    Column("paused", BigInteger, nullable=False),  # microseconds
    Column("target_minutes", Float),  # its own; null = the session's
    Column("own_target", BigInteger),  # the same in microseconds, to be summed
    Column("task_id", String(64)),
    Column("task_type", String(40)),
    Column("discarded", Boolean, nullable=False),
    Column("undone_by", BigInteger),  # the UNDO that made this closing void; null = it stands
    Column("below", BigInteger),  # the closing before it, which a second UNDO would make void
    Column("purged", Boolean, nullable=False, server_default=false()),  # it left: no reader sees it
    Index("ix_questions_place", "user_id", "started_at", "opened_by"),
    Index("ix_questions_opened_by", "user_id", "opened_by"),
)

Index(  # of those that have still to leave
    "ix_questions_discarded",
    questions.c.user_id,
    questions.c.closed_by,
    sqlite_where=questions.c.discarded.is_(True) & questions.c.purged.is_(False),
    postgresql_where=questions.c.discarded.is_(True) & questions.c.purged.is_(False),
)

deletions = Table(  # of sessions; their events carry the number
    "deletions",
    metadata,
    user_key(primary_key=True, autoincrement=False),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("deleted_at", BigInteger, nullable=False),
)

purged_rows = Table(  # ranges of the log whose rows left for good: what else is missing was lost
    "purged_rows",
    metadata,
    user_key(primary_key=True, autoincrement=False),
    Column("first_seq", BigInteger, primary_key=True, autoincrement=False),
    Column("last_seq", BigInteger, nullable=False),
)

purged_events = Table(  # what is left of an event that left for good: enough to know it again
    "purged_events",
    metadata,
    user_key(primary_key=True, autoincrement=False),
    Column("digest", LargeBinary(16), primary_key=True),  # of the user and the event_id
)
