"""The log holds what was recorded and its corrections alone; units stand in the names of columns.

A row of the log no longer holds what follows from the rows before it. The open question of an active
session, which the state of its latest row held, stands with the session.
"""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

RENAMED = {
    "trackers": {"purged_until": "purged_until_us"},
    "events": {
        "at": "at_us",
        "received_at": "received_us",
        "idle": "idle_us",
        "discard_marked_at": "discard_marked_us",
        "purged": "purged_question",
    },
    "sessions": {
        "started_at": "started_us",
        "last_at": "last_us",
        "ended_at": "ended_us",
        "idle": "idle_us",
        "raw": "raw_us",
        "active": "active_us",
        "own_target": "own_target_us",
    },
    "questions": {
        "started_at": "started_us",
        "ended_at": "ended_us",
        "paused": "paused_us",
        "own_target": "own_target_us",
    },
    "deletions": {"deleted_at": "deleted_us"},
}
DROPPED = {"events": ("state", "effect", "undoes"), "questions": ("undone_by", "below")}


def upgrade() -> None:
    op.add_column("sessions", sa.Column("open_question", sa.Text(), nullable=True))
    op.add_column("sessions", sa.Column("paused_since_us", sa.BigInteger(), nullable=True))
    move_open_questions(op.get_bind())
    op.execute("DELETE FROM questions WHERE undone_by IS NOT NULL")  # an undone closing is none
    # Both databases do these without making the table anew; Alembic itself would, on SQLite.
    for table, columns in DROPPED.items():
        for column in columns:
            op.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
    for table, names in RENAMED.items():
        for old, new in names.items():
            op.execute(f"ALTER TABLE {table} RENAME COLUMN {old} TO {new}")


def move_open_questions(connection: sa.Connection) -> None:
    """The state after a session's latest event holds the open question: it moves to the session."""
    active = connection.execute(
        sa.text(
            "SELECT sessions.user_id, sessions.opened_by, events.state FROM sessions JOIN events"
            " ON events.user_id = sessions.user_id AND events.seq = sessions.last_seq"
            " WHERE sessions.ended_at IS NULL"
        )
    )
    values = [open_question(*row) for row in active]
    if values:
        connection.execute(
            sa.text(
                "UPDATE sessions SET open_question = :question, paused_since_us = :paused_since"
                " WHERE user_id = :user AND opened_by = :session"
            ),
            values,
        )


def open_question(user: int, session: int, state: str) -> dict[str, Any]:
    """The parameters of one session's update."""
    fields = json.loads(state)
    names = {
        "opened_by": "opened_by",
        "started_us": "started_at",
        "uid": "uid",
        "paused_us": "paused",
        "target_minutes": "target_minutes",
        "task_id": "task_id",
        "task_type": "task_type",
    }
    question = {new: fields[old] for new, old in names.items() if fields.get(old) is not None}
    return {
        "user": user,
        "session": session,
        "question": json.dumps({"paused_us": 0} | question, separators=(",", ":")),
        "paused_since": fields.get("paused_since"),
    }
